"""A weekly report as a file of any form."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from portal.domain.weeks import WeekNumbers
from portal.reports.cells import Translate
from portal.reports.delimited import delimited
from portal.reports.letter import Letter
from portal.reports.weekly_tables import annex_table, commune_table
from portal.reports.workbook import workbook

FORMS = ("docx", "xlsx", "csv", "json")


def weekly_file(
    form: str,
    letter: Letter,
    numbers: WeekNumbers,
    kept: Mapping[str, Any],
    translate: Translate,
    made: datetime,
) -> bytes:
    """Return a report as a file; ``kept`` is what JSON holds: the whole, with its hash if closed.

    Raise ValueError for a form that is none of FORMS.
    """
    match form:
        case "docx":
            from portal.reports.document import document  # 200 ms that only a download pays

            return document(letter, translate)
        case "xlsx":
            return workbook(annex_table(numbers), translate, made, commune_table(numbers))
        case "csv":
            return delimited(annex_table(numbers), translate)
        case "json":
            return json.dumps(kept, ensure_ascii=False, indent=1).encode()
    raise ValueError(form)
