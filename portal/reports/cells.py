"""What the writers of files share: the language of their words, and texts that a file can hold."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from portal.domain.errors import message as _
from portal.domain.periods import HO_CHI_MINH
from portal.reports.table import Column, Sort, Table

Translate = Callable[[str], str]
"""Returns a message of the catalogues in the language of the reader."""

# XML 1.0, 2.2 (Char): all else cannot stand in a workbook, escaped or not.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def writable(text: str) -> str:
    """Return ``text`` with U+FFFD for every character that no file of text can hold."""
    return _UNWRITABLE.sub("\ufffd", text)


def heads(table: Table, translate: Translate) -> list[str]:
    """Return what stands above the columns: titles in the reader's language, or keys."""
    if table.head == "keys":
        return [column.key for column in table.columns]
    return [title(column, translate) for column in table.columns]


def title(column: Column, translate: Translate) -> str:
    """Return a column's title in the reader's language; "" for none."""
    # gettext answers the empty text with the head of its catalogue.
    return translate(column.title) if column.title else ""


def answer(value: bool, translate: Translate) -> str:
    """Return yes or no."""
    return translate(_("yes")) if value else translate(_("no"))


def local(moment: datetime) -> datetime:
    """Return a moment as the clocks of Asia/Ho_Chi_Minh show it; one without zone is one there."""
    return moment.astimezone(HO_CHI_MINH) if moment.tzinfo else moment.replace(tzinfo=HO_CHI_MINH)


def iso(value: date) -> str:
    """Return a day or a moment by ISO 8601, a moment to the second and with its offset."""
    if isinstance(value, datetime):
        return local(value).isoformat(timespec="seconds")
    return value.isoformat()


def cell_text(value: Any, sort: Sort, translate: Translate) -> str:
    """Return a cell as the paper shows it: 72.636; 13,68 %; 05/03/2021."""
    if value is None:
        return ""
    match sort:
        case Sort.NUMBER:
            return f"{value:,}".replace(",", ".")
        case Sort.SHARE:
            return f"{100 * value:.2f} %".replace(".", ",")
        case Sort.DAY:
            return f"{value:%d/%m/%Y}"
        case Sort.TIME:
            return f"{local(value):%H:%M %d/%m/%Y}"
        case Sort.YES:
            return answer(value, translate)
    return writable(str(value))
