"""Notes on dates: the list, and writing, changing and removing one."""

from collections.abc import Sequence
from datetime import UTC, datetime

from flask import Blueprint, Response, abort, request
from werkzeug.wrappers import Response as Answer

from portal.domain.errors import Problem, VersionConflict
from portal.domain.errors import message as _
from portal.domain.notes import BadNote, NoSuchNote, Note
from portal.domain.people import Right
from portal.domain.periods import BadPeriod, Period, day
from portal.reports.table import Column, Sort, Table
from portal.snapshot import SITES
from portal.web.office.access import needs
from portal.web.office.adoption import area_name, groups
from portal.web.office.files import as_file
from portal.web.office.numbers import form_version, page_number
from portal.web.office.pages import done, show
from portal.web.office.session import me
from portal.web.requests import argument, services

notes = Blueprint("notes", __name__)

_PAGE = 100  # notes on a page; the file has all
_NOTE = _("What happened on these days; removed notes are left out.")


@notes.get("/office/notes")
@needs(Right.READ)
def list_notes() -> Response:
    """Show the notes of the days that the address names, without them all."""
    found = _found()
    if answer := as_file(_table(found)):
        return answer
    page = page_number()
    return show(
        "notes.html",
        found=found[page * _PAGE :][:_PAGE],
        page=page,
        more=len(found) > (page + 1) * _PAGE,
        first=argument("from"),
        last=argument("to"),
        about=argument("about"),
        groups=groups(),
        area_name=area_name,
        sites=_sites(),
        people={person.id: person.name for person in services().people.all()},
    )


@notes.get("/office/notes/new")
@needs(Right.ENTER)
def new_note() -> Response:
    """Ask for a note."""
    return _form({"first": argument("day"), "about": argument("about")})


@notes.post("/office/notes/new")
@needs(Right.ENTER)
def add_note() -> Answer:
    """Write a note."""
    fields = request.form.to_dict()
    try:
        note = services().notes.add(fields, me().id)
    except BadNote as error:
        return _form(fields, 400, problems=error.problems)
    services().audit.note(me().id, "note.add", note.id, **_told(note))
    return done("/office/notes", "added")


@notes.get("/office/notes/<note_id>")
@needs(Right.ENTER)
def ask_change(note_id: str) -> Response:
    """Ask for what is to be changed in a note."""
    note, version = _get(note_id)
    if note.removed:
        abort(404)
    return _form(_fields(note, version), note=note)


@notes.post("/office/notes/<note_id>")
@needs(Right.ENTER)
def change_note(note_id: str) -> Answer:
    """Change a note, unless somebody else did meanwhile."""
    note, version = _get(note_id)
    fields = request.form.to_dict()
    try:
        before, after = services().notes.edit(note_id, fields, me().id, form_version())
    except BadNote as error:
        return _form(fields, 400, note=note, problems=error.problems)
    except VersionConflict:
        return _form({**fields, "version": str(version)}, 409, note=note)
    old, new = _told(before), _told(after)
    changes = {name: [old[name], new[name]] for name in new if old[name] != new[name]}
    services().audit.note(me().id, "note.edit", note_id, **changes)
    return done("/office/notes")


@notes.post("/office/notes/<note_id>/remove")
@needs(Right.ENTER)
def remove_note(note_id: str) -> Answer:
    """Mark a note as removed, unless somebody changed it meanwhile."""
    note, version = _get(note_id)
    try:
        services().notes.remove(note_id, me().id, form_version())
    except VersionConflict:
        return _form(_fields(note, version), 409, note=note)
    services().audit.note(me().id, "note.remove", note_id, **_told(note))
    return done("/office/notes", "removed")


def _found() -> list[Note]:
    """Return the notes that the address asks for, the latest first."""
    first, last, about = argument("from"), argument("to"), argument("about")
    try:
        period = Period(day(first or "01/01/2000"), day(last or "31/12/2099"))
    except BadPeriod:
        abort(400)
    kind, _colon, id = about.partition(":")
    if kind not in ("", "site", "area"):
        abort(400)
    place = {kind: id} if kind else {}
    return services().notes.between(period, **place)[::-1]


def _form(
    fields: dict[str, str],
    status: int = 200,
    note: Note | None = None,
    problems: Sequence[Problem] = (),
) -> Response:
    return show(
        "notes_form.html",
        status,
        fields=fields,
        note=note,
        problems=problems,
        late=status == 409,
        groups=groups(),
        area_name=area_name,
        sites=_sites(),
        people={person.id: person.name for person in services().people.all()},
    )


def _get(id: str) -> tuple[Note, int]:
    try:
        return services().notes.get(id)
    except NoSuchNote:
        abort(404)


def _sites() -> dict[str, str]:
    """Return the name of every site, by id."""
    found = services().store.documents(SITES)
    return {id: str(document.body.get("name", id)) for id, document in sorted(found.items())}


def _about(note: Note) -> str:
    return f"site:{note.site}" if note.site else f"area:{note.area}" if note.area else ""


def _fields(note: Note, version: int) -> dict[str, str]:
    return {
        "first": note.first.isoformat(),
        "last": note.last.isoformat(),
        "about": _about(note),
        "text": note.text,
        "version": str(version),
    }


def _told(note: Note) -> dict[str, str]:
    """Return a note as the audit log keeps it."""
    fields = _fields(note, 0)
    return {name: fields[name] for name in ("first", "last", "about", "text")}


def _table(found: Sequence[Note]) -> Table:
    columns = (
        Column("id", _("Id")),
        Column("first", _("First day"), Sort.DAY),
        Column("last", _("Last day"), Sort.DAY),
        Column("area", _("Code")),
        Column("area_name", _("Area")),
        Column("site", _("Site")),
        Column("text", _("Note")),
        Column("who", _("Entered by")),
        Column("at", _("Entered at"), Sort.TIME),
    )
    rows = [
        (
            note.id,
            note.first,
            note.last,
            note.area,
            area_name(note.area),
            note.site,
            note.text,
            note.who,
            datetime.fromtimestamp(note.at, UTC),
        )
        for note in found
    ]
    return Table("notes", _("Notes on dates"), columns, rows, _NOTE)
