"""One's own second factor: set up, switched off, and its recovery codes."""

from collections.abc import Sequence

import segno
from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as Answer

from portal.domain.errors import Problem
from portal.domain.people import Right
from portal.domain.second_factor import in_fours
from portal.factorbook import app_address
from portal.web.office.access import needs
from portal.web.office.account import WRONG_CODE, moved, renewed, unproven
from portal.web.office.guesses import SIGNED_IN, TOO_OFTEN
from portal.web.office.pages import show
from portal.web.office.session import me
from portal.web.requests import services

factor = Blueprint("factor", __name__)

_PATH = "/office/account/second-factor"
_CONFIRM = f"{_PATH}/confirm"


@factor.get(_PATH)
@needs(Right.READ_OWN)
def ask_proof() -> Response:
    """Ask for what it takes to set up the second factor, or to change the one that is on."""
    return _form()


@factor.post(_PATH)
@needs(Right.READ_OWN)
def set_up() -> Answer:
    """Make a key, for whoever knows the password and has no second factor yet."""
    held = services()
    if _is_on():
        return redirect(_PATH, 303)
    if refusal := unproven(request.form.get("present", "")):
        return _form(refusal.status, [refusal.problem])
    held.people.factors.offer(me().id, held.vault)
    return redirect(_CONFIRM, 303)


@factor.get(_CONFIRM)
@needs(Right.READ_OWN)
def ask_code() -> Answer:
    """Show the new key until it is confirmed."""
    return _key()


@factor.post(_CONFIRM)
@needs(Right.READ_OWN)
def switch_on() -> Answer:
    """Put the key in force once a code of it was entered; show the recovery codes, this once."""
    held, id = services(), me().id
    if SIGNED_IN.too_many(id):
        return _key(429, [Problem("code", TOO_OFTEN)])
    codes = held.people.factors.switch_on(id, request.form.get("code", ""), held.vault)
    if codes is None:
        SIGNED_IN.wrong(id)
        return _key(400, [WRONG_CODE])
    held.audit.note(id, "person.factor_on", id)
    return renewed(_codes(codes))


@factor.post(f"{_PATH}/recovery")
@needs(Right.READ_OWN)
def renew_recovery() -> Answer:
    """Replace the recovery codes; show the new ones, this once."""
    held, id = services(), me().id
    if refusal := unproven(request.form.get("present", ""), request.form.get("code", "")):
        return _form(refusal.status, [refusal.problem])
    codes = held.people.factors.renew_recovery(id)
    held.audit.note(id, "person.recovery", id)
    return renewed(_codes(codes))


@factor.post(f"{_PATH}/off")
@needs(Right.READ_OWN)
def switch_off() -> Answer:
    """Take one's own second factor away, for whoever knows the password and a code."""
    held, id = services(), me().id
    if refusal := unproven(request.form.get("present", ""), request.form.get("code", "")):
        return _form(refusal.status, [refusal.problem])
    held.people.factors.switch_off(id)
    held.audit.note(id, "person.factor_off", id)
    return renewed(moved("/office/account?done=factor_off"))


@factor.get(f"{_PATH}/recovery")
@factor.get(f"{_PATH}/off")
@needs(Right.READ_OWN)
def back() -> Answer:
    """Lead back to the form: what was shown once is not shown again."""
    return redirect(_PATH, 303)


def _is_on() -> bool:
    return services().people.factors.of(me().id).on


def _form(status: int = 200, problems: Sequence[Problem] = ()) -> Response:
    return show("factor.html", status, on=_is_on(), problems=problems)


def _key(status: int = 200, problems: Sequence[Problem] = ()) -> Answer:
    held, id = services(), me().id
    key = "" if _is_on() else held.people.factors.offered(id, held.vault)
    if not key:
        return redirect(_PATH, 303)
    address = app_address(key, id, held.campaign.app)
    picture = segno.make(address, error="m", micro=False).png_data_uri(scale=5, border=4)
    return show("factor_key.html", status, picture=picture, key=in_fours(key), problems=problems)


def _codes(codes: Sequence[str]) -> Response:
    return show("factor_codes.html", codes=list(map(in_fours, codes)))
