"""Adoption: exact figures of the province, and what a new entry has to be looked at for."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.adoption import (
    BadEntry,
    Entry,
    History,
    Population,
    State,
    fingerprint,
    pace,
    parse_entry,
    parse_history,
    parse_population,
    standing,
    warnings,
)
from portal.domain.areas import Area, parse_areas
from portal.domain.written import whole
from portal.resources import read_text

AREAS = parse_areas(read_text("areas.json"))
TODAY = date(2021, 3, 5)
FIELDS = {"area": "04", "day": "01/02/2021", "installs": "72.636", "source": "Báo cáo giai đoạn I"}


def area(code: str) -> Area:
    found = AREAS.get(code)
    assert found is not None
    return found


def entry(day: int, installs: int, number: int = 0, **fields: Any) -> Entry:
    return Entry("04", date(2021, 2, day), installs, "Bộ TT&TT", number=number, **fields)


def history(*entries: Entry, code: str = "04") -> History:
    return History(code, entries)


def problems(**fields: str) -> list[str]:
    with pytest.raises(BadEntry) as error:
        parse_entry({**FIELDS, **fields}, AREAS, TODAY)
    return [problem.where for problem in error.value.problems]


# --- the province


def test_the_provinces_figures_are_exact() -> None:
    """Phase I ended with 72.636 of 530.856 people: 13,68 %, and 86.621 to go."""
    kept = history(parse_entry(FIELDS, AREAS, TODAY))
    now = standing(area("04"), kept, 0.30, TODAY)
    assert now.population.people == 530_856
    assert now.share is not None
    assert f"{100 * now.share:.2f}" == "13.68"
    assert (now.needed, now.missing) == (159_257, 86_621)


def test_the_target_is_exceeded_not_reached() -> None:
    at = {n: standing(area("04"), history(entry(1, n)), 0.30, TODAY) for n in (159_256, 159_257)}
    assert [at[n].missing for n in at] == [1, 0]
    assert standing(area("04"), history(entry(1, 200_000)), 0.30, TODAY).missing == 0


# --- what is known, and what is not


def test_an_unknown_population_is_not_zero() -> None:
    xa = history(Entry("01291", TODAY, 120, "UBND xã"), code="01291")
    now = standing(area("01291"), xa, 0.30, TODAY)
    assert (now.share, now.needed, now.missing) == (None, None, None)


def test_without_an_entry_nothing_is_said_but_what_is_needed() -> None:
    now = standing(area("04"), history(), 0.30, TODAY)
    assert (now.entry, now.share, now.missing, now.needed) == (None, None, None, 159_257)


def test_the_latest_entry_at_or_before_a_day_counts() -> None:
    kept = history(entry(20, 300), entry(1, 100), entry(10, 200))
    found = [standing(area("04"), kept, 0.3, date(2021, 2, day)).entry for day in (1, 9, 10, 28)]
    assert [one.installs for one in found if one] == [100, 100, 200, 300]
    assert standing(area("04"), kept, 0.3, date(2021, 1, 31)).entry is None


def test_a_correction_replaces_and_stays_in_history() -> None:
    first, second = entry(1, 100, 1), entry(1, 90, 2)
    kept = history(first, second)
    assert kept.until(TODAY) == [second]
    assert [kept.state(one) for one in kept.entries] == [State.REPLACED, State.VALID]


def test_what_a_removed_correction_had_replaced_counts_again() -> None:
    first, second = entry(1, 100, 1), entry(1, 90, 2, removed=1.0)
    kept = history(first, second)
    assert kept.until(TODAY) == [first]
    assert [kept.state(one) for one in kept.entries] == [State.VALID, State.REMOVED]


def test_an_entered_population_overrides_the_table_until_it_is_taken_back() -> None:
    entered, taken = Population(531_000, 2020, "Cục Thống kê"), Population(None, None, "nhầm")
    kept = History("04", (), (entered,))
    assert kept.population(area("04")) == entered
    back = History("04", (), (entered, taken)).population(area("04"))
    assert (back.people, back.source) == (530_856, "")


def test_a_history_is_the_same_after_it_was_kept() -> None:
    kept = History("04", (entry(1, 100, 1), entry(1, 90, 2)), (Population(5, 2020, "x", "lan", 1),))
    assert parse_history("04", kept.document()) == kept


# --- the pace


def test_the_pace_is_between_the_last_two_entries() -> None:
    kept = [entry(1, 10), entry(8, 100), entry(15, 170)]
    found = pace(kept, missing=25)
    assert found is not None
    assert found.per_day == 10
    assert found.reached == date(2021, 2, 18)  # 25 more at 10 a day take three days


def test_no_pace_is_said_of_one_entry() -> None:
    assert pace([], 5) is None
    assert pace([entry(1, 10)], 5) is None


@pytest.mark.parametrize(
    ("last", "missing"), [(100, 5), (90, 5), (110, 0), (110, None), (101, 10_000_000)]
)
def test_a_pace_that_leads_nowhere_names_no_day(last: int, missing: int | None) -> None:
    found = pace([entry(1, 100), entry(8, last)], missing)
    assert found is not None
    assert found.reached is None


# --- what people write


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("72636", 72_636),
        ("72.636", 72_636),
        ("72 636", 72_636),
        ("72\u00a0636", 72_636),
        ("72\u202f636", 72_636),
        (" 1.234.567 ", 1_234_567),
        ("0", 0),
        ("13,68", None),
        ("72,636", None),
        ("13.68", None),
        ("72.6360", None),
        ("1.234 567", None),
        ("0.123", None),
        ("007", None),
        ("-5", None),
        ("+5", None),
        ("1e5", None),
        ("=1+1", None),
        ("٧٢", None),
        ("1" * 10, None),
        ("1_000", None),
        ("", None),
        ("nan", None),
    ],
)
def test_numbers_are_read_as_they_are_written_in_viet_nam(text: str, number: int | None) -> None:
    assert whole(text) == number


@given(st.integers(0, 999_999_999))
def test_every_number_is_read_back_however_it_is_grouped(number: int) -> None:
    for mark in (".", " ", "\u00a0", ""):
        assert whole(f"{number:,}".replace(",", mark)) == number


@given(st.text(max_size=30))
def test_any_text_is_a_whole_number_or_none(text: str) -> None:
    found = whole(text)
    assert found is None or 0 <= found <= 999_999_999


def test_an_entry_by_name_code_or_what_excel_left_of_the_code() -> None:
    for written in ("04", "4", "Tỉnh Cao Bằng", "tinh cao bang"):
        assert parse_entry({**FIELDS, "area": written}, AREAS, TODAY).area == "04"
    assert parse_entry({**FIELDS, "area": "1290"}, AREAS, TODAY).area == "01290"


def test_days_as_people_and_browsers_write_them() -> None:
    for written in ("05/03/2021", "5/3/2021", "2021-03-05"):
        assert parse_entry({**FIELDS, "day": written}, AREAS, TODAY).day == TODAY


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"area": "99999"}, "area"),
        ({"area": ""}, "area"),
        ({"area": "Quang Trung"}, "area"),  # there are two
        ({"day": "06/03/2021"}, "day"),
        ({"day": "31/02/2021"}, "day"),
        ({"day": "05/03/0021"}, "day"),
        ({"day": ""}, "day"),
        ({"installs": "13,68"}, "installs"),
        ({"installs": ""}, "installs"),
        ({"source": " \n "}, "source"),
        ({"source": "x" * 201}, "source"),
        ({"source": "a\x00b"}, "source"),
        ({"source": "a\u202eb"}, "source"),
        ({"note": "x" * 501}, "note"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(fields: dict[str, str], where: str) -> None:
    assert problems(**fields) == [where]


def test_every_problem_is_told_at_once() -> None:
    wrong = {"area": "x", "day": "x", "installs": "x", "source": "", "note": "\x00"}
    assert problems(**wrong) == ["area", "day", "installs", "source", "note"]


@pytest.mark.parametrize(
    ("people", "year", "wrong"),
    [
        ("4.100", "2019", []),
        ("", "", []),
        ("", "2019", []),
        ("0", "2019", ["people"]),
        ("x", "2019", ["people"]),
        ("4.100", "", ["year"]),
        ("4.100", "2022", ["year"]),
        ("4.100", "1899", ["year"]),
        ("4.100", "19", ["year"]),
    ],
)
def test_a_population_has_a_year(people: str, year: str, wrong: list[str]) -> None:
    fields = {"area": "01291", "people": people, "year": year, "source": "Chi cục Thống kê"}
    if wrong:
        with pytest.raises(BadEntry) as error:
            parse_population(fields, AREAS, TODAY)
        assert [problem.where for problem in error.value.problems] == wrong
    else:
        _area, found = parse_population(fields, AREAS, TODAY)
        assert (found.people, found.year) == ((4_100, 2019) if people else (None, None))


# --- what has to be looked at


def told(kept: History, *new: Entry) -> list[tuple[str, Any]]:
    found = warnings(kept, new, [str(number) for number, _one in enumerate(new)])
    return [(problem.where, problem.values["installs"]) for problem in found]


def test_a_number_that_rises_needs_no_look() -> None:
    assert told(history(entry(1, 100)), entry(2, 100), entry(3, 101)) == []


def test_a_number_that_falls_is_told_with_the_highest_before() -> None:
    assert told(history(entry(1, 100), entry(2, 90)), entry(3, 95)) == [("0", 100)]


def test_a_late_entry_above_a_later_one_is_told() -> None:
    assert told(history(entry(10, 100)), entry(5, 120)) == [("0", 100)]


def test_an_entry_that_is_replaced_is_told() -> None:
    assert told(history(entry(1, 100)), entry(1, 101)) == [("0", 100)]


def test_new_entries_are_compared_with_each_other_too() -> None:
    assert told(history(), entry(1, 100), entry(2, 90)) == [("0", 90), ("1", 100)]


def test_a_warning_is_known_again_only_while_it_says_the_same() -> None:
    before, now = history(entry(1, 100, 1)), history(entry(1, 100, 1), entry(1, 100, 2))
    new = [entry(1, 101)]
    one, same, other = (fingerprint(warnings(h, new, ["x"])) for h in (before, before, now))
    assert one == same != other
    assert fingerprint([]) == ""
