"""Entries of installs from a file: shown row by row first, then written."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote_plus

from flask import Blueprint, Response, request
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as Answer

from portal.adoptionbook import Plan
from portal.domain.adoption import Entry
from portal.domain.errors import Problem, VersionConflict
from portal.domain.errors import message as _
from portal.domain.people import Right
from portal.reports.table import Column, Table
from portal.tables import BadTable, Row, read_table
from portal.web.office.access import needs
from portal.web.office.adoption import told, words
from portal.web.office.files import as_file
from portal.web.office.pages import LANGUAGES, done, show
from portal.web.office.session import me
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

_LARGEST = 2 * 1024 * 1024  # bytes of a file with its form
# Bytes of the rows as a form sends them: the page carries them until they are confirmed, and
# Flask reads no more than 500.000 (MAX_FORM_MEMORY_SIZE).
_MOST = 450_000
_MANY = 500  # rows
_NAME = "sent"  # of the file here, whatever it is called elsewhere
_NOTE = _("The area by its code or its name; the date like 05/03/2021; installs like 72.636.")


@adoption_import.get("/office/adoption/import")
@needs(Right.ENTER)
def ask_file() -> Response:
    """Ask for a file; as a file, an empty one to fill in."""
    empty = Table("adoption-form", _("Entries of installs"), COLUMNS, (), _NOTE)
    return as_file(empty) or _page()


@adoption_import.post("/office/adoption/import")
@needs(Right.ENTER, largest=_LARGEST)
def read_file() -> Response:
    """Show what the rows of a file would do; nothing is written."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _page(400, problems=[Problem("", _("choose a file"))])
    try:
        rows = _read(sent)
    except BadTable as error:
        return _page(400, problems=_at(error.problems, sent.filename))
    text = json.dumps(rows, ensure_ascii=False)
    if len(rows) > _MANY or len(quote_plus(text)) > _MOST:
        many = Problem(
            "",
            _("this is too much for one file: write at most %(most)s rows with short texts"),
            {"most": _MANY},
        )
        return _page(400, problems=[many])
    return _preview(services().adoption.plan(rows), text)


@adoption_import.post("/office/adoption/import/enter")
@needs(Right.ENTER, largest=_LARGEST)
def enter_rows() -> Answer:
    """Write the rows that were shown, if they would still do what was shown."""
    text = request.form.get("rows", "")
    try:
        rows = _carried(text)
    except (ValueError, RecursionError):
        return _page(400, problems=[Problem("", _("choose a file"))])
    plan = services().adoption.plan(rows)
    if plan.problems or plan.agreed != request.form.get("agreed", ""):
        return _preview(plan, text, late=True)
    if not _enter(plan):
        return _preview(services().adoption.plan(rows), text, late=True)
    return done("/office/adoption", "saved")


def _read(sent: FileStorage) -> list[Row]:
    """Return the rows of a file under the keys of COLUMNS. Raise BadTable."""
    keys = _keys()
    suffix = ".xlsx" if str(sent.filename).lower().endswith(".xlsx") else ".csv"
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{_NAME}{suffix}"
        sent.save(path)
        rows = read_table(path, set(keys))
    return [
        (number, {keys[title]: cell for title, cell in cells.items()}) for number, cells in rows
    ]


def _at(problems: Sequence[Problem], name: str) -> list[Problem]:
    """Return a file's problems at the name that it has with whoever sent it."""
    kept = re.compile(rf"{_NAME}\.(csv|xlsx)")
    return [
        problem._replace(where=kept.sub(lambda _m: name, problem.where)) for problem in problems
    ]


def _keys() -> dict[str, str]:
    """Return the key of each column by what may stand above it: the key, or a title."""
    found = {column.key: column.key for column in COLUMNS}
    for lang in LANGUAGES:
        translate = services().catalogs.translations(lang).gettext
        found |= {translate(column.title).lower(): column.key for column in COLUMNS}
    return found


def _carried(text: str) -> list[Row]:
    """Return the rows that a page carried. Raise ValueError for what is none of ours."""
    rows = json.loads(text)
    if not isinstance(rows, list) or len(rows) > _MANY or not all(map(_is_row, rows)):
        raise ValueError
    json.dumps(rows, ensure_ascii=False).encode()  # refuses half a character, which no page holds
    return [(number, fields) for number, fields in rows]


def _is_row(row: object) -> bool:
    match row:
        case [int(), dict() as fields]:
            return all(isinstance(value, str) for value in fields.values())
    return False


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
