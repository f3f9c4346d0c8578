"""Adoption in the console: exact figures, hostile numbers, files, and two clerks at once."""

import html
import io
import re
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from werkzeug.test import TestResponse

from portal.adoptionbook import Plan
from portal.domain.adoption import Entry
from tests.web.conftest import World
from tests.web.office import Browser

NEW, IMPORT = "/office/adoption/new", "/office/adoption/import"
POPULATION = "/office/adoption/population"
ENTRY = {"area": "04", "day": "2021-02-01", "installs": "72.636", "source": "Báo cáo giai đoạn I"}
PEOPLE = {"area": "01291", "people": "4.100", "year": "2019", "source": "Chi cục Thống kê"}
HEAD = "area;day;installs;source;note\n"


@pytest.fixture
def clerk(office: World) -> Browser:
    return Browser(office, "can-bo")


def entries(world: World, area: str = "04") -> tuple[Entry, ...]:
    return world.services.adoption.history(area).entries


def audit(world: World, action: str) -> list[tuple[str, str, dict[str, Any]]]:
    log = world.services.audit.entries("2021-03")
    return [(one.who, one.subject, one.details) for one in log if one.action == action]


def hidden(answer: TestResponse, name: str) -> str:
    """What a form of the page carries unseen."""
    found = re.search(rf'name="{name}" value="([^"]*)"', answer.text)
    assert found, name
    return html.unescape(found[1])


def upload(browser: Browser, content: bytes | str, name: str = "so-lieu.csv") -> TestResponse:
    data = content.encode() if isinstance(content, str) else content
    return browser.post(IMPORT, file=(io.BytesIO(data), name))


def confirm(browser: Browser, preview: TestResponse) -> TestResponse:
    carried = {name: hidden(preview, name) for name in ("rows", "agreed")}
    return browser.post(f"{IMPORT}/enter", **carried)


def texts(answer: TestResponse) -> str:
    text = answer.text.partition("<main")[2].partition(">")[2]
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", text)).split())


# --- the province


def test_the_provinces_figures_are_exact(office: World, clerk: Browser) -> None:
    assert clerk.post(NEW, **ENTRY).location == "/office/adoption?area=04&done=added"
    page = texts(clerk.get("/office/adoption"))
    assert "72.636 / 530.856 = 13,68 %" in page
    assert "86.621" in page
    assert "159.257" in page
    assert "Báo cáo giai đoạn I" in page
    assert "01/02/2021" in page
    assert 'width="136.8"' in clerk.get("/office/adoption").text  # of 1000


def test_the_provinces_figures_are_exact_in_files(office: World, clerk: Browser) -> None:
    clerk.post(NEW, **ENTRY)
    [row] = clerk.get("/office/adoption?format=json").json["rows"]
    assert (row["installs"], row["population"], row["needed"]) == (72_636, 530_856, 159_257)
    assert (row["missing"], round(row["share"], 4), row["day"]) == (86_621, 0.1368, "2021-02-01")
    [line] = clerk.get("/office/adoption?table=entries&format=json").json["rows"]
    assert (line["id"], line["who"], line["source"]) == ("04-1", "can-bo", ENTRY["source"])
    for wanted in ("xlsx", "csv"):
        for table in ("areas", "entries"):
            answer = clerk.get(f"/office/adoption?table={table}&format={wanted}")
            assert answer.status_code == 200
    assert clerk.get("/office/adoption?format=exe").status_code == 400


def test_before_anything_was_entered_the_page_says_what_is_needed(clerk: Browser) -> None:
    page = clerk.get("/office/adoption")
    assert page.status_code == 200
    assert "159.257" in page.text
    assert clerk.get("/office/adoption?area=99999").status_code == 404


# --- who may


