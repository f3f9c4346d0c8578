"""A table as CSV, the way a Vietnamese Excel opens it by a double click."""

import csv
import io
import re
import unicodedata
from typing import Any

from portal.reports.cells import Translate, answer, heads, iso, local, writable
from portal.reports.table import Sort, Table

_FORMULA = re.compile("[\\s\"'\u200b-\u200f\u2028-\u202e\u2060\ufeff\ufffd]*[=+\\-@]|[\t\r\n]")
"""How a text begins that a spreadsheet may take for a formula."""


def delimited(table: Table, translate: Translate) -> bytes:
    """Return the table as UTF-8 with a mark, its cells separated by ";", its lines by CR LF.

    Numbers have no separator of thousands; a share has a decimal comma, a day is dd/mm/yyyy.
    With keys as its head a file is for machines: days are ISO 8601 and flags true or false.
    """
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
    writer.writerow(map(harmless, heads(table, translate)))
    sorts = [column.sort for column in table.columns]
    for row in table.rows:
        cells = zip(row, sorts, strict=True)
        writer.writerow(_cell(cell, sort, table, translate) for cell, sort in cells)
    return file.getvalue().encode("utf-8-sig")


def harmless(text: str) -> str:
    """Return ``text`` so that a spreadsheet shows it and does not compute it.

    A text that begins with =, +, -, @, a tab or a line break gets an apostrophe before it: also
    where these are full-width, or stand behind blanks, quotation marks or what cannot be seen,
    which some programs drop. Source: OWASP, "CSV Injection"; ASVS 5.0, 1.2.10.
    """
    text = writable(text)
    # NFKC makes the full-width forms plain; what it changes further on is not looked at.
    return f"'{text}" if _FORMULA.match(unicodedata.normalize("NFKC", text[:200])) else text


def _cell(value: Any, sort: Sort, table: Table, translate: Translate) -> str:
    if value is None:
        return ""
    for_machines = table.head == "keys"
    match sort:
        case Sort.TEXT:
            return harmless(value)
        case Sort.SHARE:
            text = f"{value:.6f}".rstrip("0").rstrip(".")
            return text if for_machines else text.replace(".", ",")
        case Sort.DAY:
            return iso(value) if for_machines else f"{value:%d/%m/%Y}"
        case Sort.TIME:
            return iso(value) if for_machines else f"{local(value):%d/%m/%Y %H:%M}"
        case Sort.YES:
            return str(value).lower() if for_machines else answer(value, translate)
    return str(value)
