"""A range of days in numbers: beside the one before it, and when in the week people come."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from portal.domain.days import Day, together
from portal.domain.events import Kind
from portal.domain.periods import Period
from portal.domain.summaries import Summary

WEEK = timedelta(7)
_MOST_DAYS = 92  # that stand in a chart as days, and longer ranges as weeks
_MOST_WEEKS = 2 * _MOST_DAYS  # and still longer ones as stretches of four weeks


class Bar(NamedTuple):
    """A stretch of days in a chart, as they stand in the calendar."""

    period: Period
    impressions: int
    before: int  # of the same days in the range before


@dataclass(frozen=True, slots=True)
class Overview:
    """What a page shows of a range."""

    period: Period
    now: Summary
    before: Summary
    bars: tuple[Bar, ...]
    hours: Mapping[tuple[int, int], int]  # impressions by ISO weekday (1 to 7) and hour

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


def with_before(period: Period) -> Period:
    """Return the days that an overview of ``period`` is made from."""
    return Period(period_before(period).first, period.last)


def overview(period: Period, days: Iterable[Day]) -> Overview:
    """Add up ``days``: each a day of ``with_before(period)``, in any order."""
    past = period_before(period)
    found = list(days)
    now = [one for one in found if period.first <= one.day <= period.last]
    before = [one for one in found if past.first <= one.day <= past.last]
    return Overview(
        period, _sum(now), _sum(before), tuple(_bars(period, past, now, before)), _hours(now)
    )


def _sum(days: Sequence[Day]) -> Summary:
    return together(days).summary if days else Summary()


def _bars(period: Period, past: Period, now: Sequence[Day], before: Sequence[Day]) -> Iterable[Bar]:
    shown = {one.day: one.summary.impressions for one in now}
    earlier = {one.day + (period.first - past.first): one.summary.impressions for one in before}
    for stretch in stretches(period):
        yield Bar(stretch, _within(stretch, shown), _within(stretch, earlier))


def _within(period: Period, numbers: Mapping[date, int]) -> int:
    return sum(numbers.get(day, 0) for day in period.days())


def stretches(period: Period) -> Iterable[Period]:
    """Yield ``period`` in days or, where those are too many for a chart, in weeks or four weeks.

    Weeks begin on Mondays; the first and the last may be parts.
    """
    length = (period.last - period.first).days + 1
    step = 1 if length <= _MOST_DAYS else 7 if length <= 7 * _MOST_WEEKS else 28
    first = period.first
    while first <= period.last:
        begun = 0 if step == 1 else first.weekday()
        last = min(first + timedelta(step - 1 - begun), period.last)
        yield Period(first, last)
        first = last + timedelta(1)


def _hours(days: Iterable[Day]) -> dict[tuple[int, int], int]:
    """Return the impressions by weekday and hour; days whose hours were folded have none."""
    sums: Counter[tuple[int, int]] = Counter()
    for one in days:
        for hour, number in one.hours.get(Kind.SHOWN, {}).items():
            sums[one.day.isoweekday(), hour] += number
    return dict(sums)
