"""The one door to counting: record an event, and it is journalled and will be counted."""

import secrets
import threading
from os import getpid
from pathlib import Path

from portal.counting.flush import Flusher
from portal.counting.journal import Journal
from portal.counting.room import Room
from portal.domain.events import Event
from portal.stores.base import Store


class Recorder:
    """Owns this process's journal and its flusher.

    Both begin in the process that records: a journal must never be shared across a fork.
    """

    def __init__(
        self,
        root: Path,
        store: Store,
        *,
        node: str = "node",
        limit: int = 1 << 30,
        hours: int = 48,
        always: bool = False,
    ) -> None:
        self._room = Room(root, limit, hours)
        self._root = root
        self._node = node
        self._store = store
        self._always = always
        self._lock = threading.Lock()
        self._pid = 0
        self._journal: Journal | None = None
        self._flusher: Flusher | None = None

    def start(self) -> None:
        """Open the journal and begin to flush, if this process has not yet done so."""
        self._current()

    @property
    def writable(self) -> bool:
        """Whether events reach the disk; opens the journal if there is none yet."""
        return self._current().writable

    @property
    def room_low(self) -> bool:
        """Whether the journals, or the disk under them, have little room left."""
        return self._room.low

    def record(self, event: Event) -> None:
        """Journal ``event``. Never raises for a full disk; see Journal.append."""
        journal = self._journal
        if journal is None or self._pid != getpid():
            journal = self._current()
        while not journal.append(event):  # closed at this moment: the next one is another
            journal = self._current()

    def flush(self) -> None:
        """Bring everything recorded so far to the store. Raise StoreUnavailable."""
        if self._flusher and self._pid == getpid():
            self._flusher.flush_now()

    def stop(self) -> None:
        """Flush once more and let go; what cannot be flushed is adopted later."""
        with self._lock:
            flusher = self._flusher if self._pid == getpid() else None
            self._pid = 0
            self._journal = self._flusher = None
        if flusher:  # without the lock: whoever records now must not wait for the store
            flusher.stop()

    def _current(self) -> Journal:
        """Return this process's journal; open it if there is none."""
        journal = self._journal
        if journal is not None and self._pid == getpid():
            return journal
        with self._lock:
            if self._journal is None or self._pid != getpid():
                self._journal = Journal(
                    self._root, f"{self._node}.{secrets.token_hex(8)}", always=self._always
                )
                self._flusher = Flusher(self._journal, self._store, self._root, self._room)
                self._flusher.start()
                self._pid = getpid()
            return self._journal
