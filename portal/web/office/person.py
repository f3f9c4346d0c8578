"""One person, as administrators change them: their fields, access, second factor and link."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, abort, redirect, request
from werkzeug.wrappers import Response as Answer

from portal.domain.errors import BadPerson, NoSuchPerson, Problem, VersionConflict
from portal.domain.people import ROLES, Person, Right, changes
from portal.web.office.access import needs
from portal.web.office.account import site_names
from portal.web.office.numbers import form_version
from portal.web.office.pages import done, show
from portal.web.office.people import choices, entered, show_link, unknown_sites
from portal.web.office.session import me
from portal.web.requests import services

person = Blueprint("person", __name__)

# Apart from /office/people/new: somebody may be called "new".
_PATH = "/office/people/id/<person_id>"


@person.get(_PATH)
@needs(Right.PEOPLE)
def show_person(person_id: str) -> Response:
    """Show a person, to be changed."""
    found, version = _find(person_id)
    return _page(found, version)


@person.post(_PATH)
@needs(Right.PEOPLE)
def change_person(person_id: str) -> Answer:
    """Change a person's name, role and sites, unless somebody else did meanwhile."""
    held, fields = services(), entered()
    before, version = _find(person_id)
    if wrong := unknown_sites(fields):
        return _page(before, form_version(), 400, fields, [wrong])
    try:
        after = held.people.edit(person_id, fields, form_version())
    except BadPerson as error:
        return _page(before, form_version(), 400, fields, error.problems)
    except VersionConflict:
        return _page(before, version, 409, fields)
    held.audit.note(me().id, "person.edit", person_id, **changes(before, after))
    resigned = after.id == me().id and not after.may(Right.PEOPLE)
    return done("/office/" if resigned else "/office/people")


@person.post(f"{_PATH}/access")
@needs(Right.PEOPLE)
def change_access(person_id: str) -> Answer:
    """Let a person sign in no more, or again."""
    held, active = services(), request.form.get("active") == "1"
    before, version = _find(person_id)
    try:
        held.people.edit(person_id, {"active": active}, version)
    except BadPerson as error:
        return _page(before, version, 400, problems=error.problems)
    except VersionConflict:
        abort(409)
    if before.active != active:
        held.audit.note(me().id, "person.enable" if active else "person.disable", person_id)
    return done(_address(person_id))


@person.post(f"{_PATH}/factor")
@needs(Right.PEOPLE)
def take_factor(person_id: str) -> Answer:
    """Take away the second factor of somebody who has lost it; they are signed out."""
    held = services()
    found = _another(person_id)
    if held.people.factors.switch_off(found.id):
        held.people.sign_out_everywhere(found.id)
        held.audit.note(me().id, "person.factor_off", found.id)
    return done(_address(person_id), "factor_off")


@person.post(f"{_PATH}/link")
@needs(Right.PEOPLE)
def make_link(person_id: str) -> Response:
    """Make a link that sets another password, and show it, this once."""
    found = _another(person_id)
    if not found.active:
        abort(409)
    return show_link(found)


@person.get(f"{_PATH}/access")
@person.get(f"{_PATH}/factor")
@person.get(f"{_PATH}/link")
@needs(Right.PEOPLE)
def back(person_id: str) -> Answer:
    """Lead back to the person: what was shown once is not shown again."""
    return redirect(_address(_find(person_id)[0].id), 303)


def _find(id: str) -> tuple[Person, int]:
    try:
        return services().people.find(id)
    except NoSuchPerson:
        abort(404)


def _another(id: str) -> Person:
    """Return somebody else: one's own account asks for a password and a code before that."""
    found, _version = _find(id)
    if found.id == me().id:
        abort(403)
    return found


def _address(id: str) -> str:
    return f"/office/people/id/{id}"


def _page(
    found: Person,
    version: int,
    status: int = 200,
    fields: Mapping[str, Any] | None = None,
    problems: Sequence[Problem] = (),
) -> Response:
    book = services().people
    given = fields or {"name": found.name, "role": found.role.value, "sites": found.sites}
    return show(
        "person.html",
        status,
        somebody=found,
        own=found.id == me().id,
        late=status == 409,
        version=version,
        fields=given,
        problems=problems,
        role=ROLES[found.role],
        names=site_names(),
        factor=book.factors.of(found.id),
        until=book.link_until(found),
        **choices(given),
    )
