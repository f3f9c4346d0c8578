"""Sending the journal to the store, and taking over the journals of dead writers."""

import logging
import random
import threading
from collections.abc import Callable
from pathlib import Path

from portal.counting.adoption import adopt_all, keep_damaged
from portal.counting.journal import Journal
from portal.counting.room import Room
from portal.counting.segments import Reader
from portal.domain.errors import StoreUnavailable
from portal.stores.base import Record, Store

BATCH = 500  # records
_TICK = 1.0  # seconds between flushes
_ADOPT = 5  # ticks between looks for dead writers
_LONGEST_PAUSE = 10.0  # seconds between tries while the store is away

log = logging.getLogger(__name__)


def _never() -> bool:
    return False


class Flusher:
    """The background thread that moves one journal's records into the store."""

    def __init__(
        self,
        journal: Journal,
        store: Store,
        root: Path,
        room: Room | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._journal = journal
        self._store = store
        self._root = root
        self._room = room
        self._jitter = jitter
        self._reader = Reader(journal.folder)
        self._unsent: list[Record] = []  # read, but not acknowledged yet
        self._stopping = threading.Event()
        self._one = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="flusher", daemon=True)
        self._failures = 0

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, patience: float = 5.0) -> None:
        """End the thread, flush once more, and close the journal.

        What the store did not take stays on disk for whoever adopts it.
        """
        self._stopping.set()
        self._thread.join(patience)
        if self._thread.is_alive():
            # Its batch may still reach the store, so nobody may adopt and retire the journal
            # before this process has ended: then the batch would count again.
            log.warning("writer %s: still waiting for the store", self._journal.writer)
            return
        self._flush_safely()
        if self._journal.close():
            try:
                self._store.retire(self._journal.writer)
            except StoreUnavailable:
                log.info("writer %s not retired: the store is away", self._journal.writer)

    def flush_now(self) -> None:
        """Bring the journal to the disk and all of it to the store. Raise StoreUnavailable."""
        self._flush()

    def _flush(self, enough: Callable[[], bool] = _never) -> None:
        with self._one:
            self._journal.sync()
            last = self._journal.last  # what comes meanwhile makes a full batch of the next flush
            while self._journal.acked < last and not enough() and self._send():
                pass
            keep_damaged(self._root, self._reader)
            for path in self._reader.finished():
                path.unlink()

    def _send(self) -> bool:
        """Send a batch; return whether there was one."""
        # The same batch until it is acknowledged: what was read is not read again.
        self._unsent = self._unsent or self._reader.read(BATCH)
        if not self._unsent:
            return False
        self._store.apply(self._journal.writer, self._unsent)
        self._journal.acknowledge(self._unsent[-1].seq)
        self._unsent = []
        return True

    def _run(self) -> None:
        ticks = 0
        while not self._stopping.wait(self._pause()):
            # Told to stop, it leaves the rest to whoever told it, who waits for one batch only.
            if self._flush_safely(self._stopping.is_set) and ticks % _ADOPT == 0:
                self._adopt_safely()
            if self._room:
                self._room.look()
                # A writer that waits for nothing may go on: its one segment ends with the next.
                behind = self._journal.acked < self._journal.last
                self._journal.full = self._room.full and behind
            ticks += 1

    def _pause(self) -> float:
        """Seconds to the next try: longer after each failure, and never all workers at once."""
        if not self._failures:
            return _TICK
        return min(_LONGEST_PAUSE, _TICK * 2.0 ** min(self._failures, 10)) * (
            0.5 + self._jitter() / 2
        )

    def _flush_safely(self, enough: Callable[[], bool] = _never) -> bool:
        try:
            self._flush(enough)
        except StoreUnavailable as error:
            self._failures += 1
            if self._failures == 1:
                log.warning("the store is away, counts wait in the journal: %s", error)
            return False
        except Exception:
            # The thread must outlive anything: without it nothing is counted any more.
            self._failures += 1
            log.exception("flush failed")
            return False
        if self._failures:
            log.warning("the store is back after %d tries", self._failures)
            self._failures = 0
        return True

    def _adopt_safely(self) -> None:
        try:
            adopt_all(self._root, self._store)
        except StoreUnavailable:
            pass  # the next flush meets it too, and says so
        except Exception:
            log.exception("adoption failed")
