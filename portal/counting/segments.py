"""Reading a writer's segments in order, whether it lives or died."""

from dataclasses import dataclass, field
from pathlib import Path

from portal.counting.records import HEADER, Damaged, decode
from portal.stores.base import Record

_CHUNK = 64 * 1024  # bytes read at once: a batch, and little that is read again
SUFFIX = ".log"


def segments(folder: Path) -> list[Path]:
    """Return the writer's segments, oldest first. A segment is named by its first sequence."""
    return sorted(folder.glob(f"*{SUFFIX}"))


def segment_name(first: int) -> str:
    """Return the name of the segment whose first record will be ``first``."""
    return f"{first:020d}{SUFFIX}"


def last_sequence(folder: Path) -> int:
    """Return the sequence of the last whole record in the writer's journal; 0 if there is none."""
    for path in reversed(segments(folder)):
        last = int(path.stem) - 1
        size = path.stat().st_size
        with path.open("rb") as file:
            file.seek(max(0, size - 4096))
            for line in file.read().splitlines(keepends=True):
                try:
                    last = max(last, decode(line).seq)
                except Damaged:
                    continue  # cut by the seek, torn, or the header
        return last
    return 0


@dataclass(slots=True)
class Reader:
    """Reads on from where it stopped; ``damaged`` collects the lines that are no records."""

    folder: Path
    damaged: list[bytes] = field(default_factory=list)
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

    def finished(self) -> list[Path]:
        """Return the segments that were read to their end and have a successor."""
        return [path for path in segments(self.folder) if self._segment and path < self._segment]

    def _chunk(self, most: int) -> tuple[list[Record], bool]:
        """Return records from the current place, and whether there was anything to read."""
        assert self._segment is not None
        with self._segment.open("rb") as file:
            file.seek(self._offset)
            lines = file.read(_CHUNK).splitlines(keepends=True)
        if lines and not lines[-1].endswith(b"\n"):
            lines.pop()
        records: list[Record] = []
        for line in lines:
            if len(records) == most:
                break
            if self._offset or line != HEADER:
                try:
                    records.append(decode(line))
                except Damaged:
                    self.damaged.append(line)
            self._offset += len(line)
        return records, bool(lines)

    def _advance(self) -> bool:
        """Go to the next segment, if there is one."""
        for path in segments(self.folder):
            if self._segment is None or path > self._segment:
                self._segment, self._offset = path, 0
                return True
        return False
