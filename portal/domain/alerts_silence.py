"""The rule of the silent site: no sign of life for longer than it is ever silent of itself.

How long that is, every site teaches by its own last weeks, in two ways, and the first that holds
raises the alert:

- by its rhythm: only hours by day count, and of them those of the week at which it had life in
  any of the last weeks, so a Sunday market is not missed on Monday, nor a hotel while its guests
  sleep. Each week is measured by the hours of the others: measured by its own, a place of few
  guests would look livelier than it is, and be missed too soon;
- by the clock: whatever the hour, for a place without a rhythm, or that lives by night.
"""

from collections import Counter
from collections.abc import Sequence
from math import ceil, log, log1p
from typing import NamedTuple

from portal.domain.alerts import Cause, Finding
from portal.domain.alerts_history import DAY, LITTLE, WEEK, WINDOW, History, begin_of

FACTOR = 2
"""Longest normal gaps that have to pass: the next longest gap is seldom twice the longest."""
FLOOR = 2
"""Hours by day below which nobody is called: a cleaner pulls a plug for one."""
BY_DAY = range(6, 23)
"""Hours at which somebody can go and look."""
CLOCK_FLOOR = 24
"""Hours below which the clock alone says nothing, and all there is while little is known."""
TRUSTED = 3 * WEEK
"""Hours of a history in which a habit, even of a Sunday market, has shown itself twice."""
CHANCE = 1e-4
"""How likely a silence by chance may be: among 500 sites of few guests, some a month."""


class Patience(NamedTuple):
    """How many whole hours of silence raise an alert."""

    clock: int  # of any
    rhythm: int | None = None  # by day, at which there is normally life; None: there are none


class _Weeks(NamedTuple):
    """What the last weeks teach."""

    clock_gaps: Sequence[int]  # hours between two signs of life
    gaps: Sequence[int]  # of them those by day at which another week had life
    due: int  # all hours by day at which another week had life
    met: int  # of them those with life


def silent(history: History) -> Finding | None:
    """Return the finding of a site that is silent for too long, or None.

    A site that never counted anything is not missed. Hours in which the service itself was away
    are neither missed nor learnt from.
    """
    if not history.alive:
        return None
    last = max(history.alive)
    awake = {hour % WEEK for hour in history.alive if hour > last - WINDOW and _by_day(hour)}
    quiet = [hour for hour in range(last + 1, history.hour) if hour not in history.unwatched]
    missed = sum(hour % WEEK in awake for hour in quiet)
    patience = patience_of(history)
    if patience.rhythm and missed >= patience.rhythm:
        return _finding(history, last, missed)
    return _finding(history, last, len(quiet)) if len(quiet) >= patience.clock else None


def patience_of(history: History) -> Patience:
    """Return how long this site may be silent, by its weeks up to its last sign of life."""
    last = max(history.alive)
    start = max(min(history.alive), last - WINDOW + 1)
    if last - start < LITTLE:
        return Patience(CLOCK_FLOOR)
    weeks = _learn(history, start, last)
    enough = last - start >= TRUSTED
    clock = max(CLOCK_FLOOR, FACTOR * _longest(weeks.clock_gaps, enough) + 1)
    if not weeks.met:
        return Patience(clock)
    chance = ceil(log(CHANCE) / log1p(-weeks.met / (weeks.due + 1)))
    return Patience(clock, max(FLOOR, FACTOR * _longest(weeks.gaps, enough) + 1, chance))


def _learn(history: History, start: int, last: int) -> _Weeks:
    alive, away = history.alive, history.unwatched
    times = Counter(hour % WEEK for hour in alive if hour >= start)
    clock_gaps, gaps = [0], [0]
    due = met = 0
    for hour in range(start, last + 1):
        lives = hour in alive
        expected = _by_day(hour) and times[hour % WEEK] > lives
        if lives:
            clock_gaps.append(0)
            gaps.append(0)
            met += expected
        elif hour in away:
            continue
        else:
            clock_gaps[-1] += 1
            gaps[-1] += expected
        due += expected
    return _Weeks(clock_gaps, gaps, due, met)


def _by_day(hour: int) -> bool:
    return hour % DAY in BY_DAY


def _longest(gaps: Sequence[int], enough: bool) -> int:
    """Return the longest normal gap.

    One that would have raised an alert itself is not normal if in ``enough`` weeks it came once;
    twice is a habit.
    """
    second, first = sorted([0, *gaps])[-2:]
    return second if enough and first > max(FLOOR, FACTOR * second) else first


def _finding(history: History, last: int, hours: int) -> Finding:
    since = begin_of(last + 1)
    return Finding(Cause.SILENT, history.site, since, {"hours": hours}, late=True)
