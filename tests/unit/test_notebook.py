"""The note book: written, changed, marked as removed, and found again by those it concerns."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from portal.domain.areas import parse_areas
from portal.domain.errors import VersionConflict
from portal.domain.notes import BadNote, NoSuchNote
from portal.domain.periods import Period
from portal.notebook import NoteBook
from portal.resources import read_text
from portal.snapshot import SITES
from portal.stores.sqlite import SQLiteStore

AREAS = parse_areas(read_text("areas.json"))
NOON = 1_614_920_400.0
FIELDS = {"first": "10/02/2021", "last": "16/02/2021", "about": "", "text": "Nghỉ Tết"}
FEBRUARY = Period(date(2021, 2, 1), date(2021, 2, 28))


@pytest.fixture
def book(tmp_path: Path) -> Iterator[NoteBook]:
    store = SQLiteStore(tmp_path / "portal.db")
    for id, area in (("ben-xe", "01290"), ("cho", "01294")):
        store.put(SITES, id, {"id": id, "name": id, "area": area}, 0)
    yield NoteBook(store, lambda: NOON, AREAS)
    store.close()


def test_a_note_is_kept_with_who_wrote_it_and_when(book: NoteBook) -> None:
    note = book.add(FIELDS, "lan")
    assert (note.who, note.at) == ("lan", NOON)
    assert book.get(note.id) == (note, 1)


def test_a_bad_note_is_not_kept(book: NoteBook) -> None:
    with pytest.raises(BadNote):
        book.add({**FIELDS, "text": ""}, "lan")
    assert book.all() == []


def test_a_change_keeps_who_wrote_it_first(book: NoteBook) -> None:
    note = book.add(FIELDS, "lan")
    before, after = book.edit(note.id, {**FIELDS, "text": "Tết"}, "minh", 1)
    assert before == note
    assert (after.text, after.who, after.editor, after.edited) == ("Tết", "lan", "minh", NOON)


def test_a_change_made_from_an_older_version_is_refused(book: NoteBook) -> None:
    note = book.add(FIELDS, "lan")
    book.edit(note.id, {**FIELDS, "text": "một"}, "minh", 1)
    with pytest.raises(VersionConflict):
        book.edit(note.id, {**FIELDS, "text": "hai"}, "lan", 1)
    with pytest.raises(VersionConflict):
        book.remove(note.id, "lan", 1)
    assert book.get(note.id)[0].text == "một"


def test_a_removed_note_is_marked_and_no_longer_found(book: NoteBook) -> None:
    note = book.add(FIELDS, "lan")
    gone = book.remove(note.id, "minh", 1)
    assert (gone.removed, gone.remover) == (NOON, "minh")
    assert book.between(FEBRUARY) == []
    assert book.all() == [gone]
    for change in (
        lambda: book.edit(note.id, FIELDS, "lan", 2),
        lambda: book.remove(note.id, "lan", 2),
    ):
        with pytest.raises(VersionConflict):
            change()


def test_there_is_no_note_of_another_name(book: NoteBook) -> None:
    for id in ("", "x", "../people", "x" * 500):
        with pytest.raises(NoSuchNote):
            book.get(id)
        with pytest.raises(NoSuchNote):
            book.remove(id, "lan", 1)


def test_notes_are_found_by_period_site_and_area(book: NoteBook) -> None:
    for day, about in ((20, ""), (10, "site:ben-xe"), (11, "area:042"), (12, "site:cho")):
        book.add(
            {"first": f"{day}/02/2021", "last": "", "about": about, "text": about or "all"}, "lan"
        )
    book.add({**FIELDS, "first": "01/03/2021", "last": "02/03/2021"}, "lan")

    def texts(**where: str) -> list[str]:
        return [note.text for note in book.between(FEBRUARY, **where)]

    assert texts() == ["site:ben-xe", "area:042", "site:cho", "all"]
    assert texts(site="ben-xe") == ["site:ben-xe", "area:042", "all"]
    assert texts(site="ben-xe", area="01290") == ["site:ben-xe", "area:042", "all"]
    assert texts(area="01290") == ["site:ben-xe", "area:042", "all"]
    assert texts(area="042") == ["site:ben-xe", "area:042", "site:cho", "all"]
    assert texts(area="043") == ["all"]
    assert texts(site="nowhere") == ["all"]
