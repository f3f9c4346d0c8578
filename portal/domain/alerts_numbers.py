"""The rules of odd numbers at a site: guests but no notice, far too few, far too many.

Each judges an hour or a day by its own label, so that counts which come late, from a node that
was cut off, are never taken for what happens now.
"""

from datetime import timedelta
from statistics import median

from portal.domain.alerts import Cause, Finding, Values
from portal.domain.alerts_history import (
    DAY,
    LIFE,
    LITTLE,
    WINDOW,
    History,
    begin_of,
    first_hour,
)
from portal.domain.days import Day
from portal.domain.events import Kind
from portal.domain.periods import today

PROBES = 50
"""Probes of two hours up to which nothing is said: a few phones that nobody looks at."""
EXPECTED = 5
"""Impressions that as many probes usually bring: none of five by chance is 7 in 1.000."""
SHARE = 0.3
"""Part of the usual day below which it is a drop: rain and holidays cost half, not more."""
WEEKS = 4
KNOWN = 3
"""Same weekdays of which something must be known: of fewer there is no usual one."""
LEAST = 20
"""Impressions of a usual day below which chance alone makes such a drop."""
READY = 6
"""The hour from which yesterday is judged: what was under way at midnight has come by then."""
AWAY = 2
"""Hours of a day in which the service may have been away for its total to be judged."""
BURST = 60
"""Impressions of an hour up to which nothing is said: a coach has arrived, or a class."""
TIMES = 8
"""How often the greatest normal hour fits into a burst: no feast has filled a place so far."""
HABIT = 3
"""Days on which a busy hour must have come to be normal, whatever it is."""
MARGIN, MORE = 20, 1.25
"""Impressions beyond the notices that were sent: by so many, and by so much, it is a burst."""


def unseen(history: History) -> Finding | None:
    """Return the finding of a site with guests for two whole hours, but without an impression.

    Raised where the site's own last weeks, at these hours of the day, say that so many probes
    bring several: by night phones probe and nobody looks, and some places have never had one.
    """
    hours = (history.hour - 2, history.hour - 1)
    probes = sum(history.count(Kind.PROBE, hour) for hour in hours)
    if probes <= PROBES or any(history.count(Kind.SHOWN, h) for h in (*hours, history.hour)):
        return None
    past = [hour - back for hour in hours for back in range(DAY, WINDOW + 1, DAY)]
    before = sum(history.count(Kind.PROBE, hour) for hour in past)
    shown = sum(history.count(Kind.SHOWN, hour) for hour in past)
    if probes * shown < EXPECTED * before or not before:
        return None
    return Finding(Cause.UNSEEN, history.site, begin_of(hours[0]), {"probes": probes}, late=True)


def drop(history: History) -> Finding | None:
    """Return the finding of a site whose yesterday was far below its usual same weekday.

    A day without any sign of life is not judged here: that is a silent site.
    """
    day = today(history.now - READY * 3600) - timedelta(1)
    totals = {
        one.day: one.summary.impressions
        for one in history.days
        if _lives(one) and _away(history, one) <= AWAY
    }
    same = (day - timedelta(7 * back) for back in range(1, WEEKS + 1))
    usual = [totals[one] for one in same if one in totals]
    if day not in totals or len(usual) < KNOWN:
        return None
    middle = median(usual)
    if middle < LEAST or totals[day] >= SHARE * middle:
        return None
    values: Values = {"total": totals[day], "usual": round(middle), "day": day.isoformat()}
    return Finding(Cause.DROP, history.site, begin_of(first_hour(day)), values, late=True)


def burst(history: History) -> Finding | None:
    """Return the finding of a site with an impossible hour: the running one, or that before it."""
    usual = normal_hour(history)
    for hour in (history.hour - 1, history.hour):
        shown, pages = history.count(Kind.SHOWN, hour), history.count(Kind.PAGE, hour)
        if shown > pages * MORE + MARGIN:
            # Late: the pages may wait in another node's journal than the impressions.
            values = {"shown": shown, "pages": pages}
            return Finding(Cause.BURST, history.site, begin_of(hour), values, late=True)
        if usual is not None and shown > max(BURST, TIMES * usual):
            values = {"shown": shown, "usual": usual}
            return Finding(Cause.BURST, history.site, begin_of(hour), values)
    return None


def normal_hour(history: History) -> int | None:
    """Return the impressions of the greatest normal hour of the last weeks; None: not known.

    What came on HABIT days is normal; a greater one only if it was no burst beside that.
    """
    end = history.hour - 1  # the first hour that is judged
    peaks = sorted(
        max(day.hours.get(Kind.SHOWN, {}).values(), default=0)
        for day in history.days
        if end - WINDOW - DAY < first_hour(day.day) <= end - DAY and _lives(day)
    )
    if len(peaks) < HABIT or end - min(history.alive) < LITTLE:
        return None
    normal = peaks[-HABIT]
    for peak in peaks[1 - HABIT :]:
        if peak <= max(BURST, TIMES * normal):
            normal = peak
    return normal


def _lives(day: Day) -> bool:
    return any(day.summary.of(kind) for kind in LIFE)


def _away(history: History, day: Day) -> int:
    """Return how many hours of a day the service itself was away."""
    begin = first_hour(day.day)
    return sum(begin <= hour < begin + DAY for hour in history.unwatched)
