"""The paper as DOCX, read back: the decree's measures, and every number."""

import io
import zipfile
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from portal.domain.periods import HO_CHI_MINH
from portal.domain.weeks import Report, Silence, SiteWeek, Standing, Texts, WeekNumbers
from portal.reports.document import document
from portal.reports.letter import dated
from portal.reports.weekly import House, Paper, weekly_letter
from portal.reports.weekly_tables import annex_table, commune_table
from portal.reports.workbook import workbook

HOUSE = House(
    "UBND tỉnh Cao Bằng", "Ủy ban nhân dân huyện Bảo Lâm", "BC-UBND", "Bảo Lâm", "Bluezone", "08:00"
)


def same(text: str) -> str:
    return text


def site(number: int, shown: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7), name: str = "") -> SiteWeek:
    return SiteWeek(
        f"s{number}", name or f"Nhà nghỉ số {number}", "hotel", ("04", "042", "01294"),
        ("Tỉnh Cao Bằng", "Huyện Bảo Lâm", f"Xã {number % 13}"), True, shown, 2, (1,) * 7, 100,
    )  # fmt: skip


def numbers(*sites: SiteWeek) -> WeekNumbers:
    return WeekNumbers(
        "2021-W09", 1, "2021-02-01", 0.3, sites,
        (Standing("04", "Tỉnh Cao Bằng", "2021-03-01", 72636, 530856, "Bộ TT&TT"),),
        (Silence(sites[0].id, "silent", 1614660000.0, 1614700000.0),) if sites else (), 0,
    )  # fmt: skip


def paper(found: WeekNumbers, texts: Texts = Texts(), report: Report | None = None) -> bytes:  # noqa: B008
    return document(weekly_letter(Paper(found, texts, "", report), HOUSE, same), same)


def opened(body: bytes) -> Any:
    return Document(io.BytesIO(body))


@pytest.fixture(scope="module")
def read() -> Any:
    return opened(paper(numbers(*map(site, range(40)))))


def test_the_page_is_a4_with_the_decrees_margins(read: Any) -> None:
    first, annex, last = read.sections
    assert (round(first.page_width.mm), round(first.page_height.mm)) == (210, 297)
    assert (round(annex.page_width.mm), round(annex.page_height.mm)) == (297, 210)
    assert [one.orientation for one in read.sections] == [
        WD_ORIENT.PORTRAIT, WD_ORIENT.LANDSCAPE, WD_ORIENT.PORTRAIT,
    ]  # fmt: skip
    for section in (first, annex, last):
        assert 20 <= round(section.top_margin.mm) <= 25
        assert 20 <= round(section.bottom_margin.mm) <= 25
        assert 30 <= round(section.left_margin.mm) <= 35
        assert 15 <= round(section.right_margin.mm) <= 20


def test_pages_are_numbered_from_the_second_on_in_the_middle_of_the_top(read: Any) -> None:
    first = read.sections[0]
    assert first.different_first_page_header_footer
    assert "PAGE" in first.header.paragraphs[0]._p.xml
    assert first.header.paragraphs[0].alignment == 1
    assert not read.sections[1].different_first_page_header_footer


def test_every_letter_is_times_new_roman(read: Any) -> None:
    fonts = read.styles["Normal"].element.rPr.rFonts
    for slot in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        assert fonts.get(qn(slot)) == "Times New Roman"
    for part in read.element.body.iter(qn("w:rFonts")):
        assert set(part.attrib.values()) == {"Times New Roman"}
    sizes = {run.font.size.pt for line in read.paragraphs for run in line.runs if run.text}
    assert sizes <= {9, 12, 14}


def test_the_head_stands_in_two_columns_without_lines(read: Any) -> None:
    head = read.tables[0]
    left, right = head.rows[0].cells
    assert (round(left.width.mm), round(right.width.mm)) == (64, 96)  # 40 to 60
    assert head._tbl.tblPr.find(qn("w:tblBorders")) is None
    assert [line.text for line in left.paragraphs if line.text] == [
        "UBND TỈNH CAO BẰNG", "ỦY BAN NHÂN DÂN HUYỆN BẢO LÂM", "Số:          /BC-UBND", "DRAFT",
    ]  # fmt: skip
    texts = [line for line in right.paragraphs if line.text]
    assert texts[0].text == "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
    assert texts[1].text == "Độc lập - Tự do - Hạnh phúc"
    assert [line.runs[0].bold for line in texts] == [True, True, False]
    assert texts[2].runs[0].italic
    assert 12 <= texts[0].runs[0].font.size.pt <= 13
    assert 13 <= texts[1].runs[0].font.size.pt <= 14


