"""``bluezone-portal week``: a report from a shell."""

import csv
import io
import json
import time
from datetime import timedelta
from pathlib import Path

from docx import Document

from portal.domain.events import Kind
from portal.domain.periods import today
from portal.domain.weeks import week_of
from portal.stores import open_store
from portal.stores.base import Cell, SiteState, WriterRow
from tests.unit.cli.conftest import Run

WEEK = week_of(today(time.time())).shifted(-2)


def count(data: Path) -> None:
    """Give the market 5 impressions on the Tuesday of the week."""
    store = open_store("sqlite:", data)
    day = WEEK.period.first + timedelta(1)
    cells = {Cell(f"{day:%Y%m%d}08", Kind.SHOWN, "ios", "wifi", "3"): 5}
    rows = {"seed.0123456789abcdef": WriterRow(5, 5, 0)}
    store.replace_state(SiteState("cho", cells, rows, {}))
    store.close()


def test_a_week_is_drafted_closed_corrected_and_exported(run: Run, data: Path) -> None:
    run("site", "add", "cho", "--name", "Chợ Lý Bôn", "--area", "01294")
    count(data)
    assert "is made" in run("week", "draft", WEEK).stdout
    assert "already" in run("week", "draft", WEEK).stdout
    assert json.loads(run("week", "show", WEEK).stdout)["sites"][0]["shown"][1] == 5
    closed = run("week", "close", WEEK).stdout
    assert "version 1" in closed
    shown = json.loads(run("week", "show", WEEK).stdout)
    assert shown["sha256"] in closed
    assert "--reason" in run("week", "close", WEEK, expect=1).stderr
    assert "version 2" in run("week", "close", WEEK, "--reason", "về muộn").stdout
    assert "no version 7" in run("week", "show", WEEK, "--version", "7", expect=1).stderr
    assert str(WEEK) in run("week", "list").stdout
    for name in ("a.docx", "a.xlsx", "a.csv", "a.json"):
        run("week", "export", WEEK, data / name, "--place", "01294")
    rows = list(csv.reader(io.StringIO((data / "a.csv").read_text("utf-8-sig")), delimiter=";"))
    assert rows[-1][3:11] == ["0", "5", "0", "0", "0", "0", "0", "5"]
    assert "5 lượt hiển thị" in "\n".join(p.text for p in Document(str(data / "a.docx")).paragraphs)


def test_what_cannot_be_done_is_said(run: Run, data: Path) -> None:
    now = week_of(today(time.time()))
    assert "not over" in run("week", "draft", now, expect=1).stderr
    assert "not over" in run("week", "close", now, expect=1).stderr
    assert "no week" in run("week", "show", "2021-W77", expect=1).stderr
    assert "docx" in run("week", "export", WEEK, data / "a.pdf", expect=1).stderr
    assert "no area" in run("week", "export", WEEK, data / "a.csv", "--place", "9", expect=1).stderr
