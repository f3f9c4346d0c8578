"""Events for the tests of counting: a few by hand, any by Hypothesis, and a model of the counts."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from hypothesis import strategies as st

from portal.domain.devices import OS
from portal.domain.events import NOWHERE, ONCE, Channel, Event, Kind, Reason, Tier
from portal.stores.base import Cell, Record, Store

HOUR = "2021030508"
FIRST, LAST = date(2021, 2, 1), date(2021, 3, 31)

Counts = dict[str, dict[Cell, int]]


def event(
    kind: Kind = Kind.PAGE,
    nonce: str = "",
    site: str = "ben-xe",
    hour: str = HOUR,
    reason: Reason | None = None,
) -> Event:
    """Return an event with the usual rest."""
    return Event(site, hour, kind, OS.ANDROID, Channel.WIFI, Tier.NONE, nonce, reason)


def records(events: Iterable[Event], first: int = 1) -> list[Record]:
    """Return ``events`` with sequences from ``first`` on."""
    return [Record(seq, item) for seq, item in enumerate(events, first)]


def pages(first: int, last: int, site: str = "ben-xe") -> list[Record]:
    """Return records ``first`` to ``last`` of sent pages."""
    return records([event(site=site)] * (last - first + 1), first)


def by_kind(store: Store, *sites: str) -> dict[str, int]:
    """Return what the store counted, by kind, at ``sites`` or everywhere."""
    sums: Counter[str] = Counter()
    for cells in store.counters(FIRST, LAST, sites or None).values():
        for cell, n in cells.items():
            sums[cell.kind] += n
    return dict(sums)


def counts(store: Store) -> Counts:
    """Return every counter of the store within the tests' days."""
    return store.counters(FIRST, LAST)


class Model:
    """The contract in ten lines: what an exact store must hold."""

    def __init__(self) -> None:
        self.counts: Counts = {}
        self.ledgers: dict[str, tuple[int, int]] = {}
        self._watermarks: dict[tuple[str, str], int] = {}
        self._used: set[tuple[str, str, Kind]] = set()

    def watermark(self, writer: str, site: str) -> int:
        """Return the last sequence of ``writer`` that was counted at ``site``."""
        return self._watermarks.get((writer, site), 0)

    def apply(self, writer: str, batch: Sequence[Record]) -> None:
        """Count a batch as the contract says."""
        for seq, item in batch:
            if seq <= self.watermark(writer, item.site):
                continue
            self._watermarks[writer, item.site] = seq
            kind = f"rejected:{item.reason}" if item.kind is Kind.REJECTED else str(item.kind)
            if item.kind in ONCE and item.nonce:
                use = (item.site, item.nonce, item.kind)
                if use in self._used:
                    again = {Kind.SHOWN: "rejected:replayed", Kind.VIEWABLE: "seen_again"}
                    kind = again.get(item.kind, "rejected:repeated")
                self._used.add(use)
            cell = Cell(item.hour, kind, item.os, item.channel, item.tier)
            cells = self.counts.setdefault(item.site, {})
            cells[cell] = cells.get(cell, 0) + 1
            counted, rejected = self.ledgers.get(writer, (0, 0))
            bad = kind.startswith("rejected:")
            self.ledgers[writer] = (counted + (not bad), rejected + bad)


_VIEWS = {f"view{n}": f"202103050{n}" for n in range(6)}  # a view has one hour: of its issue
_SITES = ["ben-xe", "khach-san-1", NOWHERE]


@st.composite
def any_event(draw: st.DrawFn, few: bool = False) -> Event:
    """Draw any event; ``few``: of so few views that many of them come twice."""
    kind = draw(st.sampled_from(Kind))
    nonce = draw(st.sampled_from(["", *_VIEWS]) if few else st.text("ABCxyz019-_", max_size=16))
    return Event(
        draw(st.sampled_from(_SITES)),
        _VIEWS.get(nonce, HOUR),
        kind,
        draw(st.sampled_from(OS)),
        draw(st.sampled_from(Channel)),
        draw(st.sampled_from(Tier)),
        nonce,
        draw(st.sampled_from(Reason)) if kind is Kind.REJECTED else None,
    )
