"""Tables as people make them: every CSV that Excel writes, real workbooks, hostile files."""

import io
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from portal import tables
from portal.tables import BadTable, read_rows, read_table

KNOWN = {"id", "name", "area", "gateway.*"}


def write(tmp_path: Path, content: str | bytes, name: str = "sites.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def workbook(tmp_path: Path, *rows: list[Any], name: str = "sites.xlsx") -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    book.create_sheet("Notes").append(["this sheet", "is not read"])
    path = tmp_path / name
    book.save(path)
    return path


def problems(path: Path) -> list[str]:
    with pytest.raises(BadTable) as caught:
        read_table(path, KNOWN)
    assert str(caught.value)
    return [problem.where for problem in caught.value.problems]


EXPECTED = [
    (2, {"id": "a", "name": "Khách sạn Bảo Lâm", "area": "01290"}),
    (3, {"id": "b", "name": "Bến xe"}),
]


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_csv_in_every_dress(tmp_path: Path, separator: str, end: str, mark: str) -> None:
    lines = ["id;name;area", "a;Khách sạn Bảo Lâm;01290", "b;Bến xe;", ""]
    text = mark + end.join(lines).replace(";", separator)
    assert read_table(write(tmp_path, text), KNOWN) == EXPECTED


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_the_line_by_which_excel_names_the_separator(tmp_path: Path, mark: str) -> None:
    text = f"{mark}sep=;\r\nid;name\r\na;A, B\r\n"
    assert read_table(write(tmp_path, text), KNOWN) == [(3, {"id": "a", "name": "A, B"})]


def test_quotes_hold_separators_quotes_and_lines(tmp_path: Path) -> None:
    text = 'id,name,area\na,"Nhà nghỉ ""Hoa"", tầng 2","x\ny"\nb,B,\n'
    assert read_table(write(tmp_path, text), KNOWN) == [
        (3, {"id": "a", "name": 'Nhà nghỉ "Hoa", tầng 2', "area": "x\ny"}),
        (4, {"id": "b", "name": "B"}),
    ]


def test_heads_and_cells_are_trimmed_and_empty_rows_left_out(tmp_path: Path) -> None:
    text = "\n ; ;\n ID ; Name ;\n a ; A ;\n;;\n  ;  ;\nb;B;\n"
    assert read_table(write(tmp_path, text), KNOWN) == [
        (4, {"id": "a", "name": "A"}),
        (7, {"id": "b", "name": "B"}),
    ]


def test_short_rows_are_short(tmp_path: Path) -> None:
    assert read_table(write(tmp_path, "id;name;area\na\n"), KNOWN) == [(2, {"id": "a"})]


def test_no_cell_is_left_out_unseen(tmp_path: Path) -> None:
    """A comma that was not quoted moves everything behind it."""
    text = "id,name\na,Khách sạn, tầng 2\nb,B\nc,C,,\nd,D,,x\n"
    assert problems(write(tmp_path, text)) == ["sites.csv, 2", "sites.csv, 5"]
    assert problems(write(tmp_path, "id,,name\na,hidden,A\n")) == ["sites.csv, 2"]


def test_columns_that_begin_alike(tmp_path: Path) -> None:
    rows = read_table(write(tmp_path, "id;gateway.faskey;gateway.new\na;K;N\n"), KNOWN)
    assert rows == [(2, {"id": "a", "gateway.faskey": "K", "gateway.new": "N"})]


def test_unknown_and_doubled_columns_are_all_named(tmp_path: Path) -> None:
    text = "id;colour;name;NAME;gateway;tên\n"
    assert problems(write(tmp_path, text)) == [
        "sites.csv, colour",
        "sites.csv, gateway",
        "sites.csv, tên",
        "sites.csv, name",
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n;;\n",
        "id;name\na;Kh\u00e1ch".encode("latin-1"),
        "id;name\na;Bảo".encode("utf-16-le"),
        b'id;name\na;"never closed\n',
        b"id;name\na;" + b"x" * 200_000,
        b"PK\x03\x04 a workbook with the wrong name",
    ],
    ids=[
        "nothing",
        "only gaps",
        "latin-1",
        "utf-16 without its mark",
        "open quote",
        "huge cell",
        "workbook",
    ],
)
def test_what_is_no_csv(tmp_path: Path, content: bytes) -> None:
    path = write(tmp_path, content)
    assert all(where.startswith("sites.csv") for where in problems(path))


