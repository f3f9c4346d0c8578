"""The overview: added up from days, beside the same weekdays before."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.days import Day, day_of
from portal.domain.events import Kind
from portal.domain.overview import overview, period_before, stretches, with_before
from portal.domain.periods import Period
from portal.stores.base import Cell

WEEK = Period(date(2021, 3, 1), date(2021, 3, 7))


def cell(hour: str, kind: str = "shown", os: str = "android") -> Cell:
    return Cell(hour, kind, os, "wifi", "3")


CELLS = {
    cell("2021030108"): 5,
    cell("2021030720", os="ios"): 7,
    cell("2021022208"): 4,  # a Monday before
    cell("2021030108", "install"): 2,
    cell("20210303"): 3,  # a day whose hours were folded
    cell("2021030621"): 20,
    cell("2021030621", "rejected:bot"): 9,
}


def days() -> list[Day]:
    labels = sorted({cell.hour[:8] for cell in CELLS})
    return [
        day_of(label, {cell: n for cell, n in CELLS.items() if cell.hour[:8] == label})
        for label in labels
    ]


def test_a_range_is_added_up() -> None:
    found = overview(WEEK, days())
    assert (found.now.impressions, found.before.impressions) == (35, 4)
    assert found.now.of(Kind.INSTALL) == 2
    assert found.install_rate == 2 / 35
    assert found.change == 35 / 4 - 1
    assert [bar.impressions for bar in found.bars] == [5, 0, 3, 0, 0, 20, 7]
    assert [bar.before for bar in found.bars] == [4, 0, 0, 0, 0, 0, 0]
    assert found.hours == {(1, 8): 5, (7, 20): 7, (6, 21): 20}
    assert found.now.os == {"android": 28, "ios": 7}


def test_days_outside_do_not_count() -> None:
    others = [day_of(label, {cell(f"{label}08"): 100}) for label in ("20210221", "20210308")]
    assert overview(WEEK, [*days(), *others]) == overview(WEEK, days())


def test_nothing_before_is_no_change() -> None:
    found = overview(WEEK, [one for one in days() if one.day >= WEEK.first])
    assert found.change is None
    empty = overview(WEEK, [])
    assert (empty.install_rate, empty.now.impressions, len(empty.bars)) == (0.0, 0, 7)


@given(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(1, 4000))
def test_the_range_before_is_as_long_and_of_the_same_weekdays(first: date, length: int) -> None:
    period = Period(first, first + timedelta(length - 1))
    before = period_before(period)
    assert before.last - before.first == period.last - period.first
    assert before.last < period.first
    assert before.first.weekday() == first.weekday()
    assert (period.first - before.last).days <= 7
    assert with_before(period) == Period(before.first, period.last)


@given(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(1, 4000))
def test_a_chart_holds_every_day_once_and_never_too_many_bars(first: date, length: int) -> None:
    period = Period(first, first + timedelta(length - 1))
    bars = list(stretches(period))
    assert [day for bar in bars for day in bar.days()] == list(period.days())
    assert len(bars) <= 190
    if length > 92:
        assert {bar.first.weekday() for bar in bars[1:]} <= {0}


@pytest.mark.parametrize(("length", "bars"), [(1, 1), (92, 92), (371, 53)])
def test_long_ranges_stand_in_weeks(length: int, bars: int) -> None:
    monday = date(2021, 3, 1)
    assert len(list(stretches(Period(monday, monday + timedelta(length - 1))))) == bars
