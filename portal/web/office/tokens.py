"""Tokens for programs: made, shown once, listed and revoked; and how the API is used."""

from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, request
from werkzeug.wrappers import Response as Answer

from portal.apitokens import BadToken, NoSuchToken, Token
from portal.domain.errors import Problem
from portal.domain.errors import message as _
from portal.domain.people import Person, Right
from portal.reports.cells import Translate
from portal.reports.table import Column, Sort, Table
from portal.web.api.endpoints import BASE, ENDPOINTS, Endpoint
from portal.web.api.parameters import words
from portal.web.api.routes import server
from portal.web.office.access import allowed, needs
from portal.web.office.files import as_file
from portal.web.office.pages import done, reader, show
from portal.web.office.session import me
from portal.web.requests import services

tokens = Blueprint("tokens", __name__)

_DAYS = {"30": _("30 days"), "90": _("90 days"), "365": _("one year"), "0": _("without an end")}
_LATEST = 50  # tokens that have ended; the file has all
_NOTE = _(
    "A program that reads the counts shows a token in place of a password. It may read what the"
    " person may read who made it, and change nothing."
)


@tokens.get("/office/tokens")
@needs(Right.READ_OWN)
def list_tokens() -> Response:
    """Show one's own tokens; to administrators everybody's."""
    return as_file(_table(_seen())) or _page()


@tokens.post("/office/tokens")
@needs(Right.READ_OWN)
def add_token() -> Response:
    """Make a token and show it, this once."""
    name, days = request.form.get("name", ""), request.form.get("days", "")
    try:
        token, text = services().tokens.add(me().id, name, int(days) if days in _DAYS else -1)
    except BadToken as error:
        return _page(400, name, days, problems=error.problems)
    services().audit.note(me().id, "token.add", token.id, name=token.name, days=int(days) or None)
    return _page(made=text)


@tokens.post("/office/tokens/<token_id>/revoke")
@needs(Right.READ_OWN)
def revoke_token(token_id: str) -> Answer:
    """End a token, one's own or as an administrator."""
    try:
        token = services().tokens.get(token_id)
    except NoSuchToken:
        abort(404)
    if not _may_see(token):
        abort(404)
    if not token.revoked:
        services().tokens.revoke(token_id)
        services().audit.note(
            me().id, "token.revoke", token.id, name=token.name, person=token.person
        )
    return done("/office/tokens", "removed")


@tokens.get("/office/api")
@needs(Right.READ_OWN)
def explain_api() -> Response:
    """Say how the API is used, at this installation's own address, as far as one may use it."""
    mine = [one for one in ENDPOINTS if allowed(me(), one.right, None)]
    examples = {one.name: f"{server()}{BASE}{_example(one)}" for one in mine}
    return show(
        "api.html",
        endpoints=mine,
        examples=examples,
        base=f"{server()}{BASE}",
        words=words,
    )


def _page(
    status: int = 200,
    name: str = "",
    days: str = "90",
    *,
    made: str = "",
    problems: Sequence[Problem] = (),
) -> Response:
    now, found = services().clock(), _seen()
    ended = [token for token in found if not token.good(now)]
    return show(
        "tokens.html",
        status,
        tokens=[token for token in found if token.good(now)] + ended[:_LATEST],
        states={token.id: _state(token) for token in found},
        people=_people(),
        choices=[(key, _translate()(text)) for key, text in _DAYS.items()],
        name=name,
        days=days,
        made=made,
        problems=problems,
        note=_NOTE,
        example=f"{server()}{BASE}{_example(ENDPOINTS[0])}",
    )


def _seen() -> list[Token]:
    """Return the tokens that this person may see, the latest first."""
    return [token for token in services().tokens.all() if _may_see(token)]


def _may_see(token: Token) -> bool:
    return token.person == me().id or me().may(Right.PEOPLE)


def _people() -> dict[str, Person]:
    """Return everybody by id, for administrators; else nobody."""
    everybody = services().people.all() if me().may(Right.PEOPLE) else []
    return {person.id: person for person in everybody}


def _state(token: Token) -> str:
    """Return what has become of a token, as a message."""
    if token.revoked:
        return _("revoked")
    return _("in force") if token.good(services().clock()) else _("expired")


def _table(found: Sequence[Token]) -> Table:
    columns = (
        Column("id", _("Id")),
        Column("name", _("Name")),
        Column("person", _("Person")),
        Column("made", _("Made at"), Sort.TIME),
        Column("expires", _("Ends at"), Sort.TIME),
        Column("used", _("Last used"), Sort.TIME),
        Column("state", _("State")),
    )
    rows = [
        (
            token.id,
            token.name,
            token.person,
            *map(_moment, (token.made, token.expires, token.used)),
            _translate()(_state(token)),
        )
        for token in found
    ]
    return Table("tokens", _("Tokens for programs"), columns, rows, _NOTE)


def _translate() -> Translate:
    found: Translate = services().catalogs.translations(reader()).gettext
    return found


def _moment(at: float) -> datetime | None:
    return datetime.fromtimestamp(at, UTC) if at else None


def _example(endpoint: Endpoint) -> str:
    """Return the address of an example, below BASE."""
    given = dict(endpoint.example or {})
    path = endpoint.path.format(**given)
    query = {one.name: given[one.name] for one in endpoint.parameters if one.name in given}
    asked = {name: value for name, value in query.items() if f"{{{name}}}" not in endpoint.path}
    return f"{path}?{urlencode(asked)}" if asked else path
