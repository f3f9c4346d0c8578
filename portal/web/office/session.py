"""Who asks: the session behind the cookie, and what a request proves before it changes a thing."""

import hashlib
from functools import lru_cache
from urllib.parse import urlsplit

from flask import Response, abort, g, request

from portal.domain.people import Person
from portal.web.requests import services

_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")


def console() -> None:
    """Let a request in that came for the console's own host; elsewhere there is no console.

    Without ``console_url`` it is there for this machine alone, to be tried out.
    """
    url = services().settings.console_url
    if url:
        wanted = urlsplit(url)
        if request.scheme != wanted.scheme or request.host != wanted.netloc:
            abort(404)
    elif request.remote_addr not in ("127.0.0.1", "::1") or any(
        name in request.environ for name in _FORWARDED
    ):
        abort(404)
    g.console = True
    if request.method == "POST" and not _same_origin():
        abort(403)


def in_console() -> bool:
    """Tell whether this request is one that the console answers, also when it refuses."""
    return bool(g.get("console"))


def signed_in() -> Person | None:
    """Return the person behind this request, or None."""
    if "person" not in g:
        g.person = services().people.signed_in(request.cookies.get(cookie_name(), ""))
    found: Person | None = g.person
    return found


def me() -> Person:
    """Return the person behind a request that the guard let in."""
    person = signed_in()
    assert person is not None
    return person


def csrf_token() -> str:
    """Return what a form of this session carries: nobody else can know it."""
    cookie = request.cookies.get(cookie_name(), "")
    return hashlib.blake2s(cookie.encode("utf-8", "replace"), person=b"csrf").hexdigest()


def remember(answer: Response, cookie: str) -> Response:
    """Have the browser keep the session; "" has it forget."""
    answer.set_cookie(
        cookie_name(),
        cookie,
        max_age=None if cookie else 0,
        secure=_secure(),
        httponly=True,
        samesite="Strict",
        path="/",
    )
    return answer


def cookie_name() -> str:
    """Return the cookie's name: with https one that no other host can set (RFC 6265bis)."""
    return "__Host-portal" if _secure() else "portal"


def _secure() -> bool:
    return services().settings.console_url.startswith("https:")


def _same_origin() -> bool:
    """Tell whether a page of ours sent this request, as far as the browser says."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("Origin", "") == _origin(request.host_url)


@lru_cache(maxsize=64)
def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
