"""Notes on dates: what they are about, and whom they concern."""

from datetime import date

import pytest

from portal.domain.areas import parse_areas
from portal.domain.notes import BadNote, Note, concerns, note_from, parse_note
from portal.domain.periods import Period
from portal.resources import read_text

AREAS = parse_areas(read_text("areas.json"))
SITES = {"ben-xe": "01290", "cho": "01294", "xe-khach": ""}
FIELDS = {"first": "10/02/2021", "last": "16/02/2021", "about": "", "text": "Nghỉ Tết Nguyên đán"}
DAY = date(2021, 2, 10)


def test_a_note_for_everything() -> None:
    note = parse_note(FIELDS, AREAS, SITES)
    assert (note.first, note.last, note.area, note.site) == (DAY, date(2021, 2, 16), "", "")
    assert note.text == "Nghỉ Tết Nguyên đán"


def test_a_note_without_a_last_day_is_about_one() -> None:
    assert parse_note({**FIELDS, "last": ""}, AREAS, SITES).last == DAY


def test_a_note_on_a_site_knows_where_it_lies() -> None:
    note = parse_note({**FIELDS, "about": "site:ben-xe"}, AREAS, SITES)
    assert (note.site, note.area) == ("ben-xe", "01290")
    assert parse_note({**FIELDS, "about": "area:042"}, AREAS, SITES).area == "042"


def test_a_note_may_be_about_days_to_come() -> None:
    assert parse_note({**FIELDS, "last": "31/12/2021"}, AREAS, SITES).last.year == 2021


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"first": ""}, "first"),
        ({"first": "x"}, "first"),
        ({"last": "09/02/2021"}, "last"),
        ({"last": "16/02/9999"}, "last"),
        ({"about": "site:nowhere"}, "about"),
        ({"about": "area:99999"}, "about"),
        ({"about": "else"}, "about"),
        ({"text": "  "}, "text"),
        ({"text": "x" * 501}, "text"),
        ({"text": "a\x1b[2J"}, "text"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(fields: dict[str, str], where: str) -> None:
    with pytest.raises(BadNote) as error:
        parse_note({**FIELDS, **fields}, AREAS, SITES)
    assert [problem.where for problem in error.value.problems] == [where]


def test_a_note_is_the_same_after_it_was_kept() -> None:
    note = Note(DAY, DAY, "x", "01290", "ben-xe", "a1", "lan", 1.0)
    assert note_from(note.document()) == note


def test_a_note_is_during_a_period_that_it_touches() -> None:
    note = Note(date(2021, 2, 10), date(2021, 2, 16), "x")
    for first, last, there in ((1, 9, False), (1, 10, True), (12, 13, True), (16, 20, True)):
        assert note.during(Period(date(2021, 2, first), date(2021, 2, last))) is there
    assert not note.during(Period(date(2021, 2, 17), date(2021, 2, 28)))


@pytest.mark.parametrize(
    ("about", "area", "site", "there"),
    [
        ("", "042", "", True),
        ("", "01290", "ben-xe", True),
        ("area:04", "042", "", True),  # a power cut of the province concerns its districts
        ("area:042", "04", "", True),  # and one of a district the province's report
        ("area:042", "043", "", False),
        ("area:01290", "01290", "ben-xe", True),
        ("area:042", "01290", "ben-xe", True),
        ("area:01294", "01290", "ben-xe", False),
        ("site:ben-xe", "01290", "ben-xe", True),
        ("site:ben-xe", "01290", "nha-khach", False),
        ("site:ben-xe", "042", "", True),
        ("site:ben-xe", "01290", "", True),
        ("site:cho", "01290", "", False),
        ("site:xe-khach", "042", "", False),  # nobody said where it is
        ("site:xe-khach", "", "xe-khach", True),
        ("area:042", "", "xe-khach", False),
    ],
)
def test_whom_a_note_concerns(about: str, area: str, site: str, there: bool) -> None:
    note = parse_note({**FIELDS, "about": about}, AREAS, SITES)
    assert concerns(note, AREAS, area, site) is there
