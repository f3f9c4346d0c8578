"""Sending the journal to the store, and taking over the journals of dead writers."""

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from portal.counting.adoption import adopt_all, keep_damaged
from portal.counting.healing import heal
from portal.counting.journal import Journal
from portal.counting.kept import keep, kept_folder
from portal.counting.room import Room
from portal.counting.segments import Reader
from portal.counting.seldom import Seldom
from portal.domain.errors import StoreForgot, StoreUnavailable
from portal.stores.base import Record, Store

BATCH = 500  # records
_TICK = 1.0  # seconds between flushes
_LOOK = 5  # ticks between looks for dead writers and a store that has forgotten something
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
        self._reader = Reader(journal.folder, kept=kept_folder(journal.folder))
        self._unsent: list[Record] = []  # read, but not acknowledged yet
        self._acked: dict[str, int] = {}  # per site the last sequence that was acknowledged
        self._generation = ""  # of the store, when it was last seen to have all that was acked
        self._stopping = threading.Event()
        self._one = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="flusher", daemon=True)
        self._failures = 0
        self._trouble = Seldom()
        self._flushed = 0.0  # when the last flush began

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
        if self._flush_safely() and self._look_safely():
            self._flush_safely()
        if self._journal.close():
            try:
                self._store.retire(self._journal.writer)
            except StoreUnavailable:
                log.info("writer %s not retired: the store is away", self._journal.writer)

    def flush_now(self) -> None:
        """Bring the journal to the disk and all of it to the store. Raise StoreUnavailable."""
        self._flush()

    def look(self) -> None:
        """See what the store lacks: of this writer, of dead ones, of ended ones.

        What it lacks of this writer comes with the next flush. Raises StoreUnavailable.
        """
        self._remind()
        adopt_all(self._root, self._store)
        heal(self._root, self._store, self._flush_between)

    def _flush(self, enough: Callable[[], bool] = _never) -> None:
        with self._one:
            self._flushed = time.monotonic()
            self._journal.sync()
            last = self._journal.last  # what comes meanwhile makes a full batch of the next flush
            while self._journal.acked < last and not enough() and self._send():
                pass
            keep_damaged(self._root, self._reader)
            for path in self._reader.finished():
                keep(path)

    def _send(self) -> bool:
        """Send a batch; return whether there was one."""
        # The same batch until it is acknowledged: what was read is not read again.
        self._unsent = self._unsent or self._reader.read(BATCH) or self._journal.held(BATCH)
        if not self._unsent:
            return False
        try:
            self._store.apply(self._journal.writer, self._unsent, self._acked)
        except StoreForgot as forgot:
            self._rewind(forgot.watermarks)
            return True
        self._acked.update((record.event.site, record.seq) for record in self._unsent)
        self._journal.acknowledge(self._unsent[-1].seq)
        self._unsent = []
        return True

    def _rewind(self, watermarks: Mapping[str, int]) -> None:
        """Send again from where the store stands at the sites of which it has forgotten a part."""
        self._acked.update(watermarks)
        first = min(watermarks.values()) + 1
        self._unsent = []
        found = self._reader.rewind(first)
        self._journal.acknowledge(first - 1)
        writer = self._journal.writer
        log.warning("writer %s: the store has forgotten %d sites", writer, len(watermarks))
        if found > first:
            log.error("writer %s: events %d to %d are kept no more", writer, first, found - 1)

    def _remind(self) -> None:
        """See that the store has what it acknowledged, when it may have forgotten something."""
        generation = self._store.generation()
        if generation == self._generation:
            return
        with self._one:
            known = self._store.watermarks(self._journal.writer, list(self._acked))
            if short := {site: seq for site, seq in known.items() if seq < self._acked[site]}:
                self._rewind(short)
        self._generation = generation

    def _run(self) -> None:
        ticks = 0
        while not self._stopping.wait(self._pause()):
            # Told to stop, it leaves the rest to whoever told it, who waits for one batch only.
            if self._flush_safely(self._stopping.is_set) and ticks % _LOOK == 0:
                self._look_safely()
            self._outlive("looking at the disk", self._measure)
            ticks += 1

    def _measure(self) -> None:
        if self._room:
            self._room.look()
            # A writer that waits for nothing may go on: its one segment ends with the next.
            behind = self._journal.acked < self._journal.last
            self._journal.full = self._room.full and behind

    def _flush_between(self, _records: int) -> bool:
        """Keep this writer's own events moving in long work; answer whether to go on with it."""
        if time.monotonic() >= self._flushed + _TICK:
            self._flush_safely(self._stopping.is_set)
        return not self._stopping.is_set()

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
            self._failures += 1
            self._outlived("flushing")
            return False
        if self._failures:
            log.warning("the store is back after %d tries", self._failures)
            self._failures = 0
        return True

    def _look_safely(self) -> bool:
        return self._outlive("looking at the store", self.look)

    def _outlive(self, what: str, work: Callable[[], object]) -> bool:
        try:
            work()
        except StoreUnavailable:
            return False  # the next flush meets it too, and says so
        except Exception:
            self._outlived(what)
            return False
        return True

    def _outlived(self, what: str) -> None:
        """Say what went wrong. The thread goes on: without it nothing is counted any more."""
        if self._trouble.due():
            log.exception("%s failed", what)
