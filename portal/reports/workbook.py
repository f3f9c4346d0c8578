"""A table as an Excel workbook: real numbers and days, and texts that stay texts."""

import io
import re
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from portal.domain.errors import message as _
from portal.reports.cells import Translate, answer, heads, local, writable
from portal.reports.table import Sort, Table

if TYPE_CHECKING:  # importing it takes a while, which only a download pays
    from openpyxl.cell.cell import Cell, MergedCell
    from openpyxl.worksheet.worksheet import Worksheet

_FORMATS = {
    Sort.TEXT: "@",  # a code keeps its first zero, also after somebody has edited it
    Sort.NUMBER: "#,##0",
    Sort.SHARE: "0.0%",
    Sort.DAY: "dd/mm/yyyy",
    Sort.TIME: "dd/mm/yyyy hh:mm",
    Sort.YES: "General",
}
_FIXED = {Sort.SHARE: 7, Sort.DAY: 10, Sort.TIME: 16, Sort.YES: 6}  # characters
_NARROWEST, _WIDEST = 8, 60
_LOOKED_AT = 500  # rows that decide how wide a column is


def workbook(table: Table, translate: Translate, made: datetime, *more: Table) -> bytes:
    """Return the table as XLSX, and ``more`` of them on sheets of their own.

    The first sheet is the table and nothing else, its head in the first row, so that it can be
    filtered, pivoted and read in again. What it is, how its numbers are to be understood and when
    it was made (``made``) stands on the last sheet.
    """
    from openpyxl import Workbook

    book = Workbook()
    tables = (table, *more)
    titles = [translate(one.title) for one in tables]
    names = _sheet_names(*titles, translate(_("About this table")))
    book.remove(book.worksheets[0])
    for one, name in zip(tables, names, strict=False):
        sheet: Worksheet = book.create_sheet(name)
        _fill(sheet, one, translate)
        _set_widths(sheet, one, translate)
        _set_print(sheet)
    about = book.create_sheet(names[-1])
    about.column_dimensions["A"].width, about.column_dimensions["B"].width = 24, 100
    for row, (name, value, sort) in enumerate(_about(table, translate, made), 1):
        _head(about.cell(row, 1), name)
        _put(about.cell(row, 2), value, sort)
        _wrap(about.cell(row, 2))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _fill(sheet: "Worksheet", table: Table, translate: Translate) -> None:
    for place, head in enumerate(heads(table, translate), 1):
        _head(sheet.cell(1, place), head)
    sorts = [column.sort for column in table.columns]
    for line, row in enumerate(table.rows, 2):
        for place, (value, sort) in enumerate(zip(row, sorts, strict=True), 1):
            if sort is Sort.YES and value is not None and table.head == "titles":
                value, sort = answer(value, translate), Sort.TEXT
            if value not in (None, ""):
                _put(sheet.cell(line, place), value, sort)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions


def _put(cell: "Cell | MergedCell", value: Any, sort: Sort) -> None:
    if sort is Sort.TIME:
        value = local(value).replace(tzinfo=None, microsecond=0)  # a workbook knows no zones
    if sort is Sort.TEXT:
        cell.value = writable(re.sub("\r\n?", "\n", value))  # XML knows one line break
        cell.data_type = "s"  # openpyxl takes "=1" for a formula, "#N/A" for an error
    else:
        cell.value = value
    cell.number_format = _FORMATS[sort]


def _head(cell: "Cell | MergedCell", text: str) -> None:
    from openpyxl.styles import Font

    cell.value = writable(text)
    cell.data_type = "s"
    cell.font = Font(bold=True)
    _wrap(cell)


def _wrap(cell: "Cell | MergedCell") -> None:
    from openpyxl.styles import Alignment

    cell.alignment = Alignment(horizontal="left", vertical="top", wrap_text=True)


def _set_widths(sheet: "Worksheet", table: Table, translate: Translate) -> None:
    from openpyxl.utils import get_column_letter

    columns = zip(heads(table, translate), table.columns, strict=True)
    for place, (head, column) in enumerate(columns, 1):
        cells = [row[place - 1] for row in islice(table.rows, _LOOKED_AT)]
        longest = max((_length(cell, column.sort) for cell in cells), default=0)
        width = min(max(longest, len(head) + 3, _NARROWEST), _WIDEST)  # 3: the filter's button
        sheet.column_dimensions[get_column_letter(place)].width = width + 1


def _length(value: Any, sort: Sort) -> int:
    if value is None:
        return 0
    if sort is Sort.NUMBER:
        return len(f"{value:,}")
    return _FIXED.get(sort) or max(map(len, str(value).splitlines()), default=0)


def _set_print(sheet: "Worksheet") -> None:
    """Have it printed on A4 across, as wide as a page, with the head on every page."""
    from openpyxl.worksheet.header_footer import HeaderFooterItem
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = int(sheet.PAPERSIZE_A4)
    sheet.page_setup.fitToHeight = 0  # as many pages as it takes
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "1:1"
    pages = HeaderFooterItem()
    pages.center.text = "&P/&N"
    sheet.HeaderFooter.oddFooter = pages


def _about(table: Table, translate: Translate, made: datetime) -> Iterator[tuple[str, Any, Sort]]:
    yield translate(_("Table")), translate(table.title), Sort.TEXT
    yield translate(_("Made at")), made, Sort.TIME
    yield translate(_("Rows")), len(table.rows), Sort.NUMBER
    if table.note:
        yield translate(_("Note")), translate(table.note), Sort.TEXT


def _sheet_names(*titles: str) -> list[str]:
    """Return names that sheets may have: at most 31 characters, none of []:*?/\\, no two alike."""
    names: list[str] = []
    for number, title in enumerate(titles, 1):
        name = re.sub(r"[\[\]:*?/\\]", " ", writable(title))[:31].strip(" '") or f"{number}"
        names.append(name if name.casefold() not in map(str.casefold, names) else f"{number}")
    return names
