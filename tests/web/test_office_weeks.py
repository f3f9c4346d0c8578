"""The weekly report in the console: drafted, closed, corrected; every file as the counts."""

import csv
import hashlib
import io
import json
import re
import secrets
import threading
import time
from dataclasses import replace
from datetime import date
from random import Random

import pytest
from docx import Document
from openpyxl import load_workbook

from portal.domain.devices import OS
from portal.domain.events import Channel, Event, Kind, Tier
from portal.domain.periods import Period
from portal.domain.weeks import Report, Week, late
from portal.jobs.alerts import AlertJob
from portal.jobs.weekly import Drafts
from portal.stores.base import Record
from portal.weekbook import WeekBook
from tests.sinks import Hook, hook
from tests.web.conftest import World
from tests.web.office import Browser

MONDAY = 1615165200.0 + 3600  # 08/03/2021 09:00 in Asia/Ho_Chi_Minh
WEEK = "/office/weeks/2021-W09"


def count(world: World, site: str, numbers: dict[str, int]) -> None:
    """Count impressions at a site by day (YYYYMMDD), as another node does."""
    store = world.services.store
    writer = f"other.{secrets.token_hex(8)}"
    labels = [day for day, n in numbers.items() for _time in range(n)]
    events = [
        Event(site, f"{day}08", Kind.SHOWN, OS.IOS, Channel.WIFI, Tier.NONE, f"{writer}{n}")
        for n, day in enumerate(labels)
    ]
    store.apply(writer, [Record(n, event) for n, event in enumerate(events, 1)])


@pytest.fixture
def monday(office: World) -> World:
    """The Monday after week 9: 13 impressions at the station, 8 at the market in the week."""
    office.book.edit("ben-xe", {"area": "01290"})
    office.book.edit("cho", {"area": "01294"})
    count(office, "ben-xe", {"20210222": 4, "20210301": 7, "20210307": 3, "20210308": 99})
    count(office, "cho", {"20210303": 3})
    office.services.notes.add({"first": "2021-03-03", "text": "Mất điện xã Lý Bôn"}, "can-bo")
    office.clock.now = MONDAY
    return office


def close(browser: Browser, after: int = 0, week: str = WEEK, **form: str) -> int:
    """Close a week as whoever has just looked at it."""
    page = browser.get(f"{week}/close").text
    seen = page.partition('name="version" value="')[2].partition('"')[0] or "0"
    sent = {"version": seen, **form}
    return browser.post(f"{week}/close", after=str(after), **sent).status_code


def test_weeks_are_listed_since_the_campaign_began(monday: World) -> None:
    text = Browser(monday, "nguoi-xem").get("/office/weeks").text
    assert text.count('href="/office/weeks/2021-W') == 6  # W05, of 1 February, to W10
    assert "2021-W10" in text


def test_a_draft_begins_with_the_notes_and_can_be_written(monday: World) -> None:
    browser = Browser(monday, "can-bo")
    assert browser.post(f"{WEEK}/draft").status_code == 303
    page = browser.get(f"{WEEK}/edit").text
    assert "03/03/2021: Mất điện xã Lý Bôn" in page
    form = {"difficulties": "Mất điện.\n\nMất mạng.", "proposals": "Cấp máy phát.", "version": "1"}
    assert browser.post(f"{WEEK}/edit", **form).status_code == 303
    shown = browser.get(WEEK).text
    assert "Cấp máy phát." in shown
    assert "DỰ THẢO" in shown
    assert browser.post(f"{WEEK}/edit", **form).status_code == 409
    assert browser.post(f"{WEEK}/draft").status_code == 303  # there is one already
    assert "Cấp máy phát." in browser.get(WEEK).text


@pytest.mark.parametrize("text", ["x" * 5001, "a\u202eb"])
def test_what_cannot_be_printed_is_not_kept(monday: World, text: str) -> None:
    browser = Browser(monday, "can-bo")
    browser.post(f"{WEEK}/draft")
    form = {"difficulties": text, "proposals": "", "version": "1"}
    assert browser.post(f"{WEEK}/edit", **form).status_code == 400