def test_a_viewer_reads_and_enters_nothing(office: World, clerk: Browser) -> None:
    clerk.post(NEW, **ENTRY)
    viewer = Browser(office, "nguoi-xem")
    assert "13,68 %" in texts(viewer.get("/office/adoption"))
    page = viewer.get("/office/adoption").text
    for path in (NEW, IMPORT, POPULATION, "/office/adoption/04-1/remove"):
        assert path not in page
        assert viewer.get(path).status_code == 403
        assert viewer.post(path, **ENTRY, reason="x").status_code == 403
    assert viewer.post(f"{IMPORT}/enter", rows="[]").status_code == 403
    assert len(entries(office)) == 1


def test_an_owner_sees_nothing_of_it(office: World) -> None:
    owner = Browser(office, "chu-diem")
    for path in ("/office/adoption", "/office/adoption?format=json", NEW, IMPORT, POPULATION):
        assert owner.get(path).status_code == 403
    assert owner.post(NEW, **ENTRY).status_code == 403
    assert "/office/adoption" not in owner.get("/office/").text


@pytest.mark.parametrize("path", [NEW, IMPORT, f"{IMPORT}/enter", POPULATION])
def test_a_form_without_the_sessions_token_writes_nothing(
    office: World, clerk: Browser, path: str
) -> None:
    assert clerk.post(path, token="x", **ENTRY, rows="[]").status_code == 403
    assert office.services.adoption.histories() == {}


# --- one entry


@pytest.mark.parametrize("written", ["72636", "72.636", "72 636", "72\u00a0636", " 72.636 "])
@pytest.mark.parametrize("day", ["2021-02-01", "01/02/2021", "1/2/2021"])
def test_numbers_and_days_as_they_are_written(
    office: World, clerk: Browser, written: str, day: str
) -> None:
    clerk.post(NEW, **{**ENTRY, "installs": written, "day": day})
    [entry] = entries(office)
    assert (entry.installs, f"{entry.day}") == (72_636, "2021-02-01")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("installs", "13,68"),
        ("installs", "72,636"),
        ("installs", "-1"),
        ("installs", "1e9"),
        ("installs", "=1+1"),
        ("installs", "9" * 400),
        ("installs", "530.857"),
        ("installs", ""),
        ("day", "06/03/2021"),
        ("day", "2021-02-30"),
        ("day", ""),
        ("area", "99999"),
        ("area", "'; DROP TABLE"),
        ("source", "  "),
        ("source", "x" * 201),
        ("source", "a\x1b[2J"),
        ("note", "x" * 501),
    ],
)
def test_what_is_wrong_is_told_and_what_was_entered_stays(
    office: World, clerk: Browser, field: str, value: str
) -> None:
    form = {**ENTRY, "note": "ghi chú", field: value}
    answer = clerk.post(NEW, **form)
    assert answer.status_code == 400
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}-wrong"' in answer.text
    for kept in form.values():
        if kept.isprintable() and kept.strip() and form["area"] == "04":
            assert html.escape(kept, quote=False) in answer.text or kept in ("04",)
    assert office.services.adoption.histories() == {}


def test_fewer_than_before_is_taken_after_it_was_looked_at(office: World, clerk: Browser) -> None:
    clerk.post(NEW, **ENTRY)
    form = {**ENTRY, "day": "2021-02-08", "installs": "70.000"}
    answer = clerk.post(NEW, **form)
    assert answer.status_code == 409
    assert "72.636" in answer.text
    assert 'value="70.000"' in answer.text
    assert len(entries(office)) == 1
    assert clerk.post(NEW, **form, agreed=hidden(answer, "agreed")).status_code == 303
    assert [entry.installs for entry in entries(office)] == [72_636, 70_000]


