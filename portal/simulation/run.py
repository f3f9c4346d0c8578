"""A whole simulation: its writers, and what the store has to say afterwards."""

import math
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from portal.counting.reconciliation import Balance, reconcile, total
from portal.domain.errors import PortalError
from portal.simulation.visits import site_ids
from portal.simulation.worker import Done, Order, work
from portal.stores import open_store
from portal.stores.base import Store
from portal.stores.sizes import counters_bytes, used_bytes

_CHUNK = 500  # sites whose counters are read at once
_END = 30.0  # seconds for a writer to let go

Seen = Callable[[int, int], None]


class WriterDied(PortalError):
    """A writer of the simulation ended before it had told what it did."""


@dataclass(frozen=True)
class Outcome:
    """What was seen. Times in seconds, sizes in bytes; None where it cannot be measured."""

    journalled: int
    journalled_rate: float  # events per second
    applied_rate: float
    lag_median: float
    lag_p99: float
    lag_max: float
    event_bytes: float
    site_days: int
    site_day_bytes: float | None  # everything, nonces of the last hours included
    counters_bytes: float | None  # the counters of a site-day alone, by a sample
    balance: Balance
    stored: int  # the sum of the counters in the store
    stopped: bool

    @property
    def difference(self) -> int:
        """Events that are not where they should be: 0 when the books agree."""
        return abs(self.balance.difference) + abs(self.journalled - self.stored)


def simulate(order: Order, writers: int, seen: Seen) -> Outcome:
    """Run ``writers`` times ``order``, each with its share of the rate, and take stock.

    ``seen`` is told now and then how many events are journalled and applied. Ctrl-C ends the
    load early; what was journalled until then is applied and reconciled. Raise WriterDied,
    StoreUnavailable.
    """
    before = used_bytes(order.store, order.folder)
    store = open_store(order.store, order.folder)
    try:
        with _crew(order, writers) as crew:
            done, stopped = _follow(crew, seen)
            names = {name for name, *_rest in crew}
            # While the journals are still there: a retired one is taken at the ledger's word.
            books = reconcile(order.folder / "journal", store)
        balance = total({name: books[name] for name in names & books.keys()})
        days, stored, sample = _stored(store, order)
    finally:
        store.close()  # the last to close a file brings its log into it
    after = used_bytes(order.store, order.folder)
    return replace(
        _figures(done),
        stopped=stopped,
        balance=balance,
        stored=stored,
        site_days=days,
        site_day_bytes=(after - before) / days if days else None,
        counters_bytes=counters_bytes(order.store, sample),
    )


Member = tuple[str, BaseProcess, Connection]


@contextmanager
def _crew(order: Order, writers: int) -> Iterator[list[Member]]:
    """Start the writers; in the end have them let go of their journals."""
    context = get_context("spawn")  # nothing of this process, above all no connection, is shared
    crew: list[Member] = []
    try:
        for number in range(writers):
            name = f"{order.writer}{number:02x}"
            own = replace(
                order,
                writer=name,
                rate=order.rate / writers,
                most=order.most // writers,
                seed=f"{order.seed}:{number}",
            )
            line, theirs = context.Pipe()
            process: BaseProcess = context.Process(target=work, args=(own, theirs), daemon=True)
            process.start()
            theirs.close()
            crew.append((name, process, line))
        yield crew
    finally:
        for _name, process, line in crew:
            _let_go(process, line)


def _let_go(process: BaseProcess, line: Connection) -> None:
    with suppress(OSError):  # it may have gone already
        line.send("end")
    process.join(_END)
    if process.is_alive():
        process.kill()


def _follow(crew: list[Member], seen: Seen) -> tuple[list[Done], bool]:
    """Listen to the writers until all are done; return that, and whether it was ended early."""
    waiting = {line: (0, 0) for _name, _process, line in crew}
    heard = dict(waiting)
    done: list[Done] = []
    stopped = False
    while waiting:
        try:
            ready = wait(list(waiting), timeout=1.0)
            for line in [line for line in waiting if line in ready]:
                said = _hear(line)
                if isinstance(said, Done):
                    done.append(said)
                    del waiting[line]
                    said = (said.journalled, said.journalled)
                heard[line] = said
            seen(sum(made for made, _ in heard.values()), sum(got for _, got in heard.values()))
        except KeyboardInterrupt:
            stopped = True
            for line in waiting:
                line.send("stop")
    return done, stopped


def _hear(line: Connection) -> Done | tuple[int, int]:
    try:
        said: Done | tuple[int, int] = line.recv()
        return said
    except (EOFError, ConnectionError) as error:
        raise WriterDied("a writer of the simulation ended by itself") from error


def _figures(done: list[Done]) -> Outcome:
    lags = sum((one.lags for one in done), Counter[int]())
    journalled = sum(one.journalled for one in done)
    measured = sum(one.measured for one in done)
    return Outcome(
        journalled=journalled,
        journalled_rate=journalled / max(one.journalling for one in done),
        applied_rate=journalled / max(one.applying for one in done),
        lag_median=_quantile(lags, 0.5) / 1000,
        lag_p99=_quantile(lags, 0.99) / 1000,
        lag_max=max(lags, default=0) / 1000,
        event_bytes=sum(one.measured_bytes for one in done) / max(1, measured),
        site_days=0,
        site_day_bytes=None,
        counters_bytes=None,
        balance=Balance(0, 0, 0, 0),
        stored=0,
        stopped=False,
    )


def _quantile(lags: Counter[int], share: float) -> int:
    """Return the lag that ``share`` of the events did not exceed; 0 when there are none."""
    rest = math.ceil(lags.total() * share)
    for lag in sorted(lags):
        rest -= lags[lag]
        if rest <= 0:
            return lag
    return 0


def _stored(store: Store, order: Order) -> tuple[int, int, list[tuple[str, str]]]:
    """Return the run's site-days, the sum of their counters, and some of these site-days."""
    ids = site_ids(order.run, order.sites)
    first = order.last.fromordinal(order.last.toordinal() - order.days + 1)
    days, events = set[tuple[str, str]](), 0
    for start in range(0, len(ids), _CHUNK):
        found = store.counters(first, order.last, ids[start : start + _CHUNK])
        for site, cells in found.items():
            events += sum(cells.values())
            days |= {(site, cell.hour[:8]) for cell in cells}
    return len(days), events, sorted(days)[:: max(1, len(days) // 200)]


def new_run() -> str:
    """Return a short name for a run, which others will hardly have."""
    return secrets.token_hex(3)
