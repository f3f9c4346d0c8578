"""The counts of a range of days, grouped by whatever they shall be compared by."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any, NamedTuple

from flask import abort

from portal.domain.days import HOURLY, Day, together
from portal.domain.errors import Problem
from portal.domain.events import Kind
from portal.domain.people import Right
from portal.domain.periods import Period, today
from portal.domain.sites import Site
from portal.domain.summaries import Summary
from portal.domain.summaries import total as total_of
from portal.domain.views import RULES
from portal.web.api.books import NO_SITE, Values, now, part, within
from portal.web.api.parameters import BadParameters
from portal.web.api.schemas import NUMBERS
from portal.web.office.own import own_sites
from portal.web.office.session import me
from portal.web.requests import services

LONGEST = 3660  # days
_WEEK = timedelta(6)
_TOGETHER = 20  # sites whose days are in memory at a time

Row = dict[str, Any]


class Choice(NamedTuple):
    """What is counted: which days, and which sites."""

    period: Period
    sites: Mapping[str, Site]  # those of the book
    ids: Collection[str] | None  # None: all that ever counted, in the book or not


class Rows(NamedTuple):
    """Rows that are made when they are sent: a part of them costs a part of the time."""

    keys: Sequence[str]
    make: Callable[[str], Row]


def counts(values: Values) -> dict[str, Any]:
    """Return the counts that were asked for: rows by group, and the sum of all."""
    behind = services().rollup.refresh()
    period = _period(values)
    chosen = Choice(period, *_sites(values, period))
    days = _days(chosen)
    rows = GROUPS[values["group"]](chosen, days)
    sent = part(rows.keys, values)
    whole = total_of(day.summary for day in days)
    return {
        "generated_at": now(),
        "from": period.first.isoformat(),
        "to": period.last.isoformat(),
        "group": values["group"],
        "rules": RULES,
        "behind": behind,
        "sum": {
            **_numbers([whole]),
            "os": dict(whole.os),
            "channels": dict(whole.channels),
            "tiers": dict(whole.tiers),
            "rejected": dict(whole.rejected),
        },
        **sent,
        "rows": [rows.make(key) for key in sent["rows"]],
    }


def _by_day(chosen: Choice, days: Sequence[Day]) -> Rows:
    found = {day.day.isoformat(): day.summary for day in days}

    def make(key: str) -> Row:
        return _row(key, "", [found[key]] if key in found else [])

    return Rows([day.isoformat() for day in chosen.period.days()], make)


def _by_site(chosen: Choice, _days: Sequence[Day]) -> Rows:
    def make(id: str) -> Row:
        name = chosen.sites[id].name if id in chosen.sites else ""
        return _row(id, name, _summaries(chosen.period, [id]))

    return Rows(sorted(_all_ids(chosen)), make)


def _by_area(chosen: Choice, _days: Sequence[Day]) -> Rows:
    inside: dict[str, list[str]] = {}
    for id in _all_ids(chosen):
        code = chosen.sites[id].area if id in chosen.sites else ""
        inside.setdefault(code, []).append(id)

    def make(code: str) -> Row:
        area = services().areas.get(code)
        return _row(code, area.name if area else "", _summaries(chosen.period, inside[code]))

    return Rows(sorted(inside), make)


def _by_share(of: str, _chosen: Choice, days: Sequence[Day]) -> Rows:
    """Return the impressions by a part of the summaries, most first."""
    sums: Counter[str] = Counter()
    for day in days:
        sums.update(getattr(day.summary, of))

    def make(key: str) -> Row:
        return {"key": key, "name": "", "impressions": sums[key]}

    return Rows(sorted(sums, key=lambda key: (-sums[key], key)), make)


def _by_hour(chosen: Choice, days: Sequence[Day]) -> Rows:
    whole = together(days) if days else Day(chosen.period.first)
    kinds = {name: kind for name, kind in NUMBERS.items() if kind in HOURLY}

    def make(key: str) -> Row:
        numbers = {name: whole.at(kind, int(key)) for name, kind in kinds.items()}
        return {"key": key, "name": "", **numbers}

    return Rows([f"{hour:02}" for hour in range(24)], make)


GROUPS: Mapping[str, Callable[[Choice, Sequence[Day]], Rows]] = {
    "day": _by_day,
    "site": _by_site,
    "area": _by_area,
    "os": partial(_by_share, "os"),
    "channel": partial(_by_share, "channels"),
    "hour": _by_hour,
}


def _days(chosen: Choice) -> list[Day]:
    """Return per day the sum of the chosen sites, ascending."""
    if chosen.ids is None:
        return services().rollup.totals(chosen.period)
    found: dict[date, list[Day]] = {}
    ids = sorted(chosen.ids)
    for start in range(0, len(ids), _TOGETHER):
        some = ids[start : start + _TOGETHER]
        for day in services().rollup.totals(chosen.period, some):
            found.setdefault(day.day, []).append(day)
    return [together(same) for _day, same in sorted(found.items())]


def _summaries(period: Period, ids: Iterable[str]) -> Iterable[Summary]:
    """Yield every day of some sites, one site after the other."""
    for id in ids:
        for day in services().rollup.days(period, [id]).get(id, []):
            yield day.summary


def _all_ids(chosen: Choice) -> set[str]:
    counted = services().rollup.sums(chosen.period) if chosen.ids is None else ()
    return {*chosen.sites, *counted}


def _row(key: str, name: str, summaries: Iterable[Summary]) -> Row:
    return {"key": key, "name": name, **_numbers(summaries)}


def _numbers(summaries: Iterable[Summary]) -> dict[str, int]:
    """Return the sums by their names; plain additions, as there may be years of days."""
    sums: Counter[str] = Counter()
    for summary in summaries:
        for kind, number in summary.kinds.items():
            sums[kind] += number
        sums[Kind.REJECTED] += summary.of(Kind.REJECTED)
    return {name: sums[kind] for name, kind in NUMBERS.items()}


def _sites(values: Values, period: Period) -> tuple[Mapping[str, Site], Collection[str] | None]:
    """Return the sites that are counted, and their ids; 404 for what is not to be seen."""
    known = {site.id: site for site in within(own_sites(), values["area"])}
    if (wanted := values["site"]) is not None:
        if wanted not in known:
            abort(404, NO_SITE)
        return {wanted: known[wanted]}, {wanted}
    if not me().may(Right.READ):
        return known, known.keys()
    # Where no other site has counted, the sums of all sites are the answer, and at hand.
    everything = values["area"] is None or services().rollup.sums(period).keys() <= known.keys()
    return known, None if everything else known.keys()


def _period(values: Values) -> Period:
    last: date = values["to"] or today(services().clock())
    first: date = values["from"] or (last - _WEEK if last - date.min > _WEEK else date.min)
    if first > last:
        raise BadParameters([Problem("to", "It is before from.")])
    if (last - first).days >= LONGEST:
        wrong = Problem("from", "At most %(most)d days.", {"most": LONGEST})
        raise BadParameters([wrong])
    return Period(first, last)
