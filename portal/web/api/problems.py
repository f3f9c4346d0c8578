"""What the API answers when it cannot do what it was asked: problem details of RFC 9457."""

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus

from flask import Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from portal.domain.errors import Problem
from portal.web.office.session import console, in_console

TYPE = "application/problem+json"
RETRY = {429: 15 * 60, 503: 5}
"""Seconds after which it makes sense to ask again, by status."""

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


def concerned() -> bool:
    """Tell whether this request is one that the API answers, also where no route was found."""
    if not request.path.startswith("/api/"):
        return False
    try:
        console()
    except HTTPException:
        return in_console()
    return True


def problem(
    status: int,
    detail: str,
    headers: Mapping[str, str] | None = None,
    wrong: Iterable[Problem] = (),
) -> Response:
    """Return a problem of a status of HTTP; ``wrong`` are the parameters it is about."""
    body: dict[str, object] = {
        "type": "about:blank",  # the title is the status' own phrase (RFC 9457, 4.2.1)
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors := [{"parameter": one.where, "detail": one.text % one.values} for one in wrong]:
        body["errors"] = errors
    more = {"Retry-After": str(RETRY[status])} if status in RETRY else {}
    return Response(
        json.dumps(body, ensure_ascii=False),
        status,
        {**HEADERS, **more, **(headers or {})},
        content_type=TYPE,
    )


def of(code: int, error: HTTPException | None = None) -> Response:
    """Return the problem that ``error`` is; without one it is the store's (503) or ours."""
    if error is None:
        return problem(code, _AWAY if code == 503 else _OURS)
    headers = {}
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return problem(code, error.description or "", headers)


_AWAY = "The counts cannot be read just now. Visitors are served all the same."
_OURS = "Something went wrong here. It stands in the service's log."