def test_a_closed_week_does_not_change_and_late_counts_are_told(monday: World) -> None:
    browser = Browser(monday, "can-bo")
    browser.post(f"{WEEK}/draft")
    assert close(browser) == 303
    before = browser.get(f"{WEEK}?format=docx").data
    count(monday, "ben-xe", {"20210301": 2})
    monday.book.edit("ben-xe", {"name": "Bến xe mới"})
    page = browser.get(WEEK).text
    assert "13 → 15" in page
    assert "Bến xe mới" not in page
    assert browser.get(f"{WEEK}?format=docx").data == before
    assert close(browser, after=1) == 400  # a correction says why
    assert close(browser, after=1, reason="Số liệu về muộn") == 303
    page = browser.get(WEEK).text
    assert "Số liệu về muộn" in page
    assert "→" not in page
    assert browser.get(f"{WEEK}?version=1&format=docx").data == before
    changes = browser.get(f"{WEEK}/changes?from=1&to=2").text
    assert 'class="long">13</td><td class="long">15</td>' in changes
    assert changes.count("<tr>") == 2  # the head, and the one site that differs


def test_closing_twice_closes_once(monday: World) -> None:
    one, other = Browser(monday, "can-bo"), Browser(monday, "quan-tri")
    assert (close(one), close(other)) == (303, 409)
    assert len(monday.services.weeks.reports(Week(2021, 9))) == 1
    assert close(other, after=7, reason="x") == 409


def test_texts_that_nobody_has_seen_are_not_closed(monday: World) -> None:
    one, other = Browser(monday, "can-bo"), Browser(monday, "quan-tri")
    one.post(f"{WEEK}/draft")
    form = {"difficulties": "Mất mạng.", "proposals": "", "version": "1"}
    assert other.post(f"{WEEK}/edit", **form).status_code == 303
    assert close(one, version="1") == 409
    assert monday.services.weeks.reports(Week(2021, 9)) == []
    assert close(one) == 303
    assert "Mất mạng." in one.get(WEEK).text


def test_all_weeks_can_be_reached_however_long_ago(office: World) -> None:
    office.clock.now += 5 * 366 * 86_400
    browser, seen = Browser(office, "nguoi-xem"), []
    for page in range(6):
        text = browser.get(f"/office/weeks?page={page}").text
        seen += re.findall(r'href="/office/weeks/([0-9]{4}-W[0-9]{2})"', text)
    assert seen[-1] == "2021-W05"
    assert len(seen) == len(set(seen)) > 5 * 52


def test_a_week_that_is_not_over_cannot_be_closed(monday: World) -> None:
    browser = Browser(monday, "quan-tri")
    for path in ("draft", "close"):
        assert browser.post(f"/office/weeks/2021-W10/{path}", after="0").status_code == 409
    assert browser.get("/office/weeks/2021-W10/close").status_code == 409
    monday.clock.now = MONDAY - 7200  # Monday, but before the cut-off
    assert close(browser) == 409
    assert browser.post(f"{WEEK}/draft").status_code == 303


def test_every_file_says_what_was_counted(monday: World) -> None:
    browser = Browser(monday, "nguoi-xem")
    text = browser.get(f"{WEEK}?format=csv").data.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    found = {row[1]: row[3:] for row in rows[1:]}
    assert found["Bến xe khách Bảo Lâm"] == ["7", "0", "0", "0", "3", "0", "3", "13", "4", "2,25"]
    assert found["Tổng cộng"] == ["7", "0", "3", "0", "8", "0", "3", "21", "4", "4,25"]
    book = load_workbook(io.BytesIO(browser.get(f"{WEEK}?format=xlsx").data))
    sheet = [list(row) for row in book.worksheets[0].values]
    assert sheet[-1][3:] == [7, 0, 3, 0, 8, 0, 3, 21, 4, 4.25]
    paper = Document(io.BytesIO(browser.get(f"{WEEK}?format=docx").data))
    cells = [[cell.text for cell in row.cells] for table in paper.tables for row in table.rows]
    assert ["", "Tổng cộng", "", "7", "0", "3", "0", "8", "0", "3", "21", "4", "425,00 %"] in cells
    assert "21 lượt hiển thị" in "\n".join(line.text for line in paper.paragraphs)


