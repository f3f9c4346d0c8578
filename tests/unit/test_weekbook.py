"""The book of weeks: one truth for ever, whoever closes, whenever, on whatever store."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from portal.domain.errors import VersionConflict
from portal.domain.weeks import (
    Silence,
    SiteWeek,
    Standing,
    State,
    Texts,
    Week,
    WeekNotOver,
    WeekNumbers,
    late,
    numbers_from,
    parse_week,
    week_of,
)
from portal.stores import open_store
from portal.stores.backup import read_backup, write_backup
from portal.stores.base import dump, load
from portal.stores.moving import parts, write
from portal.weekbook import REPORTS, BadReport, WeekBook, report_document, sha256
from tests.servers import RedisServer

WEEK = Week(2021, 9)
AFTER = WEEK.cutoff("08:00").timestamp()
SITE = SiteWeek(
    "cho", "Chợ", "market", ("04", "042", "01294"), ("Tỉnh Cao Bằng", "Huyện Bảo Lâm", "Xã Lý Bôn"),
    True, (1, 2, 3, 4, 5, 6, 7), 9, (7, 6, 5, 4, 3, 2, 1), 300,
)  # fmt: skip
NUMBERS = WeekNumbers(
    "2021-W09", 1, "2021-02-01", 0.3, (SITE, replace(SITE, id="ga", name="Ga", path=(), names=())),
    (Standing("042", "Huyện Bảo Lâm", "2021-03-05", 9876, 65025, "Sở TT&TT"),),
    (Silence("cho", "silent", 1614660000.0, 0),), 0,
)  # fmt: skip


@pytest.fixture(params=["sqlite", "redis"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "redis":
        server: RedisServer = request.getfixturevalue("redis_server")
        return server.url
    return f"sqlite:{tmp_path / 'portal.db'}"


@pytest.fixture
def book_of(url: str, tmp_path: Path) -> Callable[..., WeekBook]:
    def make(now: float = AFTER) -> WeekBook:
        return WeekBook(open_store(url, tmp_path), lambda: now, "08:00")

    return make


def test_a_draft_is_made_once(book_of: Callable[..., WeekBook]) -> None:
    one, other = book_of(), book_of()
    assert one.begin(WEEK, Texts("a"), "-")
    assert not other.begin(WEEK, Texts("b"), "can-bo")
    draft = other.draft(WEEK)
    assert draft is not None
    assert (draft.texts.difficulties, draft.who, draft.version) == ("a", "-", 1)
    assert one.states() == {WEEK: (State.DRAFT, 0)}


def test_a_week_is_neither_drafted_nor_closed_before_it_is_over(
    book_of: Callable[..., WeekBook],
) -> None:
    sunday = book_of(WEEK.cutoff("00:00").timestamp() - 1)
    early = book_of(AFTER - 1)
    with pytest.raises(WeekNotOver):
        sunday.begin(WEEK, Texts(), "-")
    assert early.begin(WEEK, Texts(), "-")
    with pytest.raises(WeekNotOver):
        early.close(NUMBERS, Texts(), "can-bo")


def test_what_is_closed_comes_back_as_it_was(book_of: Callable[..., WeekBook]) -> None:
    made = book_of().close(NUMBERS, Texts("khó", "đề nghị"), "can-bo")
    again = book_of().report(WEEK, 1)
    assert again == made
    assert (again.numbers, again.texts.proposals) == (NUMBERS, "đề nghị")
    body = report_document(again)
    assert body.pop("sha256") == sha256(body)
    assert book_of().states() == {WEEK: (State.CLOSED, 1)}


def test_of_many_who_close_at_once_one_does(book_of: Callable[..., WeekBook]) -> None:
    books, done, gate = [book_of() for _n in range(8)], [], threading.Barrier(8)

    def close(number: int) -> None:
        gate.wait()
        try:
            books[number].close(NUMBERS, Texts(), f"p{number}")
            done.append(number)
        except VersionConflict:
            pass

    threads = [threading.Thread(target=close, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = done
    (report,) = book_of().reports(WEEK)
    assert report.who == f"p{winner}"


def test_a_correction_is_a_version_with_a_reason(book_of: Callable[..., WeekBook]) -> None:
    book = book_of()
    first = book.close(NUMBERS, Texts(), "can-bo")
    changed = replace(NUMBERS, sites=(replace(SITE, shown=(9, 2, 3, 4, 5, 6, 7)),))
    with pytest.raises(BadReport):
        book.close(changed, Texts(), "can-bo", 1, "  ")
    with pytest.raises(VersionConflict):
        book.close(changed, Texts(), "can-bo", 0)
    with pytest.raises(VersionConflict):
        book.close(changed, Texts(), "can-bo", 2, "về muộn")
    second = book.close(changed, Texts(), "can-bo", 1, "về muộn")
    assert [report.version for report in book.reports(WEEK)] == [1, 2]
    assert book.report(WEEK, 1) == first
    assert second.sha256 != first.sha256
    assert late(first, changed) == {"cho": (28, 36), "ga": (28, 0)}


def test_a_backup_brings_the_same_reports(
    book_of: Callable[..., WeekBook], url: str, tmp_path: Path
) -> None:
    book = book_of()
    book.begin(WEEK, Texts("a"), "-")
    made = book.close(NUMBERS, Texts(), "can-bo")
    source = open_store(url, tmp_path)
    write_backup(parts(source), tmp_path / "backup")
    target = open_store(f"sqlite:{tmp_path / 'new.db'}", tmp_path)
    write(read_backup(tmp_path / "backup"), target)
    assert WeekBook(target, lambda: AFTER, "08:00").reports(WEEK) == [made]
    with pytest.raises(VersionConflict):
        WeekBook(target, lambda: AFTER, "08:00").close(NUMBERS, Texts(), "x")


def test_a_report_that_somebody_tampered_with_no_longer_fits_its_hash(
    book_of: Callable[..., WeekBook], url: str, tmp_path: Path
) -> None:
    book_of().close(NUMBERS, Texts(), "can-bo")
    store = open_store(url, tmp_path)
    ((id, document),) = store.documents(REPORTS).items()
    body = load(dump(document.body))
    body["numbers"]["sites"][0]["shown"][0] += 1000
    store.put(REPORTS, id, body, document.version)
    found = report_document(book_of().report(WEEK, 1))
    assert found.pop("sha256") != sha256(found)


def test_weeks_are_iso_weeks() -> None:
    assert str(week_of(parse_week("2020-W53").period.last)) == "2020-W53"
    assert f"{parse_week('2020-W53').period.last}" == "2021-01-03"
    assert parse_week("2020-W53").shifted(1) == Week(2021, 1)
    assert Week(2021, 1).shifted(-1) == Week(2020, 53)
    assert f"{WEEK.cutoff('08:00'):%d/%m/%Y %H:%M %z}" == "08/03/2021 08:00 +0700"


def test_numbers_survive_a_document_and_know_their_places() -> None:
    assert numbers_from(load(dump(NUMBERS.document()))) == NUMBERS
    assert [one.id for one in NUMBERS.of("042").sites] == ["cho"]
    assert [one.id for one in NUMBERS.of("042", strays=True).sites] == ["cho", "ga"]
    assert [one.id for one in NUMBERS.of("site:ga").sites] == ["ga"]
    assert NUMBERS.of("site:ga").silences == ()
    assert NUMBERS.of("01291").sites == ()
