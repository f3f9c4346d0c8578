"""Sites: the list of them, found by search and filters, and as a file that can be read in again."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from flask import Blueprint, Response, abort

from portal.domain.areas import fold
from portal.domain.errors import message as _
from portal.domain.people import Right
from portal.domain.periods import Period, today
from portal.domain.sites import Site, SiteKind
from portal.names import DEFINITION, GATEWAYS, SITE_KINDS
from portal.reports.table import Column, Sort, Table
from portal.stores.rollup import Counts
from portal.web.office.access import needs
from portal.web.office.files import as_file
from portal.web.office.numbers import page_number
from portal.web.office.own import commune, own_sites
from portal.web.office.pages import reader, show
from portal.web.requests import argument, services

sites = Blueprint("sites", __name__)

STATES = {
    "active": _("in service"),
    "silent": _("with an open alert"),
    "archived": _("out of service"),
}
"""What a site may be, by the word in an address (``?state=silent``)."""
COLUMNS = (
    Column("id", _("Id")),
    Column("name", _("Name")),
    Column("kind", _("Kind")),
    Column("area", _("Area")),
    Column("address", _("Address")),
    Column("gateway", _("Wifi device")),
    Column("languages", _("Languages")),
    Column("operator", _("Operator")),
    Column("greeting", _("Greeting")),
    Column("egress", _("Visitors' networks")),
    Column("active", _("In service"), Sort.YES),
    Column("created", _("Since")),
)
"""What a file of sites holds, and may hold when it is read in again."""
_SORTS = ("name", "week")
_ROWS = 50  # on a page
_NOTE = _("This file can be read in again: it changes what was changed in it, and nothing else.")


class Line(NamedTuple):
    """A site in the list."""

    site: Site
    state: str
    today: int
    week: int  # impressions of the last seven days, today among them
    last: date | None  # the last day with an impression


@sites.get("/office/sites")
@needs(Right.READ_OWN)
def list_sites() -> Response:
    """Show the sites that the address asks for."""
    own = own_sites()
    chosen = [site for site in own if fits(site)]
    lines = _sorted([line for line in _lines(chosen) if argument("state") in ("", line.state)])
    if answer := as_file(_table([line.site for line in lines])):
        return answer
    page = page_number()
    return show(
        "sites.html",
        lines=lines[page * _ROWS : (page + 1) * _ROWS],
        found=len(lines),
        total=len(own),
        page=page,
        more=len(lines) > (page + 1) * _ROWS,
        choices=_choices(own),
        given={name: argument(name) for name in ("q", "area", "kind", "gateway", "state", "sort")},
        states=STATES,
        kinds=SITE_KINDS,
        gateways=GATEWAYS,
        commune=commune,
        definition=DEFINITION,
    )


def fits(site: Site) -> bool:
    """Tell whether a site is what the address asks for; 400 for what there is not."""
    area, kind, gateway, state = map(argument, ("area", "kind", "gateway", "state"))
    if (
        (area and area not in services().areas)
        or kind not in ("", *SiteKind)
        or gateway not in ("", *services().gateways)
        or state not in ("", *STATES)
        or argument("sort") not in ("", *_SORTS)
    ):
        abort(400)
    above = {step.code for step in services().areas.path(site.area)}
    words = fold(f"{site.id} {site.name} {site.address} {site.operator}")
    return (
        (not area or area in above)
        and kind in ("", site.kind)
        and gateway in ("", site.gateway)
        and all(word in words for word in fold(argument("q")).split())
    )


def _lines(found: Sequence[Site]) -> list[Line]:
    held = services()
    held.rollup.refresh()
    now = today(held.clock())
    latest = held.rollup.sums(Period(now, now))
    week = held.rollup.sums(Period(now - timedelta(6), now))
    last = held.rollup.last_shown()
    alarmed = {alert.subject for alert in held.alerts.open() if not alert.of_node}
    nothing = Counts(0, 0)
    return [
        Line(
            site,
            state_of(site, site.id in alarmed),
            latest.get(site.id, nothing).shown,
            week.get(site.id, nothing).shown,
            last.get(site.id),
        )
        for site in found
    ]


def state_of(site: Site, alarmed: bool) -> str:
    """Return a site's state, a key of STATES."""
    return "archived" if not site.active else "silent" if alarmed else "active"


def _sorted(lines: list[Line]) -> list[Line]:
    if argument("sort") == "week":
        return sorted(lines, key=lambda line: (-line.week, fold(line.site.name)))
    return sorted(lines, key=lambda line: (fold(line.site.name), line.site.id))


def _choices(own: Sequence[Site]) -> Mapping[str, list[tuple[str, str]]]:
    """Return what each filter offers: of the sites there are."""
    translate = services().catalogs.translations(reader()).gettext
    areas = services().areas
    used = {step.code for site in own for step in areas.path(site.area)}
    kinds, gateways = {site.kind for site in own}, {site.gateway for site in own}
    everything = [("", translate(_("all")))]
    return {
        "area": everything + [(area.code, area.name) for area in areas if area.code in used],
        "kind": everything + _named(SITE_KINDS, kinds, translate),
        "gateway": everything + _named(GATEWAYS, gateways, translate),
        "state": everything + [(key, translate(text)) for key, text in STATES.items()],
        "sort": [("", translate(_("Name"))), ("week", translate(_("Impressions of 7 days")))],
    }


def _named(names: Mapping[str, str], used: Any, translate: Any) -> list[tuple[str, str]]:
    return [(key, translate(text)) for key, text in names.items() if key in used]


def _table(found: Sequence[Site]) -> Table:
    """Return sites as they are read in again; keys and passwords are never in it."""
    rows = [
        (
            site.id,
            site.name,
            str(site.kind),
            site.area,
            site.address,
            site.gateway,
            ",".join(site.languages),
            site.operator,
            site.greeting,
            ",".join(site.egress),
            site.active,
            site.created,
        )
        for site in found
    ]
    return Table("sites", _("Sites"), COLUMNS, rows, _NOTE, head="keys")
