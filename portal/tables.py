"""Reading a table that a person made: CSV in the ways Excel writes it, or XLSX."""

import codecs
import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any

from portal.domain.errors import BadInput, Problem
from portal.domain.errors import message as _
from portal.reports.delimited import harmless

_LARGEST = 10 * 1024 * 1024  # bytes, of the file and of what a workbook unpacks to
_MOST_ROWS = 20_000

Row = tuple[int, dict[str, str]]


class BadTable(BadInput):
    """A file that is no table, or lacks its head."""


def read_table(path: Path, known: set[str]) -> list[Row]:
    """Return the rows of a file; see ``read_rows``. Raises BadTable."""
    try:
        if path.stat().st_size > _LARGEST:
            raise BadTable([Problem(path.name, _("the file is too large"))])
        body = path.read_bytes()
    except OSError as error:
        raise BadTable([_unreadable(path.name, error)]) from error
    return read_rows(path.name, body, known)


def read_rows(file: str, body: bytes, known: set[str]) -> list[Row]:
    """Return the rows of a file's bytes as (row number in the file, texts by column).

    ``file`` is its name, which says what it is and stands in messages. The first row names the
    columns; ``known`` are those that may occur, and names ending in ``*`` stand for any that begin
    so. Empty rows are left out, empty cells too. Raises BadTable.
    """
    try:
        if len(body) > _LARGEST:
            raise BadTable([Problem(file, _("the file is too large"))])
        lines = _xlsx(body) if file.lower().endswith(".xlsx") else _csv(body)
        rows = [(number, cells) for number, cells in lines if any(cells)]
    except (OSError, ValueError, csv.Error, zipfile.BadZipFile) as error:
        raise BadTable([_unreadable(file, error)]) from error
    if not rows:
        raise BadTable([Problem(file, _("the file is empty"))])
    head = [cell.strip().lower() for cell in rows[0][1]]
    _check_head(file, head, known)
    _check_rows(file, head, rows[1:])
    return [
        (number, {name: cell for name, cell in zip(head, cells, strict=False) if name and cell})
        for number, cells in rows[1:]
    ]


def _check_head(file: str, head: list[str], known: set[str]) -> None:
    starts = tuple(name[:-1] for name in known if name.endswith("*"))
    problems = [
        Problem(f"{file}, {name}", _("there is no such column"))
        for name in head
        if name and name not in known and not (starts and name.startswith(starts))
    ]
    problems += [
        Problem(f"{file}, {name}", _("this column stands there twice"))
        for name in sorted({name for name in head if name and head.count(name) > 1})
    ]
    if problems:
        raise BadTable(problems)


def _check_rows(file: str, head: list[str], rows: list[tuple[int, list[str]]]) -> None:
    # A comma that was not quoted moves everything behind it; nothing may be left out unseen.
    problems = [
        Problem(f"{file}, {number}", _("there is a cell without a column"))
        for number, cells in rows
        if any(cell and not name for name, cell in zip_longest(head, cells, fillvalue=""))
    ]
    if problems:
        raise BadTable(problems)


def _csv(body: bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a CSV, separated by ; or , or tabs."""
    text = _text(body)
    lines = text.splitlines()
    if lines and lines[0].lower().startswith("sep="):
        text = "\n".join(["", *lines[1:]])
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    for cells in reader:
        if reader.line_num > _MOST_ROWS:
            raise ValueError(f"> {_MOST_ROWS}")
        yield reader.line_num, [_plain(cell.strip()) for cell in cells]


def _text(body: bytes) -> str:
    """Return a file's text: UTF-8, or UTF-16 with its mark as Excel's "Unicode text" has it."""
    utf16 = body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return body.decode("utf-16" if utf16 else "utf-8-sig")


def _plain(cell: str) -> str:
    """Return a cell without the apostrophe that our own files put before what looks computed."""
    return cell[1:] if cell.startswith("'") and harmless(cell[1:]) == cell else cell


def _xlsx(body: bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a workbook's first sheet."""
    try:
        yield from _workbook(body)
    except (OSError, ValueError, zipfile.BadZipFile):
        raise
    except Exception as error:  # openpyxl lets through whatever a broken file makes it meet
        raise ValueError(f"{type(error).__name__}: {error}") from error


def _workbook(body: bytes) -> Iterator[tuple[int, list[str]]]:
    from openpyxl import load_workbook  # 30 ms that only an import pays

    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        if sum(item.file_size for item in archive.infolist()) > 10 * _LARGEST:
            raise ValueError("too large")
    book = load_workbook(io.BytesIO(body), read_only=True, data_only=True)
    for number, cells in enumerate(book.worksheets[0].iter_rows(values_only=True), 1):
        if number > _MOST_ROWS:
            raise ValueError(f"> {_MOST_ROWS}")
        yield number, [_cell(cell) for cell in cells]


def _cell(value: Any) -> str:
    """Return a cell as the text that its reader sees: Excel turns codes and days into numbers."""
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _unreadable(file: str, error: Exception) -> Problem:
    return Problem(file, _("cannot be read: %(error)s"), {"error": error})