def test_two_clerks_do_not_replace_each_other_unseen(office: World, clerk: Browser) -> None:
    other = Browser(office, "quan-tri")
    assert clerk.get(NEW).status_code == other.get(NEW).status_code == 200
    clerk.post(NEW, **ENTRY)
    mine = {**ENTRY, "installs": "72.700", "source": "Sở TT&TT"}
    answer = other.post(NEW, **mine)
    assert answer.status_code == 409
    assert "72.636" in answer.text  # theirs
    assert "72.700" in answer.text  # mine
    agreed = hidden(answer, "agreed")
    correction = {**ENTRY, "installs": "72.640"}
    clerk.post(NEW, **correction, agreed=hidden(clerk.post(NEW, **correction), "agreed"))
    answer = other.post(NEW, **mine, agreed=agreed)  # what was agreed to is no longer so
    assert answer.status_code == 409
    assert "72.640" in answer.text
    assert other.post(NEW, **mine, agreed=hidden(answer, "agreed")).status_code == 303
    assert [entry.installs for entry in entries(office)] == [72_636, 72_640, 72_700]


def test_a_correction_shows_and_what_it_replaced_stays_in_the_list(
    office: World, clerk: Browser
) -> None:
    clerk.post(NEW, **ENTRY)
    form = {**ENTRY, "installs": "72.637"}
    clerk.post(NEW, **form, agreed=hidden(clerk.post(NEW, **form), "agreed"))
    page = texts(clerk.get("/office/adoption"))
    assert "72.637 / 530.856" in page
    assert "72.636" in page
    rows = clerk.get("/office/adoption?table=entries&format=json").json["rows"]
    assert [row["installs"] for row in rows] == [72_636, 72_637]
    [(_who, subject, details), _first] = sorted(audit(office, "adoption.add"), reverse=True)
    assert (subject, details["installs"]) == ("04-2", [72_636, 72_637])


def test_an_entry_is_removed_with_a_reason_and_stays_in_the_list(
    office: World, clerk: Browser
) -> None:
    clerk.post(NEW, **ENTRY)
    path = "/office/adoption/04-1/remove"
    assert "72.636" in clerk.get(path).text
    assert clerk.post(path, reason=" ").status_code == 400
    assert clerk.post(path, reason="nhập nhầm địa bàn").status_code == 303
    assert office.services.adoption.history("04").valid == {}
    page = texts(clerk.get("/office/adoption"))
    assert "nhập nhầm địa bàn" in page
    assert "13,68 %" not in page
    again = clerk.post(path, reason="again")
    assert again.status_code == clerk.get(path).status_code == 409
    assert "nhập nhầm địa bàn" in again.text
    [(who, subject, details)] = audit(office, "adoption.remove")
    assert (who, subject, details["reason"]) == ("can-bo", "04-1", "nhập nhầm địa bàn")


@pytest.mark.parametrize("id", ["04-2", "04-0", "04", "99999-1", "04-1-1", "x", "04-١"])
def test_there_is_no_other_entry_to_remove(clerk: Browser, id: str) -> None:
    clerk.post(NEW, **ENTRY)
    assert clerk.get(f"/office/adoption/{id}/remove").status_code == 404
    assert clerk.post(f"/office/adoption/{id}/remove", reason="x").status_code == 404


def test_the_pace_is_an_estimate_of_two_entries(clerk: Browser) -> None:
    clerk.post(NEW, **{**ENTRY, "area": "042", "installs": "1.000"})
    assert "<polyline" not in clerk.get("/office/adoption?area=042").text
    clerk.post(NEW, **{**ENTRY, "area": "042", "day": "2021-02-11", "installs": "2.000"})
    page = clerk.get("/office/adoption?area=042")
    assert "100,0" in texts(page)  # a day
    assert "06/08/2021" in texts(page)  # 19.508 needed, 17.508 to go, 176 days
    assert page.text.count('class="dot"') == 2


# --- populations


