"""Tables as files: what is read out of a file is what stood in the table, and nothing computes."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Response
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from werkzeug.exceptions import BadRequest

from portal.cli.imports import COLUMNS
from portal.domain.periods import HO_CHI_MINH
from portal.reports.cells import writable
from portal.reports.delimited import delimited
from portal.reports.objects import objects
from portal.reports.table import Column, Sort, Table
from portal.reports.workbook import workbook
from portal.tables import read_table
from portal.web.office.files import FORMATS, as_file
from tests.web.conftest import World

MADE = datetime(2021, 3, 5, 12, 0, tzinfo=HO_CHI_MINH)
SORTS = tuple(Column(str(sort), f"The {sort}", sort) for sort in Sort)
ROW = ("01290", 72_636, 0.1368, date(2021, 3, 5), MADE, True)
TABLE = Table("impressions", "Impressions per day", SORTS, [ROW, (None,) * 6], "Counted once.")
FORMULAS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠SUM(A1)",
    "﹣1", " =1", "\u00a0=1", "\u3000＝1", '"=1', "'=1", ' " =1', "=cmd|' /C calc'!A0",
    '=HYPERLINK("x")', "-", "=", "\x00=1", "\ufeff=1", "\u202e=1",
]  # fmt: skip
TEXTS = (
    st.text(max_size=60) | st.sampled_from(FORMULAS) | st.sampled_from(["#N/A", "01290", ";", '"'])
)
MOMENTS = st.datetimes(
    datetime(2021, 1, 1), datetime(2099, 1, 1), timezones=st.sampled_from([UTC, HO_CHI_MINH])
)
CELLS = st.tuples(
    TEXTS | st.none(),
    st.integers(-(10**9), 10**9) | st.none(),
    st.integers(0, 10_000).map(lambda n: n / 10_000) | st.none(),
    st.dates(date(2000, 1, 1), date(2099, 1, 1)) | st.none(),
    MOMENTS.map(lambda moment: moment.replace(second=0, microsecond=0)) | st.none(),
    st.booleans() | st.none(),
)


def english(text: str) -> str:
    assert text, "gettext answers the empty text with the head of its catalogue"
    return text


def table(rows: Sequence[Sequence[Any]], **fields: Any) -> Table:
    return Table("t", "A table", SORTS, rows, **fields)


def sheet(content: bytes) -> Worksheet:
    book: Workbook = load_workbook(io.BytesIO(content))
    return book.worksheets[0]


def lines(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def in_xml(text: str | None) -> str | None:
    """What XML makes of a text; an empty one is no cell."""
    return re.sub("\r\n?", "\n", writable(text)) or None if text is not None else None


def at_home(moment: datetime | None) -> datetime | None:
    return moment and moment.astimezone(HO_CHI_MINH).replace(tzinfo=None)


# --- workbooks


@settings(max_examples=60)
@given(rows=st.lists(CELLS, max_size=4))
def test_a_workbook_holds_the_table_cell_by_cell(rows: list[tuple[Any, ...]]) -> None:
    found = sheet(workbook(table(rows), english, MADE))
    assert [cell.value for cell in found[1]] == [column.title for column in SORTS]
    for number, (text, count, share, day, moment, yes) in enumerate(rows, 2):
        cells = [found.cell(number, place) for place in range(1, 7)]
        assert [cell.value for cell in cells] == [
            in_xml(text),
            count,
            pytest.approx(share),
            day and datetime(day.year, day.month, day.day),
            at_home(moment),
            None if yes is None else "yes" if yes else "no",
        ]
        assert {cell.data_type for cell in cells} <= {"s", "n", "d"}


def test_a_workbook_shows_numbers_days_and_shares_as_offices_write_them() -> None:
    cells = sheet(workbook(TABLE, english, MADE))[2]
    assert [(cell.value, cell.data_type, cell.number_format) for cell in cells] == [
        ("01290", "s", "@"),
        (72_636, "n", "#,##0"),
        (0.1368, "n", "0.0%"),
        (datetime(2021, 3, 5), "d", "dd/mm/yyyy"),
        (datetime(2021, 3, 5, 12, 0), "d", "dd/mm/yyyy hh:mm"),
        ("yes", "s", "@"),
    ]


@pytest.mark.parametrize("text", [*FORMULAS, "#N/A", "#DIV/0!", "{=1}"])
def test_no_text_of_a_workbook_is_a_formula(text: str) -> None:
    content = workbook(table([(text, *ROW[1:])], note="=1", head="titles"), lambda text: text, MADE)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/"):
                assert b"<f>" not in archive.read(name)
    cell = sheet(content)["A2"]
    assert (cell.value, cell.data_type) == (in_xml(text), "s")


def test_a_workbook_prints_well_and_its_table_begins_in_the_first_row() -> None:
    found = sheet(workbook(TABLE, english, MADE))
    assert all(cell.font.bold for cell in found[1])
    assert found.freeze_panes == "A2"
    assert found.auto_filter.ref == "A1:F2"
    assert found.print_title_rows == "$1:$1"
    assert found.page_setup.orientation == "landscape"
    assert found.page_setup.fitToHeight == 0
    assert found.sheet_properties.pageSetUpPr is not None
    assert found.sheet_properties.pageSetUpPr.fitToPage


def test_columns_are_as_wide_as_what_stands_in_them() -> None:
    long = [("Nhà khách Uỷ ban nhân dân", *ROW[1:]), ("x" * 500, *ROW[1:])]
    for rows, width in ((long[:1], 26), (long, 61), ([], 12)):
        found = sheet(workbook(table(rows), english, MADE))
        assert found.column_dimensions["A"].width == width


def test_the_second_sheet_says_what_the_first_is() -> None:
    book = load_workbook(io.BytesIO(workbook(TABLE, english, MADE)))
    assert book.sheetnames == ["Impressions per day", "About this table"]
    assert [[cell.value for cell in row] for row in book.worksheets[1]] == [
        ["Table", "Impressions per day"],
        ["Made at", datetime(2021, 3, 5, 12, 0)],
        ["Rows", 2],
        ["Note", "Counted once."],
    ]


@pytest.mark.parametrize(
    "title",
    ["a" * 40, "Weeks 1/2: [x]*?", "'", "about this table", "\x00\ud800", "About this table"],
)
def test_any_title_makes_sheet_names_that_excel_takes(title: str) -> None:
    names = load_workbook(
        io.BytesIO(workbook(Table("t", title, SORTS, []), english, MADE))
    ).sheetnames
    assert len({name.casefold() for name in names}) == 2
    for name in names:
        assert 0 < len(name) <= 31
        assert not set(name) & set("[]:*?/\\")


# --- CSV


@settings(max_examples=150)
@given(rows=st.lists(CELLS, max_size=4))
def test_a_csv_holds_the_table_cell_by_cell(rows: list[tuple[Any, ...]]) -> None:
    head, *found = lines(delimited(table(rows), english))
    assert head == [column.title for column in SORTS]
    assert len(found) == len(rows)
    for read, (text, count, share, day, moment, yes) in zip(found, rows, strict=True):
        home = at_home(moment)
        assert read[0] in (writable(text or ""), f"'{writable(text or '')}")
        assert read[1:] == [
            "" if count is None else str(count),
            "" if share is None else read[2],
            f"{day:%d/%m/%Y}" if day else "",
            f"{home:%d/%m/%Y %H:%M}" if home else "",
            "" if yes is None else "yes" if yes else "no",
        ]
        if share is not None:
            assert float(read[2].replace(",", ".")) == pytest.approx(share)
            assert "e" not in read[2]


def test_a_csv_is_what_a_vietnamese_excel_opens() -> None:
    content = delimited(TABLE, english)
    assert (
        content
        == (
            "\ufeffThe text;The number;The share;The day;The time;The yes\r\n"
            "01290;72636;0,1368;05/03/2021;05/03/2021 12:00;yes\r\n"
            ";;;;;\r\n"
        ).encode()
    )


@pytest.mark.parametrize("text", FORMULAS)
def test_every_way_to_begin_a_formula_is_made_harmless(text: str) -> None:
    row = lines(delimited(table([(text, *ROW[1:])]), english))[1]
    assert row[0] == f"'{writable(text)}"


@pytest.mark.parametrize("text", ["a=1", "1-2", "Nhà nghỉ – 2", "0901", "…", "", "#", "(=1)", "~"])
def test_other_texts_are_left_as_they_are(text: str) -> None:
    assert lines(delimited(table([(text, *ROW[1:])]), english))[1][0] == text


def test_numbers_below_zero_are_no_formulas() -> None:
    assert lines(delimited(table([("", -5, -0.25, None, None, None)]), english))[1][:3] == [
        "", "-5", "-0,25",
    ]  # fmt: skip


@settings(max_examples=200)
@given(text=TEXTS)
def test_no_text_of_a_csv_can_be_computed_or_end_its_cell(text: str) -> None:
    content = delimited(table([(text, *ROW[1:])]), english).decode("utf-8-sig")
    [_head, row] = csv.reader(io.StringIO(content, newline=""), delimiter=";")
    assert len(row) == len(SORTS)
    assert not re.match(r"[\s\"]*[=+\-@＝＋－＠]|[\t\r\n]", row[0])


# --- JSON


@settings(max_examples=100)
@given(rows=st.lists(CELLS, max_size=4))
def test_json_holds_the_table_cell_by_cell(rows: list[tuple[Any, ...]]) -> None:
    body = json.loads(objects(table(rows, note="As counted."), english, MADE))
    assert {name: body[name] for name in ("name", "title", "generated_at", "note")} == {
        "name": "t",
        "title": "A table",
        "generated_at": "2021-03-05T12:00:00+07:00",
        "note": "As counted.",
    }
    assert body["columns"][1] == {"key": "number", "title": "The number", "sort": "number"}
    for found, (text, count, share, day, moment, yes) in zip(body["rows"], rows, strict=True):
        assert found == {
            "text": None if text is None else writable(text),
            "number": count,
            "share": share,
            "day": day and day.isoformat(),
            "time": moment and moment.astimezone(HO_CHI_MINH).isoformat(timespec="seconds"),
            "yes": yes,
        }


# --- a file that is read in again


@pytest.mark.parametrize("write", ["csv", "xlsx"])
def test_a_file_with_keys_as_its_head_can_be_imported(tmp_path: Path, write: str) -> None:
    columns = (
        Column("id", "Id"),
        Column("name", "Name"),
        Column("area", "Area"),
        Column("created", "Since", Sort.DAY),
        Column("active", "In service", Sort.YES),
    )
    rows = [
        ("cho", 'Chợ; "mới"', "01290", date(2021, 3, 5), True),
        ("ben", "Bến xe", None, None, False),
    ]
    made = Table("sites", "Sites", columns, rows, "Every site.", head="keys")
    content = delimited(made, english) if write == "csv" else workbook(made, english, MADE)
    path = tmp_path / f"sites.{write}"
    path.write_bytes(content)
    first, second = (
        {name: text.lower() if name == "active" else text for name, text in fields.items()}
        for _number, fields in read_table(path, COLUMNS)
    )
    assert first == {
        "id": "cho",
        "name": 'Chợ; "mới"',
        "area": "01290",
        "created": "2021-03-05",
        "active": "true",
    }
    assert second == {"id": "ben", "name": "Bến xe", "active": "false"}


def test_a_file_for_machines_has_points_and_offsets() -> None:
    row = lines(delimited(table([ROW], head="keys"), english))[1]
    assert row == [
        "01290", "72636", "0.1368", "2021-03-05", "2021-03-05T12:00:00+07:00", "true"
    ]  # fmt: skip


# --- the answer


def ask(world: World, query: str, **headers: str) -> Response | None:
    with world.app.test_request_context(f"/office/?{query}", headers=headers):
        return as_file(TABLE)


@pytest.mark.parametrize("wanted", FORMATS)
def test_a_file_is_a_download_that_nobody_keeps(world: World, wanted: str) -> None:
    answer = ask(world, f"format={wanted}&range=week")
    assert answer is not None
    assert answer.status_code == 200
    assert answer.content_type == FORMATS[wanted]
    name = f"impressions-2021-03-05.{wanted}"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_without_a_format_the_page_answers(world: World) -> None:
    assert ask(world, "range=week") is None
    assert ask(world, "format=") is None


@pytest.mark.parametrize(
    "wanted", ["pdf", "XLSX", "csv ", "x" * 5000, "%00", "../csv", "csv%0d%0a"]
)
def test_another_format_is_refused(world: World, wanted: str) -> None:
    with pytest.raises(BadRequest):
        ask(world, f"format={wanted}")


def test_the_day_in_its_name_is_the_day_in_viet_nam(world: World) -> None:
    world.clock.now += timedelta(hours=13).total_seconds()  # 01:00 on the next day there
    answer = ask(world, "format=csv")
    assert answer is not None
    assert "impressions-2021-03-06.csv" in answer.headers["Content-Disposition"]


def test_a_file_is_in_the_language_of_its_reader(world: World) -> None:
    made = Table("t", "Total", (Column("site", "Site"), Column("on", "", Sort.YES)), [("x", True)])
    for lang, head in (("vi", "Điểm;\r\nx;có\r\n"), ("en", "Site;\r\nx;yes\r\n")):
        with world.app.test_request_context(f"/office/?format=csv&lang={lang}"):
            answer = as_file(made)
            assert answer is not None
            assert answer.get_data(as_text=True).removeprefix("\ufeff") == head
