"""A page's table as a file, for whoever asks for one: ``?format=xlsx|csv|json``."""

from datetime import datetime

from flask import Response, abort

from portal.domain.periods import HO_CHI_MINH
from portal.reports.cells import Translate
from portal.reports.delimited import delimited
from portal.reports.objects import objects
from portal.reports.table import Table
from portal.reports.workbook import workbook
from portal.web.office.pages import reader
from portal.web.requests import argument, services

FORMATS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
"""What a file may be, with its type on the internet (RFC 6838)."""


def as_file(table: Table) -> Response | None:
    """Return the table as the file that the address asks for, in the language of the reader.

    None when the address asks for the page; 400 for a format that there is not.
    """
    wanted = argument("format")
    if not wanted:
        return None
    if wanted not in FORMATS:
        abort(400)
    now = datetime.fromtimestamp(services().clock(), HO_CHI_MINH)
    name = f"{table.name}-{now:%Y-%m-%d}.{wanted}"
    return download(name, _written(table, wanted, now), FORMATS[wanted])


def download(name: str, body: bytes, kind: str) -> Response:
    """Return a file that the browser saves and never shows as a page of ours."""
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(body, headers=headers, content_type=kind)


def _written(table: Table, wanted: str, now: datetime) -> bytes:
    translate: Translate = services().catalogs.translations(reader()).gettext
    if wanted == "xlsx":
        return workbook(table, translate, now)
    if wanted == "csv":
        return delimited(table, translate)
    return objects(table, translate, now)
