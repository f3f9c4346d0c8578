"""Reading a writer's segments in order, whether it lives or died."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from portal.counting.records import HEADER, Damaged, decode, rescue
from portal.stores.base import Record

_CHUNK = 64 * 1024  # bytes read at once: a batch, and little that is read again
SUFFIX = ".log"


def segments(folder: Path) -> list[Path]:
    """Return the writer's segments, oldest first. A segment is named by its first sequence."""
    return sorted(folder.glob(f"*{SUFFIX}"))


def segment_name(first: int) -> str:
    """Return the name of the segment whose first record will be ``first``."""
    return f"{first:020d}{SUFFIX}"


def whole_lines(file: BinaryIO, offset: int) -> list[bytes]:
    """Return the lines from ``offset`` on, some 64 KB of them; half a line at the end is left out.

    Not file.readlines(): where it meets the end, it takes half a line for a whole one and reads on,
    and meanwhile somebody may have written the other half.
    """
    file.seek(offset)
    text = file.read(_CHUNK)
    while b"\n" not in text and (more := file.read(_CHUNK)):
        text += more
    lines = text.split(b"\n")
    return [line + b"\n" for line in lines[:-1]]


def last_sequence(folder: Path) -> int:
    """Return the sequence of the last whole record in the writer's journal; 0 if there is none."""
    for path in reversed(segments(folder)):
        size = path.stat().st_size
        with path.open("rb") as file:
            for begin in (max(0, size - 4096), 0):  # its end, unless that was damaged
                file.seek(begin)
                for line in reversed(file.readlines()):
                    try:
                        return decode(line).seq
                    except Damaged:
                        continue  # cut by the seek, torn, or the header
        return int(path.stem) - 1
    return 0


@dataclass(slots=True)
class Reader:
    """Reads on from where it stopped; ``damaged`` collects the lines that are no records."""

    folder: Path
    damaged: list[bytes] = field(default_factory=list)
    kept: Path | None = None  # where older segments of the writer lie
    _segment: Path | None = None
    _offset: int = 0

    def read(self, most: int) -> list[Record]:
        """Return up to ``most`` further records; empty when there is nothing more for now.

        A last line without its newline stays unread: either it is being written, or its writer
        died before it answered the visitor, so it is no record.
        """
        records: list[Record] = []
        while len(records) < most:
            if self._segment is None and not self._advance():
                break
            found, whole = self._chunk(most - len(records))
            records += found
            if not whole and not self._advance():
                break
        return records

    def rewind(self, seq: int) -> int:
        """Read on from the segment that holds the record ``seq``, or the oldest that there is.

        Returns the sequence with which that segment begins; 0 when there is none.
        """
        found = self._segments()
        before = [path for path in found if int(path.stem) <= seq]
        if not found:
            return 0
        self._segment, self._offset = before[-1] if before else found[0], 0
        return int(self._segment.stem)

    def end(self) -> None:
        """Set aside what follows the last newline of a dead writer, when zeros are in it.

        Half a line was never answered. Zeros are what a power cut leaves of lines that were.
        """
        if self._segment is None or self._segment.parent != self.folder:
            return
        with self._segment.open("rb") as file:
            file.seek(self._offset)
            text, zero, _rest = file.read().partition(b"\0")
        if zero:
            self.damaged.append(text + zero + b"\n")

    def finished(self) -> list[Path]:
        """Return the segments that were read to their end and have a successor."""
        if self._segment is None:
            return []
        return [path for path in segments(self.folder) if path.name < self._segment.name]

    def _segments(self) -> list[Path]:
        older = segments(self.kept) if self.kept else []
        return sorted(older + segments(self.folder), key=lambda path: path.name)

    def _chunk(self, most: int) -> tuple[list[Record], bool]:
        """Return records from the current place, and whether there was anything to read."""
        assert self._segment is not None
        try:
            with self._segment.open("rb") as file:
                lines = whole_lines(file, self._offset)
        except FileNotFoundError:
            return [], False  # a kept one that was pruned at this moment
        records: list[Record] = []
        for line in lines:
            if len(records) == most:
                break
            if self._offset or line != HEADER:
                try:
                    records.append(decode(line))
                except Damaged:
                    lost, record = rescue(line)
                    records += [record] if record else []
                    if self._segment.parent == self.folder:  # a kept one was read before
                        self.damaged.append(lost)
            self._offset += len(line)
        return records, bool(lines)

    def _advance(self) -> bool:
        """Go to the next segment, if there is one."""
        older = self._segment.name if self._segment else ""
        for path in self._segments():
            if path.name > older:
                self._segment, self._offset = path, 0
                return True
        return False
