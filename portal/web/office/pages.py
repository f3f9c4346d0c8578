"""Rendering the console's pages, in the language of the reader."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from babel.numbers import format_decimal, format_percent
from flask import Response, redirect, request
from werkzeug.datastructures import Headers
from werkzeug.wrappers import Response as Answer

from portal.domain.errors import StoreUnavailable
from portal.domain.errors import message as _
from portal.domain.people import Person, Right
from portal.domain.periods import HO_CHI_MINH, Period
from portal.web.languages import choose_language
from portal.web.office.access import allowed
from portal.web.office.session import csrf_token, signed_in
from portal.web.pages import page_headers
from portal.web.requests import argument, pages, services

LANGUAGES = ("vi", "en")


class Item(NamedTuple):
    """An entry of the menu, for whoever has its right."""

    path: str
    title: str
    right: Right


MENU = (
    Item("/office/", _("Overview"), Right.READ_OWN),
    Item("/office/sites", _("Sites"), Right.READ_OWN),
    Item("/office/alerts", _("Alerts"), Right.READ_OWN),
    Item("/office/weeks", _("Weekly reports"), Right.READ),
    Item("/office/adoption", _("Adoption"), Right.READ),
    Item("/office/notes", _("Notes"), Right.READ),
    Item("/office/people", _("People"), Right.PEOPLE),
    Item("/office/audit", _("Audit log"), Right.PEOPLE),
)

DONE = {
    "saved": _("Saved."),
    "added": _("Added."),
    "removed": _("Removed."),
    "closed": _("Closed: the report can be changed no more."),
    "password": _("The new password is set; every other session has ended."),
    "factor_off": _("The second factor is off."),
}
"""What a page says after a change, by the word in its address (``?done=saved``)."""


def reader() -> str:
    """Return the language of whoever reads: chosen before, or the browser's."""
    chosen = argument("lang") or request.cookies.get("lang", "")
    return choose_language(chosen, request.environ.get("HTTP_ACCEPT_LANGUAGE", ""), LANGUAGES)


def show(template: str, status: int = 200, **context: Any) -> Response:
    """Return a page of the console."""
    lang, person = reader(), _person()
    whole = {
        "lang": lang,
        "languages": {"vi": "Tiếng Việt", "en": "English"},
        "person": person,
        "menu": [item for item in MENU if person and allowed(person, item.right, None)],
        "may": lambda right, site=None: bool(person and person.may(Right(right), site)),
        "csrf": csrf_token(),
        "title": services().campaign.app,
        "path": request.path,
        "done": DONE.get(argument("done"), ""),
        "here": _here,
        "number": lambda value: format_decimal(value, locale=lang),
        "percent": lambda value: format_percent(value, "#,##0.0 %", locale=lang),
        "day": day_text,
        "span": span_text,
        "moment": moment_text,
    } | context
    text = pages().text(lang, f"office/{template}", whole)
    answer = Response(text, status, _headers())
    if argument("lang") in LANGUAGES:
        answer.set_cookie("lang", argument("lang"), max_age=365 * 86400, samesite="Lax")
    return answer


def done(path: str, word: str = "saved") -> Answer:
    """Go on to ``path`` after a change, and say there what was done."""
    return redirect(f"{path}{'&' if '?' in path else '?'}done={word}", 303)


def _here(**changes: str) -> str:
    """Return this page's address with some of its parameters changed; "" takes one away."""
    given = {name: value for name, value in request.args.items() if name != "done"} | changes
    left = {name: value for name, value in given.items() if value}
    return f"{request.path}?{urlencode(left)}" if left else request.path


def _person() -> Person | None:
    try:
        return signed_in()
    except StoreUnavailable:  # this may be the page that says so
        return None


def moment_text(moment: datetime | float | str) -> str:
    """Return a moment as offices write it: 14:05 05/03/2021, in Asia/Ho_Chi_Minh.

    It may be Unix seconds, or ISO 8601.
    """
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    if not isinstance(moment, datetime):
        moment = datetime.fromtimestamp(moment, HO_CHI_MINH)
    return f"{moment.astimezone(HO_CHI_MINH):%H:%M %d/%m/%Y}"


def day_text(day: date) -> str:
    """Return a day as offices write it: 05/03/2021."""
    return f"{day:%d/%m/%Y}"


def span_text(period: Period) -> str:
    """Return days as offices write them: 01/03/2021 – 07/03/2021, or one day alone."""
    first, last = day_text(period.first), day_text(period.last)
    return first if first == last else f"{first} – {last}"


def _headers() -> Headers:
    held = pages()
    headers = page_headers(
        f"style-src {held.source('office/office.css')};"
        f" script-src {held.source('office/office.js')};"
        " connect-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'"
    )
    extra: Mapping[str, str] = {
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if services().settings.console_url.startswith("https:"):
        extra = {**extra, "Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
    # Where a browser says nothing of itself but the origin, it must say that: with "no-referrer"
    # Safari before 16.4 sends "Origin: null" with our own forms too.
    headers["Referrer-Policy"] = "same-origin"
    headers.extend(extra)
    return headers
