"""The adoption book: nothing replaced unseen, nothing lost, also when two enter at once."""

import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from portal.adoptionbook import ADOPTION, AdoptionBook
from portal.cli.demo import _ensure_adoption
from portal.cli.desk import Desk
from portal.domain.adoption import BadEntry, NoSuchEntry, State, Unconfirmed
from portal.domain.areas import Area, parse_areas
from portal.domain.errors import VersionConflict
from portal.resources import read_text
from portal.stores.sqlite import SQLiteStore

AREAS = parse_areas(read_text("areas.json"))
NOON = 1_614_920_400.0  # 05/03/2021 12:00 in Asia/Ho_Chi_Minh
FIELDS = {"area": "04", "day": "01/02/2021", "installs": "72.636", "source": "Báo cáo giai đoạn I"}
HEADS = {"area": "01291", "people": "4.100", "year": "2019", "source": "Chi cục Thống kê"}


@pytest.fixture
def book(tmp_path: Path) -> Iterator[AdoptionBook]:
    store = SQLiteStore(tmp_path / "portal.db")
    yield AdoptionBook(store, lambda: NOON, AREAS)
    store.close()


def area(code: str) -> Area:
    found = AREAS.get(code)
    assert found is not None
    return found


def seen(book: AdoptionBook, **fields: str) -> str:
    with pytest.raises(Unconfirmed) as error:
        book.add({**FIELDS, **fields}, "lan")
    return error.value.agreed


def test_an_entry_is_kept_with_who_entered_it_and_when(book: AdoptionBook) -> None:
    entry, before = book.add(FIELDS, "lan")
    assert before is None
    assert (entry.id, entry.who, entry.at) == ("04-1", "lan", NOON)
    assert book.history("04").entries == (entry,)
    now = book.standing(area("04"), 0.30)
    assert (now.entry, now.missing) == (entry, 86_621)


def test_installs_above_the_population_are_refused(book: AdoptionBook) -> None:
    book.add({**FIELDS, "installs": "530.856"}, "lan")
    with pytest.raises(BadEntry) as error:
        book.add({**FIELDS, "day": "02/02/2021", "installs": "530.857"}, "lan")
    assert [problem.where for problem in error.value.problems] == ["installs"]
    book.add({**FIELDS, "area": "01291", "installs": "999.999"}, "lan")  # nobody knows how many


def test_a_date_to_come_is_refused(book: AdoptionBook) -> None:
    book.add({**FIELDS, "day": "05/03/2021"}, "lan")
    with pytest.raises(BadEntry):
        book.add({**FIELDS, "day": "06/03/2021"}, "lan")


def test_fewer_installs_than_before_are_taken_once_they_are_confirmed(book: AdoptionBook) -> None:
    book.add(FIELDS, "lan")
    lower = {"day": "02/02/2021", "installs": "70.000"}
    agreed = seen(book, **lower)
    assert len(book.history("04").entries) == 1
    book.add({**FIELDS, **lower}, "lan", agreed)
    assert len(book.history("04").entries) == 2


def test_a_confirmation_is_for_what_was_seen_and_nothing_else(book: AdoptionBook) -> None:
    book.add(FIELDS, "lan")
    agreed = seen(book, installs="72.637")
    book.add({**FIELDS, "installs": "72.640"}, "minh", seen(book, installs="72.640"))
    with pytest.raises(Unconfirmed) as error:
        book.add({**FIELDS, "installs": "72.637"}, "lan", agreed)
    assert error.value.problems[0].values["installs"] == 72_640


def test_a_correction_replaces_and_the_first_stays(book: AdoptionBook) -> None:
    first, _none = book.add(FIELDS, "lan")
    second, before = book.add(
        {**FIELDS, "installs": "72.637"}, "minh", seen(book, installs="72.637")
    )
    assert before == first
    kept = book.history("04")
    assert [kept.state(entry) for entry in kept.entries] == [State.REPLACED, State.VALID]
    assert kept.until(date(2021, 3, 5)) == [second]


