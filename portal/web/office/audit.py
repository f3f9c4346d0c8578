"""The audit log: who changed what, month by month, the latest first."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort

from portal.audit import Entry
from portal.domain.errors import message as _
from portal.domain.people import ROLES, Right
from portal.domain.periods import today
from portal.reports.cells import Translate
from portal.reports.table import Column, Sort, Table
from portal.web.office.access import needs
from portal.web.office.audit_words import ACTIONS, FIELDS
from portal.web.office.files import as_file
from portal.web.office.numbers import page_number
from portal.web.office.pages import reader, show
from portal.web.requests import argument, services

audit = Blueprint("audit", __name__)

_PAGE = 100  # entries on a page; the file has all
_NOTE = _(
    "Who changed what. It is added to, never changed; “-” is the command line or the service."
)


@audit.get("/office/audit")
@needs(Right.PEOPLE)
def show_log() -> Response:
    """Show the entries of a month, of one person or about one subject if the address says so."""
    months = services().audit.months()
    month = _month(months)
    found, names = _found(month), _names()
    if answer := as_file(_table(found, names)):
        return answer
    page = page_number()
    return show(
        "audit.html",
        found=found[page * _PAGE :][:_PAGE],
        page=page,
        more=len(found) > (page + 1) * _PAGE,
        month=month,
        months=[(one, f"{one[5:]}/{one[:4]}") for one in sorted({month, *months}, reverse=True)],
        who=argument("who"),
        subject=argument("subject"),
        names=names,
        choices=_choices(names),
        said=_said,
        told=_told,
    )


def _month(months: Sequence[str]) -> str:
    """Return the month that the address names, by default the latest that has entries."""
    wanted = argument("month")
    if wanted and not re.fullmatch(r"2[0-9]{3}-(0[1-9]|1[0-2])", wanted):
        abort(400)
    return wanted or (months[0] if months else f"{today(services().clock()):%Y-%m}")


def _found(month: str) -> list[Entry]:
    who, subject = argument("who"), argument("subject").strip().casefold()
    return [
        entry
        for entry in services().audit.entries(month)
        if (not who or entry.who == who) and subject in entry.subject.casefold()
    ]


def _names() -> dict[str, str]:
    return {person.id: person.name for person in services().people.all()}


def _choices(names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return whose entries may be asked for."""
    translate = _translate()
    others = sorted(names.items(), key=lambda one: one[1].casefold())
    return [
        ("", translate(_("everybody"))),
        ("-", translate(_("command line or service"))),
        *((id, f"{name} ({id})") for id, name in others),
    ]


def _said(action: str) -> str:
    """Return what was done in words; an action that has none as it is."""
    return _word(action, ACTIONS)


def _told(details: Mapping[str, Any]) -> str:
    """Return what became of which field: "Name: Lan → Lan Anh; days: 90"."""
    return "; ".join(f"{_word(name, FIELDS)}: {_value(name, it)}" for name, it in details.items())


def _value(name: str, value: Any) -> str:
    if isinstance(value, list) and len(value) == 2:
        return " → ".join(_one(name, one) for one in value)
    return _one(name, value)


def _one(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _translate()(_("yes") if value else _("no"))
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    text = "" if value is None else str(value)
    return (_word(text, ROLES) if name == "role" else text) or "–"


def _word(word: str, words: Mapping[Any, str]) -> str:
    """Return what a word is called in the language of the reader; one without a name as it is."""
    text = words.get(word)
    return _translate()(text) if text else word


def _translate() -> Translate:
    found: Translate = services().catalogs.translations(reader()).gettext
    return found


def _table(found: Sequence[Entry], names: Mapping[str, str]) -> Table:
    columns = (
        Column("at", _("When"), Sort.TIME),
        Column("who", _("Id")),
        Column("name", _("Who")),
        Column("action", _("Action")),
        Column("said", _("What")),
        Column("subject", _("Of what")),
        Column("details", _("Details")),
    )
    rows = [
        (
            datetime.fromisoformat(entry.at),
            entry.who,
            names.get(entry.who, ""),
            entry.action,
            _said(entry.action),
            entry.subject,
            _told(entry.details),
        )
        for entry in found
    ]
    return Table("audit", _("Audit log"), columns, rows, _NOTE)
