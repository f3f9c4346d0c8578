"""From the journal to the store: at once, after an outage, at the end, and never twice."""

import multiprocessing
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from portal.counting import flush
from portal.counting.adoption import DAMAGED, adopt_all, writers
from portal.counting.flush import Flusher
from portal.counting.journal import Journal, acknowledged
from portal.counting.recorder import Recorder
from portal.counting.segments import segments
from portal.domain.errors import StoreUnavailable
from portal.domain.events import Kind
from portal.stores.address import parse_address
from portal.stores.base import NOTHING, Applied, Ledger, Record
from portal.stores.redis import RedisStore
from portal.stores.sqlite import SQLiteStore
from tests.events import by_kind, event
from tests.servers import RedisServer, wait_until

FORK = multiprocessing.get_context("fork")


class Troubled(SQLiteStore):
    """A store that can be made to fail, or to let its caller wait."""

    error: Exception | None = None

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.callers: list[str] = []
        self.asked = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    def apply(
        self, writer: str, records: Sequence[Record], acked: Mapping[str, int] = NOTHING
    ) -> Applied:
        """Apply, when nothing troubles the store."""
        self.callers.append(threading.current_thread().name)
        self.asked.set()
        self.go_on.wait()
        if self.error:
            raise self.error
        return super().apply(writer, records, acked)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return the folder of the journals."""
    return tmp_path / "journal"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Troubled]:
    """Return an empty store without trouble."""
    opened = Troubled(tmp_path / "portal.db")
    yield opened
    opened.close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let flushers tick a hundred times faster."""
    monkeypatch.setattr(flush, "_TICK", 0.01)
    monkeypatch.setattr(flush, "_LONGEST_PAUSE", 0.02)


def test_a_flush_brings_everything_and_removes_old_segments(root: Path, store: Troubled) -> None:
    journal = Journal(root, "w1", segment_bytes=1000)
    flusher = Flusher(journal, store, root)
    for n in range(1, 1201):
        journal.append(event())
        if n % 100 == 0:
            journal.sync()
    assert len(segments(journal.folder)) > 5
    flusher.flush_now()
    assert by_kind(store) == {"page": 1200}
    assert len(segments(journal.folder)) == 1
    assert acknowledged(journal.folder) == 1200
    assert len(store.callers) == 3  # batches of 500
    flusher.flush_now()
    assert len(store.callers) == 3
    journal.close()


def test_redis_away_and_back(root: Path, tmp_path: Path) -> None:
    (tmp_path / "redis").mkdir()
    server = RedisServer(tmp_path / "redis", "--appendonly", "yes", "--appendfsync", "always")
    store = RedisStore(parse_address(server.url))
    journal = Journal(root, "w1")
    flusher = Flusher(journal, store, root)
    try:
        for _outage in range(3):
            journal.append(event())
            flusher.flush_now()
            server.kill()
            for _ in range(600):
                journal.append(event())
            for _ in range(2):
                with pytest.raises(StoreUnavailable):
                    flusher.flush_now()
            server.start()
        flusher.flush_now()
        assert by_kind(store) == {"page": 3 * 601}
    finally:
        server.kill()
        store.close()
        journal.close()


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "error", [StoreUnavailable("away"), RuntimeError("a bug"), OSError("disk")]
)
def test_the_thread_outlives_any_error(root: Path, store: Troubled, error: Exception) -> None:
    store.error = error
    recorder = Recorder(root, store)
    recorder.record(event())
    wait_until(lambda: len(store.callers) > 3, "several tries")
    assert by_kind(store) == {}
    recorder.record(event())
    store.error = None
    wait_until(lambda: by_kind(store) == {"page": 2}, "the flush after the outage")
    recorder.stop()


def test_pauses_grow_while_the_store_is_away_and_differ(root: Path, store: Troubled) -> None:
    journal = Journal(root, "w1")
    pauses: dict[float, list[float]] = {}
    for jitter in (0.0, 1.0):
        journal.append(event())
        flusher = Flusher(journal, store, root, jitter=lambda value=jitter: value)
        store.error = StoreUnavailable("away")
        pauses[jitter] = [flusher._pause()]
        for _ in range(8):
            assert not flusher._flush_safely()
            pauses[jitter].append(flusher._pause())
        store.error = None
        assert flusher._flush_safely()
        assert flusher._pause() == pauses[jitter][0]
        assert pauses[jitter] == sorted(pauses[jitter])
    assert pauses[1.0][-1] == flush._LONGEST_PAUSE
    assert all(late > soon for soon, late in zip(pauses[0.0][1:], pauses[1.0][1:], strict=True))
    journal.close()


