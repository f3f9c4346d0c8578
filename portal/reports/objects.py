"""A table as JSON, for programs."""

import json
from datetime import date, datetime
from typing import Any

from portal.reports.cells import Translate, iso, title, writable
from portal.reports.table import Table


def objects(table: Table, translate: Translate, made: datetime) -> bytes:
    """Return the table as a JSON object: what it is, its columns, and a row as an object each.

    Days and moments are ISO 8601, numbers are numbers, what is not known is null.
    """
    body = {
        "name": table.name,
        "title": translate(table.title),
        "generated_at": iso(made),
        "note": translate(table.note) if table.note else "",
        "columns": [
            {"key": column.key, "title": title(column, translate), "sort": column.sort}
            for column in table.columns
        ],
        "rows": [{key: _plain(cell) for key, cell in record.items()} for record in table.records()],
    }
    return json.dumps(body, ensure_ascii=False).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return iso(value)
    return writable(value) if isinstance(value, str) else value
