"""R06: a full disk: no visitor notices, nothing is torn, what waits in memory is written later."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from portal.counting import journal as journal_module
from portal.counting.adoption import writers
from portal.counting.flush import Flusher
from portal.counting.inspection import lost_events
from portal.counting.journal import LOST, Journal
from portal.counting.reconciliation import reconcile, total
from portal.counting.recorder import Recorder
from portal.counting.segments import Reader, segments
from portal.stores.sqlite import SQLiteStore
from tests.disks import fill, small_disk
from tests.events import by_kind, event, records


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """Let no file grow beyond ``size`` bytes, as on a disk that is full there."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture(name="small_disk")
def _small_disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "small", "64k") as disk:
        yield disk


@pytest.mark.parametrize("room", [0, 1, 20, 49, 50, 75])
@pytest.mark.parametrize("helper", ["append", "sync"])
@pytest.mark.parametrize("always", [False, True])
def test_events_wait_in_memory_until_there_is_space(
    tmp_path: Path, room: int, helper: str, always: bool
) -> None:
    journal = Journal(tmp_path, "w1", always=always)
    for _ in range(3):
        journal.append(event())
    reader = Reader(journal.folder)
    with no_file_beyond(segments(journal.folder)[0].stat().st_size + room):
        for _ in range(5):
            assert journal.append(event())
            found = len(reader.read(10))
            assert found in (0, 1, 3, 4)
        assert not journal.writable
        journal.sync()
        assert not journal.writable
    if helper == "append":
        journal.append(event())
    else:
        journal.sync()
    assert journal.writable
    assert journal.lost == 0
    assert Reader(journal.folder).read(100) == records([event()] * journal.last)
    assert reader.damaged == []
    journal.close()


def test_what_memory_cannot_hold_is_counted_as_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "_HELD", 4)
    journal = Journal(tmp_path, "w1")
    with no_file_beyond(segments(journal.folder)[0].stat().st_size):
        for _ in range(10):
            journal.append(event())
    assert journal.lost == 6
    journal.append(event())
    assert [record.seq for record in Reader(journal.folder).read(100)] == [1, 2, 3, 4, 11]
    assert lost_events(tmp_path) == 0  # written down by the next flush
    journal.sync()
    journal.sync()
    assert lost_events(tmp_path) == 6
    journal.close()
    assert lost_events(tmp_path) == 6


def test_what_still_waits_at_the_end_is_counted_as_lost(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "w1")
    with no_file_beyond(segments(journal.folder)[0].stat().st_size):
        for _ in range(3):
            journal.append(event())
        assert not journal.close()
    assert journal.lost == 3
    assert lost_events(tmp_path) == 3
    (tmp_path / LOST).write_bytes(b"w1\t5\nw1\nw1\tx\n\0\0\0\nw2\t4\n")
    assert lost_events(tmp_path) == 9


def test_a_journal_begins_on_a_full_disk(small_disk: Path) -> None:
    filler = fill(small_disk)
    journal = Journal(small_disk / "journal", "w1")
    assert not journal.writable
    for _ in range(3):
        assert journal.append(event())
    filler.unlink()
    journal.sync()
    assert journal.writable
    journal.append(event())
    assert Reader(journal.folder).read(10) == records([event()] * 4)
    assert [path.name for path in writers(small_disk / "journal")] == ["w1"]
    journal.close()


def test_an_idle_journal_becomes_writable_by_itself(small_disk: Path) -> None:
    filler = fill(small_disk)
    journal = Journal(small_disk / "journal", "w1")
    assert not journal.writable
    filler.unlink()
    journal.sync()
    assert journal.writable
    journal.close()


def test_a_segment_that_cannot_be_followed_goes_on(small_disk: Path) -> None:
    journal = Journal(small_disk, "w1", segment_bytes=500)
    reader = Reader(journal.folder)
    for _ in range(20):
        journal.append(event())
    filler = fill(small_disk)
    journal.sync()  # time for a new segment, and no room for one
    found = reader.read(100) + reader.read(100)
    for _ in range(5):
        journal.append(event())  # there is room in the old one's last block
    journal.sync()
    found += reader.read(100)
    filler.unlink()
    journal.sync()
    journal.append(event())
    found += reader.read(100)
    assert found == records([event()] * 26)
    assert len(segments(journal.folder)) == 2
    journal.close()


def test_recording_goes_on_while_the_disk_is_full(small_disk: Path, tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "portal.db")
    filler = fill(small_disk)
    recorder = Recorder(small_disk / "journal", store)
    recorder.start()
    assert not recorder.writable
    for _ in range(100):
        recorder.record(event())
    filler.unlink()
    recorder.flush()
    assert recorder.writable
    filler = fill(small_disk)
    for _ in range(500):
        recorder.record(event())
    recorder.flush()
    filler.unlink()
    recorder.record(event())
    recorder.stop()
    assert by_kind(store) == {"page": 601}
    assert writers(small_disk / "journal") == []
    store.close()


def test_the_store_gets_what_the_disk_has_no_room_for(
    small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "_HELD", 50)
    root, store = small_disk / "journal", SQLiteStore(tmp_path / "portal.db")
    journal = Journal(root, "w1")
    flusher = Flusher(journal, store, root)
    journal.append(event())
    filler = fill(small_disk)
    for _ in range(100):  # far more than memory holds at once, and the rest of the last block
        for _ in range(40):
            journal.append(event())
        flusher.flush_now()
    assert by_kind(store) == {"page": 4001}
    assert total(reconcile(root, store)).difference == 0
    filler.unlink()
    journal.append(event())
    flusher.flush_now()
    assert journal.writable
    assert by_kind(store) == {"page": 4002}
    assert journal.close()
    assert lost_events(root) == 0
    store.close()


def test_only_what_the_store_lacks_is_lost_at_the_end(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "w1")
    with no_file_beyond(segments(journal.folder)[0].stat().st_size):
        for _ in range(5):
            journal.append(event())
        assert journal.held(3) == records([event()] * 3)
        journal.acknowledge(3)
        assert journal.held(3) == records([event()] * 2, 4)
        assert not journal.close()
    assert lost_events(tmp_path) == 2