@pytest.mark.parametrize("mark", ["utf-16-le", "utf-16-be"])
def test_excels_unicode_text_is_read(tmp_path: Path, mark: str) -> None:
    content = ("\ufeff" + "id\tname\r\na\tBảo Lâm\r\n").encode(mark)
    assert read_table(write(tmp_path, content), KNOWN) == [(2, {"id": "a", "name": "Bảo Lâm"})]


@pytest.mark.parametrize("text", ["=1+1", "-5", "@x", "+84 26"])
def test_our_own_apostrophe_goes_and_anybody_elses_stays(tmp_path: Path, text: str) -> None:
    rows = read_table(write(tmp_path, f"id;name\na;'{text}\nb;'Ndrina\n"), KNOWN)
    assert [cells["name"] for _number, cells in rows] == [text, "'Ndrina"]


@pytest.mark.parametrize("code", ["latin-1", "cp1252", "utf-16-le", "utf-32"])
def test_letters_that_cannot_be_read_are_told_with_what_to_do(tmp_path: Path, code: str) -> None:
    path = write(tmp_path, "id;name\na;Khách\n".encode(code))
    with pytest.raises(BadTable) as caught:
        read_table(path, KNOWN)
    assert "UTF-8" in str(caught.value)


def test_a_column_has_other_names_but_stands_there_once() -> None:
    titles = {"tên": "name", "title": "name"}
    body = "id;Te\u0302n\na;A\n".encode()  # the accent as a character of its own
    assert read_rows("x.csv", body, KNOWN, titles) == [(2, {"id": "a", "name": "A"})]
    for head in ("name;Tên", "Title;Tên"):
        with pytest.raises(BadTable) as caught:
            read_rows("x.csv", f"id;{head}\na;A;B\n".encode(), KNOWN, titles)
        assert [problem.where for problem in caught.value.problems] == ["x.csv, name"]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert problems(tmp_path / "gone.csv") == ["gone.csv"]
    assert problems(tmp_path) == [tmp_path.name]


def test_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "_MOST_ROWS", 10)
    rows = "".join(f"a{n};A\n" for n in range(9))
    assert len(read_table(write(tmp_path, "id;name\n" + rows), KNOWN)) == 9
    assert problems(write(tmp_path, "id;name\n" + rows + "b;B\n")) == ["sites.csv"]
    cells = [["id"], *[[f"a{n}"] for n in range(10)]]
    assert len(read_table(workbook(tmp_path, *cells[:10]), KNOWN)) == 9
    assert problems(workbook(tmp_path, *cells)) == ["sites.xlsx"]
    monkeypatch.setattr(tables, "_MOST_CELLS", 8)
    assert problems(workbook(tmp_path, *cells[:9])) == ["sites.xlsx"]
    monkeypatch.setattr(tables, "_LARGEST", 20)
    assert problems(write(tmp_path, "id;name\n" + "x" * 20)) == ["sites.csv"]


def test_a_real_workbook(tmp_path: Path) -> None:
    path = workbook(
        tmp_path,
        ["id", "name", "area", "gateway.a", "gateway.b", "gateway.c", "gateway.d"],
        ["a", "Khách sạn", "01290", 1290, 2.0, 0.5, None],
        [],
        [" b ", date(2021, 3, 5), None, datetime(2021, 3, 5, 13, 30), True, "", "=1+1"],
    )
    rows = read_table(path, KNOWN)
    assert rows[0] == (
        2,
        {
            "id": "a",
            "name": "Khách sạn",
            "area": "01290",
            "gateway.a": "1290",
            "gateway.b": "2",
            "gateway.c": "0.5",
        },
    )
    number, second = rows[1]
    assert number == 4
    assert (second["id"], second["name"], second["gateway.a"]) == ("b", "2021-03-05", "2021-03-05")
    assert "gateway.d" not in second  # a formula without a value that was worked out
    assert len(rows) == 2


