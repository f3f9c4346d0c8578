"""The journal and its reader: what was appended is read, in order, once, and after any end."""

import fcntl
import io
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.counting.adoption import writers
from portal.counting.journal import ACKED, Journal, acknowledged
from portal.counting.kept import kept_folders
from portal.counting.records import HEADER, encode
from portal.counting.segments import Reader, last_sequence, segment_name, segments, whole_lines
from portal.domain.events import Event, Kind
from tests.events import any_event, event, records


def filled(root: Path, events: list[Event], segment_bytes: int = 1 << 20) -> Journal:
    """Return a journal with ``events``, brought to the disk after each of them."""
    journal = Journal(root, "w1", segment_bytes=segment_bytes)
    for item in events:
        journal.append(item)
        journal.sync()
    return journal


@given(st.lists(any_event(), max_size=30), st.integers(1, 7), st.sampled_from([1, 300, 1 << 20]))
def test_events_are_read_in_order_across_segments(
    tmp_path_factory: pytest.TempPathFactory, events: list[Event], most: int, segment_bytes: int
) -> None:
    journal = filled(tmp_path_factory.mktemp("journal"), events, segment_bytes)
    reader = Reader(journal.folder)
    found = []
    while batch := reader.read(most):
        assert len(batch) <= most
        found += batch
    assert found == records(events)
    assert reader.damaged == []
    assert last_sequence(journal.folder) == journal.last == len(events)
    journal.close()


def test_a_reader_reads_on_while_the_journal_grows(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "w1", segment_bytes=300)
    reader = Reader(journal.folder)
    found = []
    for n in range(50):
        assert reader.read(10) == []
        for _ in range(n % 4):
            journal.append(event())
        journal.sync()
        found += reader.read(10)
    assert [record.seq for record in found] == list(range(1, journal.last + 1))
    assert len(reader.finished()) > 5
    assert segments(journal.folder)[-1] not in reader.finished()
    journal.close()


def test_a_segment_is_named_by_its_first_record(tmp_path: Path) -> None:
    journal = filled(tmp_path, [event()] * 9, segment_bytes=200)
    for path in segments(journal.folder):
        lines = path.read_bytes().splitlines(keepends=True)
        assert lines[0] == HEADER
        if lines[1:]:
            assert path.name == segment_name(int(lines[1].split(b"\t")[0]))
    journal.close()


@pytest.mark.parametrize("keep", [1, 20, 49])
def test_a_torn_tail_is_no_record(tmp_path: Path, keep: int) -> None:
    """R05: a line that is cut off; it may yet become whole."""
    journal = filled(tmp_path, [event()] * 3)
    path = segments(journal.folder)[0]
    line = encode(4, event())
    whole = path.read_bytes()
    assert 0 < keep < len(line)
    path.write_bytes(whole + line[:keep])
    reader = Reader(journal.folder)
    assert [record.seq for record in reader.read(10)] == [1, 2, 3]
    assert last_sequence(journal.folder) == 3
    path.write_bytes(whole + line)  # it was being written, and now it is whole
    assert [record.seq for record in reader.read(10)] == [4]
    assert reader.damaged == []
    journal.close()


def test_damaged_lines_are_set_aside_and_the_rest_is_read(tmp_path: Path) -> None:
    """R05: an altered line, and zeros."""
    journal = filled(tmp_path, [event()] * 5)
    path = segments(journal.folder)[0]
    lines = path.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b"ben-xe", b"ben-xa")
    lines[4] = b"\0" * 30 + b"\n"
    path.write_bytes(b"".join(lines))
    reader = Reader(journal.folder)
    assert [record.seq for record in reader.read(10)] == [1, 3, 5]
    assert reader.damaged == [lines[2], lines[4]]
    journal.close()


def test_a_living_writer_holds_the_lock(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "w1")
    journal.append(event())
    with (journal.folder / ACKED).open("r+b") as file:
        with pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        journal.close()
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_acknowledgements_are_kept(tmp_path: Path) -> None:
    journal = filled(tmp_path, [event()] * 12)
    assert acknowledged(journal.folder) == 0
    for seq in (9, 10, 11):
        journal.acknowledge(seq)
        assert acknowledged(journal.folder) == seq
    journal.close()
    assert acknowledged(journal.folder) == 11
    assert acknowledged(tmp_path / "nobody") == 0


def test_a_journal_is_removed_once_the_store_has_all_of_it(tmp_path: Path) -> None:
    journal = filled(tmp_path, [event()] * 2)
    journal.acknowledge(1)
    assert not journal.close()
    assert journal.folder.is_dir()
    other = Journal(tmp_path, "w2")
    other.append(event())
    other.acknowledge(1)
    assert other.close()
    assert [path.name for path in writers(tmp_path)] == ["w1"]
    assert [path.name for path in kept_folders(tmp_path)] == ["w2"]


def test_a_closed_journal_takes_no_event_and_touches_no_other_file(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "w1")
    assert journal.append(event())
    journal.close()
    # The descriptors are free again: whoever opens files now gets the same numbers.
    files = [(tmp_path / f"other{n}").open("w+b") for n in range(8)]
    assert not journal.append(event())
    assert [os.fstat(file.fileno()).st_size for file in files] == [0] * 8
    for file in files:
        file.close()
    assert last_sequence(journal.folder) == 1


def test_nothing_is_torn_when_many_append(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "w1", always=True, segment_bytes=2000)
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(lambda n: journal.append(event(Kind.SHOWN, f"n{n}")), range(400)):
            pass
    reader = Reader(journal.folder)
    found = reader.read(1000)
    assert [record.seq for record in found] == list(range(1, 401))
    assert len({record.event.nonce for record in found}) == 400
    journal.close()


class Growing(io.RawIOBase):
    """A file that ends after each of its pieces, and has grown by the next one when asked again."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = list(pieces)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return offset

    def readinto(self, buffer: bytearray) -> int:
        piece = self._pieces.pop(0) if self._pieces else b""
        memoryview(buffer)[: len(piece)] = piece
        return len(piece)


def test_half_a_line_is_never_taken_for_a_whole_one() -> None:
    """Another thread may write its other half while the reader stands at the end."""
    file = io.BufferedReader(Growing(b"one\ntw", b"", b"o\nthree\n"))
    assert whole_lines(file, 0) == [b"one\n"]
    assert io.BufferedReader(Growing(b"one\ntw", b"", b"o\n")).readlines()[1:] == [b"tw", b"o\n"]


def test_a_line_may_be_longer_than_what_is_read_at_once() -> None:
    text = b"x" * 200_000 + b"\n"
    assert whole_lines(io.BytesIO(text + b"y"), 0) == [text]
    assert whole_lines(io.BytesIO(text), 5) == [text[5:]]
    assert whole_lines(io.BytesIO(text[:-1]), 0) == []
