"""Choosing a password by a link that an administrator made: once, and within a day."""

from collections.abc import Sequence

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from portal.domain.errors import BadPerson, Problem
from portal.domain.people import Person
from portal.web.office.account import NOT_THE_SAME, moved
from portal.web.office.guesses import SIGNING_IN, TOO_OFTEN, address_locked, note_address
from portal.web.office.pages import show
from portal.web.requests import services

reset = Blueprint("reset", __name__)


@reset.get("/office/reset/<token>")
def ask_password(token: str) -> Response:
    """Ask for a new password; looking at the page does not use the link up."""
    found = _whose(token)
    return found if isinstance(found, Response) else _form(found)


@reset.post("/office/reset/<token>")
def set_password(token: str) -> Answer:
    """Set the password, end every session, and lead on to sign in."""
    held, new, found = services(), request.form.get("password", ""), _whose(token)
    if isinstance(found, Response):
        return found
    if new != request.form.get("again", ""):
        return _form(found, 400, [NOT_THE_SAME])
    try:
        changed = held.people.use_link(token, new)
    except BadPerson as error:
        return _form(found, 400, error.problems)
    if changed is None:
        return _gone()
    SIGNING_IN.right(changed.id)
    held.audit.note(changed.id, "person.password", changed.id, by="link")
    return moved("/office/sign-in?done=password")


def _whose(token: str) -> Person | Response:
    """Return whose link it is, or what to answer instead."""
    if address_locked():
        return _gone(429, TOO_OFTEN)
    found = services().people.by_link(token)
    if found is None:
        note_address()
    return found or _gone()


def _form(found: Person, status: int = 200, problems: Sequence[Problem] = ()) -> Response:
    return show("reset.html", status, somebody=found, problems=problems)


def _gone(status: int = 404, wrong: str = "") -> Response:
    """Say the same of a link that never was, was used, was replaced or is too old."""
    return show("reset_gone.html", status, wrong=wrong)
