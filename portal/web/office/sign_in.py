"""Signing in, with a second step for those who have a second factor, and signing out."""

import re

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as Answer

from portal.domain.errors import NoSuchPerson
from portal.domain.errors import message as _
from portal.domain.people import Person
from portal.domain.second_factor import first_step, named_in, proven
from portal.settings import signing_keys
from portal.web.office.guesses import PER_NAME, SIGNING_IN, TOO_OFTEN
from portal.web.office.pages import show
from portal.web.office.session import cookie_name, remember, signed_in
from portal.web.requests import argument, services

__all__ = ["PER_NAME", "sign_in"]

sign_in = Blueprint("sign_in", __name__)


@sign_in.get("/office/sign-in")
def form() -> Answer:
    """Ask who it is."""
    return redirect("/office/", 303) if signed_in() else _ask()


@sign_in.post("/office/sign-in")
def enter() -> Answer:
    """Begin a session for whoever knows the password, or ask for the second factor."""
    people = services().people
    id, password = request.form.get("id", "")[:200], request.form.get("password", "")
    name = id.strip().lower()
    if SIGNING_IN.too_many(name):
        return _ask(429, TOO_OFTEN)
    person = people.check(name, password)
    if person is None:
        SIGNING_IN.wrong(name)
        return _ask(401, _WRONG)
    if people.factors.of(person.id).on:
        # The wrong guesses are not forgotten yet: whoever knows the password could guess codes.
        return _ask_code(first_step(_keys(), person, services().clock()))
    return _begin(person)


@sign_in.get("/office/sign-in/code")
def begin_again() -> Answer:
    """Ask who it is: the second step is no page of its own."""
    return redirect("/office/sign-in", 303)


@sign_in.post("/office/sign-in/code")
def enter_code() -> Answer:
    """Begin a session for whoever has shown the password and knows a code."""
    held, proof = services(), request.form.get("proof", "")
    person = _shown(proof)
    if person is None:
        return _ask(401, _TOO_LATE)
    if SIGNING_IN.too_many(person.id):
        return _ask(429, TOO_OFTEN)
    if not held.people.factors.accept(person.id, request.form.get("code", ""), held.vault):
        SIGNING_IN.wrong(person.id)
        return _ask_code(proof, 401, _WRONG_CODE)
    return _begin(person)


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


def _begin(person: Person) -> Response:
    """Begin a session with a new token; one that this browser had ends."""
    people = services().people
    SIGNING_IN.right(person.id)
    if signed_in():
        people.sign_out(request.cookies.get(cookie_name(), ""))
    answer = Response(status=303, headers={"Location": _next(), "Cache-Control": "no-store"})
    return remember(answer, people.sign_in(person))


def _shown(proof: str) -> Person | None:
    """Return who has shown the right password, as far as the form proves it."""
    try:
        person = services().people.get(named_in(proof))
    except NoSuchPerson:
        return None
    return person if proven(_keys(), proof, person, services().clock()) else None


def _keys() -> list[bytes]:
    return signing_keys(services().settings)


def _ask(status: int = 200, wrong: str = "") -> Response:
    return show("sign_in.html", status, next=_next(), wrong=wrong)


def _ask_code(proof: str, status: int = 200, wrong: str = "") -> Response:
    return show("code.html", status, next=_next(), proof=proof, wrong=wrong)


def _next() -> str:
    """Return where to go then: a path of the console, and nowhere else."""
    wanted = request.form.get("next", "") or argument("next")
    return wanted if re.fullmatch(r"/office/[\w/-]*", wanted, re.ASCII) else "/office/"


_WRONG = _("The name or the password is not right.")
_WRONG_CODE = _("The code is not right, or it was used already.")
_TOO_LATE = _("That took too long. Please sign in again.")
