"""Moving a store: everything arrives, from any database in any other; nothing newer is lost."""

from collections.abc import Callable
from pathlib import Path

import pytest

from portal.domain.events import Kind
from portal.stores.backup import BadBackup, check_backup, read_backup, write_backup
from portal.stores.base import Document, Store
from portal.stores.moving import (
    CopyDiffers,
    Totals,
    WouldOverwrite,
    imbalance,
    parts,
    refuse_loss,
    write,
)
from portal.stores.sqlite import SQLiteStore
from tests.events import counts, event, pages, records

Open = Callable[[], Store]


def fill(store: Store) -> None:
    """Count something at two sites and keep two documents."""
    views = [event(Kind.SHOWN, f"n{n}") for n in range(5)]
    store.apply("node.w1", records([*views, views[0], event(hour="2021030623")]))
    store.apply("node.w1", pages(8, 9, "khach-san"))
    store.apply("node.w2", pages(1, 4, "khach-san"))
    store.retire("node.w2")
    store.fold("khach-san", "20210305")
    store.put("sites", "ben-xe", {"name": "Bến xe", "gateway_settings": {"faskey": "x"}}, 0)
    store.put("sites", "ben-xe", {"name": "Bến xe Bảo Lâm"}, 1)
    store.put("notes", "1", {"text": "…"}, 0)


@pytest.fixture
def other(tmp_path: Path) -> SQLiteStore:
    """Return an empty store of the embedded kind."""
    return SQLiteStore(tmp_path / "other" / "portal.db")


def same(one: Store, two: Store) -> bool:
    return list(parts(one)) == list(parts(two)) and counts(one) == counts(two)


def test_a_copy_is_the_same_there_and_back(store: Store, other: SQLiteStore) -> None:
    fill(store)
    there = write(parts(store), other)
    assert there == Totals(sites=2, documents=2, counted=12, rejected=1)
    assert same(store, other)
    store.apply("node.w9", pages(1, 7))  # an accident that the copy undoes
    write(parts(other), store)
    assert same(store, other)
    assert set(store.ledgers()) == set(other.ledgers())


def test_a_copy_may_be_repeated_and_brings_what_came_since(
    store: Store, other: SQLiteStore
) -> None:
    fill(store)
    write(parts(store), other)
    store.apply("node.w1", pages(10, 30))
    refuse_loss(parts(store), other)
    write(parts(store), other)
    assert same(store, other)


def test_counting_goes_on_in_the_copy(store: Store, other: SQLiteStore) -> None:
    fill(store)
    write(parts(store), other)
    batch = records([event(Kind.SHOWN, "n4"), event(Kind.SHOWN, "n5")], 7)
    assert store.apply("node.w1", batch) == other.apply("node.w1", batch)
    assert same(store, other)


@pytest.mark.parametrize(
    ("newer", "named"),
    [
        (lambda there: there.apply("node.w3", pages(1, 1)), "ben-xe"),
        (lambda there: there.apply("node.w3", pages(1, 1, "moi")), "moi"),
        (lambda there: there.put("notes", "1", {}, 1), "notes/1"),
        (lambda there: there.put("notes", "2", {}, 0), "notes/2"),
        (lambda there: there.put("users", "u", {}, 0), "users"),
    ],
)
def test_what_is_newer_there_is_not_overwritten(
    store: Store, other: SQLiteStore, newer: Callable[[Store], object], named: str
) -> None:
    fill(store)
    write(parts(store), other)
    newer(other)
    before = list(parts(other))
    with pytest.raises(WouldOverwrite) as caught:
        refuse_loss(parts(store), other)
    assert caught.value.what == named
    assert list(parts(other)) == before


def test_a_store_that_changes_while_it_is_written_is_noticed(store: Store, tmp_path: Path) -> None:
    class Busy(SQLiteStore):
        def replace_state(self, state: object) -> None:
            super().replace_state(state)  # type: ignore[arg-type]
            self.apply("node.w7", pages(1, 1))

    fill(store)
    with pytest.raises(CopyDiffers) as caught:
        write(parts(store), Busy(tmp_path / "busy.db"))
    assert caught.value.what == "ben-xe"


