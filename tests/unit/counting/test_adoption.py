"""A dead writer's journal is brought to the store by the living, once, whoever does it."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from portal.counting.adoption import DAMAGED, adopt_all, writers
from portal.counting.journal import ACKED, Journal, acknowledged
from portal.counting.reconciliation import reconcile
from portal.counting.segments import Reader, segments
from portal.domain.errors import StoreUnavailable
from portal.domain.events import Kind
from portal.stores.base import NOTHING, Applied, Ledger, Record
from portal.stores.sqlite import SQLiteStore
from tests.events import by_kind, event

SPAWN = multiprocessing.get_context("spawn")


class Leaves(SQLiteStore):
    """A store that goes away after some batches, with or without having applied the last one."""

    def __init__(self, path: Path, batches: int, applies: bool) -> None:
        super().__init__(path)
        self.batches = batches
        self.applies = applies

    def apply(
        self, writer: str, records: Sequence[Record], acked: Mapping[str, int] = NOTHING
    ) -> Applied:
        """Apply, as long as the store is there."""
        self.batches -= 1
        if self.batches < 0 and not self.applies:
            raise StoreUnavailable("gone")
        applied = super().apply(writer, records, acked)
        if self.batches < 0:
            raise StoreUnavailable("gone, and nobody knows what it did")
        return applied


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return the folder of the journals."""
    return tmp_path / "journal"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteStore]:
    """Return an empty store."""
    opened = SQLiteStore(tmp_path / "portal.db")
    yield opened
    opened.close()


def _write_and_die(root: Path, database: Path, events: int, applied: int) -> None:
    journal = Journal(root, f"w{os.getpid()}", segment_bytes=2000)
    for n in range(events):
        journal.append(event())
        journal.append(event(Kind.SHOWN, f"n{n}"))
        if n % 50 == 0:
            journal.sync()
    if applied:
        SQLiteStore(database).apply(journal.writer, Reader(journal.folder).read(applied))
    os.kill(os.getpid(), signal.SIGKILL)


def dead_writer(root: Path, events: int = 700, applied: int = 0) -> None:
    """Have a process journal ``events`` views, apply some records, and be killed."""
    process = SPAWN.Process(
        target=_write_and_die, args=(root, root.parent / "portal.db", events, applied)
    )
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def test_there_may_be_no_journal_at_all(root: Path, store: SQLiteStore) -> None:
    assert adopt_all(root, store) == 0
    assert writers(root) == []


@pytest.mark.parametrize("applied", [0, 1, 500, 1400])
def test_a_killed_writers_records_count_once(root: Path, store: SQLiteStore, applied: int) -> None:
    """R05: whatever part of them the store had already."""
    dead_writer(root, 700, applied)
    assert adopt_all(root, store) == 1
    assert by_kind(store) == {"page": 700, "shown": 700}
    assert writers(root) == []
    assert store.ledgers() == [Ledger("", 1400, 0)]
    assert adopt_all(root, store) == 0


def test_a_living_writer_is_left_alone(root: Path, store: SQLiteStore) -> None:
    journal = Journal(root, "w1")
    journal.append(event())
    assert adopt_all(root, store) == 0
    journal.append(event())
    assert not journal.close()
    assert adopt_all(root, store) == 1
    assert by_kind(store) == {"page": 2}


def test_of_many_adopters_one_adopts(root: Path, tmp_path: Path) -> None:
    for _ in range(3):
        dead_writer(root, 100)
    start = threading.Barrier(6)

    def adopt(_n: int) -> int:
        start.wait()
        store = SQLiteStore(tmp_path / "portal.db")
        adopted = adopt_all(root, store)
        store.close()
        return adopted

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(adopt, range(6))) == 3
    store = SQLiteStore(tmp_path / "portal.db")
    assert by_kind(store) == {"page": 300, "shown": 100, "rejected:replayed": 200}
    assert store.ledgers() == [Ledger("", 400, 200)]
    assert writers(root) == []
    store.close()


@pytest.mark.parametrize("batches", [0, 1, 2])
@pytest.mark.parametrize("applies", [False, True])
def test_an_interrupted_adoption_is_repeated(
    root: Path, store: SQLiteStore, batches: int, applies: bool
) -> None:
    """R05: the store goes away in the middle, and may have done its part."""
    dead_writer(root)
    leaves = Leaves(root.parent / "portal.db", batches, applies)
    with pytest.raises(StoreUnavailable):
        adopt_all(root, leaves)
    leaves.close()
    (folder,) = writers(root)
    assert acknowledged(folder) == batches * 500
    assert adopt_all(root, store) == 1
    assert by_kind(store) == {"page": 700, "shown": 700}


def test_a_journal_half_taken_apart_is_no_journal(root: Path, store: SQLiteStore) -> None:
    dead_writer(root, 10)
    (folder,) = writers(root)
    gone = root / ".w1.gone"
    gone.mkdir()
    (gone / ACKED).write_bytes(b"")
    (gone / segments(folder)[0].name).write_bytes(segments(folder)[0].read_bytes())
    assert adopt_all(root, store) == 1
    assert by_kind(store) == {"page": 10, "shown": 10}
    assert not any(balance.difference for balance in reconcile(root, store).values())
    assert writers(root) == []


def test_damaged_lines_are_kept_for_a_person(root: Path, store: SQLiteStore) -> None:
    """R05: an altered line and a torn end."""
    dead_writer(root, 10)
    (folder,) = writers(root)
    path = segments(folder)[0]
    lines = path.read_bytes().splitlines(keepends=True)
    lines[3] = lines[3].replace(b"page", b"pagE").replace(b"shown", b"shoWn")
    path.write_bytes(b"".join(lines) + b"21\tben-xe\t20210")  # and the tail is torn
    adopt_all(root, store)
    assert sum(by_kind(store).values()) == 19
    assert (root / DAMAGED).read_bytes() == lines[3]


def test_a_folder_without_lock_file_is_left_alone(root: Path, store: SQLiteStore) -> None:
    (root / "somebody").mkdir(parents=True)
    assert adopt_all(root, store) == 0
    assert (root / "somebody").is_dir()