@pytest.mark.usefixtures("quick")
def test_the_living_adopt_the_dead(root: Path, store: Troubled) -> None:
    dead = Journal(root, "dead")
    dead.append(event())
    dead.close()  # the store has not got it: as good as dead
    recorder = Recorder(root, store)
    recorder.start()
    wait_until(lambda: by_kind(store) == {"page": 1}, "adoption")
    recorder.stop()
    assert store.ledgers() == [Ledger("", 1, 0)]


def test_stopping_flushes_removes_and_retires(root: Path, store: Troubled) -> None:
    recorder = Recorder(root, store)
    for _ in range(700):
        recorder.record(event())
    recorder.stop()
    recorder.stop()
    assert by_kind(store) == {"page": 700}
    assert store.ledgers() == [Ledger("node", 700, 0)]
    assert writers(root) == []


def test_what_the_store_does_not_take_at_the_end_is_adopted(root: Path, store: Troubled) -> None:
    recorder = Recorder(root, store)
    recorder.record(event())
    store.error = StoreUnavailable("away")
    recorder.stop()
    store.error = None
    assert adopt_all(root, store) == 1
    assert by_kind(store) == {"page": 1}


@pytest.mark.usefixtures("quick")
def test_nobody_adopts_a_journal_whose_flush_is_under_way(root: Path, store: Troubled) -> None:
    journal = Journal(root, "w1")
    flusher = Flusher(journal, store, root)
    store.go_on.clear()
    journal.append(event())
    flusher.start()
    assert store.asked.wait(30)
    flusher.stop(patience=0.01)  # a process that ends, though its batch is on its way
    other = SQLiteStore(root.parent / "portal.db")
    assert adopt_all(root, other) == 0
    store.go_on.set()
    wait_until(lambda: by_kind(other) == {"page": 1}, "the batch that was under way")
    flusher._thread.join()
    journal.close()
    adopt_all(root, other)
    assert by_kind(other) == {"page": 1}
    other.close()


@pytest.mark.usefixtures("quick")
def test_the_end_waits_for_one_batch_of_the_thread_and_sends_the_rest(
    root: Path, store: Troubled
) -> None:
    journal = Journal(root, "w1")
    flusher = Flusher(journal, store, root)
    store.go_on.clear()
    for _ in range(3 * flush.BATCH):
        journal.append(event())
    flusher.start()
    assert store.asked.wait(30)
    end = threading.Thread(target=flusher.stop, name="end")
    end.start()
    wait_until(flusher._stopping.is_set, "the end is asked for")
    store.go_on.set()
    end.join()
    assert store.callers == ["flusher", "end", "end"]
    assert by_kind(store) == {"page": 3 * flush.BATCH}
    assert writers(root) == []


def test_events_that_come_while_it_stops_are_not_lost(root: Path, store: Troubled) -> None:
    recorder = Recorder(root, store)
    stopped = threading.Event()
    written = []

    def visitors() -> None:
        while not stopped.is_set() or len(written) < 100:
            recorder.record(event())
            written.append(1)
            time.sleep(0.001)  # slower than the store, or every stop takes longer than the last

    threads = [threading.Thread(target=visitors) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        recorder.stop()
    stopped.set()
    for thread in threads:
        thread.join()
    recorder.stop()
    adopt_all(root, store)
    assert by_kind(store) == {"page": len(written)}
    assert writers(root) == []


def test_a_fork_gets_a_journal_of_its_own(root: Path, store: Troubled) -> None:
    recorder = Recorder(root, store)
    recorder.record(event())
    recorder.flush()
    recorder.record(event())
    store.close()  # no database connection survives a fork

    def child() -> None:
        for n in range(3):
            recorder.record(event(Kind.SHOWN, f"n{n}"))
        recorder.flush()
        recorder.stop()

    process = FORK.Process(target=child)
    process.start()
    process.join()
    assert process.exitcode == 0
    recorder.record(event())
    recorder.stop()
    assert by_kind(store) == {"page": 3, "shown": 3}
    assert writers(root) == []


def test_a_fork_that_records_nothing_changes_nothing(root: Path, store: Troubled) -> None:
    recorder = Recorder(root, store)
    recorder.record(event())
    process = FORK.Process(target=recorder.stop)
    process.start()
    process.join()
    assert process.exitcode == 0
    assert len(writers(root)) == 1
    recorder.record(event())
    recorder.stop()
    assert by_kind(store) == {"page": 2}


def test_a_damaged_line_of_a_living_journal_is_kept(root: Path, store: Troubled) -> None:
    journal = Journal(root, "w1", segment_bytes=100)
    for _ in range(4):
        journal.append(event())
    path = segments(journal.folder)[0]
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"\n2\t", b"\n9\t"))
    Flusher(journal, store, root).flush_now()
    assert by_kind(store) == {"page": 3}
    assert (root / DAMAGED).read_bytes().startswith(b"9\tben-xe\t")
    journal.close()
