"""A site's last weeks hour by hour, as the rules of alerts look at them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from portal.domain.days import Day
from portal.domain.events import Kind
from portal.domain.periods import HO_CHI_MINH

DAY = 24
WEEK = 7 * DAY
WINDOW = 4 * WEEK
"""Hours that tell what is normal: every hour of the week four times, and soon another habit."""
LITTLE = WEEK
"""Hours of a history with which little is known: not every hour of the week has come once."""

LIFE = (Kind.PROBE, Kind.PAGE, Kind.SHOWN)
"""Signs of life. Phones probe even when nobody reads, so probes are the heartbeat of a place."""

_EPOCH = date(1970, 1, 1).toordinal()
_OFFSET = int(HO_CHI_MINH.utcoffset(None).total_seconds())


def hour_at(moment: float) -> int:
    """Return the number of the local hour of ``moment`` (Unix seconds), from 1970 on."""
    return int(moment + _OFFSET) // 3600


def begin_of(hour: int) -> float:
    """Return the moment (Unix seconds) at which a numbered hour begins."""
    return float(hour * 3600 - _OFFSET)


def first_hour(day: date) -> int:
    """Return the number of a local day's first hour."""
    return (day.toordinal() - _EPOCH) * DAY


@dataclass(frozen=True)
class History:
    """What a site counted, as it is known at one moment.

    ``days``: those that counted anything, ascending, enough for WINDOW before ``now`` or, if
    there was nothing in it, before the last sign of life. ``unwatched``: the numbers of the hours
    in which the service itself was away, so that a lack of counts tells nothing.
    """

    site: str
    now: float  # Unix seconds
    days: Sequence[Day]
    unwatched: Collection[int] = frozenset()

    @cached_property
    def hour(self) -> int:
        """The number of the hour that is running; those before it are whole."""
        return hour_at(self.now)

    @cached_property
    def alive(self) -> frozenset[int]:
        """The numbers of the hours with a sign of life, none of a time to come."""
        hours: set[int] = set()
        for day in self.days:
            begin = first_hour(day.day)
            found = {begin + hour for kind in LIFE for hour, n in day.hours.get(kind, {}).items()}
            if not found and any(day.summary.of(kind) for kind in LIFE):
                found = {begin + DAY // 2}  # its hours are folded: it lived, nobody knows when
            hours |= found
        return frozenset(hour for hour in hours if hour <= self.hour)

    def count(self, kind: Kind, hour: int) -> int:
        """Return how many of a kind were counted in a numbered hour."""
        day = self._by_day.get(hour // DAY)
        return day.at(kind, hour % DAY) if day else 0

    @cached_property
    def _by_day(self) -> dict[int, Day]:
        return {day.day.toordinal() - _EPOCH: day for day in self.days}