def test_an_unknown_population_has_no_share_until_it_is_entered(
    office: World, clerk: Browser
) -> None:
    clerk.post(NEW, **{**ENTRY, "area": "01291", "installs": "410"})
    path = "/office/adoption?area=01291"
    assert "%" not in texts(clerk.get(path))
    [row] = clerk.get("/office/adoption?format=json").json["rows"]
    assert (row["population"], row["share"], row["needed"]) == (None, None, None)
    assert clerk.post(POPULATION, **PEOPLE).status_code == 303
    page = texts(clerk.get(path))
    assert "410 / 4.100 = 10,00 %" in page
    assert "(2019)" in page
    [(who, subject, details)] = audit(office, "population.set")
    assert (who, subject, details["people"]) == ("can-bo", "01291", [None, 4_100])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("people", "0"),
        ("people", "4,1"),
        ("people", "409"),  # fewer than installed the app
        ("year", ""),
        ("year", "2022"),
        ("year", "x"),
        ("source", ""),
        ("area", "x"),
    ],
)
def test_a_population_that_cannot_be_is_refused(
    office: World, clerk: Browser, field: str, value: str
) -> None:
    clerk.post(NEW, **{**ENTRY, "area": "01291", "installs": "410"})
    answer = clerk.post(POPULATION, **{**PEOPLE, field: value})
    assert answer.status_code == 400
    assert f'id="{field}-wrong"' in answer.text
    assert office.services.adoption.history("01291").populations == ()


def test_a_population_is_not_replaced_unseen(office: World, clerk: Browser) -> None:
    clerk.post(POPULATION, **PEOPLE)
    other, mine = Browser(office, "quan-tri"), {**PEOPLE, "people": "4.200"}
    answer = other.post(POPULATION, **mine)
    assert answer.status_code == 409
    assert "4.100" in answer.text
    assert other.post(POPULATION, **mine, agreed=hidden(answer, "agreed")).status_code == 303
    kept = office.services.adoption.history("01291").populations
    assert [one.people for one in kept] == [4_100, 4_200]


# --- files


def test_a_file_is_shown_row_by_row_before_anything_is_written(
    office: World, clerk: Browser
) -> None:
    preview = upload(
        clerk,
        HEAD + "04;01/02/2021;72.636;Báo cáo giai đoạn I;\nHuyện Bảo Lâm;2021-02-01;6 500;UBND;x\n",
    )
    assert preview.status_code == 200
    assert "72.636" in preview.text
    assert "Huyện Bảo Lâm" in preview.text
    assert office.services.adoption.histories() == {}
    assert confirm(clerk, preview).status_code == 303
    assert [entry.installs for entry in entries(office)] == [72_636]
    assert [entry.installs for entry in entries(office, "042")] == [6_500]
    assert len(audit(office, "adoption.add")) == 2
    [(who, _subject, details)] = audit(office, "adoption.import")
    assert (who, details) == ("can-bo", {"rows": 2, "whole": True})


def test_every_error_of_a_file_is_told_and_nothing_is_written(
    office: World, clerk: Browser
) -> None:
    preview = upload(
        clerk,
        HEAD
        + "04;01/02/2021;72.636;Bộ;\n"
        + "04;08/02/2021;13,68;Bộ;\n"
        + "xyz;31/02/2021;1;;\n"
        + "04;01/02/2021;72.637;Bộ;\n",
    )
    assert preview.status_code == 400
    links = re.findall(r'<li><a href="#row-(\d+)">', preview.text)
    assert links == ["3", "4", "4", "4", "5"]
    assert 'name="rows"' not in preview.text
    assert office.services.adoption.histories() == {}


