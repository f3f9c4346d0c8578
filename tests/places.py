"""Places as they live: signs of life by the hour, and the days that they would be counted as."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from portal.domain.alerts_history import DAY, WEEK, History, begin_of, first_hour
from portal.domain.days import Day
from portal.domain.events import Kind
from portal.domain.summaries import Summary

MONDAY = date(2021, 1, 4)
START = first_hour(MONDAY)
"""The number of the hour with which every history here begins, on a Monday at midnight."""


@dataclass
class Counts:
    """What a site counted: by number of the day, kind, and hour."""

    by_day: dict[int, dict[str, Counter[int]]] = field(default_factory=dict)
    _made: dict[int, Day] = field(default_factory=dict)

    def add(self, kind: Kind, hour: int, number: int = 1) -> None:
        """Count so many of a kind in a numbered hour."""
        if number:
            of_day = self.by_day.setdefault(hour // DAY, {})
            of_day.setdefault(str(kind), Counter())[hour % DAY] += number
            self._made.pop(hour // DAY, None)

    def take(self, kind: Kind, first: int, end: int) -> None:
        """Take away what was counted of a kind from one hour to before another."""
        for hour in range(first, end):
            self.by_day.get(hour // DAY, {}).get(str(kind), Counter()).pop(hour % DAY, None)
            self._made.pop(hour // DAY, None)

    def days(self, until: int) -> list[Day]:
        """Return the days as they are counted when the hour ``until`` has just begun."""
        whole = [self._day(number) for number in sorted(self.by_day) if number < until // DAY]
        running = {
            kind: {hour: n for hour, n in found.items() if hour < until % DAY}
            for kind, found in self.by_day.get(until // DAY, {}).items()
        }
        return [*whole, made(until // DAY, running)] if any(running.values()) else whole

    def _day(self, number: int) -> Day:
        if number not in self._made:
            self._made[number] = made(number, self.by_day[number])
        return self._made[number]


def made(number: int, hours: Mapping[str, Mapping[int, int]]) -> Day:
    """Return the day whose number since 1970 is given."""
    sums = Counter({kind: sum(found.values()) for kind, found in hours.items()})
    return Day(date(1970, 1, 1) + timedelta(number), Summary(kinds=sums), hours)


def history(
    counts: Counts, hour: int, minutes: float = 1, unwatched: Collection[int] = frozenset()
) -> History:
    """Return what is known ``minutes`` after the hour ``hour`` has begun, with the last 31 days."""
    days = [day for day in counts.days(hour) if first_hour(day.day) >= hour - 32 * DAY]
    return History("cho", begin_of(hour) + 60 * minutes, days, unwatched)


def probing(hours: Iterable[int]) -> Counts:
    """Return counts with a probe in each of the hours."""
    counts = Counts()
    for hour in hours:
        counts.add(Kind.PROBE, hour)
    return counts


def weekly(hours: Collection[int], weeks: int) -> list[int]:
    """Return the numbers of those hours (0 to 167, from Monday 00 on) of so many weeks."""
    return [START + week * WEEK + hour for week in range(weeks) for hour in sorted(hours)]


Rate = Callable[[int], float]  # guests in an hour, by its number


def weekday(hour: int) -> int:
    """Return the ISO weekday of a numbered hour."""
    return (hour - START) // DAY % 7 + 1


def hotel(hour: int) -> float:
    """Guests all day, most in the evening, few by night."""
    return {0: 1.5, 1: 1, 2: 0.7, 3: 0.7, 4: 0.7, 5: 2}.get(hour % DAY, 9 if hour % DAY > 16 else 5)


def sunday_market(hour: int) -> float:
    """Full from 6 to 12 on Sundays, otherwise nobody."""
    return 60.0 if weekday(hour) == 7 and 6 <= hour % DAY < 12 else 0.0


def bus_station(hour: int) -> float:
    """Busy when coaches come, asleep from 23 to 06."""
    hour %= DAY
    if not 6 <= hour < 23:
        return 0.0
    return 40.0 if hour in (6, 7, 11, 17, 18) else 8.0


def school(hour: int) -> float:
    """Pupils from Monday to Saturday, 7 to 17, and a teacher now and then in the evening."""
    if weekday(hour) == 7 or not 7 <= hour % DAY < 17:
        return 0.01 if 17 <= hour % DAY < 21 else 0.0
    return 12.0


def guesthouse(hour: int) -> float:
    """Two or three guests a day, at any hour but rather in the evening."""
    return 0.3 if hour % DAY >= 16 else 0.06


PLACES: dict[str, Rate] = {
    place.__name__: place for place in (hotel, sunday_market, bus_station, school, guesthouse)
}


def live(rate: Rate, weeks: int, chance: Random) -> Counts:
    """Let a place live: each guest's phone probes a few times, most see the notice, some tap."""
    counts = Counts()
    for hour in range(START, START + weeks * WEEK):
        guests = _poisson(rate(hour), chance)
        shown = sum(chance.random() < 0.7 for _guest in range(guests))
        counts.add(Kind.PROBE, hour, sum(chance.randint(1, 4) for _guest in range(guests)))
        counts.add(Kind.PAGE, hour, shown + sum(chance.random() < 0.1 for _g in range(guests)))
        counts.add(Kind.SHOWN, hour, shown)
        counts.add(Kind.INSTALL, hour, sum(chance.random() < 0.1 for _guest in range(shown)))
    return counts


def _poisson(rate: float, chance: Random) -> int:
    number, left = 0, chance.expovariate(1.0)
    while left < rate:
        number += 1
        left += chance.expovariate(1.0)
    return number
