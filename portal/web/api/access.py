"""Who may use the API: a person's token, and never the cookie of a browser."""

from flask import Response, g, request

from portal.domain.errors import NoSuchPerson
from portal.domain.people import Person
from portal.web.api.problems import problem
from portal.web.office.session import console, signed_in
from portal.web.requests import services

PER_ADDRESS = 30
"""Wrong tokens within a quarter of an hour, after which further ones are not even looked at."""

_ASK = 'Bearer realm="Bluezone Portal"'


def token_holder() -> Response | None:
    """Let in whoever shows a token that is good, as the person whose it is.

    ``me()`` is that person then, with the rights of their role.
    """
    console()
    g.person = None  # a cookie opens nothing here
    scheme, _blank, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return _refused("Send Authorization: Bearer and a token.", _ASK)
    key = f"api {request.remote_addr}"
    if services().attempts.of(key) >= PER_ADDRESS:
        return problem(429, "Too many wrong tokens came from this address.")
    g.person = _holder(text.strip())
    if g.person is None:
        services().attempts.note(key)
        return _refused("The token is wrong, or it has ended.", f'{_ASK}, error="invalid_token"')
    return None


def token_holder_or_signed_in() -> Response | None:
    """Let in who has a token, and people who have signed in to the console."""
    console()
    if "Authorization" not in request.headers and signed_in() is not None:
        return None
    return token_holder()


def _holder(text: str) -> Person | None:
    token = services().tokens.check(text)
    if token is None:
        return None
    try:
        person = services().people.get(token.person)
    except NoSuchPerson:
        return None
    if not person.active:
        services().tokens.revoke(token.id)  # for good, as the person's sessions
        return None
    return person


def _refused(detail: str, ask: str) -> Response:
    return problem(401, detail, {"WWW-Authenticate": ask})
