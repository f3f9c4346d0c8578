"""A week's report as files: DOCX, XLSX, CSV, and what was closed as JSON with its hash."""

import json
from datetime import datetime

from flask import Response, abort

from portal.domain.periods import HO_CHI_MINH
from portal.domain.weeks import Report, WeekNumbers
from portal.reports.delimited import delimited
from portal.reports.letter import Letter
from portal.reports.weekly_tables import annex_table, commune_table
from portal.reports.workbook import workbook
from portal.web.office.files import FORMATS, download
from portal.web.requests import argument, services
from portal.weekbook import report_document

_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def as_week_file(letter: Letter, numbers: WeekNumbers, report: Report | None) -> Response | None:
    """Return the report as the file that the address asks for; None when it asks for the page.

    ``report``: what was closed, whole, to be offered as JSON.
    """
    wanted = argument("format")
    if not wanted:
        return None
    say = services().catalogs.translations("vi").gettext
    made = datetime.fromtimestamp(report.at if report else services().clock(), HO_CHI_MINH)
    if wanted == "docx":
        from portal.reports.document import document  # 200 ms that only a download pays

        return download(f"{letter.name}.docx", document(letter, say), _DOCX)
    if wanted == "xlsx":
        body = workbook(annex_table(numbers), say, made, commune_table(numbers))
    elif wanted == "csv":
        body = delimited(annex_table(numbers), say)
    elif wanted == "json" and report:
        body = json.dumps(report_document(report), ensure_ascii=False, indent=1).encode()
    else:
        abort(400)
    return download(f"{letter.name}.{wanted}", body, FORMATS[wanted])