def test_sums_that_do_not_agree_are_found(store: Store) -> None:
    fill(store)
    assert [imbalance(part) for part in parts(store)] == [[], [], [], []]
    state = store.state("ben-xe")
    cell = next(iter(state.counters))
    wrong = state._replace(counters={**state.counters, cell: state.counters[cell] + 3})
    store.replace_state(wrong)
    found = [row for part in parts(store) for row in imbalance(part)]
    assert found == [("ben-xe", 10, 7)]


# --- backups


def test_a_backup_brings_everything_back(store: Store, other: SQLiteStore, tmp_path: Path) -> None:
    fill(store)
    file = tmp_path / "saved.gz"
    total = write_backup(parts(store), file)
    assert check_backup(file) == total == Totals(2, 2, 12, 1)
    assert file.stat().st_mode & 0o777 == 0o600
    write(read_backup(file), other)
    assert same(store, other)
    assert other.document("sites", "ben-xe") == Document(2, {"name": "Bến xe Bảo Lâm"})


def test_an_empty_store_has_a_backup_too(store: Store, tmp_path: Path) -> None:
    assert write_backup(parts(store), tmp_path / "empty.gz") == Totals()
    assert list(read_backup(tmp_path / "empty.gz")) == []


def test_equal_stores_have_equal_backups(store: Store, other: SQLiteStore, tmp_path: Path) -> None:
    fill(store)
    write(parts(store), other)
    for name, one in (("a", store), ("b", other)):
        write_backup(parts(one), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_half_a_backup_is_none(store: Store, tmp_path: Path) -> None:
    fill(store)
    whole = tmp_path / "whole.gz"
    write_backup(parts(store), whole)
    data = whole.read_bytes()
    for size in range(0, len(data), 7):
        whole.write_bytes(data[:size])
        with pytest.raises(BadBackup):
            check_backup(whole)


def test_an_altered_backup_is_refused_or_reads_the_same(store: Store, tmp_path: Path) -> None:
    fill(store)
    file = tmp_path / "altered.gz"
    write_backup(parts(store), file)
    data = file.read_bytes()
    accepted = 0
    for place in range(len(data)):
        file.write_bytes(data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :])
        try:
            assert list(read_backup(file)) == list(parts(store))
        except BadBackup:
            continue
        accepted += 1
    assert accepted <= 10  # the fields of gzip's header that mean nothing, and bits nobody reads


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        '{"layout": "bluezone-portal backup 2"}\n{"end": {}}\n',
        '{"layout": "bluezone-portal backup 1"}\n',
        '{"layout": "bluezone-portal backup 1"}\n[]\n',
        '{"layout": "bluezone-portal backup 1"}\n{"site": "a"}\n',
        '{"layout": "bluezone-portal backup 1"}\n{"end": {"sites": 1}}\n',
        '{"layout": "bluezone-portal backup 1"}\n{"end": {"unknown": 1}}\n',
        '{"layout": "bluezone-portal backup 1"}\n{"end": {}}\n{"end": {}}\n',
        '{"layout": "bluezone-portal backup 1"}\n{"collection": "a", "documents": {"b": 1}}\n',
    ],
)
def test_other_files_are_no_backups(text: str, tmp_path: Path) -> None:
    import gzip

    file = tmp_path / "other.gz"
    file.write_bytes(gzip.compress(text.encode()))
    with pytest.raises(BadBackup):
        check_backup(file)
    file.write_text(text)
    with pytest.raises(BadBackup):
        check_backup(file)


def test_a_backup_that_cannot_be_finished_leaves_the_last_one(store: Store, tmp_path: Path) -> None:
    fill(store)
    file = tmp_path / "saved.gz"
    write_backup(parts(store), file)
    before = file.read_bytes()

    def failing() -> object:
        yield from list(parts(store))[:1]
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        write_backup(failing(), file)  # type: ignore[arg-type]
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if "saved" in path.name] == ["saved.gz"]
