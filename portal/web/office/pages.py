"""Rendering the console's pages, in the language of the reader."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from babel.numbers import format_decimal, format_percent
from flask import Response, request
from werkzeug.datastructures import Headers

from portal.web.languages import choose_language
from portal.web.office.session import csrf_token, signed_in
from portal.web.pages import page_headers
from portal.web.requests import argument, pages, services

LANGUAGES = ("vi", "en")


def reader() -> str:
    """Return the language of whoever reads: chosen before, or the browser's."""
    chosen = argument("lang") or request.cookies.get("lang", "")
    return choose_language(chosen, request.environ.get("HTTP_ACCEPT_LANGUAGE", ""), LANGUAGES)


def show(template: str, status: int = 200, **context: Any) -> Response:
    """Return a page of the console."""
    lang = reader()
    whole = {
        "lang": lang,
        "languages": {"vi": "Tiếng Việt", "en": "English"},
        "person": signed_in(),
        "csrf": csrf_token(),
        "title": services().campaign.app,
        "path": request.path,
        "number": lambda value: format_decimal(value, locale=lang),
        "percent": lambda value: format_percent(value, "#,##0.0 %", locale=lang),
        "day": day_text,
    } | context
    text = pages().text(lang, f"office/{template}", whole)
    answer = Response(text, status, _headers())
    if argument("lang") in LANGUAGES:
        answer.set_cookie("lang", argument("lang"), max_age=365 * 86400, samesite="Lax")
    return answer


def day_text(day: date) -> str:
    """Return a day as offices write it: 05/03/2021."""
    return f"{day:%d/%m/%Y}"


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
        "X-Frame-Options": "DENY",
    }
    if services().settings.console_url.startswith("https:"):
        extra = {**extra, "Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
    headers.extend(extra)
    return headers
