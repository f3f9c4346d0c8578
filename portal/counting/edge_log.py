"""The edge server's log: one more journal, written by nginx and read here.

The file is called by its first line, which no other has, and a line's number is its sequence: so
the store's watermark counts every line once, whoever reads it, how often, and under whatever name
the file lies there since it was rotated. What was read up to is only noted to save work.
"""

import fcntl
import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from hashlib import blake2s
from pathlib import Path

from portal.counting.adoption import DAMAGED
from portal.counting.edge_lines import Interpreter
from portal.counting.segments import whole_lines
from portal.domain.errors import StoreForgot
from portal.domain.nonces import Signer
from portal.stores.base import Record, Store

_BATCH = 500  # lines
_NAME = "edge.log"
_NOTES = "read.json"
log = logging.getLogger(__name__)


def edge_log(journals: Path) -> Path:
    """Return the file that the edge server writes to; ``journals`` is where the journals are."""
    return journals / ".edge" / _NAME


@dataclass(slots=True)
class Progress:
    """How far a file was read, and what the store has of it. The numbers are of lines."""

    offset: int = 0  # bytes
    lines: int = 0
    damaged: int = 0
    seen: int = 0  # lines that were read once; more than ``lines`` when they are read again

    def again(self) -> "Progress":
        """Return the progress of a file that has to be read again from its beginning."""
        return Progress(seen=max(self.seen, self.lines))


@dataclass(slots=True)
class Notes:
    """What is noted between two readings, by whichever process."""

    node: str = ""
    generation: str = ""  # of the store that has what is noted of the files
    files: dict[str, Progress] = field(default_factory=dict)


class EdgeLog:
    """Brings what the edge server wrote to the store. One process of a node reads at a time."""

    def __init__(self, journals: Path, node: str, store: Store, signer: Signer) -> None:
        self._folder = edge_log(journals).parent
        self._journals = journals
        self._node = node
        self._store = store
        self._interpreter = Interpreter(signer)
        self._acked: dict[str, dict[str, int]] = {}  # per file and site the last line applied
        # Files that were not there the last time: removed, unless logrotate was just renaming them.
        self._missing: set[str] = set()

    @property
    def exists(self) -> bool:
        """Whether there is an edge server at all."""
        return self._folder.is_dir()

    def read(self) -> int:
        """Bring all that is new to the store; return how many lines. Raise StoreUnavailable."""
        with self._alone() as alone:
            return self._read_all() if alone else 0

    def _read_all(self) -> int:
        notes = read_notes(self._folder)
        generation = self._store.generation()
        if generation != notes.generation:  # the store may lack any of it
            notes.files = {writer: at.again() for writer, at in notes.files.items()}
            self._acked.clear()
        notes.node, notes.generation = self._node, generation
        files = log_files(self._folder, self._node)
        lines = sum(self._read_file(writer, path, notes) for writer, path in files.items())
        missing = notes.files.keys() - files.keys()
        for writer in missing & self._missing:
            self._store.retire(writer)
            del notes.files[writer]
            self._acked.pop(writer, None)
            write_notes(self._folder, notes)
        self._missing = missing
        return lines

    def _read_file(self, writer: str, path: Path, notes: Notes) -> int:
        at = notes.files.setdefault(writer, Progress())
        before = at.lines
        acked = self._acked.setdefault(writer, {})
        with path.open("rb") as file:
            while batch := whole_lines(file, at.offset)[:_BATCH]:
                records, damaged = self._records(batch, at.lines)
                try:
                    if records:
                        self._store.apply(writer, records, acked)
                except StoreForgot:
                    log.warning("writer %s: the store has forgotten something", writer)
                    notes.files[writer] = at.again()
                    acked.clear()
                    write_notes(self._folder, notes)
                    return 0  # from its beginning, the next time
                acked.update((record.event.site, record.seq) for record in records)
                if at.lines >= at.seen:
                    self._keep(damaged)
                at.offset += sum(map(len, batch))
                at.lines += len(batch)
                at.damaged += len(damaged)
                write_notes(self._folder, notes)
        return at.lines - before

    def _records(self, batch: list[bytes], before: int) -> tuple[list[Record], list[bytes]]:
        records, damaged = [], []
        for number, line in enumerate(batch, before + 1):
            if event := self._interpreter.event(line):
                records.append(Record(number, event))
            else:
                damaged.append(line)
        return records, damaged

    def _keep(self, damaged: list[bytes]) -> None:
        if damaged:
            with (self._journals / DAMAGED).open("ab") as file:
                file.writelines(damaged)
            log.error("edge log: %d damaged lines kept in %s", len(damaged), DAMAGED)

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        fd = os.open(self._folder, os.O_RDONLY)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield True
        except BlockingIOError:
            yield False
        finally:
            os.close(fd)


def edge_balances(journals: Path) -> dict[str, tuple[int, int]]:
    """Return per file of the edge server's: lines that are events, and those the store has."""
    folder = edge_log(journals).parent
    notes = read_notes(folder)
    found = {}
    for writer, path in log_files(folder, notes.node).items():
        at = notes.files.get(writer, Progress())
        with path.open("rb") as file:
            file.seek(at.offset)
            waiting = sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))
        applied = at.lines - at.damaged
        found[writer] = (applied + waiting, applied)
    return found


def edge_files(journals: Path) -> dict[str, Path]:
    """Return the edge server's files by the names of their writers, oldest first."""
    folder = edge_log(journals).parent
    return log_files(folder, read_notes(folder).node)


def log_files(folder: Path, node: str) -> dict[str, Path]:
    """Return the edge server's files by the names of their writers, oldest first.

    A file without a whole line is none yet; a packed one was read before.
    """
    found: dict[str, Path] = {}
    if not folder.is_dir():
        return found
    written: dict[str, float] = {}
    for path in folder.glob(f"{_NAME}*"):
        if path.suffix in (".gz", ".xz", ".zst"):
            continue
        with suppress(FileNotFoundError), path.open("rb") as file:  # renamed at this moment
            first = file.readline(1024)
            if first.endswith(b"\n"):
                writer = f"{node}.edge-{blake2s(first, digest_size=8).hexdigest()}"
                found[writer], written[writer] = path, os.fstat(file.fileno()).st_mtime
    return {writer: found[writer] for writer in sorted(found, key=written.__getitem__)}


def read_notes(folder: Path) -> Notes:
    """Return what is noted; nothing where it cannot be read, so that all is read again."""
    try:
        noted = json.loads((folder / _NOTES).read_text(encoding="ascii"))
        files = {writer: Progress(**at) for writer, at in noted["files"].items()}
        return Notes(str(noted["node"]), str(noted["generation"]), files)
    except (OSError, ValueError, TypeError, AttributeError, KeyError):
        return Notes()


def write_notes(folder: Path, notes: Notes) -> None:
    """Note how far each file was read; a disk without room must hold nothing up."""
    draft = folder / f".{_NOTES}"
    with suppress(OSError):
        draft.write_text(json.dumps(asdict(notes)), encoding="ascii")
        draft.rename(folder / _NOTES)
