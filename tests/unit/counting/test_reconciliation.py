"""The books agree, or they say by how much they do not."""

from pathlib import Path

import pytest

from portal.counting import reconciliation
from portal.counting.flush import Flusher
from portal.counting.journal import Journal
from portal.counting.reconciliation import Balance, reconcile, total
from portal.counting.segments import segments
from portal.domain.events import Kind, Reason
from portal.stores.address import parse_address
from portal.stores.base import Store
from portal.stores.redis import RedisStore
from portal.stores.sqlite import SQLiteStore
from tests.events import event, pages
from tests.servers import RedisServer


@pytest.fixture(params=["sqlite", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Return an empty store of each kind."""
    if request.param == "sqlite":
        return SQLiteStore(tmp_path / "portal.db")
    server: RedisServer = request.getfixturevalue("redis_server")
    return RedisStore(parse_address(server.url))


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciliation, "_PAUSE", 0.001)


def test_without_journals_and_counts_the_books_agree(store: Store, tmp_path: Path) -> None:
    assert reconcile(tmp_path / "journal", store) == {}
    assert total({}) == Balance(0, 0, 0, 0)


def test_the_books_agree_at_every_stage(store: Store, tmp_path: Path) -> None:
    journal = Journal(tmp_path, "w1", segment_bytes=200)
    flusher = Flusher(journal, store, tmp_path)
    assert total(reconcile(tmp_path, store)) == Balance(0, 0, 0, 0)
    journal.append(event(Kind.SHOWN, "n1"))
    journal.append(event(Kind.SHOWN, "n1"))
    journal.append(event(Kind.REJECTED, reason=Reason.BOT))
    assert reconcile(tmp_path, store) == {"w1": Balance(3, 0, 0, 3)}
    flusher.flush_now()
    for _ in range(4):
        journal.append(event())
    assert reconcile(tmp_path, store) == {"w1": Balance(7, 1, 2, 4)}
    flusher.flush_now()
    assert reconcile(tmp_path, store) == {"w1": Balance(7, 5, 2, 0)}
    assert journal.close()
    assert reconcile(tmp_path, store) == {"w1": Balance(7, 5, 2, 0)}
    store.retire("w1")
    balances = reconcile(tmp_path, store)
    assert balances == {"": Balance(7, 5, 2, 0)}
    assert total(balances).difference == 0
    store.close()


def test_another_nodes_writer_is_taken_at_its_ledgers_word(store: Store, tmp_path: Path) -> None:
    store.apply("elsewhere", pages(1, 4))
    assert reconcile(tmp_path, store) == {"elsewhere": Balance(4, 4, 0, 0)}
    store.close()


def test_a_line_removed_by_hand_shows_as_a_difference(store: Store, tmp_path: Path) -> None:
    """C13: the journal says less than it did."""
    journal = Journal(tmp_path, "w1")
    for _ in range(5):
        journal.append(event())
    path = segments(journal.folder)[0]
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:2] + lines[3:]))
    Flusher(journal, store, tmp_path).flush_now()
    balance = total(reconcile(tmp_path, store))
    assert balance == Balance(5, 4, 0, 0)
    assert balance.difference == 1
    journal.close()
    store.close()


def test_counts_without_a_journal_line_show_as_a_difference(store: Store, tmp_path: Path) -> None:
    """C13: the store says more than the journal."""
    journal = Journal(tmp_path, "w1")
    journal.append(event())
    Flusher(journal, store, tmp_path).flush_now()
    store.apply("w1", pages(2, 3))
    assert total(reconcile(tmp_path, store)).difference == -2
    journal.close()
    store.close()
