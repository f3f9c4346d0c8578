"""Whole numbers that a request carries: of a page, of a version."""

from flask import request

from portal.web.requests import argument


def whole(text: str) -> int:
    """Return the whole number that ``text`` is; 0 for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def page_number() -> int:
    """Return which page of a list the address asks for; 0 for the first."""
    return whole(argument("page"))


def form_version() -> int:
    """Return the version that a form was made from; 0, which nothing has, for none."""
    return whole(request.form.get("version", ""))
