"""The counts of a range of days, grouped by whatever they shall be compared by."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from flask import abort

from portal.domain.days import HOURLY, together
from portal.domain.errors import Problem
from portal.domain.people import Right
from portal.domain.periods import Period, today
from portal.domain.sites import Site
from portal.domain.summaries import Summary
from portal.domain.summaries import total as total_of
from portal.domain.views import RULES
from portal.web.api.books import NO_SITE, Values, now, own_sites, part, within
from portal.web.api.parameters import BadParameters
from portal.web.api.schemas import NUMBERS
from portal.web.office.session import me
from portal.web.requests import services

LONGEST = 3660  # days
_WEEK = timedelta(6)

Row = dict[str, Any]


class Choice(NamedTuple):
    """What is counted: which days, and which sites."""

    period: Period
    sites: Mapping[str, Site]  # those of the book
    ids: Collection[str] | None  # None: all that ever counted, in the book or not


def counts(values: Values) -> dict[str, Any]:
    """Return the counts that were asked for: rows by group, and the sum of all."""
    chosen = Choice(_period(values), *_sites(values))
    behind = services().rollup.refresh()
    whole = total_of(day.summary for day in services().rollup.totals(chosen.period, chosen.ids))
    return {
        "generated_at": now(),
        "from": chosen.period.first.isoformat(),
        "to": chosen.period.last.isoformat(),
        "group": values["group"],
        "rules": RULES,
        "behind": behind,
        "sum": {
            **_numbers(whole),
            "os": dict(whole.os),
            "channels": dict(whole.channels),
            "tiers": dict(whole.tiers),
            "rejected": dict(whole.rejected),
        },
        **part(GROUPS[values["group"]](chosen), values),
    }


def _by_day(chosen: Choice) -> list[Row]:
    days = services().rollup.totals(chosen.period, chosen.ids)
    found = {day.day: day.summary for day in days}
    nothing = Summary()
    return [_row(day.isoformat(), "", found.get(day, nothing)) for day in chosen.period.days()]


def _by_site(chosen: Choice) -> list[Row]:
    found = _per_site(chosen)
    names = {id: site.name for id, site in chosen.sites.items()}
    return [
        _row(id, names.get(id, ""), found.get(id, Summary())) for id in sorted({*names, *found})
    ]


def _by_area(chosen: Choice) -> list[Row]:
    areas, found = services().areas, _per_site(chosen)
    sums: dict[str, Summary] = {}
    for id in {*chosen.sites, *found}:
        code = chosen.sites[id].area if id in chosen.sites else ""
        sums[code] = sums.get(code, Summary()) + found.get(id, Summary())
    return [
        _row(code, area.name if (area := areas.get(code)) else "", summary)
        for code, summary in sorted(sums.items())
    ]


def _by_os(chosen: Choice) -> list[Row]:
    return _shares(chosen, lambda summary: summary.os)


def _by_channel(chosen: Choice) -> list[Row]:
    return _shares(chosen, lambda summary: summary.channels)


def _by_hour(chosen: Choice) -> list[Row]:
    days = services().rollup.totals(chosen.period, chosen.ids)
    whole = together(days) if days else None
    names = [name for name, kind in NUMBERS.items() if kind in HOURLY]
    return [
        {
            "key": f"{hour:02}",
            "name": "",
            **{name: whole.at(NUMBERS[name], hour) if whole else 0 for name in names},
        }
        for hour in range(24)
    ]


GROUPS: Mapping[str, Callable[[Choice], list[Row]]] = {
    "day": _by_day,
    "site": _by_site,
    "area": _by_area,
    "os": _by_os,
    "channel": _by_channel,
    "hour": _by_hour,
}


def _per_site(chosen: Choice) -> dict[str, Summary]:
    days = services().rollup.days(chosen.period, chosen.ids)
    return {id: total_of(day.summary for day in found) for id, found in days.items()}


def _shares(chosen: Choice, of: Callable[[Summary], Mapping[str, int]]) -> list[Row]:
    """Return the impressions by what ``of`` takes from a summary, most first."""
    sums: Counter[str] = Counter()
    for day in services().rollup.totals(chosen.period, chosen.ids):
        sums.update(of(day.summary))
    rows = sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))
    return [{"key": key, "name": "", "impressions": shown} for key, shown in rows]


def _row(key: str, name: str, summary: Summary) -> Row:
    return {"key": key, "name": name, **_numbers(summary)}


def _numbers(summary: Summary) -> dict[str, int]:
    return {name: summary.of(kind) for name, kind in NUMBERS.items()}


def _sites(values: Values) -> tuple[Mapping[str, Site], Collection[str] | None]:
    """Return the sites that are counted, and their ids; 404 for what is not to be seen."""
    known = {site.id: site for site in within(own_sites(), values["area"])}
    wanted = values["site"]
    if wanted is None:
        everything = values["area"] is None and me().may(Right.READ)
        return known, None if everything else known.keys()
    if wanted not in known:
        abort(404, NO_SITE)
    return {wanted: known[wanted]}, {wanted}


def _period(values: Values) -> Period:
    last: date = values["to"] or today(services().clock())
    first: date = values["from"] or (last - _WEEK if last - date.min > _WEEK else date.min)
    if first > last:
        raise BadParameters([Problem("to", "It is before from.")])
    if (last - first).days >= LONGEST:
        wrong = Problem("from", "At most %(most)d days.", {"most": LONGEST})
        raise BadParameters([wrong])
    return Period(first, last)
