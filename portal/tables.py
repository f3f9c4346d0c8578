"""Reading a table that a person made: CSV in the ways Excel writes it, or XLSX."""

import codecs
import csv
import io
import zipfile
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any
from unicodedata import normalize

from portal.domain.errors import BadInput, Problem
from portal.domain.errors import message as _
from portal.reports.delimited import harmless

_LARGEST = 10 * 1024 * 1024  # bytes of a file
_UNPACKED = 10 * _LARGEST  # bytes that a workbook unpacks to
_MOST_ROWS = 20_000
_MOST_CELLS = 10_000_000  # a single one far to the right makes a row of 16,384
_OLDER = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # how files of Excel before 2007 begin ([MS-CFB] 2.2)

Row = tuple[int, dict[str, str]]


class BadTable(BadInput):
    """A file that is no table, or lacks its head."""


def read_table(path: Path, known: Collection[str]) -> list[Row]:
    """Return the rows of a file; see ``read_rows``. Raises BadTable."""
    try:
        if path.stat().st_size > _LARGEST:
            raise BadTable([Problem(path.name, _("the file is too large"))])
        body = path.read_bytes()
    except OSError as error:
        raise BadTable([_unreadable(path.name, error)]) from error
    return read_rows(path.name, body, known)


def read_rows(
    file: str,
    body: bytes,
    known: Collection[str],
    titles: Mapping[str, str] | None = None,
    unpacked: int = _UNPACKED,
) -> list[Row]:
    """Return the rows of a file's bytes as (row number in the file, texts by column).

    ``file`` is its name, which stands in messages. The first row names the columns; ``known`` are
    those that may occur, and names ending in ``*`` stand for any that begin so. ``titles``: other
    names of columns, in small letters, with the column that each means. ``unpacked``: bytes that a
    workbook may unpack to. Empty rows are left out, empty cells too. Raises BadTable.
    """
    rows = _filled(file, body, unpacked)
    titles = titles or {}
    # Some systems write a letter and its accent as two characters.
    named = [normalize("NFC", cell).strip().lower() for cell in rows[0][1]]
    head = [titles.get(name, name) for name in named]
    _check_head(file, head, known)
    _check_rows(file, head, rows[1:])
    return [
        (number, {name: cell for name, cell in zip(head, cells, strict=False) if name and cell})
        for number, cells in rows[1:]
    ]


def is_known(column: str, known: Collection[str]) -> bool:
    """Tell whether ``known`` has a column, or a beginning of its name with ``*`` behind it."""
    starts = tuple(name[:-1] for name in known if name.endswith("*"))
    return column in known or column.startswith(starts)


def _filled(file: str, body: bytes, unpacked: int) -> list[tuple[int, list[str]]]:
    """Return the rows that hold anything, one at least. Raises BadTable."""
    if len(body) > _LARGEST:
        raise BadTable([Problem(file, _("the file is too large"))])
    if body.startswith(_OLDER):
        older = _("this file is of an old Excel, or has a password: save it as .xlsx without one")
        raise BadTable([Problem(file, older)])
    # What a workbook begins with tells more than a name that somebody gave it.
    book = file.lower().endswith(".xlsx") or body.startswith(b"PK\x03\x04")
    try:
        lines = _xlsx(file, body, unpacked) if book else _csv(file, body)
        rows = [row for row in lines if any(row[1])]
    except (OSError, ValueError, csv.Error, zipfile.BadZipFile) as error:
        raise BadTable([_unreadable(file, error)]) from error
    if not rows:
        raise BadTable([Problem(file, _("the file is empty"))])
    return rows


def _check_head(file: str, head: list[str], known: Collection[str]) -> None:
    problems = [
        Problem(f"{file}, {name}", _("there is no such column"))
        for name in head
        if name and not is_known(name, known)
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


def _csv(file: str, body: bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a CSV, separated by ; or , or tabs. Raises BadTable for no Unicode."""
    text = _text(body)
    if text is None:
        wanted = _("the letters cannot be read: save the file in Excel as .xlsx or “CSV UTF-8”")
        raise BadTable([Problem(file, wanted)])
    lines = text.splitlines()
    if lines and lines[0].lower().startswith("sep="):
        text = "\n".join(["", *lines[1:]])
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    for cells in reader:
        if reader.line_num > _MOST_ROWS:
            raise _too_many(file)
        yield reader.line_num, [_plain(cell.strip()) for cell in cells]


def _text(body: bytes) -> str | None:
    """Return a file's text: UTF-8, or UTF-16 with its mark as Excel's "Unicode text" has it.

    None for any other encoding, also for those that show as zeros between the letters.
    """
    utf16 = body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = body.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _plain(cell: str) -> str:
    """Return a cell without the apostrophe that our own files put before what looks computed."""
    return cell[1:] if cell.startswith("'") and harmless(cell[1:]) == cell else cell


def _xlsx(file: str, body: bytes, unpacked: int) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a workbook's first sheet."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            if sum(item.file_size for item in archive.infolist()) > unpacked:
                raise BadTable([Problem(file, _("the file is too large"))])
        yield from _workbook(file, body)
    except (BadTable, OSError, ValueError, zipfile.BadZipFile):
        raise
    except Exception as error:  # openpyxl lets through whatever a broken file makes it meet
        raise ValueError(f"{type(error).__name__}: {error}") from error


def _workbook(file: str, body: bytes) -> Iterator[tuple[int, list[str]]]:
    from openpyxl import load_workbook  # 30 ms that only an import pays

    book = load_workbook(io.BytesIO(body), read_only=True, data_only=True)
    read = 0
    for number, cells in enumerate(book.worksheets[0].iter_rows(values_only=True), 1):
        read += len(cells)
        if number > _MOST_ROWS or read > _MOST_CELLS:
            raise _too_many(file)
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


def _too_many(file: str) -> BadTable:
    return BadTable([Problem(file, _("there are too many rows, or columns"))])


def _unreadable(file: str, error: Exception) -> Problem:
    return Problem(file, _("cannot be read: %(error)s"), {"error": error})