def test_the_ending_may_be_in_capitals(tmp_path: Path) -> None:
    path = workbook(tmp_path, ["id"], ["a"], name="SITES.XLSX")
    assert read_table(path, KNOWN) == [(2, {"id": "a"})]


def rewritten(path: Path, name: str, content: bytes | None) -> Path:
    """Replace one part of a workbook, or leave it out."""
    with zipfile.ZipFile(path) as archive:
        parts = {item.filename: archive.read(item) for item in archive.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, old in parts.items():
            new = content if part == name else old
            if new is not None:
                archive.writestr(part, new)
    return path


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = workbook(tmp_path, ["id"], ["a"])
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    bomb = sheet.replace(b"<sheetData>", b"<sheetData>" + b" " * 110_000_000)
    path = rewritten(path, "xl/worksheets/sheet1.xml", bomb)
    assert path.stat().st_size < 1_000_000
    assert problems(path) == ["sites.xlsx"]


def test_how_much_a_workbook_may_unpack_to_can_be_said() -> None:
    with zipfile.ZipFile(io.BytesIO(WHOLE)) as archive:
        size = sum(item.file_size for item in archive.infolist())
    assert read_rows("x.xlsx", WHOLE, KNOWN, unpacked=size) == [(2, {"id": "a", "name": "A"})]
    with pytest.raises(BadTable):
        read_rows("x.xlsx", WHOLE, KNOWN, unpacked=size - 1)


ENTITIES = (
    b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaaaaaaaaaaaa">
"""
    + b"".join(b'<!ENTITY %c "%s">\n' % (98 + n, b"&%c;" % (97 + n) * 20) for n in range(8))
    + b']><worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&i;</t></is></c></row>'
)


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("xl/worksheets/sheet1.xml", b"<worksheet><not closed"),
        ("xl/worksheets/sheet1.xml", ENTITIES),
        (
            "xl/worksheets/sheet1.xml",
            b"<worksheet><sheetData><row r='x'><c t='s'><v>9</v></c></row>",
        ),
        ("xl/workbook.xml", None),
        ("xl/workbook.xml", b""),
        ("[Content_Types].xml", None),
        ("xl/styles.xml", b"<x/>"),
    ],
)
def test_a_broken_workbook(tmp_path: Path, part: str, content: bytes | None) -> None:
    assert problems(rewritten(workbook(tmp_path, ["id"], ["a"]), part, content)) == ["sites.xlsx"]


@pytest.mark.parametrize(
    "content",
    [b"", b"id;name\na;A\n", b"PK\x05\x06" + b"\0" * 18, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 64],
    ids=["nothing", "a csv", "an empty archive", "with a password, or of before 2007"],
)
def test_what_is_no_workbook(tmp_path: Path, content: bytes) -> None:
    assert problems(write(tmp_path, content, "sites.xlsx")) == ["sites.xlsx"]


def whole_workbook() -> bytes:
    book = Workbook()
    assert book.active is not None
    book.active.append(["id", "name"])
    book.active.append(["a", "A"])
    memory = io.BytesIO()
    book.save(memory)
    return memory.getvalue()


WHOLE = whole_workbook()


@given(position=st.integers(0, len(WHOLE) - 1), value=st.integers(0, 255), cut=st.booleans())
def test_a_damaged_workbook_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, position: int, value: int, cut: bool
) -> None:
    damaged = WHOLE[:position] if cut else WHOLE[:position] + bytes([value]) + WHOLE[position + 1 :]
    path = tmp_path_factory.getbasetemp() / "damaged.xlsx"
    path.write_bytes(damaged)
    try:
        rows = read_table(path, KNOWN)
    except BadTable as error:
        rows, said = None, str(error)
    assert said if rows is None else all(set(row) <= KNOWN for _number, row in rows)


@given(st.binary(max_size=300) | st.text('id;name,\t\n\r"\0 sep=x', max_size=60).map(str.encode))
def test_any_csv_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    try:
        rows = read_table(path, KNOWN)
    except BadTable as error:
        rows, said = None, str(error)
    assert said if rows is None else all(all(row.values()) for _number, row in rows)
