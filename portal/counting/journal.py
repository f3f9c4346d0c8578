"""A writer's journal: what happened is on the machine's disk before the visitor gets an answer.

One folder per writer: segments of records, and the file ``acked``, which holds the sequence up
to which the store has everything. The writer keeps a lock on ``acked`` as long as it lives.
"""

import fcntl
import logging
import os
import shutil
import threading
from collections import deque
from pathlib import Path

from portal.counting.records import HEADER, encode
from portal.counting.segments import segment_name
from portal.domain.events import Event

ACKED = "acked"
_HELD = 10_000  # records kept in memory while the disk is full; then they are lost, and counted

log = logging.getLogger(__name__)


class Journal:
    """The journal of this process. Thread-safe; one per process, opened after the fork."""

    def __init__(
        self, root: Path, writer: str, *, always: bool = False, segment_bytes: int = 1 << 20
    ) -> None:
        self.writer = writer
        self.folder = root / writer
        self.lost = 0
        """Events that could be written neither to the disk nor to memory."""
        self._always = always
        self._segment_bytes = segment_bytes
        self._lock = threading.Lock()
        self._held: deque[bytes] = deque()
        self._seq = 0
        self._dirty = False
        # Locked before it appears under its name, or another worker could take it for dead.
        hidden = root / f".{writer}"
        hidden.mkdir(parents=True)
        self._acked_fd = os.open(hidden / ACKED, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._acked_fd, fcntl.LOCK_EX)
        hidden.rename(self.folder)
        self._fd = self._new_segment()
        self._size = len(HEADER)

    @property
    def last(self) -> int:
        """The sequence of the last event."""
        return self._seq

    @property
    def writable(self) -> bool:
        """Whether events reach the disk, as far as the last of them tells."""
        return not self._held

    def append(self, event: Event) -> None:
        """Write one event. Never raises: a visitor is served even when the disk is full."""
        with self._lock:
            self._seq += 1
            line = encode(self._seq, event)
            if self._held:
                self._write_held()
            if self._held or not self._write(line):
                self._hold(line)
            elif self._always:
                os.fdatasync(self._fd)

    def sync(self) -> None:
        """Bring what was written to the disk itself, and start a new segment when it is time.

        Only the flusher calls it. The disk is waited for without the lock: a slow card must not
        make a visitor wait.
        """
        with self._lock:
            self._write_held()
            dirty, self._dirty = self._dirty, False
        if dirty:
            os.fdatasync(self._fd)
        if self._size >= self._segment_bytes and not self._held:
            self._rotate()

    def acknowledge(self, seq: int) -> None:
        """Note that the store has everything up to ``seq``."""
        acknowledge(self._acked_fd, seq)

    def close(self, *, remove: bool) -> None:
        """Let go of the journal; ``remove`` it when the store has everything."""
        with self._lock:
            os.close(self._fd)
            if remove:
                shutil.rmtree(self.folder)
            os.close(self._acked_fd)

    def _rotate(self) -> None:
        with self._lock:
            try:
                fd = self._new_segment()
            except OSError as error:  # no room for a new segment: the old one grows
                log.error("journal %s: no new segment: %s", self.writer, error.strerror)
                return
            old, self._fd, self._size = self._fd, fd, len(HEADER)
        os.fdatasync(old)
        os.close(old)

    def _new_segment(self) -> int:
        path = self.folder / segment_name(self._seq + 1)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        try:
            os.write(fd, HEADER)
            folder = os.open(self.folder, os.O_RDONLY)
            os.fsync(folder)  # the name of a new file is not durable by itself
            os.close(folder)
        except OSError:
            os.close(fd)
            raise
        return fd

    def _write(self, line: bytes) -> bool:
        """Append one line with one write; tell whether it stands there whole."""
        try:
            if os.write(self._fd, line) == len(line):
                self._size += len(line)
                self._dirty = True
                return True
            os.ftruncate(self._fd, self._size)  # half a line: the disk has just become full
        except OSError as error:
            if not self._held:
                log.error("journal %s: %s; events are held in memory", self.writer, error.strerror)
        return False

    def _write_held(self) -> None:
        while self._held and self._write(self._held[0]):
            self._held.popleft()

    def _hold(self, line: bytes) -> None:
        if len(self._held) < _HELD:
            self._held.append(line)
        else:
            self.lost += 1


def acknowledge(fd: int, seq: int) -> None:
    """Write ``seq`` into an open ``acked`` file: fixed width, so one write replaces the old."""
    os.pwrite(fd, b"%020d\n" % seq, 0)


def acknowledged(folder: Path) -> int:
    """Return the sequence up to which the store is known to have the writer's records."""
    try:
        return int((folder / ACKED).read_bytes() or b"0")
    except (OSError, ValueError):
        return 0
