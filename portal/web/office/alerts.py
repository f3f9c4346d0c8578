"""Alerts: what is open, what it means and what to check first, and what was."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, abort, request
from werkzeug.wrappers import Response as Answer

from portal.alertbook import BadAcknowledgement, NoSuchAlert, opened_text
from portal.alertwords import CAUSES, MEANINGS, STATES, Words
from portal.domain.alerts import NODE_CAUSES, Alert, Cause
from portal.domain.errors import Problem, VersionConflict
from portal.domain.errors import message as _
from portal.domain.people import Right
from portal.jobs.alert_sites import sites_of
from portal.reports.table import Column, Sort, Table
from portal.web.office.access import needs
from portal.web.office.files import as_file
from portal.web.office.numbers import page_number
from portal.web.office.pages import done, reader, show
from portal.web.office.session import me
from portal.web.requests import argument, services

alerts = Blueprint("alerts", __name__)

_PAGE = 50  # open alerts on a page, and of those that are over
_RECENT, _FILE = 500, 5000  # alerts that are over, of which a page and a file show what is chosen
_NOTE = _(
    "An alert opens when two checks in a row, 5 minutes apart, have found the same, and is over"
    " when a check no longer finds it. “Since” is when it began, as far as the counts tell."
)


@alerts.get("/office/alerts")
@needs(Right.READ_OWN)
def list_alerts() -> Response:
    """Show the alerts that this person may see: open ones first, then the latest of the others."""
    words, book = alert_words(), services().alerts
    live = _chosen(book.open(), words)
    over = _chosen(book.recent(_FILE if argument("format") else _RECENT), words)
    if answer := as_file(_table([*live, *over], words)):
        return answer
    page = page_number()
    return show(
        "alerts.html",
        live=live[page * _PAGE :][:_PAGE],
        number_open=len(live),
        over=over[:_PAGE],
        page=page,
        more=len(live) > (page + 1) * _PAGE,
        causes=_causes(words),
        areas=_areas(words),
        cause=argument("cause"),
        area=argument("area"),
        **_told(words),
    )


@alerts.get("/office/alerts/<alert_id>")
@needs(Right.READ_OWN)
def show_alert(alert_id: str) -> Response:
    """Show one alert."""
    return _page(_get(alert_id))


@alerts.post("/office/alerts/<alert_id>/acknowledge")
@needs(Right.ENTER)
def acknowledge(alert_id: str) -> Answer:
    """Note that somebody looks after an alert, unless it is over or somebody does already."""
    alert, note = _get(alert_id), request.form.get("note", "")
    opened = request.form.get("opened", "")
    try:
        made = services().alerts.acknowledge(alert_id, opened, me().id, note)
    except BadAcknowledgement as error:
        return _page(alert, 400, note, error.problems)
    except VersionConflict:
        return _page(_get(alert_id), 409, note)
    services().audit.note(me().id, "alert.acknowledge", alert_id, note=made.note)
    return done("/office/alerts")


def _page(
    alert: Alert, status: int = 200, note: str = "", problems: Sequence[Problem] = ()
) -> Response:
    return show(
        "alert.html",
        status,
        alert=alert,
        opened=opened_text(alert),
        note=note,
        problems=problems,
        late=status == 409,
        **_told(alert_words()),
    )


def _told(words: Words) -> dict[str, Any]:
    """Return what both pages tell an alert with."""
    people = services().people.all() if me().may(Right.READ) else []
    return {
        "words": words,
        "meanings": MEANINGS,
        "states": STATES,
        "people": {person.id: person.name for person in people},
    }


def alert_words() -> Words:
    """Return what writes about alerts in the language of the reader."""
    held, lang = services(), reader()
    translate = held.catalogs.translations(lang).gettext
    return Words(translate, lang, held.areas, sites_of(held.store))


def _get(id: str) -> Alert:
    """Return an alert that this person may see; else there is none."""
    try:
        alert = services().alerts.get(id)
    except NoSuchAlert:
        abort(404)
    if not may_see(alert):
        abort(404)
    return alert


def may_see(alert: Alert) -> bool:
    """Tell whether an alert is this person's to see: of an own site, or anybody's in the office."""
    own = not alert.of_node and me().may(Right.READ_OWN, alert.subject)
    return own or me().may(Right.READ)


def _chosen(found: Sequence[Alert], words: Words) -> list[Alert]:
    """Return those that this person may see and the address asks for; 400 for what there is not."""
    cause, area = argument("cause"), argument("area")
    if cause not in ("", *Cause) or (area and area not in services().areas):
        abort(400)
    return [
        alert
        for alert in found
        if may_see(alert)
        and cause in ("", alert.cause)
        and (not area or area in _codes(words, alert))
    ]


def _codes(words: Words, alert: Alert) -> set[str]:
    return {step.code for step in services().areas.path(words.area_code(alert))}


def _causes(words: Words) -> list[tuple[str, str]]:
    seen = [cause for cause in Cause if cause not in NODE_CAUSES or me().may(Right.READ)]
    named = [(str(cause), words.translate(CAUSES[cause])) for cause in seen]
    return [("", words.translate(_("every cause"))), *named]


def _areas(words: Words) -> list[tuple[str, str]]:
    """Return the areas that sites of this person lie in, in the order of the tree."""
    areas = services().areas
    used = {
        step.code
        for site in words.sites.values()
        if me().may(Right.READ_OWN, site.id)
        for step in areas.path(site.area)
    }
    named = [(area.code, area.name) for area in areas if area.code in used]
    return [("", words.translate(_("every area"))), *named]


def _table(found: Sequence[Alert], words: Words) -> Table:
    columns = (
        Column("cause", _("Cause")),
        Column("name", _("Alert")),
        Column("subject", _("Id")),
        Column("place", _("Place")),
        Column("area", _("Code")),
        Column("area_name", _("Area")),
        Column("state", _("State")),
        Column("since", _("Since"), Sort.TIME),
        Column("opened", _("Opened at"), Sort.TIME),
        Column("recovered", _("Over at"), Sort.TIME),
        Column("detail", _("Details")),
        Column("acknowledged", _("Acknowledged at"), Sort.TIME),
        Column("by", _("Acknowledged by")),
        Column("note", _("Note")),
    )
    return Table("alerts", _("Alerts"), columns, [_row(one, words) for one in found], _NOTE)


def _row(alert: Alert, words: Words) -> tuple[object, ...]:
    inside = me().may(Right.READ)  # what the office notes down is not for owners
    return (
        str(alert.cause),
        words.cause(alert),
        alert.subject,
        words.place(alert),
        words.area_code(alert),
        words.area(alert),
        words.translate(STATES[alert.state]),
        _moment(alert.since),
        _moment(alert.opened),
        _moment(alert.recovered),
        words.detail(alert),
        _moment(alert.acknowledged),
        alert.by if inside else "",
        alert.note if inside else "",
    )


def _moment(at: float) -> datetime | None:
    return datetime.fromtimestamp(at, UTC) if at else None
