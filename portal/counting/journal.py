"""A writer's journal: what happened is on the machine's disk before the visitor gets an answer.

One folder per writer: segments of records, and the file ``acked``, which holds the sequence up
to which the store has everything. The writer keeps a lock on ``acked`` as long as it lives.
"""

import ctypes
import errno
import fcntl
import logging
import os
import threading
from collections import deque
from contextlib import suppress
from itertools import islice
from pathlib import Path

from portal.counting.kept import finish
from portal.counting.records import HEADER, decode, encode
from portal.counting.segments import segment_name
from portal.counting.seldom import Seldom
from portal.domain.events import Event
from portal.stores.base import Record

ACKED = "acked"
LOST = "lost.events"
"""File beside the journals: a line for events that found room neither on the disk nor in memory."""
_HELD = 10_000  # records kept in memory while the disk is full; then they are lost, and counted

log = logging.getLogger(__name__)

_libc = ctypes.PyDLL(None, use_errno=True)
_libc.write.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t)
_libc.write.restype = ctypes.c_ssize_t


class Journal:
    """The journal of this process. Thread-safe; one per process, opened after the fork."""

    def __init__(
        self, root: Path, writer: str, *, always: bool = False, segment_bytes: int = 1 << 20
    ) -> None:
        self.writer = writer
        self.folder = root / writer
        self.lost = 0
        """Events that could be written neither to the disk nor to memory."""
        self.full = False
        """Whether events are no longer written, because the journals may take no more room."""
        self.acked = 0
        """The sequence up to which the store is known to have everything."""
        self._always = always
        self._segment_bytes = segment_bytes
        self._lock = threading.Lock()
        self._trouble = Seldom()
        self._held: deque[tuple[int, bytes]] = deque()
        self._noted = 0  # of the lost ones
        self._seq = 0
        self._dirty = self._torn = self._closed = False
        self._fd = self._acked_fd = -1
        self._size = 0
        # A disk that is full now must not keep the service from starting.
        self._write_held()

    @property
    def last(self) -> int:
        """The sequence of the last event."""
        return self._seq

    @property
    def writable(self) -> bool:
        """Whether events reach the disk, as far as the last of them tells."""
        return self._fd >= 0 and not self._held and not self.full

    def append(self, event: Event) -> bool:
        """Write one event; tell whether it was taken, which only a closed journal refuses.

        Never raises: a visitor is served even when the disk is full.
        """
        with self._lock:
            if self._closed:
                return False
            if self.full:
                self.lost += 1
                return True
            self._seq += 1
            line = encode(self._seq, event)
            if self._held:
                self._write_held()
            if self._held or not self._write(line):
                self._hold(self._seq, line)
            elif self._always:
                self._wait_for_disk(self._fd)
            return True

    def sync(self) -> None:
        """Bring what was written to the disk itself, and start a new segment when it is time.

        Only the flusher calls it. The disk is waited for without the lock: a slow card must not
        make a visitor wait.
        """
        with self._lock:
            self._write_held()
            self._note_lost()
            dirty, self._dirty = self._dirty, False
        if dirty:
            self._wait_for_disk(self._fd)
        if self._size >= self._segment_bytes and not self._held:
            self._rotate()

    def held(self, most: int) -> list[Record]:
        """Return up to ``most`` records that wait in memory, if no other waits before them.

        The store may have room where the disk has none; when the disk has some again they are
        written nevertheless, unless memory needed their place.
        """
        with self._lock:
            if not self._held or self._held[0][0] > self.acked + 1:
                return []
            waiting = (line for seq, line in self._held if seq > self.acked)
            return [decode(line) for line in islice(waiting, most)]

    def acknowledge(self, seq: int) -> None:
        """Note that the store has everything up to ``seq``."""
        acknowledge(self._acked_fd, seq)
        self.acked = seq

    def close(self) -> bool:
        """Take no more events and let go; tell whether the store had everything.

        Then its segments are kept aside; otherwise it stays for whoever adopts it.
        """
        with self._lock:
            self._closed = True
            if lost := sum(seq > self.acked for seq, _line in self._held):
                self.lost += lost
                log.error("journal %s: %d events lost", self.writer, self.lost)
            self._note_lost()
            done = self.acked == self._seq
            if self._fd >= 0:
                os.close(self._fd)
                if done:
                    finish(self.folder)
            if self._acked_fd >= 0:
                os.close(self._acked_fd)
            return done

    def _make(self) -> None:
        """Make the folder with its lock and its first segment. Raise OSError."""
        if not self.folder.exists():
            # Locked before it appears under its name, or another worker could take it for dead.
            hidden = self.folder.with_name(f".{self.writer}")
            hidden.mkdir(parents=True, exist_ok=True)
            if self._acked_fd < 0:
                self._acked_fd = os.open(hidden / ACKED, os.O_RDWR | os.O_CREAT, 0o600)
                fcntl.flock(self._acked_fd, fcntl.LOCK_EX)
                acknowledge(self._acked_fd, 0)  # takes its room on the disk while there is some
            hidden.rename(self.folder)
        self._fd, self._size = self._new_segment(), len(HEADER)

    def _rotate(self) -> None:
        with self._lock:
            try:
                fd = self._new_segment()
            except OSError as error:  # no room for a new segment: the old one grows
                self._tell("no new segment", error)
                return
            old, self._fd, self._size = self._fd, fd, len(HEADER)
        self._wait_for_disk(old)
        os.close(old)

    def _new_segment(self) -> int:
        path = self.folder / segment_name(self._seq + 1)
        # Whole before it has its name: a reader that meets a next segment leaves the old one.
        draft = path.with_suffix(".draft")
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        try:
            if os.write(fd, HEADER) != len(HEADER):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            draft.rename(path)
            folder = os.open(self.folder, os.O_RDONLY)
            try:
                os.fsync(folder)  # the name of a new file is not durable by itself
            finally:
                os.close(folder)
        except OSError:
            os.close(fd)
            for leftover in (draft, path):
                leftover.unlink(missing_ok=True)
            raise
        return fd

    def _write(self, line: bytes) -> bool:
        """Append one line with one write; tell whether it stands there whole."""
        try:
            if self._fd < 0:
                self._make()
            if self._torn:
                os.ftruncate(self._fd, self._size)
            if _write(self._fd, line) == len(line):
                self._size += len(line)
                self._torn, self._dirty = False, bool(line) or self._dirty
                return True
            self._torn = True  # half a line: the disk has just become full
        except OSError as error:
            self._tell("events are held in memory", error)
        return False

    def _write_held(self) -> None:
        """Write what is held; with nothing held, see to it that there is a journal at all."""
        if self._fd < 0:
            self._write(b"")
        while self._held and self._write(self._held[0][1]):
            self._held.popleft()

    def _note_lost(self) -> None:
        """Write down how many events were lost since the last time, as soon as there is room."""
        if self.lost == self._noted:
            return
        try:
            with (self.folder.parent / LOST).open("a", encoding="ascii") as file:
                file.write(f"{self.writer}\t{self.lost - self._noted}\n")
            self._noted = self.lost
        except OSError:
            return  # the disk is still full

    def _wait_for_disk(self, fd: int) -> None:
        try:
            os.fdatasync(fd)
        except OSError as error:
            # The events can still be read, so the store gets them: the sooner the better.
            self._tell("events may not outlive a power cut", error)

    def _tell(self, what: str, error: OSError) -> None:
        if self._trouble.due():
            log.error("journal %s: %s: %s", self.writer, what, error.strerror)

    def _hold(self, seq: int, line: bytes) -> None:
        if len(self._held) >= _HELD and self._held[0][0] <= self.acked:
            self._held.popleft()  # the store has it
        if len(self._held) < _HELD:
            self._held.append((seq, line))
        else:
            self.lost += 1


def _write(fd: int, line: bytes) -> int:
    """Write ``line`` as write(2) does; return how many bytes of it stand there. Raise OSError.

    os.write lets go of the interpreter for these two microseconds, and getting it back from the
    other threads cost thirty times as much (CPU time of a beacon: 1,37 of a view that says "ok"
    against 1,20).
    """
    written = int(_libc.write(fd, line, len(line)))
    if written < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return written


def acknowledge(fd: int, seq: int) -> None:
    """Write ``seq`` into an open ``acked`` file: fixed width, so one write replaces the old.

    It only spares whoever adopts the journal some work, so a full disk must hold nothing up.
    """
    with suppress(OSError):
        os.pwrite(fd, b"%020d\n" % seq, 0)


def acknowledged(folder: Path) -> int:
    """Return the sequence up to which the store is known to have the writer's records."""
    try:
        return int((folder / ACKED).read_bytes() or b"0")
    except (OSError, ValueError):
        return 0
