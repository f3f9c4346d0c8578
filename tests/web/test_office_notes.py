"""Notes on dates in the console: who reads and writes them, and that nobody overwrites another."""

import io
import re

import pytest
from openpyxl import load_workbook

from portal.domain.notes import Note
from tests.web.conftest import World
from tests.web.office import Browser

FORM = {"first": "2021-02-10", "last": "2021-02-16", "about": "", "text": "Nghỉ Tết Nguyên đán"}


@pytest.fixture
def clerk(office: World) -> Browser:
    return Browser(office, "can-bo")


def note(world: World) -> Note:
    [found] = world.services.notes.all()
    return found


def audit(world: World) -> list[tuple[str, str]]:
    return sorted((one.who, one.action) for one in world.services.audit.entries("2021-03"))


@pytest.mark.parametrize("id", ["quan-tri", "can-bo"])
def test_officers_write_change_and_remove_notes(office: World, id: str) -> None:
    browser = Browser(office, id)
    assert browser.get("/office/notes/new").status_code == 200
    assert browser.post("/office/notes/new", **FORM).location == "/office/notes?done=added"
    path = f"/office/notes/{note(office).id}"
    assert "Nghỉ Tết" in browser.get(path).text
    assert browser.post(path, **{**FORM, "text": "Tết"}, version="1").status_code == 303
    assert note(office).text == "Tết"
    assert browser.post(f"{path}/remove", version="2").status_code == 303
    assert note(office).remover == id
    assert "Tết" not in browser.get("/office/notes").text.partition("<table")[2]
    assert audit(office) == [(id, "note.add"), (id, "note.edit"), (id, "note.remove")]


def test_a_viewer_reads_notes_and_writes_none(office: World, clerk: Browser) -> None:
    clerk.post("/office/notes/new", **FORM)
    viewer, path = Browser(office, "nguoi-xem"), f"/office/notes/{note(office).id}"
    page = viewer.get("/office/notes")
    assert "Nghỉ Tết" in page.text
    assert "/office/notes/new" not in page.text
    assert path not in page.text
    for answer in (
        viewer.get("/office/notes/new"),
        viewer.get(path),
        viewer.post("/office/notes/new", **FORM),
        viewer.post(path, **FORM, version="1"),
        viewer.post(f"{path}/remove", version="1"),
    ):
        assert answer.status_code == 403
    assert len(office.services.notes.all()) == 1


def test_an_owner_sees_and_writes_none(office: World, clerk: Browser) -> None:
    clerk.post("/office/notes/new", **FORM)
    owner = Browser(office, "chu-diem")
    for path in ("/office/notes", "/office/notes?format=json", "/office/notes/new"):
        assert owner.get(path).status_code == 403
    assert owner.post("/office/notes/new", **FORM).status_code == 403
    assert "/office/notes" not in owner.get("/office/").text


def test_a_form_without_the_sessions_token_writes_nothing(office: World, clerk: Browser) -> None:
    assert clerk.post("/office/notes/new", token="x", **FORM).status_code == 403
    assert office.services.notes.all() == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("first", "31/02/2021"),
        ("first", ""),
        ("last", "2021-02-09"),
        ("about", "site:nowhere"),
        ("about", "area:99999"),
        ("text", " "),
        ("text", "x" * 501),
        ("text", "a\x00b"),
    ],
)
def test_what_is_wrong_is_told_and_what_was_entered_stays(
    office: World, clerk: Browser, field: str, value: str
) -> None:
    answer = clerk.post("/office/notes/new", **{**FORM, field: value})
    assert answer.status_code == 400
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}-wrong"' in answer.text
    if field != "text":
        assert "Nghỉ Tết Nguyên đán" in answer.text
    assert office.services.notes.all() == []


def test_two_clerks_do_not_overwrite_each_other(office: World, clerk: Browser) -> None:
    clerk.post("/office/notes/new", **FORM)
    path = f"/office/notes/{note(office).id}"
    other = Browser(office, "quan-tri")
    assert 'name="version" value="1"' in other.get(path).text
    assert clerk.post(path, **{**FORM, "text": "của một người"}, version="1").status_code == 303
    answer = other.post(path, **{**FORM, "text": "của người kia"}, version="1")
    assert answer.status_code == 409
    assert "của một người" in answer.text  # what it is now
    assert "của người kia" in answer.text  # what was entered
    assert note(office).text == "của một người"
    [version] = set(re.findall(r'name="version" value="(\d+)"', answer.text))
    assert other.post(path, **{**FORM, "text": "cả hai"}, version=version).status_code == 303
    assert note(office).text == "cả hai"


