"""Looking into the journals of this node: what they hold, and whether every line is whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from portal.counting.adoption import DAMAGED, lives, writers
from portal.counting.edge_log import edge_balances, edge_files, edge_log
from portal.counting.journal import LOST, acknowledged
from portal.counting.records import HEADER, Damaged, decode
from portal.counting.segments import last_sequence, segments


@dataclass(frozen=True, slots=True)
class JournalStatus:
    """One writer's journal, or a file of the edge server's log."""

    writer: str
    alive: bool  # its process holds the lock, or nginx writes it
    journalled: int  # events, since it began
    acknowledged: int  # of them the store has
    segments: int
    bytes: int

    @property
    def waiting(self) -> int:
        """Events that the store has not got yet."""
        return self.journalled - self.acknowledged


class Fault(StrEnum):
    """What may be wrong with a line."""

    HEADER = "header"  # the segment does not begin as ours do
    DAMAGED = "damaged"  # the checksum does not fit
    TORN = "torn"  # the last line ends half way: its visitor got no answer, so nothing is lost
    MISSING = "missing"  # the sequence leaps
    REPEATED = "repeated"  # the sequence goes back


@dataclass(frozen=True, slots=True)
class Finding:
    """A line that is not as it should be."""

    path: Path
    line: int  # from 1
    fault: Fault

    @property
    def harmless(self) -> bool:
        """Whether nothing that was answered is concerned."""
        return self.fault is Fault.TORN


def journal_statuses(root: Path) -> list[JournalStatus]:
    """Return the status of every journal under ``root``, by writer. Raise OSError."""
    found = []
    for folder in writers(root):
        try:
            files = segments(folder)
            size = sum(path.stat().st_size for path in files)
            last, acked = last_sequence(folder), acknowledged(folder)
        except FileNotFoundError:
            continue  # adopted at this moment
        found.append(
            JournalStatus(folder.name, lives(folder), max(last, acked), acked, len(files), size)
        )
    return found + list(_edge_statuses(root))


def _edge_statuses(root: Path) -> Iterator[JournalStatus]:
    written = edge_log(root)
    for writer, (journalled, acked) in edge_balances(root).items():
        path = edge_files(root).get(writer)
        if path and path.exists():
            size = path.stat().st_size
            yield JournalStatus(writer, path == written, journalled, acked, 1, size)


def damaged_lines(root: Path) -> int:
    """Return how many lines that could not be read were kept."""
    path = root / DAMAGED
    return path.read_bytes().count(b"\n") if path.exists() else 0


def lost_events(root: Path) -> int:
    """Return how many events of this node were lost, because the disk and the memory were full."""
    path = root / LOST
    lines = path.read_bytes().splitlines() if path.exists() else []
    counts = [line.rpartition(b"\t")[2] for line in lines]
    return sum(int(count) for count in counts if count.isdigit())


def verify(folder: Path) -> Iterator[Finding]:
    """Read every line of a writer's journal; yield what is wrong. Raise OSError."""
    expected = 0
    files = segments(folder)
    for path in files:
        with path.open("rb") as file:
            lines = file.readlines()
        expected = expected or int(path.stem)
        if not lines or lines[0] != HEADER:
            yield Finding(path, 1, Fault.HEADER)
        for number, line in enumerate(lines[1:], 2):
            try:
                seq = decode(line).seq
            except Damaged:
                last = path == files[-1] and number == len(lines)
                torn = last and not line.endswith(b"\n") and b"\0" not in line
                yield Finding(path, number, Fault.TORN if torn else Fault.DAMAGED)
                expected += 1
                continue
            if seq != expected:
                yield Finding(path, number, Fault.MISSING if seq > expected else Fault.REPEATED)
            expected = seq + 1