def test_the_signature_and_the_name_stay_empty(read: Any) -> None:
    left, right = (
        next(t for t in read.tables if "Nơi nhận:" in t.rows[0].cells[0].text).rows[0].cells
    )
    assert [line.text for line in right.paragraphs if line.text] == [
        "ON BEHALF OF THE PEOPLE'S COMMITTEE", "CHAIRPERSON",
    ]  # fmt: skip
    assert left.paragraphs[0].runs[0].italic
    assert left.paragraphs[0].runs[0].font.size.pt == 12


def test_the_tables_say_what_was_counted_and_repeat_their_head(read: Any) -> None:
    annex = next(table for table in read.tables if len(table.columns) == 13)
    assert annex.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in annex.rows[1:])
    assert len(annex.rows) == 42
    assert [cell.text for cell in annex.rows[1].cells] == [
        "1", "Nhà nghỉ số 0", "Xã 0", "1", "2", "3", "4", "5", "6", "7", "28", "7", "300,00 %",
    ]  # fmt: skip
    assert [cell.text for cell in annex.rows[-1].cells][3:11] == [
        "40", "80", "120", "160", "200", "240", "280", "1.120",
    ]  # fmt: skip
    text = "\n".join(line.text for line in read.paragraphs)
    assert "72.636" in text
    assert "13,68 %" in text
    assert "86.621" in text  # 159.257 - 72.636


def test_the_chart_is_offices_own_and_says_its_numbers(read: Any) -> None:
    (drawing,) = list(read.element.body.iter(qn("wp:docPr")))
    assert "Mo: 40" in drawing.get("descr")
    names = zipfile.ZipFile(io.BytesIO(paper(numbers(site(1))))).namelist()
    assert "word/charts/chart1.xml" in names


def test_the_same_paper_is_the_same_bytes() -> None:
    found = numbers(site(1), site(2))
    assert paper(found) == paper(found)
    assert paper(found) != paper(numbers(site(1)))


def test_a_closed_paper_is_dated_and_can_be_known_again() -> None:
    at = 1615190000.0
    report = Report(numbers(site(1)), Texts(), 2, "x", at, "về muộn", "ab" * 32)
    text = "\n".join(line.text for line in opened(paper(report.numbers, report=report)).paragraphs)
    assert "ab" * 32 in text
    assert "về muộn" in text
    assert "DRAFT" not in text


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(2021, 3, 5), "ngày 05 tháng 3 năm 2021"),
        (date(2021, 2, 15), "ngày 15 tháng 02 năm 2021"),
        (date(2021, 12, 31), "ngày 31 tháng 12 năm 2021"),
        (None, "ngày … tháng … năm ……"),
    ],
)
def test_days_are_written_as_the_decree_has_it(day: date | None, text: str) -> None:
    assert dated(day) == text


def test_an_empty_week_reads_well() -> None:
    text = "\n".join(line.text for line in opened(paper(numbers())).paragraphs)
    assert "In the week there was no impression." in text
    assert "No site was without a sign of life." in text
    assert "None." in text


@settings(max_examples=25)
@given(st.text(max_size=60), st.text(max_size=300))
def test_no_text_breaks_the_file(name: str, words: str) -> None:
    found = numbers(site(1, name=name))
    read = opened(paper(found, Texts(words, words)))
    annex = next(table for table in read.tables if len(table.columns) == 13)
    assert annex.rows[1].cells[3].text == "1"


def test_communes_that_share_a_name_are_told_apart() -> None:
    one, other = site(1), replace(site(2), path=("04", "040", "01290"), names=site(1).names)
    rows = commune_table(numbers(one, other)).rows
    assert [row[3] for row in rows] == [28, 28, 56]


def test_three_hundred_sites_are_a_paper_too() -> None:
    found = numbers(*map(site, range(300)))
    body = paper(found)
    assert len(body) < 500_000
    annex = next(table for table in opened(body).tables if len(table.columns) == 13)
    assert annex.rows[-1].cells[10].text == "8.400"


def test_the_workbook_has_a_sheet_for_each_table() -> None:
    found = numbers(*map(site, range(3)))
    made = datetime(2021, 3, 8, tzinfo=HO_CHI_MINH)
    book = load_workbook(io.BytesIO(workbook(annex_table(found), same, made, commune_table(found))))
    assert len(book.worksheets) == 3
    annex, communes = ([list(row) for row in sheet.values] for sheet in book.worksheets[:2])
    assert annex[-1][3:11] == [3, 6, 9, 12, 15, 18, 21, 84]
    assert communes[-1][2:5] == [3, 84, 21]
