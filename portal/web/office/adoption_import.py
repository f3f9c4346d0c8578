"""Entries of installs from a file: shown row by row first, then written."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from portal.adoptionbook import Plan
from portal.domain.adoption import Entry
from portal.domain.errors import Problem, VersionConflict
from portal.domain.errors import message as _
from portal.domain.people import Right
from portal.reports.table import Column, Table
from portal.tables import BadTable
from portal.web.office.access import needs
from portal.web.office.adoption import told, words
from portal.web.office.files import as_file
from portal.web.office.pages import done, show
from portal.web.office.session import me
from portal.web.office.uploads import LARGEST, carried_rows, carried_text, sent_rows
from portal.web.requests import services

adoption_import = Blueprint("adoption_import", __name__)

COLUMNS = (
    Column("area", _("Area")),
    Column("day", _("Date")),
    Column("installs", _("Installs")),
    Column("source", _("Source")),
    Column("note", _("Note")),
)
"""The columns that a file may have, by key or by title."""

_MANY = 500  # rows
_NOTE = _("The area by its code or its name; the date like 05/03/2021; installs like 72.636.")


@adoption_import.get("/office/adoption/import")
@needs(Right.ENTER)
def ask_file() -> Response:
    """Ask for a file; as a file, an empty one to fill in."""
    empty = Table("adoption-form", _("Entries of installs"), COLUMNS, (), _NOTE)
    return as_file(empty) or _page()


@adoption_import.post("/office/adoption/import")
@needs(Right.ENTER, largest=LARGEST)
def read_file() -> Response:
    """Show what the rows of a file would do; nothing is written."""
    try:
        rows = sent_rows(COLUMNS, _MANY)
    except BadTable as error:
        return _page(400, problems=error.problems)
    return _preview(services().adoption.plan(rows), carried_text(rows))


@adoption_import.post("/office/adoption/import/enter")
@needs(Right.ENTER, largest=LARGEST)
def enter_rows() -> Answer:
    """Write the rows that were shown, if they would still do what was shown."""
    text = request.form.get("rows", "")
    try:
        rows = carried_rows(text, COLUMNS, _MANY)
    except BadTable as error:
        return _page(400, problems=error.problems)
    plan = services().adoption.plan(rows)
    if plan.problems or plan.agreed != request.form.get("agreed", ""):
        return _preview(plan, text, late=True)
    if not _enter(plan):
        return _preview(services().adoption.plan(rows), text, late=True)
    return done("/office/adoption", "saved")


def _preview(plan: Plan, text: str, late: bool = False) -> Response:
    status = 400 if plan.problems else 409 if late else 200
    return _page(status, problems=plan.problems, plan=plan, text=text, late=late)


def _page(
    status: int = 200,
    problems: Sequence[Problem] = (),
    plan: Plan | None = None,
    text: str = "",
    late: bool = False,
) -> Response:
    rows = plan.rows if plan else ()
    return show(
        "adoption_import.html",
        status,
        plan=plan,
        rows=rows,
        warnings={row.number: told(row.warnings) for row in rows},
        wrong={row.number: told(row.problems) for row in rows},
        problems=told(problems),
        text=text,
        late=late,
        columns=COLUMNS,
        about=_NOTE,
        **words(),
    )


def _enter(plan: Plan) -> bool:
    """Write the rows of a plan, each into the audit log too; tell whether all could be written."""
    audit, who, written, whole = services().audit, me().id, 0, True
    try:
        for entry, before in services().adoption.add_all(plan, who):
            audit.note(who, "adoption.add", entry.id, **_change(entry, before))
            written += 1
    except VersionConflict:
        whole = False
    audit.note(who, "adoption.import", "adoption", rows=written, whole=whole)
    return whole


def _change(entry: Entry, before: Entry | None) -> Mapping[str, object]:
    return {
        "day": entry.day.isoformat(),
        "installs": [before.installs if before else None, entry.installs],
        "source": [before.source if before else None, entry.source],
    }