@pytest.mark.parametrize("version", ["", "x", "0", "99", "1" * 5000, "-1", "१"])
def test_another_version_changes_and_removes_nothing(
    office: World, clerk: Browser, version: str
) -> None:
    clerk.post("/office/notes/new", **FORM)
    path = f"/office/notes/{note(office).id}"
    assert clerk.post(path, **{**FORM, "text": "khác"}, version=version).status_code == 409
    assert clerk.post(f"{path}/remove", version=version).status_code == 409
    assert note(office).text == FORM["text"]
    assert not note(office).removed


def test_a_removed_note_is_gone_for_good(office: World, clerk: Browser) -> None:
    clerk.post("/office/notes/new", **FORM)
    path = f"/office/notes/{note(office).id}"
    clerk.post(f"{path}/remove", version="1")
    assert clerk.get(path).status_code == 404
    assert clerk.post(path, **FORM, version="2").status_code == 409
    assert clerk.post(f"{path}/remove", version="2").status_code == 409
    for unknown in ("/office/notes/nothing", "/office/notes/nothing/remove"):
        assert clerk.post(unknown, **FORM).status_code == 404


def test_notes_are_listed_by_period_and_by_what_they_are_about(
    office: World, clerk: Browser
) -> None:
    for day, about, text in (
        ("2021-02-10", "", "mất điện toàn tỉnh"),
        ("2021-02-20", "site:ben-xe", "bến xe đóng cửa"),
        ("2021-03-01", "area:043", "giãn cách"),
    ):
        clerk.post("/office/notes/new", first=day, last="", about=about, text=text)

    def texts(query: str) -> list[str]:
        rows = clerk.get(f"/office/notes?format=json&{query}").json["rows"]
        return [row["text"] for row in rows]

    assert texts("") == ["giãn cách", "bến xe đóng cửa", "mất điện toàn tỉnh"]
    assert texts("from=2021-02-15&to=2021-02-28") == ["bến xe đóng cửa"]
    assert texts("about=site:ben-xe") == ["bến xe đóng cửa", "mất điện toàn tỉnh"]
    assert texts("about=area:043") == ["giãn cách", "mất điện toàn tỉnh"]
    assert texts("about=area:99999") == ["mất điện toàn tỉnh"]


@pytest.mark.parametrize(
    "query",
    ["from=x", "to=31/02/2021", "from=2021-03-02&to=2021-03-01", "about=x:y", "format=exe"],
)
def test_a_bad_address_is_told(clerk: Browser, query: str) -> None:
    assert clerk.get(f"/office/notes?{query}").status_code == 400


def test_many_notes_come_in_pages(office: World, clerk: Browser) -> None:
    for number in range(101):
        office.services.notes.add({**FORM, "text": f"ghi chú {number}"}, "can-bo")
    assert clerk.get("/office/notes").text.count("<tr>") == 101  # the head and a hundred
    assert "page=1" in clerk.get("/office/notes").text
    assert clerk.get("/office/notes?page=1").text.count("<tr>") == 2
    for page in ("x", "-1", "9" * 5000):
        assert clerk.get(f"/office/notes?page={page}").status_code == 200


def test_what_people_wrote_is_never_script_nor_formula(office: World, clerk: Browser) -> None:
    for text in ("<script>alert(1)</script>", '=HYPERLINK("http://evil.example")'):
        clerk.post("/office/notes/new", **{**FORM, "text": text})
    assert "<script>alert" not in clerk.get("/office/notes").text
    rows = clerk.get("/office/notes?format=csv").data.decode("utf-8-sig").splitlines()
    assert any("'=HYPERLINK" in row for row in rows)
    sheet = load_workbook(io.BytesIO(clerk.get("/office/notes?format=xlsx").data)).worksheets[0]
    assert {cell.data_type for cell in sheet["G"]} == {"s"}
