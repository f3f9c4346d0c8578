"""The overview: how the campaign stands, on one page that is a link."""

from datetime import datetime, timedelta

from flask import Blueprint, Response, abort

from portal.counting.reconciliation import reconcile, total
from portal.domain.errors import StoreUnavailable
from portal.domain.events import NOWHERE, Kind
from portal.domain.overview import Overview, overview, period_before
from portal.domain.people import Right
from portal.domain.periods import HO_CHI_MINH, Period
from portal.domain.sites import Site, parse_site
from portal.names import SYSTEMS
from portal.snapshot import SITES
from portal.web.office.access import needs
from portal.web.office.pages import show
from portal.web.office.ranges import RANGES, chosen_range
from portal.web.office.session import me
from portal.web.requests import services

office = Blueprint("office", __name__)

_SPARK = 28  # days


@office.get("/office/")
@needs(Right.READ_OWN)
def show_overview() -> Response:
    """Show the overview of the range that the address names."""
    name, period = chosen_range()
    found, sites = _read(period)
    balance = total(reconcile(services().settings.journal, services().store))
    silent = [site for site in sites.values() if site.active and not _shown(found, site.id)]
    return show(
        "overview.html",
        view=found,
        sites=sites,
        silent=silent,
        active=sum(site.active for site in sites.values()),
        communes=_communes(found),
        systems=SYSTEMS,
        before=period_before(period),
        ranges=RANGES,
        chosen=name,
        balance=balance,
        now=datetime.now(HO_CHI_MINH),
        kind=Kind,
    )


@office.get("/office/live.json")
@needs(Right.READ_OWN)
def live() -> Response:
    """Answer with the one number that changes while somebody looks, for the page's own script."""
    _name, period = chosen_range()
    try:
        services().recorder.flush()
        found, _sites = _read(period)
    except StoreUnavailable:
        abort(503)
    body = {
        "impressions": found.now.impressions,
        "installs": found.now.of(Kind.INSTALL),
        "at": f"{datetime.now(HO_CHI_MINH):%H:%M:%S}",
    }
    return Response(_dump(body), headers={"Cache-Control": "no-store"}, mimetype="application/json")


def _dump(body: dict[str, object]) -> str:
    import json

    return json.dumps(body)


def _read(period: Period) -> tuple[Overview, dict[str, Site]]:
    """Return the overview of what this person may see, and the sites in it."""
    store, person = services().store, me()
    documents = store.documents(SITES)
    sites = {id: parse_site(document.body) for id, document in documents.items()}
    if not person.may(Right.READ):
        sites = {id: site for id, site in sites.items() if person.may(Right.READ_OWN, id)}
    recent = Period(period.last - timedelta(_SPARK - 1), period.last)
    first = min(period_before(period).first, recent.first)
    wanted = None if person.may(Right.READ) else list(sites)
    cells = store.counters(first, period.last, wanted)
    cells.pop(NOWHERE, None)
    areas = {id: site.area for id, site in sites.items()}
    return overview(
        period, {id: cells.get(id, {}) for id in {*cells, *sites}}, areas, recent
    ), sites


def _communes(found: Overview) -> list[tuple[str, int]]:
    """Return the impressions by the name of the commune, most first."""
    areas = services().areas
    named = [
        (path[-1].name if (path := areas.path(code)) else "–", shown)
        for code, shown in found.areas.items()
        if shown
    ]
    return sorted(named, key=lambda row: -row[1])


def _shown(found: Overview, id: str) -> bool:
    return any(line.impressions for line in found.sites if line.id == id)
