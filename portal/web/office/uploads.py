"""Files that people send to be entered: read, carried by the page that shows them, confirmed."""

import json
from collections.abc import Collection, Mapping, Sequence
from urllib.parse import quote_plus

from flask import request

from portal.domain.errors import Problem
from portal.domain.errors import message as _
from portal.reports.table import Column
from portal.tables import BadTable, Row, is_known, read_rows
from portal.web.office.pages import LANGUAGES
from portal.web.requests import services

LARGEST = 2 * 1024 * 1024
"""Bytes that a file may have with its form."""
_UNPACKED = 5 * 1024 * 1024  # bytes of a workbook; the slowest that fit take seconds to read
# Bytes of the rows as a form sends them: the page carries them until they are confirmed, and
# Flask reads no more than 500.000 (MAX_FORM_MEMORY_SIZE).
_MOST = 450_000


def sent_rows(columns: Sequence[Column], most: int, also: str = "") -> list[Row]:
    """Return the rows of the file that was sent, under the keys of ``columns``.

    A column may be headed by its key, or its title in any language of the console; ``also`` is a
    prefix of further keys. Raise BadTable, also for more than ``most`` rows.
    """
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise BadTable([Problem("", _("choose a file"))])
    with sent.stream:
        body = sent.read(LARGEST + 1)
    known, titles = _known(columns, also), _titles(columns)
    rows = read_rows(sent.filename, body, known, titles, _UNPACKED)
    if len(rows) > most or len(quote_plus(carried_text(rows))) > _MOST:
        wanted = _("this is too much for one file: write at most %(most)s rows with short texts")
        raise BadTable([Problem("", wanted, {"most": most})])
    return rows


def carried_text(rows: Sequence[Row]) -> str:
    """Return rows as the text that a page carries."""
    return json.dumps(rows, ensure_ascii=False)


def carried_rows(text: str, columns: Sequence[Column], most: int, also: str = "") -> list[Row]:
    """Return the rows that a page carried; see ``sent_rows``. Raise BadTable for any others."""
    known = _known(columns, also)
    try:
        rows = json.loads(text)
        if not isinstance(rows, list) or len(rows) > most:
            raise ValueError
        if not all(_is_row(row, known) for row in rows):
            raise ValueError
        carried_text(rows).encode()  # refuses half a character, which no page holds
    except (ValueError, RecursionError):
        raise BadTable([Problem("", _("choose a file"))]) from None
    return [(number, fields) for number, fields in rows]


def _is_row(row: object, known: Collection[str]) -> bool:
    match row:
        case [int(), dict() as fields]:
            texts = all(isinstance(value, str) for value in fields.values())
            return texts and all(is_known(name, known) for name in fields)
    return False


def _known(columns: Sequence[Column], also: str) -> set[str]:
    return {column.key for column in columns} | ({f"{also}*"} if also else set())


def _titles(columns: Sequence[Column]) -> Mapping[str, str]:
    """Return the key of each column by its titles, in every language of the console."""
    found: dict[str, str] = {}
    for lang in LANGUAGES:
        translate = services().catalogs.translations(lang).gettext
        found |= {translate(column.title).lower(): column.key for column in columns}
    return found
