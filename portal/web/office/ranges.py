"""The range of days that a page shows: named in its address, so that every page is a link."""

from datetime import date, timedelta

from flask import abort

from portal.domain.errors import message as _
from portal.domain.periods import BadPeriod, Period, day, today
from portal.web.requests import argument, services

RANGES = {
    "today": _("Today"),
    "yesterday": _("Yesterday"),
    "week": _("This week"),
    "last-week": _("Last week"),
    "month": _("30 days"),
    "campaign": _("Campaign"),
}
"""Ranges by the word in an address (``?range=week``)."""

_LONGEST = 3660  # days


def chosen_range() -> tuple[str, Period]:
    """Return the range that the address names, by its word and its days; "" for no word.

    Answers 400 to one that does not exist or is longer than ten years.
    """
    now = today(services().clock())
    first, last = argument("from"), argument("to")
    if first or last:
        try:
            named = Period(day(first or last), day(last or first))
        except BadPeriod:
            abort(400)
        if (named.last - named.first).days > _LONGEST:
            abort(400)
        return "", named
    name = argument("range") if argument("range") in RANGES else "week"
    return name, _named(name, now)


def _named(name: str, now: date) -> Period:
    monday = now - timedelta(now.weekday())
    starts = services().campaign.starts
    return {
        "today": Period(now, now),
        "yesterday": Period(now - timedelta(1), now - timedelta(1)),
        "week": Period(monday, now),
        "last-week": Period(monday - timedelta(7), monday - timedelta(1)),
        "month": Period(now - timedelta(29), now),
        "campaign": Period(min(starts, now), now),
    }[name]
