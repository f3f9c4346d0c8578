"""One site: its counts and its state; taking it out of service, and back."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from portal.domain.days import Day
from portal.domain.errors import VersionConflict
from portal.domain.errors import message as _
from portal.domain.events import Channel, Kind
from portal.domain.overview import overview, period_before, with_before
from portal.domain.people import Right
from portal.domain.periods import HO_CHI_MINH, Period, today
from portal.domain.sites import Site
from portal.domain.weeks import week_of
from portal.names import DEFINITION, GATEWAYS, SITE_KINDS, SYSTEMS
from portal.reports.table import Column, Sort, Table
from portal.web.office.access import needs
from portal.web.office.alerts import alert_words
from portal.web.office.files import as_file
from portal.web.office.numbers import form_version
from portal.web.office.own import find_site
from portal.web.office.pages import done, show
from portal.web.office.ranges import RANGES, chosen_range
from portal.web.office.session import me
from portal.web.office.sites import STATES, state_of
from portal.web.requests import own_url, services

site_page = Blueprint("site_page", __name__)

_PATH = "/office/sites/id/<site_id>"
_BACK = 60  # days in which the last probe and the last impression are looked for
_ALERTS = 5
CHANNELS = {
    Channel.LINK: _("Link to send"),
    Channel.POSTER: _("Poster"),
    Channel.SCREEN: _("Screen"),
}
"""Ways to the notice that are not the wifi: each has its own address, and is counted apart."""


@site_page.get(_PATH)
@needs(Right.READ_OWN)
def show_site(site_id: str) -> Response:
    """Show a site's numbers in the range that the address names."""
    site, _version = find_site(site_id)
    name, period = chosen_range()
    services().rollup.refresh()
    days = services().rollup.totals(with_before(period), [site_id])
    return as_file(_table(period, days)) or show(
        "site.html",
        site=site,
        view=overview(period, days),
        before=period_before(period),
        ranges=RANGES,
        chosen=name,
        kind=Kind,
        systems=SYSTEMS,
        definition=DEFINITION,
        **_facts(site),
        **_story(site, period),
    )


@site_page.get(f"{_PATH}/archive")
@needs(Right.SITES)
def ask_archive(site_id: str) -> Response:
    """Ask whether a site is to be taken out of service, or back into it."""
    site, version = find_site(site_id)
    return show("site_archive.html", site=site, version=version, late=False)


@site_page.post(f"{_PATH}/archive")
@needs(Right.SITES)
def archive_site(site_id: str) -> Answer:
    """Take a site out of service, or back into it, unless somebody changed it meanwhile."""
    held, active = services(), request.form.get("active") == "1"
    site, version = find_site(site_id)
    try:
        held.sites.archive(site_id, active, form_version())
    except VersionConflict:
        return show("site_archive.html", 409, site=site, version=version, late=True)
    if site.active != active:
        held.audit.note(me().id, "site.restore" if active else "site.archive", site_id)
    return done(f"/office/sites/id/{site_id}")


def _facts(site: Site) -> dict[str, Any]:
    """Return what is known of a site beside its counts."""
    held = services()
    notice = own_url(f"/s/{site.id}")
    return {
        "gateways": GATEWAYS,
        "kinds": SITE_KINDS,
        "states": STATES,
        "place": ", ".join(area.name for area in reversed(held.areas.path(site.area))),
        "notice": notice,
        "channels": {text: f"{notice}?c={channel}" for channel, text in CHANNELS.items()},
    }


def _story(site: Site, period: Period) -> dict[str, Any]:
    """Return what happened at a site: alerts, notes, and when something was last heard of it."""
    held = services()
    live = held.alerts.open(site.id)
    over = [one for one in held.alerts.recent(200) if one.subject == site.id and not one.of_node]
    now = today(held.clock())
    found = held.rollup.days(Period(now - timedelta(_BACK), now), [site.id]).get(site.id, [])
    return {
        "state": state_of(site, bool(live)),
        "week": week_of(now).shifted(-1),
        "alerts": [*live, *over[:_ALERTS]],
        "words": alert_words(),
        "notes": held.notes.between(period, site.id) if me().may(Right.READ) else [],
        "last_probe": _last(found, Kind.PROBE),
        "last_shown": _last(found, Kind.SHOWN),
        "now": datetime.fromtimestamp(held.clock(), HO_CHI_MINH),
    }


def _last(days: Sequence[Day], kind: Kind) -> str:
    """Return the last hour in which something was counted, like 14:00–15:00 05/03/2021; or ""."""
    for day in reversed(days):
        for hour in reversed(range(24)):
            if day.at(kind, hour):
                return f"{hour:02}:00–{hour + 1:02}:00 {day.day:%d/%m/%Y}"
        if day.summary.of(kind):
            return f"{day.day:%d/%m/%Y}"
    return ""


def _table(period: Period, days: Iterable[Day]) -> Table:
    columns = (
        Column("day", _("Date"), Sort.DAY),
        Column("impressions", _("Impressions"), Sort.NUMBER),
        Column("installs", _("Install taps"), Sort.NUMBER),
        Column("pages", _("Pages"), Sort.NUMBER),
        Column("probes", _("Probes"), Sort.NUMBER),
    )
    kinds = (Kind.SHOWN, Kind.INSTALL, Kind.PAGE, Kind.PROBE)
    found = {one.day: one.summary for one in days}
    rows = [
        (day, *(found[day].of(kind) if day in found else 0 for kind in kinds))
        for day in period.days()
    ]
    return Table("site", _("Site"), columns, rows, DEFINITION)
