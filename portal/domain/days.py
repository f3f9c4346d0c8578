"""A site's day in numbers: what every page, alert and report is added up from."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from portal.domain.events import Kind
from portal.domain.summaries import Counted, Summary, summarise

_Cell = TypeVar("_Cell", bound=Counted)

HOURLY = (Kind.SHOWN, Kind.PAGE, Kind.PROBE, Kind.INSTALL)
"""Kinds whose hours are kept apart: enough for the rhythm of a place and for its alerts."""


@dataclass(frozen=True, slots=True)
class Day:
    """One local day of one site, or of several together."""

    day: date
    summary: Summary = field(default_factory=Summary)
    hours: Mapping[str, Mapping[int, int]] = field(default_factory=dict)  # by kind, then 0 to 23

    def at(self, kind: Kind, hour: int) -> int:
        """Return how many of a kind of HOURLY were counted in an hour; 0 where hours are folded."""
        return self.hours.get(kind, {}).get(hour, 0)


def day_of(label: str, cells: Mapping[_Cell, int]) -> Day:
    """Return the day ``label`` (YYYYMMDD) that a site's counters of that day add up to."""
    hours: dict[str, Counter[int]] = {}
    for cell, number in cells.items():
        if cell.kind in HOURLY and len(cell.hour) == 10:
            hours.setdefault(str(cell.kind), Counter())[int(cell.hour[8:])] += number
    return Day(datetime.strptime(label, "%Y%m%d").date(), summarise(cells), hours)


def together(days: Iterable[Day]) -> Day:
    """Return the sum of ``days``, dated as the first of them. Raise ValueError for none."""
    found = list(days)
    if not found:
        raise ValueError("no day")
    hours: dict[str, Counter[int]] = {}
    for one in found:
        for kind, numbers in one.hours.items():
            hours.setdefault(kind, Counter()).update(numbers)
    parts: dict[str, Counter[str]] = {
        name: Counter() for name in ("kinds", "rejected", "os", "channels", "tiers")
    }
    for one in found:
        for name, sums in parts.items():
            sums.update(getattr(one.summary, name))
    return Day(found[0].day, Summary(**parts), hours)