def test_a_workbook_with_titles_is_read_like_a_file_of_keys(office: World, clerk: Browser) -> None:
    empty = clerk.get(f"{IMPORT}?format=xlsx").data
    book = load_workbook(io.BytesIO(empty))
    sheet = book.worksheets[0]
    sheet.append([4, "01/02/2021", 72636, "=cmd|' /C calc'!A0", "ghi chú"])
    sheet["D2"].data_type = "s"
    file = io.BytesIO()
    book.save(file)
    assert confirm(clerk, upload(clerk, file.getvalue(), "so-lieu.XLSX")).status_code == 303
    [entry] = entries(office)
    assert (entry.area, entry.installs, entry.note) == ("04", 72_636, "ghi chú")
    assert entry.source == "=cmd|' /C calc'!A0"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "x.csv"),
        (b"\x00\xff\xfe", "x.csv"),
        (b"PK\x03\x04 no workbook", "x.xlsx"),
        (b"area;day;installs;source;other\n04;1;1;1;1\n", "x.csv"),
        (b"area;day;installs;source\n04;1;1;1;1;1\n", "x.csv"),
        (b"area;area\n04;04\n", "x.csv"),
        (HEAD.encode() + b"04;2021-02-01;1;x;\n" * 501, "x.csv"),
        (HEAD.encode() + b"04;2021-02-01;1;" + b"x" * 310_000 + b";\n", "x.csv"),
    ],
)
def test_a_file_that_is_no_table_is_refused(
    office: World, clerk: Browser, content: bytes, name: str
) -> None:
    answer = upload(clerk, content, name)
    assert answer.status_code == 400
    assert "/tmp" not in answer.text
    assert "Traceback" not in answer.text
    assert office.services.adoption.histories() == {}


def test_what_a_page_shows_can_be_confirmed_however_large_it_is(
    office: World, clerk: Browser
) -> None:
    days = [f"{day:02}/{month:02}/2020" for month in range(1, 13) for day in range(1, 29)]

    def file(source: str) -> str:
        return HEAD + "".join(f"04;{day};{n};{source};\n" for n, day in enumerate(days))

    assert upload(clerk, file("ế" * 200)).status_code == 400
    preview = upload(clerk, file("ế" * 100))
    assert preview.status_code == 200
    assert confirm(clerk, preview).status_code == 303
    assert len(entries(office)) == len(days)


def test_an_unknown_column_is_named(clerk: Browser) -> None:
    answer = upload(clerk, "area;day;installs;source;màu\n04;1/2/2021;1;x;đỏ\n", "bảng <1>.csv")
    assert "bảng <1>.csv, màu:" in texts(answer)
    assert "<1>" not in answer.text


def test_no_file_is_told_and_a_huge_one_is_not_read(clerk: Browser) -> None:
    assert clerk.post(IMPORT).status_code == 400
    huge = clerk.client.post(
        IMPORT,
        data=b"x" * (2 * 1024 * 1024 + 1),
        content_type="multipart/form-data; boundary=x",
        headers={"Sec-Fetch-Site": "same-origin"},
        environ_base=clerk.address,
    )
    assert huge.status_code == 413


@pytest.mark.parametrize(
    "rows",
    [
        "",
        "x",
        "{}",
        "[1]",
        '[["2", {}]]',
        '[[2, {"area": 4}]]',
        "[[2, []]]",
        "[" * 10_000,
        "[[2, {}, 3]]",
        "[[1e400, {}]]",
        '[[2, {"area": "\\ud800"}]]',
        "[[" + "9" * 5000 + ", {}]]",
    ],
)
def test_rows_that_no_page_of_ours_carried_are_refused(
    office: World, clerk: Browser, rows: str
) -> None:
    answer = clerk.post(f"{IMPORT}/enter", rows=rows)
    assert answer.status_code == 400
    assert office.services.adoption.histories() == {}


def test_rows_that_were_changed_on_the_way_are_checked_again(office: World, clerk: Browser) -> None:
    rows = '[[2, {"area": "04", "day": "01/02/2021", "installs": "999.999", "source": "x"}]]'
    assert clerk.post(f"{IMPORT}/enter", rows=rows).status_code == 400
    assert office.services.adoption.histories() == {}


def test_what_changed_between_preview_and_confirmation_is_shown_again(
    office: World, clerk: Browser
) -> None:
    preview = upload(clerk, HEAD + "04;01/02/2021;72.700;Sở;\n042;01/02/2021;10;Sở;\n")
    Browser(office, "quan-tri").post(NEW, **ENTRY)
    again = confirm(clerk, preview)
    assert again.status_code == 409
    assert "72.636" in again.text
    assert len(entries(office)) == 1
    assert confirm(clerk, again).status_code == 303
    assert [entry.installs for entry in entries(office)] == [72_636, 72_700]


