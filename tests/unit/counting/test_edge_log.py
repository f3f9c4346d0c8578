"""The edge server's log: every line once, whatever happens to file, reader and store."""

import json
import random
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from portal.counting.adoption import DAMAGED
from portal.counting.edge_log import EdgeLog, edge_balances, edge_log
from portal.counting.inspection import journal_statuses
from portal.counting.reconciliation import reconcile, total
from portal.domain.devices import OS
from portal.domain.errors import StoreUnavailable
from portal.domain.events import Channel
from portal.domain.nonces import LIFE, Signer
from portal.stores.address import parse_address
from portal.stores.base import Store
from portal.stores.redis import RedisStore
from portal.stores.sqlite import SQLiteStore
from tests.events import by_kind, counts
from tests.servers import RedisServer

KEY = b"k" * 32
SIGNER = Signer([KEY])
NOW = 1_614_902_400.0  # 2021-03-05 00:00 UTC
CHANCE = random.Random(3)


@pytest.fixture(params=["sqlite", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Return an empty store."""
    if request.param == "sqlite":
        made: Store = SQLiteStore(tmp_path / "portal.db")
    else:
        made = RedisStore(parse_address(request.getfixturevalue("redis_server").url))
    yield made
    made.close()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Return the file that nginx writes to, in a folder of its own."""
    path = edge_log(tmp_path / "journal")
    path.parent.mkdir(parents=True)
    return path


def line(kind: str = "s", view: str = "", at: float = NOW, flags: str = "") -> str:
    """Return what nginx writes."""
    return f"{at:.3f}\t{kind}\t{view or name()}\t{flags}\n"


def name(site: str = "ben-xe", at: float = NOW, signer: Signer = SIGNER) -> str:
    """Return the name of a view that nobody has had."""
    token = signer.token(site, at, OS.ANDROID, Channel.WIFI)
    return f"{site}.{token}.{CHANCE.randbytes(16).hex()}"


def reader(log: Path, store: Store) -> EdgeLog:
    """Return a new reader, as of a process that has just begun."""
    return EdgeLog(log.parent.parent, "node", store, SIGNER)


def agrees(log: Path, store: Store, journalled: int) -> bool:
    """Tell whether the books agree on so many events."""
    balance = total(reconcile(log.parent.parent, store))
    return (balance.journalled, balance.waiting, balance.difference) == (journalled, 0, 0)


def test_every_kind_is_counted(log: Path, store: Store) -> None:
    view = name()
    kinds = ("s", "i", "v", "go", "installed", "continue", "online")
    log.write_text("".join(line(kind, view) for kind in kinds))
    assert reader(log, store).read() == 7
    assert by_kind(store) == dict.fromkeys(
        ("page", "shown", "viewable", "install", "installed", "continue", "online"), 1
    )
    (cells,) = counts(store).values()
    assert {(c.hour, c.os, c.channel, c.tier) for c in cells} == {
        ("2021030507", "android", "wifi", "3")
    }
    assert agrees(log, store, 7)


def test_what_does_not_count_is_counted_by_reason(log: Path, store: Store) -> None:
    view, late = name(), name(at=NOW - LIFE - 61)
    log.write_text(
        line("i", view) + line("i", view)
        + line("i", flags="a") + line("i", flags="x") + line("go", flags="x")
        + line("i", late) + line("i", name(at=NOW + 400))
        + line("i", name(signer=Signer([b"x" * 32]))) + line("i", "no-view-of-anybody-s")
        + line("i", f"cho{view[6:]}")
    )  # fmt: skip
    reader(log, store).read()
    assert by_kind(store) == {
        "shown": 1, "install": 1, "rejected:replayed": 1, "rejected:prefetch": 1,
        "rejected:cross_site": 1, "rejected:stale": 1, "rejected:future": 1, "rejected:forged": 3,
    }  # fmt: skip
    assert agrees(log, store, 10)


def test_what_was_shown_late_counts_for_a_quarter_of_an_hour(log: Path, store: Store) -> None:
    old = name(at=NOW - 9000)
    other = f"{old[:-32]}{'a' * 32}"
    log.write_text(
        line("s", old)
        + line("i", old, NOW + 5)
        + line("i", other, NOW + LIFE - 5)
        + line("v", other, NOW + LIFE + 5)
        + line("i", name(at=NOW - 9060), NOW + 5)
    )
    reader(log, store).read()
    assert by_kind(store) == {"page": 1, "shown": 2, "rejected:stale": 2}


def test_half_a_line_waits_for_its_other_half(log: Path, store: Store) -> None:
    text = line() + line("i")
    log.write_text(text[:-9])
    reading = reader(log, store)
    assert reading.read() == 1
    assert reading.read() == 0
    log.write_text(text)
    assert reading.read() == 1
    assert by_kind(store) == {"page": 1, "shown": 1}


def test_what_nginx_marks_as_a_burst_is_kept_apart(log: Path, store: Store) -> None:
    log.write_text(line() + line("i") + line("i", flags="b") + line("i", flags="xb"))
    reader(log, store).read()
    assert by_kind(store) == {
        "page": 1,
        "shown": 1,
        "rejected:burst": 1,
        "rejected:cross_site": 1,
    }


def test_what_is_no_line_is_kept_and_the_rest_counts(log: Path, store: Store) -> None:
    broken = ("\0\0\0\n", "x\n", line()[5:], line(flags="c"), "\n")
    log.write_text(line() + "".join(broken) + line())
    reader(log, store).read()
    assert by_kind(store) == {"page": 2}
    assert (log.parent.parent / DAMAGED).read_text() == "".join(broken)
    assert agrees(log, store, 2)


def test_rotation_counts_nothing_twice_and_loses_nothing(log: Path, store: Store) -> None:
    reading = reader(log, store)
    for number in range(5):
        with log.open("a") as file:
            file.write(line() * (number + 1))
        if number % 2:
            reading.read()
        log.rename(log.with_name(f"edge.log.{number}"))
        log.write_text(line("i"))  # nginx writes on into the new one
        reading.read()
        with log.with_name(f"edge.log.{number}").open("a") as file:
            file.write(line("v"))  # what was under way went into the old one
        reading.read()
    assert by_kind(store) == {"page": 15, "shown": 5, "viewable": 5}
    assert agrees(log, store, 25)
    log.with_name("edge.log.0").unlink()
    reading.read()
    assert agrees(log, store, 25)


def test_a_file_that_is_being_renamed_is_not_taken_for_removed(log: Path, store: Store) -> None:
    """Its ledger would be closed, and the books would not agree for as long as it lies there."""
    reading = reader(log, store)
    log.write_text(line() * 3)
    reading.read()
    elsewhere = log.parent.parent / "elsewhere"
    log.rename(elsewhere)
    reading.read()
    elsewhere.rename(log.with_name("edge.log.1"))
    reading.read()
    assert agrees(log, store, 3)
    log.with_name("edge.log.1").unlink()
    for _ in range(2):
        reading.read()
    assert json.loads((log.parent / "read.json").read_text())["files"] == {}
    assert agrees(log, store, 3)


@pytest.mark.parametrize("lost", ["process", "state", "both"])
def test_a_reader_that_dies_anywhere_counts_nothing_twice(
    log: Path, store: Store, lost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.write_text("".join(line("i") for _ in range(1700)))
    reading, applied = reader(log, store), 0
    apply = store.apply

    def fail_sometimes(*args: object, **kwargs: object) -> object:
        nonlocal applied
        applied += 1
        done = apply(*args, **kwargs)  # type: ignore[arg-type]
        if applied % 2 == 0:
            raise StoreUnavailable("no answer, though it was done")
        return done

    monkeypatch.setattr(store, "apply", fail_sometimes)
    for _ in range(12):
        with suppress(StoreUnavailable):
            reading.read()
        if lost in ("process", "both"):
            reading = reader(log, store)
        if lost in ("state", "both"):
            (log.parent / "read.json").unlink(missing_ok=True)
            if by_kind(store)["shown"] < 1700:
                applied = 1  # else it would begin anew for ever
    monkeypatch.undo()
    reading.read()
    assert by_kind(store) == {"shown": 1700}
    assert agrees(log, store, 1700)


def test_only_one_process_reads(log: Path, store: Store) -> None:
    log.write_text(line() * 3)
    first, second = reader(log, store), reader(log, store)
    with first._alone() as alone:
        assert alone
        assert second.read() == 0
    assert second.read() == 3


def test_a_store_that_has_forgotten_gets_it_again(
    log: Path, tmp_path: Path, redis_server: RedisServer
) -> None:
    store = RedisStore(parse_address(redis_server.url))
    log.write_text(line("i") * 1 + line("s") * 700)
    reading = reader(log, store)
    reading.read()
    redis_server.client.flushall()
    with log.open("a") as file:
        file.write(line("s"))
    for _ in range(3):
        reading.read()
    assert by_kind(store) == {"shown": 1, "page": 701}
    store.close()


def test_another_process_finds_that_the_store_has_forgotten(log: Path, tmp_path: Path) -> None:
    """What is noted may be ahead of a store that came back with less."""
    server = RedisServer(tmp_path / "redis")
    try:
        store = RedisStore(parse_address(server.url))
        log.write_text(line("s") * 700)
        reader(log, store).read()
        server.kill()
        server.start()
        reader(log, store).read()
        assert by_kind(store) == {"page": 700}
        store.close()
    finally:
        server.kill()


def test_what_waits_is_told(log: Path, store: Store) -> None:
    log.write_text(line() * 4)
    reader(log, store).read()
    with log.open("a") as file:
        file.write(line() * 3)
    (waits,) = edge_balances(log.parent.parent).values()
    assert waits == (7, 4)
    balance = total(reconcile(log.parent.parent, store))
    assert (balance.journalled, balance.waiting, balance.difference) == (7, 3, 0)
    (status,) = journal_statuses(log.parent.parent)
    assert (status.alive, status.waiting, status.bytes) == (True, 3, log.stat().st_size)
    log.rename(log.with_name("edge.log.1"))
    (status,) = journal_statuses(log.parent.parent)
    assert (status.alive, status.waiting) == (False, 3)


def test_what_cannot_be_understood_in_the_notes_is_read_again(log: Path, store: Store) -> None:
    log.write_text(line() * 2)
    reader(log, store).read()
    for text in ("", "[]", "{}", '{"node": "node", "files": {"a": 1}}', "\xff"):
        (log.parent / "read.json").write_text(text, encoding="latin-1")
        reader(log, store).read()
    assert by_kind(store) == {"page": 2}
    noted = json.loads((log.parent / "read.json").read_text())
    assert noted["node"] == "node"


def test_a_node_without_an_edge_has_nothing_to_read(tmp_path: Path, store: Store) -> None:
    assert not EdgeLog(tmp_path / "journal", "node", store, SIGNER).exists
    assert edge_balances(tmp_path / "journal") == {}


def test_a_line_that_is_being_written_is_never_read_in_two_halves(log: Path, store: Store) -> None:
    """A reader that meets the end and reads on takes both halves for lines."""
    writing = threading.Event()

    def write() -> None:
        with log.open("ab", buffering=0) as file:
            for _ in range(3000):
                text = line().encode()
                file.write(text[:40])
                file.write(text[40:])
        writing.set()

    writer = threading.Thread(target=write)
    reading = reader(log, store)
    writer.start()
    while not writing.is_set():
        reading.read()
    writer.join()
    reading.read()
    assert by_kind(store) == {"page": 3000}
    assert not (log.parent.parent / DAMAGED).exists()
