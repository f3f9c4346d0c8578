"""People: who may sign in, added and changed by administrators."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from portal.domain.errors import BadPerson, Problem
from portal.domain.errors import message as _
from portal.domain.people import ROLES, Person, Right, Role
from portal.domain.periods import today
from portal.reports.table import Column, Sort, Table
from portal.web.office.access import needs
from portal.web.office.account import site_names
from portal.web.office.files import as_file
from portal.web.office.pages import reader, show
from portal.web.office.session import me
from portal.web.requests import services

people = Blueprint("people", __name__)

_NOTE = _("The day on which somebody was last seen is forgotten when they sign out.")


@people.get("/office/people")
@needs(Right.PEOPLE)
def list_people() -> Response:
    """Show everybody, those who may sign in first."""
    found = sorted(services().people.all(), key=lambda one: (not one.active, one.name.casefold()))
    factors, seen = services().people.factors.people(), _seen()
    return as_file(_table(found, factors, seen)) or show(
        "people.html",
        everybody=found,
        roles=ROLES,
        sites=site_names(),
        factors=factors,
        seen=seen,
    )


@people.get("/office/people/new")
@needs(Right.PEOPLE)
def new_person() -> Response:
    """Ask for a person."""
    return _form({"role": Role.OFFICER.value, "sites": []})


@people.post("/office/people/new")
@needs(Right.PEOPLE)
def add_person() -> Answer:
    """Write a person, and show the link by which they choose a password, this once."""
    held, fields = services(), entered()
    if wrong := unknown_sites(fields):
        return _form(fields, 400, [wrong])
    try:
        person = held.people.add(fields)
    except BadPerson as error:
        return _form(fields, 400, error.problems)
    held.audit.note(
        me().id, "person.add", person.id, name=person.name, role=person.role, sites=person.sites
    )
    return show_link(person)


def entered() -> dict[str, Any]:
    """Return what a form says of a person; nothing else of them can be changed by it."""
    names = ("id", "name", "role")
    texts = {name: request.form[name] for name in names if name in request.form}
    return {**texts, "sites": request.form.getlist("sites")}


def unknown_sites(fields: Mapping[str, Any]) -> Problem | None:
    """Return the problem of sites that there are not."""
    unknown = [id for id in fields["sites"] if id not in site_names()]
    wanted = _("there is no such site: %(sites)s")
    return Problem("sites", wanted, {"sites": ", ".join(unknown)}) if unknown else None


def show_link(person: Person) -> Response:
    """Make a link that sets a person's password, and show it, this once."""
    held = services()
    token = held.people.make_link(person.id)
    held.audit.note(me().id, "person.link", person.id)
    base = held.settings.console_url or request.host_url.rstrip("/")
    return show("person_link.html", somebody=person, link=f"{base}/office/reset/{token}")


def choices(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form about a person offers: roles, and sites, those that are gone too."""
    gone = {id: id for id in fields["sites"]}
    translate = services().catalogs.translations(reader()).gettext
    return {
        "roles": [(role.value, translate(text)) for role, text in ROLES.items()],
        "sites": list((gone | site_names()).items()),
    }


def _form(fields: dict[str, Any], status: int = 200, problems: Sequence[Problem] = ()) -> Response:
    offered = choices(fields)
    return show("person_new.html", status, fields=fields, problems=problems, **offered)


def _seen() -> dict[str, date]:
    found = services().people.sessions.last_seen()
    return {id: today(moment) for id, moment in found.items()}


def _table(found: Sequence[Person], factors: Any, seen: Mapping[str, date]) -> Table:
    columns = (
        Column("id", _("Id")),
        Column("name", _("Name")),
        Column("role", _("Role")),
        Column("sites", _("Sites")),
        Column("active", _("In service"), Sort.YES),
        Column("second_factor", _("Second factor"), Sort.YES),
        Column("seen", _("Last seen"), Sort.DAY),
    )
    translate = services().catalogs.translations(reader()).gettext
    rows = [
        (
            one.id,
            one.name,
            translate(ROLES[one.role]),
            ", ".join(one.sites),
            one.active,
            one.id in factors,
            seen.get(one.id),
        )
        for one in found
    ]
    return Table("people", _("People"), columns, rows, _NOTE)
