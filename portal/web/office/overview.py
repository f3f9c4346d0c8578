"""The overview: how the campaign stands, on one page that is a link."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from flask import Blueprint, Response, abort, jsonify

from portal.counting.reconciliation import reconcile, total
from portal.domain.errors import StoreUnavailable
from portal.domain.errors import message as _
from portal.domain.events import Kind
from portal.domain.overview import overview, period_before, with_before
from portal.domain.people import Right
from portal.domain.periods import HO_CHI_MINH, Period
from portal.domain.sites import Site
from portal.jobs.alert_sites import sites_of
from portal.names import DEFINITION, SYSTEMS
from portal.reports.table import Column, Sort, Table
from portal.stores.rollup import Counts
from portal.web.office.access import needs
from portal.web.office.alerts import may_see
from portal.web.office.files import as_file
from portal.web.office.pages import show
from portal.web.office.ranges import RANGES, chosen_range
from portal.web.office.session import me
from portal.web.office.tiles import tile_names, tile_places
from portal.web.requests import services

office = Blueprint("office", __name__)

_SPARK = 28  # days
_BEST = 10  # sites at either end of the list
_FRESH = 200  # site-days that a page reads itself; more is left to the job


class Line(NamedTuple):
    """A site in the overview."""

    site: Site
    impressions: int
    installs: int
    before: int


@office.get("/office/")
@needs(Right.READ_OWN)
def show_overview() -> Response:
    """Show the overview of the range that the address names."""
    name, period = chosen_range()
    behind = services().rollup.refresh(_FRESH)
    lines = _lines(period)
    return as_file(_table(lines)) or show(
        "overview.html",
        behind=behind,
        definition=DEFINITION,
        ranges=RANGES,
        chosen=name,
        before=period_before(period),
        kind=Kind,
        systems=SYSTEMS,
        **_numbers(period, lines),
        **_sites(period, lines),
        **_communes(lines),
    )


@office.get("/office/live.json")
@needs(Right.READ_OWN)
def live() -> Response:
    """Answer with the numbers that change while somebody looks, for the page's own script."""
    _name, period = chosen_range()
    held = services()
    try:
        held.flush()
        held.rollup.refresh(_FRESH)
        ids = None if me().may(Right.READ) else me().sites
        found = held.rollup.totals(period, ids)
    except StoreUnavailable:
        abort(503)
    now = datetime.fromtimestamp(held.clock(), HO_CHI_MINH)
    answer = jsonify(
        impressions=sum(one.summary.impressions for one in found),
        installs=sum(one.summary.of(Kind.INSTALL) for one in found),
        at=f"{now:%H:%M:%S}",
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _numbers(period: Period, lines: Sequence[Line]) -> dict[str, Any]:
    """Return what stands above the tables."""
    held, everything = services(), me().may(Right.READ)
    ids = None if everything else [line.site.id for line in lines]  # the sums of all are at hand
    return {
        "view": overview(period, held.rollup.totals(with_before(period), ids)),
        "notes": held.notes.between(period) if everything else [],
        "alerts": sum(may_see(alert) for alert in held.alerts.open()),
        "balance": total(reconcile(held.settings.journal, held.store)),
        "now": datetime.fromtimestamp(held.clock(), HO_CHI_MINH),
    }


def _sites(period: Period, lines: Sequence[Line]) -> dict[str, Any]:
    """Return how many sites there are, and those at either end with their last days."""
    active = [line for line in lines if line.site.active]
    best = lines[:_BEST]
    last = [line for line in active if line not in best][: -_BEST - 1 : -1]  # the fewest first
    recent = Period(period.last - timedelta(_SPARK - 1), period.last)
    return {
        "total": len(lines),
        "active": len(active),
        "silent": sum(not line.impressions for line in active),
        "best": best,
        "last": last,
        "sparks": services().rollup.shown(recent, [line.site.id for line in (*best, *last)]),
    }


def _communes(lines: Sequence[Line]) -> dict[str, Any]:
    """Return the impressions per commune, and where the map has no square for it, by name."""
    areas, places = services().areas, tile_places()
    sums: Counter[str] = Counter()
    for line in lines:
        sums[line.site.area] += line.impressions
    elsewhere = [
        (path[-1].name if (path := areas.path(code)) else "–", shown)
        for code, shown in sums.most_common()
        if shown and code not in places
    ]
    return {"communes": sums, "others": elsewhere, "tiles": tile_names(areas), "places": places}


def _lines(period: Period) -> list[Line]:
    """Return the line of every site that this person may see, most impressions first."""
    rollup, person = services().rollup, me()
    now, before = rollup.sums(period), rollup.sums(period_before(period))
    sites = {id: Site(id, id, active=False) for id in now}  # counted, but entered nowhere
    sites |= sites_of(services().store)
    nothing = Counts(0, 0)
    lines = [
        Line(site, *now.get(id, nothing), before.get(id, nothing).shown)
        for id, site in sites.items()
        if person.may(Right.READ_OWN, id)
    ]
    return sorted(lines, key=lambda line: (-line.impressions, line.site.name, line.site.id))


def _table(lines: Sequence[Line]) -> Table:
    columns = (
        Column("id", _("Id")),
        Column("name", _("Site")),
        Column("area", _("Commune")),
        Column("impressions", _("Impressions"), Sort.NUMBER),
        Column("before", _("Before"), Sort.NUMBER),
        Column("installs", _("Install taps"), Sort.NUMBER),
    )
    rows = [
        (
            line.site.id,
            line.site.name,
            area.name if (area := services().areas.get(line.site.area)) else "",
            line.impressions,
            line.before,
            line.installs,
        )
        for line in lines
    ]
    return Table("overview", _("Overview"), columns, rows, DEFINITION)
