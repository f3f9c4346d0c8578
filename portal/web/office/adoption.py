"""Adoption: the share of the people who installed the app, shown and entered."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from babel.numbers import format_decimal, format_percent
from flask import Blueprint, Response, abort, request
from werkzeug.wrappers import Response as Answer

from portal.domain.adoption import (
    BadEntry,
    History,
    NoSuchEntry,
    Standing,
    Unconfirmed,
    pace,
    standing,
)
from portal.domain.areas import Area
from portal.domain.errors import BadInput, Problem, VersionConflict
from portal.domain.people import Right
from portal.domain.periods import today
from portal.web.office.access import needs
from portal.web.office.adoption_tables import (
    STATES,
    areas_table,
    entries_table,
    standings,
)
from portal.web.office.files import as_file
from portal.web.office.pages import day_text, done, reader, show
from portal.web.office.session import me
from portal.web.office.tiles import tile_names, tile_places
from portal.web.requests import argument, services

adoption = Blueprint("adoption", __name__)


@adoption.get("/office/adoption")
@needs(Right.READ)
def show_adoption() -> Response:
    """Show how an area stands, all areas with entries, and what was entered for this one."""
    area, histories = _chosen(), services().adoption.histories()
    rows = standings(histories, _today())
    table = entries_table(histories) if argument("table") == "entries" else areas_table(rows)
    if answer := as_file(table):
        return answer
    return _overview(area, histories.get(area.code, History(area.code)), rows)


@adoption.get("/office/adoption/new")
@needs(Right.ENTER)
def new_entry() -> Response:
    """Ask for an entry."""
    fields = {"area": argument("area") or _province().code, "day": _today().isoformat()}
    return _form("adoption_new.html", fields)


@adoption.post("/office/adoption/new")
@needs(Right.ENTER)
def add_entry() -> Answer:
    """Write an entry, once everything that it changes was seen."""
    fields = request.form.to_dict()
    try:
        entry, before = services().adoption.add(fields, me().id, fields.get("agreed", ""))
    except BadEntry as error:
        return _form("adoption_new.html", fields, 400, problems=error.problems)
    except Unconfirmed as error:
        return _form("adoption_new.html", fields, 409, seen=error)
    services().audit.note(
        me().id,
        "adoption.add",
        entry.id,
        day=entry.day.isoformat(),
        installs=[before.installs if before else None, entry.installs],
        source=[before.source if before else None, entry.source],
    )
    return done(f"/office/adoption?area={entry.area}", "added")


@adoption.get("/office/adoption/population")
@needs(Right.ENTER)
def ask_population() -> Response:
    """Ask for the population of an area."""
    return _form("adoption_population.html", {"area": argument("area") or _province().code})


@adoption.post("/office/adoption/population")
@needs(Right.ENTER)
def set_population() -> Answer:
    """Write the population of an area: it overrides the table of areas."""
    fields = request.form.to_dict()
    agreed = fields.get("agreed", "")
    try:
        area, before, after = services().adoption.set_population(fields, me().id, agreed)
    except BadEntry as error:
        return _form("adoption_population.html", fields, 400, problems=error.problems)
    except Unconfirmed as error:
        return _form("adoption_population.html", fields, 409, seen=error)
    services().audit.note(
        me().id,
        "population.set",
        area.code,
        people=[before.people, after.people],
        year=[before.year, after.year],
        source=[before.source, after.source],
    )
    return done(f"/office/adoption?area={area.code}")


@adoption.get("/office/adoption/<entry_id>/remove")
@needs(Right.ENTER)
def ask_removal(entry_id: str) -> Response:
    """Ask why an entry is to be removed."""
    return _removal(entry_id)


@adoption.post("/office/adoption/<entry_id>/remove")
@needs(Right.ENTER)
def remove_entry(entry_id: str) -> Answer:
    """Mark an entry as removed."""
    reason = request.form.get("reason", "")
    try:
        entry = services().adoption.remove(entry_id, reason, me().id)
    except NoSuchEntry:
        abort(404)
    except BadEntry as error:
        return _removal(entry_id, reason, 400, problems=error.problems)
    except VersionConflict:
        return _removal(entry_id, reason, 409)
    services().audit.note(
        me().id,
        "adoption.remove",
        entry.id,
        day=entry.day.isoformat(),
        installs=[entry.installs, None],
        reason=entry.reason,
    )
    return done(f"/office/adoption?area={entry.area}", "removed")


def _overview(area: Area, history: History, rows: Sequence[Standing]) -> Response:
    now = standing(area, history, services().campaign.target_share, _today())
    entries, places = history.until(_today()), tile_places()
    installs = {row.area.code: row.entry.installs for row in rows if row.entry}
    return show(
        "adoption.html",
        now=now,
        history=history,
        states=STATES,
        entries=entries,
        pace=pace(entries, now.missing),
        rows=rows,
        tiles={code: number for code, number in installs.items() if code in places},
        places=places,
        names=tile_names(services().areas),
        people=_people(),
        **words(),
    )


def words() -> dict[str, Any]:
    """Return what the templates of adoption write with: shares have two decimals here."""
    lang = reader()
    return {
        "share": lambda value: format_percent(value, "#,##0.00\u00a0%", locale=lang),
        "goal": lambda value: format_percent(value, "#,##0.##\u00a0%", locale=lang),
        "rate": lambda value: format_decimal(value, "#,##0.0", locale=lang),
        "groups": groups(),
        "area_name": area_name,
    }


def told(problems: Sequence[Problem]) -> list[Problem]:
    """Return problems with their numbers and days as offices write them."""
    return [
        problem._replace(values={name: _told(value) for name, value in problem.values.items()})
        for problem in problems
    ]


def _told(value: object) -> object:
    if isinstance(value, date):
        return day_text(value)
    return format_decimal(value, locale=reader()) if isinstance(value, int) else value


def _form(
    template: str,
    fields: dict[str, str],
    status: int = 200,
    problems: Sequence[Problem] = (),
    seen: BadInput | None = None,
) -> Response:
    return show(
        template,
        status,
        fields=fields,
        problems=told(problems),
        warnings=told(seen.problems) if seen else [],
        agreed=seen.agreed if isinstance(seen, Unconfirmed) else "",
        **words(),
    )


def _removal(
    id: str, reason: str = "", status: int = 200, problems: Sequence[Problem] = ()
) -> Response:
    try:
        entry = services().adoption.entry(id)
    except NoSuchEntry:
        abort(404)
    if status == 200 and entry.removed:
        status = 409
    return show(
        "adoption_remove.html",
        status,
        entry=entry,
        fields={"reason": reason},
        problems=told(problems),
        people=_people(),
        **words(),
    )


def _people() -> dict[str, str]:
    return {person.id: person.name for person in services().people.all()}


def _today() -> date:
    return today(services().clock())


def _province() -> Area:
    return services().areas.children(None)[0]


def _chosen() -> Area:
    """Return the area that the address names, by default the province."""
    code = argument("area")
    area = services().areas.get(code) if code else _province()
    if area is None:
        abort(404)
    return area


def groups() -> list[tuple[str, list[Area]]]:
    """Return every area to choose from: the province alone, then district by district."""
    areas, province = services().areas, _province()
    districts = areas.children(province.code)
    return [
        (province.name, [province]),
        *((area.name, [area, *areas.communes(area.code)]) for area in districts),
    ]


def area_name(code: str) -> str:
    """Return the name of an area, or its code where there is none."""
    area = services().areas.get(code)
    return area.name if area else code
