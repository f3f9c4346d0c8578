"""One's own account: who one is here, and another password."""

from collections.abc import Sequence
from typing import NamedTuple

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from portal.domain.errors import BadPerson, Problem
from portal.domain.errors import message as _
from portal.domain.people import ROLES, Right
from portal.domain.second_factor import RECOVERY_CODES
from portal.snapshot import SITES
from portal.web.office.access import needs
from portal.web.office.guesses import SIGNED_IN, TOO_OFTEN
from portal.web.office.pages import show
from portal.web.office.session import me, remember
from portal.web.requests import services

account = Blueprint("account", __name__)

NOT_THE_SAME = Problem("again", _("the two are not the same"))
WRONG_CODE = Problem("code", _("the code is not right, or it was used already"))


@account.get("/office/account")
@needs(Right.READ_OWN)
def show_account() -> Response:
    """Show who one is here, and what protects the account."""
    return show(
        "account.html",
        role=ROLES[me().role],
        sites=site_names(),
        factor=services().people.factors.of(me().id),
        most=RECOVERY_CODES,
    )


@account.get("/office/account/password")
@needs(Right.READ_OWN)
def ask_password() -> Response:
    """Ask for another password."""
    return _form()


@account.post("/office/account/password")
@needs(Right.READ_OWN)
def change_password() -> Answer:
    """Set another password: every other session ends, this one goes on with a fresh token."""
    held, new = services(), request.form.get("password", "")
    if refusal := unproven(request.form.get("present", "")):
        return _form(refusal.status, [refusal.problem])
    if new != request.form.get("again", ""):
        return _form(400, [NOT_THE_SAME])
    try:
        held.people.set_password(me().id, new)
    except BadPerson as error:
        return _form(400, error.problems)
    held.audit.note(me().id, "person.password", me().id)
    return renewed(moved("/office/account?done=password"))


class Refusal(NamedTuple):
    """Why something that asks for a proof was not done."""

    status: int
    problem: Problem


def unproven(password: str, code: str | None = None) -> Refusal | None:
    """Return what is wrong with the present password, or with the code; None if all is right.

    A right code is used up. ``code``: None where none is asked for.
    """
    held, id = services(), me().id
    if SIGNED_IN.too_many(id):
        return Refusal(429, Problem("present", TOO_OFTEN))
    if held.people.check(id, password) is None:
        SIGNED_IN.wrong(id)
        return Refusal(400, Problem("present", _("the present password is not right")))
    if code is not None and not held.people.factors.accept(id, code, held.vault):
        SIGNED_IN.wrong(id)
        return Refusal(400, WRONG_CODE)
    return None


def renewed(answer: Response) -> Response:
    """End every session of this person, and go on with a new one in this browser."""
    people = services().people
    SIGNED_IN.right(me().id)
    people.sign_out_everywhere(me().id)
    return remember(answer, people.sign_in(people.get(me().id)))


def moved(to: str) -> Response:
    """Return an answer that leads on to a page."""
    return Response(status=303, headers={"Location": to, "Cache-Control": "no-store"})


def site_names() -> dict[str, str]:
    """Return the name of every site, by id."""
    found = services().store.documents(SITES)
    return {id: str(document.body.get("name", id)) for id, document in sorted(found.items())}


def _form(status: int = 200, problems: Sequence[Problem] = ()) -> Response:
    return show("account_password.html", status, problems=problems)
