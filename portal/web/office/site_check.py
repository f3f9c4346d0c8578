"""The live check: each step of a visit ticked off as it happens, so that set-up has an end."""

from datetime import datetime, timedelta
from typing import NamedTuple

from flask import Blueprint, Response

from portal.domain.errors import message as _
from portal.domain.events import Channel, Kind, Reason
from portal.domain.people import Right
from portal.domain.periods import HO_CHI_MINH, today
from portal.domain.sites import Site
from portal.names import GATEWAYS
from portal.web.office.access import needs
from portal.web.office.check_words import advice
from portal.web.office.own import find_site
from portal.web.office.pages import show
from portal.web.requests import own_url, services

site_check = Blueprint("site_check", __name__)


class Step(NamedTuple):
    """One step of a visit."""

    title: str  # a message
    hint: str  # a message: what to do until it happens
    times: int  # how often it happened since yesterday


@site_check.get("/office/sites/id/<site_id>/check")
@needs(Right.READ_OWN)
def show_check(site_id: str) -> Response:
    """Show which steps of a visit were seen at a site since yesterday."""
    site, _version = find_site(site_id)
    held = services()
    held.flush()
    mishap = held.mishaps.last(site_id)
    return show(
        "site_check.html",
        site=site,
        steps=_steps(site),
        advice=advice(mishap[0]) if mishap else None,
        mishap=held.clock() - mishap[1] if mishap else 0,
        gateways=GATEWAYS,
        notice=own_url(f"/s/{site.id}"),
        now=datetime.fromtimestamp(held.clock(), HO_CHI_MINH),
    )


def _steps(site: Site) -> list[Step]:
    seen = _seen(site)
    gateway = services().gateways.get(site.gateway)
    shown = Step(
        _("The notice has shown"),
        _(
            "Wait until the page has loaded. If nothing is counted, its pictures are blocked: look"
            " at the hosts that are open before sign-in."
        ),
        seen.get(Kind.SHOWN, 0),
    )
    pages = seen.get(Kind.PAGE, 0)
    if gateway is None or not gateway.captive:
        opened = _("Open the notice's address, or scan the poster's code.")
        return [Step(_("The notice was opened"), opened, pages), shown]
    arrived = pages + seen.get(Kind.PROBE, 0) + seen.get(f"{Kind.REJECTED}:{Reason.ARRIVAL}", 0)
    return [
        Step(
            _("The device sends guests here"),
            _(
                "Join the wifi with a phone. If nothing opens, open http://neverssl.com: where that"
                " page shows itself, the device does not redirect yet."
            ),
            arrived,
        ),
        Step(
            _("What it says can be read and is genuine"),
            _("The brand, the level and the key have to be the same on the device and here."),
            seen.get("wifi", 0),
        ),
        shown,
        Step(
            _("A guest has tapped"),
            _("Tap “Continue” in the notice."),
            seen.get(Kind.CONTINUE, 0) + seen.get(Kind.INSTALL, 0) + seen.get(Kind.INSTALLED, 0),
        ),
        Step(
            _("The guest is online"),
            _(
                "After the tap the device lets the phone through, and our page says so. If the"
                " notice comes back instead, the release does not work."
            ),
            seen.get(Kind.ONLINE, 0),
        ),
    ]


def _seen(site: Site) -> dict[str, int]:
    """Return what was counted since yesterday by kind, and as "wifi" the pages from the device."""
    now = today(services().clock())
    found: dict[str, int] = {}
    cells = services().store.counters(now - timedelta(1), now, [site.id]).get(site.id, {})
    for cell, number in cells.items():
        found[cell.kind] = found.get(cell.kind, 0) + number
        if cell.kind == Kind.PAGE and cell.channel == Channel.WIFI:
            found["wifi"] = found.get("wifi", 0) + number
    return found