def test_the_installs_of_the_area_and_of_those_around_it_are_told(monday: World) -> None:
    for area, installs in (("04", "72636"), ("043", "9"), ("01294", "77")):
        entry = {"area": area, "day": "2021-03-01", "installs": installs, "source": "Sở TT&TT"}
        monday.services.adoption.add(entry, "can-bo")
    browser = Browser(monday, "nguoi-xem")
    district, commune = browser.get(WEEK).text, browser.get(f"{WEEK}?place=01294").text
    assert "72.636" in district
    assert "13,68 %" in district
    assert "86.621" in district
    assert "77 lượt cài đặt" not in district
    assert "77 lượt cài đặt" in commune
    assert "72.636" in commune


def test_a_place_has_its_own_numbers(monday: World) -> None:
    browser = Browser(monday, "nguoi-xem")
    assert "8 lượt hiển thị" in browser.get(f"{WEEK}?place=01294").text
    assert "21 lượt hiển thị" in browser.get(f"{WEEK}?place=04").text
    assert "Trong tuần không có lượt hiển thị nào." in browser.get(f"{WEEK}?place=01291").text
    assert browser.get(f"{WEEK}?place=99999").status_code == 404


def test_an_owner_reads_the_own_sites_report_alone(monday: World) -> None:
    browser = Browser(monday, "chu-diem")
    text = browser.get(f"{WEEK}/site/ben-xe").text
    assert "13 lượt hiển thị" in text
    assert "Chợ" not in text
    assert browser.get(f"{WEEK}/site/cho").status_code == 404
    assert browser.get(WEEK).status_code == 403
    csv_file = browser.get(f"{WEEK}/site/ben-xe?format=csv").data.decode("utf-8-sig")
    assert "Chợ" not in csv_file
    assert browser.get(f"{WEEK}/site/ben-xe?format=json").status_code == 400


def test_the_hash_can_be_reckoned_by_anybody(monday: World) -> None:
    browser = Browser(monday, "can-bo")
    close(browser)
    body = json.loads(browser.get(f"{WEEK}?format=json").data)
    found = body.pop("sha256")
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == found
    assert found in browser.get(WEEK).text


@pytest.mark.parametrize(
    "path", ["2021-W54", "2021-w09", "2021-W9", "2021-W30", "x", "2021-W09/changes?from=1&to=2",
             "2021-W09?version=7"]
)  # fmt: skip
def test_what_there_is_not_is_not_found(monday: World, path: str) -> None:
    close(Browser(monday, "quan-tri"))
    assert Browser(monday, "quan-tri").get(f"/office/weeks/{path}").status_code == 404


def test_the_week_across_the_new_year(office: World) -> None:
    count(office, "cho", {"20201228": 1, "20201231": 2, "20210101": 4, "20210103": 8})
    page = Browser(office, "can-bo").get("/office/weeks/2020-W53?format=csv")
    rows = list(csv.reader(io.StringIO(page.data.decode("utf-8-sig")), delimiter=";"))
    assert rows[-1][3:11] == ["1", "0", "0", "2", "4", "0", "8", "15"]


def test_a_site_archived_in_the_week_stays_in_its_report(monday: World) -> None:
    monday.book.archive("cho")
    monday.services.sites.add({"id": "sau", "name": "Điểm sau"}, date(2021, 3, 8))
    text = Browser(monday, "nguoi-xem").get(f"{WEEK}?format=csv").data.decode("utf-8-sig")
    assert "Chợ Bảo Lâm" in text
    assert "Điểm sau" not in text
    assert "Nhà khách;;0" in text  # nobody has said where it lies


# --- by itself


def job(world: World, there: Hook) -> AlertJob:
    """A node's background job that tells a web hook."""
    held = world.services
    settings = replace(held.settings, notify=(there.url,), digest_at="")
    drafts = Drafts(held.weeks, held.notes, settings.week_cutoff)
    parts = (held.store, held.rollup, held.alerts, held.areas, held.catalogs, held.campaign.app)
    return AlertJob(settings, *parts, world.clock, drafts)


