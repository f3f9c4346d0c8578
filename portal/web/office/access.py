"""Which right each page of the console asks for: said beside the page, checked in one place."""

import hmac
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

from flask import abort, current_app, redirect, request
from werkzeug.wrappers import Response as Answer

from portal.domain.people import RIGHTS, Person, Right
from portal.web.office.session import console, csrf_token, signed_in

View = TypeVar("View", bound=Callable[..., Any])
FORM = 64 * 1024
"""Bytes that a form may have, unless its page says otherwise."""


class Rule(NamedTuple):
    """What a page asks for."""

    right: Right
    largest: int  # bytes of a request's body


_RULE = "office_rule"


def needs(right: Right, largest: int = FORM) -> Callable[[View], View]:
    """Have a view ask for ``right``.

    Where its address has a ``site_id``, READ_OWN means that site; elsewhere it lets everybody in
    who has signed in, and the view shows what is theirs.
    """

    def mark(view: View) -> View:
        setattr(view, _RULE, Rule(right, largest))
        return view

    return mark


def rule_of(endpoint: str) -> Rule | None:
    """Return the rule of a view of this app, or None if nobody gave it one."""
    found: Rule | None = getattr(current_app.view_functions[endpoint], _RULE, None)
    return found


def staff() -> Answer | None:
    """Let in whoever has signed in and has the page's right; send others to sign in."""
    console()
    person = signed_in()
    if person is None:
        return redirect(f"/office/sign-in?next={quote(request.path)}", 303)
    rule = rule_of(request.endpoint or "")
    if rule is None:
        abort(403)
    if not allowed(person, rule.right, (request.view_args or {}).get("site_id")):
        # Whether another's site exists is not theirs to know either.
        abort(404 if rule.right is Right.READ_OWN else 403)
    if request.method == "POST":
        request.max_content_length = rule.largest
        if not hmac.compare_digest(request.form.get("csrf", ""), csrf_token()):
            abort(403)
    return None


def allowed(person: Person, right: Right, site_id: str | None) -> bool:
    """Tell whether ``person`` has ``right``, at ``site_id`` where there is one."""
    if right is Right.READ_OWN and site_id is None:
        return person.active and right in RIGHTS[person.role]
    return person.may(right, site_id)