def test_a_change_in_the_last_moment_is_not_overwritten(
    office: World, clerk: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    preview = upload(clerk, HEAD + "042;01/02/2021;10;Sở;\n04;01/02/2021;72.700;Sở;\n")
    book, real = office.services.adoption, office.services.adoption.add_all

    def late(plan: Plan, who: str) -> object:
        monkeypatch.undo()
        book.add(ENTRY, "quan-tri")
        return real(plan, who)

    monkeypatch.setattr(book, "add_all", late)
    again = confirm(clerk, preview)
    assert again.status_code == 409
    assert [entry.installs for entry in entries(office)] == [72_636]
    assert len(entries(office, "042")) == 1  # was written before, and stands in the log
    assert [subject for _who, subject, _details in audit(office, "adoption.add")] == ["042-1"]
    assert confirm(clerk, again).status_code == 303
    assert len(entries(office, "042")) == 1


def test_a_file_that_was_entered_already_changes_nothing(office: World, clerk: Browser) -> None:
    file = HEAD + "04;01/02/2021;72.636;Báo cáo giai đoạn I;\n"
    confirm(clerk, upload(clerk, file))
    again = upload(clerk, file)
    assert again.status_code == 200
    assert 'name="rows"' not in again.text
    assert len(entries(office)) == 1


# --- texts


def test_what_people_wrote_is_never_script_nor_formula(office: World, clerk: Browser) -> None:
    evil = "<script>alert(1)</script>"
    clerk.post(NEW, **{**ENTRY, "source": evil, "note": "=1+1"})
    assert evil not in clerk.get("/office/adoption").text
    assert evil not in clerk.get("/office/adoption/04-1/remove").text
    assert evil not in upload(clerk, HEAD + f"04;01/02/2021;1;{evil};\n").text
    assert evil not in clerk.post(NEW, **{**ENTRY, "installs": "1"}).text  # told in a warning
    rows = clerk.get("/office/adoption?table=entries&format=csv").data.decode("utf-8-sig")
    assert "'=1+1" in rows
    book: Workbook = load_workbook(
        io.BytesIO(clerk.get("/office/adoption?table=entries&format=xlsx").data)
    )
    assert book.worksheets[0]["G2"].data_type == "s"


# --- the map


def test_the_map_shows_what_the_communes_have(office: World, clerk: Browser) -> None:
    assert 'class="tiles"' not in clerk.get("/office/adoption").text
    for area, installs in (("01290", "500"), ("01291", "90")):
        clerk.post(NEW, **{**ENTRY, "area": area, "installs": installs})
    page = clerk.get("/office/adoption").text
    svg = page.partition('<svg class="tiles"')[2].partition("</svg>")[0]
    assert svg.count("<rect") == 13
    assert '<title>Pác Miầu: 500</title><rect class="h8"' in svg
    assert '<title>Đức Hạnh: 90</title><rect class="h2"' in svg
    assert '<title>Yên Thổ: –</title><rect class="h0"' in svg
    assert "Xã" not in svg
    assert 'href="/office/adoption?area=01290"' in svg
    table = page.partition('<svg class="tiles"')[2].partition("<details>")[2]
    assert "Pác Miầu" in table.partition("</details>")[0]


def test_every_page_stays_light(office: World, clerk: Browser) -> None:
    for number in range(1, 29):
        office.services.adoption.add(
            {**ENTRY, "day": f"{number}/02/2021", "installs": str(number)}, "can-bo"
        )
    for path in ("/office/adoption", NEW, IMPORT, POPULATION, "/office/notes", "/office/notes/new"):
        assert len(clerk.get(path).data) < 150 * 1024