def test_on_monday_the_draft_is_made_once_and_told_once(monday: World) -> None:
    with hook() as there:
        nodes = [job(monday, there) for _n in range(3)]
        monday.clock.now = MONDAY - 2 * 3600  # before the cut-off
        for node in nodes:
            node.tell()
        assert monday.services.weeks.draft(Week(2021, 9)) is None
        monday.clock.now = MONDAY
        for node in nodes * 2:
            node.tell()
        texts = [text for text in there.texts() if "tuần 9" in text]
    assert len(texts) == 1
    assert "01/03/2021" in texts[0]
    draft = monday.services.weeks.draft(Week(2021, 9))
    assert draft is not None
    assert (draft.who, draft.version) == ("-", 1)
    assert "Mất điện" in draft.texts.difficulties


def test_two_nodes_that_make_it_at_once_make_one(monday: World) -> None:
    held, gate = monday.services, threading.Barrier(4)
    made: list[object] = []

    def make() -> None:
        drafts = Drafts(WeekBook(held.store, monday.clock, "08:00"), held.notes, "08:00")
        gate.wait()
        made.append(drafts.make(MONDAY))

    threads = [threading.Thread(target=make) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 4
    draft = held.weeks.draft(Week(2021, 9))
    assert draft is not None
    assert draft.version == 1


def test_closing_while_counts_arrive_loses_and_invents_none(monday: World) -> None:
    """Whatever comes while a week is closed is in the report, or told as late: never both."""
    stop = threading.Event()
    arrived = [0]

    def arrive() -> None:
        while not stop.is_set():
            count(monday, "cho", {"20210304": 1})
            arrived[0] += 1
            time.sleep(0.005)  # no node writes without a pause, and SQLite's queue is not fair

    thread = threading.Thread(target=arrive)
    thread.start()
    try:
        assert close(Browser(monday, "can-bo")) == 303
    finally:
        stop.set()
        thread.join()
    held = monday.services
    (report,) = held.weeks.reports(Week(2021, 9))
    now = held.week_taker.take(Week(2021, 9))
    frozen = next(one for one in report.numbers.sites if one.id == "cho").impressions
    present = next(one for one in now.sites if one.id == "cho").impressions
    assert present == 8 + arrived[0]
    assert 8 <= frozen <= present
    expected = {} if frozen == present else {"cho": (frozen, present)}
    assert late(report, now) == expected


def test_every_week_of_a_quarter_with_a_late_journal_is_the_stores(monday: World) -> None:
    chance, days = Random(9), Period(date(2020, 12, 28), date(2021, 3, 7))
    for site in ("ben-xe", "cho", "nha-khach"):
        count(monday, site, {f"{day:%Y%m%d}": chance.randint(0, 4) for day in days.days()})
    browser = Browser(monday, "can-bo")
    weeks = [Week(2020, 53), *(Week(2021, number) for number in range(1, 10))]
    for week in weeks:
        assert close(browser, week=f"/office/weeks/{week}") == 303
    count(monday, "cho", {"20210105": 3})  # a node's journal comes back
    for week in weeks:
        cells = monday.services.store.counters(week.period.first, week.period.last)
        stored = {
            site: sum(n for cell, n in found.items() if cell.kind == Kind.SHOWN)
            for site, found in cells.items()
        }
        (report,) = monday.services.weeks.reports(week)
        told = {one.id: one.impressions for one in report.numbers.sites if one.impressions}
        if week == Week(2021, 1):
            assert stored["cho"] == told["cho"] + 3
            told["cho"] += 3
        assert told == {site: n for site, n in stored.items() if n}
        text = browser.get(f"/office/weeks/{week}?format=csv").data.decode("utf-8-sig")
        last = list(csv.reader(io.StringIO(text), delimiter=";"))[-1]
        assert int(last[10].replace(".", "")) == report_sum(report)
    assert "→" in browser.get("/office/weeks/2021-W01").text
    assert "→" not in browser.get("/office/weeks/2021-W02").text


def report_sum(report: Report) -> int:
    return sum(one.impressions for one in report.numbers.sites)
