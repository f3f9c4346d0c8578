"""One writer of a simulation: a process of its own, with its own journal and flusher."""

import signal
import time
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import cast

from portal.counting.flush import Flusher
from portal.counting.journal import Journal
from portal.counting.records import encode
from portal.domain.errors import StoreUnavailable
from portal.simulation.visits import Visits, site_ids
from portal.stores import open_store
from portal.stores.base import NOTHING, Applied, Record, Store

_SAMPLE = 100  # of so many events one is measured for its length
_REPORT = 0.25  # seconds between two reports
_PATIENCE = 60.0  # seconds for the store to take the rest


@dataclass(frozen=True)
class Order:
    """What one writer has to do."""

    writer: str
    run: str
    sites: int
    rate: float  # events per second; 0: as fast as possible
    seconds: float
    most: int  # events
    last: date
    days: int
    store: str
    folder: Path  # of the journals and the embedded store
    seed: str


@dataclass
class Done:
    """What one writer did."""

    journalled: int = 0
    journalling: float = 0.0  # seconds
    applying: float = 0.0  # seconds from the first event until the store had the last
    lags: Counter[int] = field(default_factory=Counter)  # milliseconds -> events
    measured: int = 0  # events whose length was taken
    measured_bytes: int = 0


class Watched:
    """A store that notes how long each event of one writer waited for it."""

    def __init__(self, store: Store, writer: str) -> None:
        self._store = store
        self._writer = writer
        self.written: deque[tuple[int, float]] = deque()  # sequence up to which, and when
        self.lags: Counter[int] = Counter()
        self.applied = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def apply(
        self, writer: str, records: Sequence[Record], acked: Mapping[str, int] = NOTHING
    ) -> Applied:
        """Apply, then note the lag of what is known to be applied now."""
        applied = self._store.apply(writer, records, acked)
        if writer == self._writer:
            self._note(records[-1].seq)
        return applied

    def _note(self, until: int) -> None:
        now = time.monotonic()
        while self.applied < until and self.written:
            through, when = self.written[0]
            lag = max(0, round((now - when) * 1000))
            self.lags[lag] += min(through, until) - self.applied
            self.applied = min(through, until)
            if through <= until:
                self.written.popleft()


def work(order: Order, line: Connection) -> None:
    """Do what ``order`` says, tell over ``line``, and hold the journal until told to end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it says when to end
    store = open_store(order.store, order.folder)
    watched = Watched(store, order.writer)
    journal = Journal(order.folder / "journal", order.writer)
    flusher = Flusher(journal, cast(Store, watched), order.folder / "journal")
    flusher.start()
    try:
        done = _drive(order, journal, watched, line)
        _finish(flusher)
        done.applying += time.monotonic()
        done.lags = watched.lags
        line.send(done)
        while line.recv() != "end":
            pass
    except (EOFError, BrokenPipeError):
        pass  # whoever started it has gone
    finally:
        flusher.stop()
        store.close()


def _drive(order: Order, journal: Journal, watched: Watched, line: Connection) -> Done:
    """Journal visits until the time, the number or somebody says it is enough."""
    chance = Random(order.seed)  # noqa: S311  # a load is no secret
    visits = iter(Visits(site_ids(order.run, order.sites), order.last, order.days, chance))
    done = Done()
    begin = reported = time.monotonic()
    now = begin
    while now < begin + order.seconds and journal.last < order.most:
        for event in next(visits)[: order.most - journal.last]:
            if not journal.last % _SAMPLE:
                done.measured += 1
                done.measured_bytes += len(encode(journal.last + 1, event))
            journal.append(event)
        now = time.monotonic()
        watched.written.append((journal.last, now))
        if order.rate and (early := begin + journal.last / order.rate - now) > 0:
            time.sleep(min(early, max(0.0, begin + order.seconds - now)))
            now = time.monotonic()
        if now > reported + _REPORT:
            reported = now
            line.send((journal.last, watched.applied))
            if line.poll():
                break
    done.journalled = journal.last
    done.journalling = now - begin
    done.applying = -begin
    return done


def _finish(flusher: Flusher) -> None:
    """Bring the rest to the store; give up when it stays away."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        try:
            flusher.flush_now()
            return
        except StoreUnavailable:
            time.sleep(0.5)
