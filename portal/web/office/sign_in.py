"""Signing in and out."""

import re

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as Answer

from portal.domain.errors import message as _
from portal.web.office.pages import show
from portal.web.office.session import cookie_name, remember, signed_in
from portal.web.requests import argument, services

sign_in = Blueprint("sign_in", __name__)

PER_NAME, PER_ADDRESS = 5, 30
"""Failed attempts within a quarter of an hour, after which further ones are not even looked at."""


@sign_in.get("/office/sign-in")
def form() -> Answer:
    """Ask who it is."""
    return redirect("/office/", 303) if signed_in() else _ask()


@sign_in.post("/office/sign-in")
def enter() -> Answer:
    """Begin a session for whoever knows the password."""
    held = services()
    id, password = request.form.get("id", "")[:200], request.form.get("password", "")
    keys = (f"name {id.strip().lower()}", f"address {request.remote_addr}")
    if held.attempts.of(keys[0]) >= PER_NAME or held.attempts.of(keys[1]) >= PER_ADDRESS:
        return _ask(429, _TOO_OFTEN)
    person = held.people.check(id, password)
    if person is None:
        for key in keys:
            held.attempts.note(key)
        return _ask(401, _WRONG)
    held.attempts.forget(keys[0])
    answer = Response(status=303, headers={"Location": _next(), "Cache-Control": "no-store"})
    return remember(answer, held.people.sign_in(person))


@sign_in.post("/office/sign-out")
def leave() -> Answer:
    """End this session, or all of this person's."""
    held, person = services(), signed_in()
    if person and request.form.get("everywhere"):
        held.people.sign_out_everywhere(person.id)
    elif person:
        held.people.sign_out(request.cookies.get(cookie_name(), ""))
    answer = Response(status=303, headers={"Location": "/office/sign-in"})
    return remember(answer, "")


def _ask(status: int = 200, wrong: str = "") -> Response:
    return show("sign_in.html", status, next=_next(), wrong=wrong)


def _next() -> str:
    """Return where to go then: a path of the console, and nowhere else."""
    wanted = request.form.get("next", "") or argument("next")
    return wanted if re.fullmatch(r"/office/[\w/-]*", wanted, re.ASCII) else "/office/"


_WRONG = _("The name or the password is not right.")
_TOO_OFTEN = _("Too many attempts. Please try again in a quarter of an hour.")
