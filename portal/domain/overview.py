"""The overview: a range of days beside the one before it, and what stands out in it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeVar

from portal.domain.events import Kind
from portal.domain.periods import Period
from portal.domain.summaries import Counted, Summary, summarise

WEEK = timedelta(7)
_Cell = TypeVar("_Cell", bound=Counted)


@dataclass(frozen=True, slots=True)
class SiteLine:
    """One site in the overview."""

    id: str
    impressions: int
    before: int
    installs: int
    days: tuple[int, ...]  # impressions of the last days, oldest first


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that the page shows of a range."""

    period: Period
    now: Summary
    before: Summary
    trend: Mapping[date, int]  # impressions of each day
    hours: Mapping[tuple[int, int], int]  # impressions by ISO weekday (1 to 7) and hour
    sites: tuple[SiteLine, ...]  # most impressions first
    areas: Mapping[str, int] = field(default_factory=Counter)

    @property
    def install_rate(self) -> float:
        """Install taps per impression."""
        return self.now.of(Kind.INSTALL) / self.now.impressions if self.now.impressions else 0.0

    @property
    def change(self) -> float | None:
        """How the impressions changed, as a share; None where there was nothing before."""
        before = self.before.impressions
        return self.now.impressions / before - 1 if before else None


def period_before(period: Period) -> Period:
    """Return the range to compare with: as long, before it, and on the same weekdays."""
    length = period.last - period.first + timedelta(1)
    weeks = -(-length // WEEK)  # whole weeks back, so that a Saturday meets a Saturday
    return Period(period.first - weeks * WEEK, period.last - weeks * WEEK)


def overview(
    period: Period,
    cells: Mapping[str, Mapping[_Cell, int]],
    area_of: Mapping[str, str],
    recent: Period,
) -> Overview:
    """Add up ``cells``, which hold ``period``, the one before it, and the days of ``recent``."""
    past = period_before(period)
    now = {site: _within(found, period) for site, found in cells.items()}
    before = {site: _within(found, past) for site, found in cells.items()}
    summaries = {site: summarise(found) for site, found in now.items()}
    earlier = {site: summarise(found) for site, found in before.items()}
    areas: Counter[str] = Counter()
    for site, summary in summaries.items():
        areas[area_of.get(site, "")] += summary.impressions
    lines = [
        SiteLine(
            site,
            summary.impressions,
            earlier[site].impressions,
            summary.of(Kind.INSTALL),
            tuple(_by_day(_within(cells[site], recent), recent).values()),
        )
        for site, summary in summaries.items()
    ]
    whole = [(cell, n) for found in now.values() for cell, n in found.items()]
    return Overview(
        period,
        sum(summaries.values(), Summary()),
        sum(earlier.values(), Summary()),
        _by_day(whole, period),
        _by_hour(whole),
        tuple(sorted(lines, key=lambda line: (-line.impressions, line.id))),
        areas,
    )


def _within(cells: Mapping[_Cell, int], period: Period) -> dict[_Cell, int]:
    first, last = f"{period.first:%Y%m%d}", f"{period.last:%Y%m%d}"
    return {cell: n for cell, n in cells.items() if first <= cell.hour[:8] <= last}


def _by_day(
    cells: Mapping[_Cell, int] | Iterable[tuple[_Cell, int]], period: Period
) -> dict[date, int]:
    pairs = cells.items() if isinstance(cells, Mapping) else cells
    sums: Counter[str] = Counter()
    for cell, number in pairs:
        if cell.kind == Kind.SHOWN:
            sums[cell.hour[:8]] += number
    return {day: sums[f"{day:%Y%m%d}"] for day in period.days()}


def _by_hour(cells: Iterable[tuple[_Cell, int]]) -> dict[tuple[int, int], int]:
    sums: Counter[tuple[int, int]] = Counter()
    for cell, number in cells:
        if cell.kind == Kind.SHOWN and len(cell.hour) == 10:  # a folded day has no hours
            day = datetime.strptime(cell.hour[:8], "%Y%m%d")
            sums[day.isoweekday(), int(cell.hour[8:])] += number
    return sums