def test_two_who_enter_the_same_day_at_once_see_each_other(book: AdoptionBook) -> None:
    """Of many at once one is first; the others are asked, and nothing is lost."""
    start, refused = threading.Barrier(8), []

    def enter(number: int) -> None:
        start.wait()
        try:
            book.add({**FIELDS, "installs": str(72_000 + number)}, f"p{number}")
        except Unconfirmed as error:
            refused.append(error)

    threads = [threading.Thread(target=enter, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 7
    assert len(book.history("04").entries) == 1


def test_those_who_enter_different_days_at_once_all_get_in(book: AdoptionBook) -> None:
    start = threading.Barrier(8)

    def enter(number: int) -> None:
        start.wait()
        book.add({**FIELDS, "day": f"{number + 1:02}/02/2021"}, f"p{number}")

    threads = [threading.Thread(target=enter, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entries = book.history("04").entries
    assert [entry.number for entry in entries] == list(range(1, 9))
    assert len({entry.day for entry in entries}) == 8


def test_a_removal_is_marked_and_tells_why(book: AdoptionBook) -> None:
    entry, _none = book.add(FIELDS, "lan")
    gone = book.remove(entry.id, "  nhập   nhầm ", "minh")
    assert (gone.removed, gone.remover, gone.reason) == (NOON, "minh", "nhập nhầm")
    assert book.history("04").until(date(2021, 3, 5)) == []
    assert book.entry("04-1") == gone
    with pytest.raises(VersionConflict):
        book.remove(entry.id, "again", "lan")


def test_a_removal_needs_a_reason_and_an_entry(book: AdoptionBook) -> None:
    entry, _none = book.add(FIELDS, "lan")
    for reason in ("", " ", "x" * 201, "a\x00"):
        with pytest.raises(BadEntry):
            book.remove(entry.id, reason, "lan")
    for id in ("04-2", "04-0", "04", "", "99-1", "04-1-1", "x" * 500):
        with pytest.raises(NoSuchEntry):
            book.remove(id, "why", "lan")


def test_an_entered_population_makes_a_share(book: AdoptionBook) -> None:
    book.add({**FIELDS, "area": "01291", "installs": "1.230"}, "lan")
    assert book.standing(area("01291"), 0.30).share is None
    _area, before, after = book.set_population(HEADS, "minh")
    assert (before.people, after.people, after.year, after.who) == (None, 4_100, 2019, "minh")
    now = book.standing(area("01291"), 0.30)
    assert (now.share, now.needed, now.missing) == (0.30, 1_231, 1)


def test_an_entered_population_overrides_the_table(book: AdoptionBook) -> None:
    book.set_population({**HEADS, "area": "04", "people": "531.000"}, "lan")
    assert book.standing(area("04"), 0.30).population.people == 531_000


def test_a_population_below_the_installs_is_refused(book: AdoptionBook) -> None:
    book.add({**FIELDS, "area": "01291", "installs": "4.101"}, "lan")
    with pytest.raises(BadEntry) as error:
        book.set_population(HEADS, "lan")
    assert [problem.where for problem in error.value.problems] == ["people"]


def test_a_population_is_not_replaced_unseen(book: AdoptionBook) -> None:
    book.set_population(HEADS, "lan")
    with pytest.raises(Unconfirmed) as error:
        book.set_population({**HEADS, "people": "4.200"}, "minh")
    book.set_population({**HEADS, "people": "4.200"}, "minh", error.value.agreed)
    assert [one.people for one in book.history("01291").populations] == [4_100, 4_200]


# --- files


def rows(*lines: tuple[str, str, str]) -> list[tuple[int, dict[str, str]]]:
    return [
        (number, {"area": area, "day": day, "installs": installs, "source": "Sở TT&TT"})
        for number, (area, day, installs) in enumerate(lines, 2)
    ]


def test_a_file_is_checked_whole_before_anything_is_written(book: AdoptionBook) -> None:
    plan = book.plan(
        rows(
            ("04", "01/02/2021", "72.636"),
            ("04", "08/02/2021", "13,68"),
            ("nowhere", "31/02/2021", "1"),
            ("04", "01/02/2021", "72.637"),
            ("04", "15/02/2021", "600.000"),
        )
    )
    assert [problem.where for problem in plan.problems] == [
        "3, installs",
        "4, area",
        "4, day",
        "5, day",
        "6, installs",
    ]
    assert book.histories() == {}


def test_the_rows_of_a_file_are_written_each_once(book: AdoptionBook) -> None:
    file = rows(("04", "01/02/2021", "100"), ("042", "01/02/2021", "10"), ("4", "2/2/2021", "101"))
    plan = book.plan(file)
    assert (plan.problems, plan.agreed) == ([], "")
    assert len(list(book.add_all(plan, "lan"))) == 3
    assert {code: len(kept.entries) for code, kept in book.histories().items()} == {
        "04": 2,
        "042": 1,
    }
    again = book.plan(file)
    assert all(row.known for row in again.rows)
    assert list(book.add_all(again, "lan")) == []


def test_warnings_of_a_file_are_of_its_rows_and_of_the_book(book: AdoptionBook) -> None:
    book.add({**FIELDS, "installs": "100"}, "lan")
    plan = book.plan(rows(("04", "01/02/2021", "90"), ("04", "02/02/2021", "80")))
    assert [len(row.warnings) for row in plan.rows] == [2, 1]
    assert plan.agreed


def test_what_changed_since_the_plan_is_not_overwritten(book: AdoptionBook) -> None:
    plan = book.plan(rows(("042", "01/02/2021", "10"), ("04", "01/02/2021", "100")))
    book.add({**FIELDS, "installs": "90"}, "minh")
    with pytest.raises(VersionConflict):
        list(book.add_all(plan, "lan"))
    assert [entry.who for entry in book.history("04").entries] == ["minh"]
    again = book.plan(rows(("042", "01/02/2021", "10"), ("04", "01/02/2021", "100")))
    assert [row.known for row in again.rows] == [True, False]


def test_a_history_is_one_document(book: AdoptionBook) -> None:
    book.add(FIELDS, "lan")
    book.set_population({**HEADS, "area": "04", "people": "531.000"}, "lan")
    document = book._store.document(ADOPTION, "04")
    assert document is not None
    assert set(document.body) == {"entries", "populations"}
    assert document.version == 2


def test_the_demo_shows_the_figure_of_the_order_once(tmp_path: Path) -> None:
    desk = Desk(data=tmp_path)
    for _start in range(2):
        _ensure_adoption(desk)
    [entry] = AdoptionBook(desk.store, lambda: NOON, AREAS).history("04").entries
    desk.close()
    assert (entry.installs, entry.source) == (72_636, "Báo cáo giai đoạn I")
