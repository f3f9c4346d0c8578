"""The overview: added up from the counters, beside the same weekdays before."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.events import Kind
from portal.domain.overview import overview, period_before
from portal.domain.periods import Period
from portal.stores.base import Cell

WEEK = Period(date(2021, 3, 1), date(2021, 3, 7))
RECENT = Period(date(2021, 2, 8), date(2021, 3, 7))
AREAS = {"ben-xe": "01290", "cho": "01294"}


def cell(hour: str, kind: str = "shown", os: str = "android") -> Cell:
    return Cell(hour, kind, os, "wifi", "3")


CELLS = {
    "ben-xe": {
        cell("2021030108"): 5,
        cell("2021030720", os="ios"): 7,
        cell("2021022208"): 4,  # a Monday before
        cell("2021030108", "install"): 2,
        cell("20210303"): 3,  # a day whose hours were folded
        cell("2021020808"): 1,
    },
    "cho": {cell("2021030621"): 20, cell("2021030621", "rejected:bot"): 9},
    "leer": {},
}


def test_a_range_is_added_up() -> None:
    found = overview(WEEK, CELLS, AREAS, RECENT)
    assert (found.now.impressions, found.before.impressions) == (35, 4)
    assert found.now.of(Kind.INSTALL) == 2
    assert found.install_rate == 2 / 35
    assert found.change == 35 / 4 - 1
    assert list(found.trend.values()) == [5, 0, 3, 0, 0, 20, 7]
    assert dict(found.hours) == {(1, 8): 5, (7, 20): 7, (6, 21): 20}
    assert found.now.os == {"android": 28, "ios": 7}
    assert dict(found.areas) == {"01290": 15, "01294": 20, "": 0}
    assert [(line.id, line.impressions, line.before) for line in found.sites] == [
        ("cho", 20, 0),
        ("ben-xe", 15, 4),
        ("leer", 0, 0),
    ]
    assert (len(found.sites[1].days), sum(found.sites[1].days)) == (28, 20)
    assert found.sites[1].days[0] == 1


def test_nothing_before_is_no_change() -> None:
    found = overview(WEEK, {"cho": CELLS["cho"]}, AREAS, RECENT)
    assert found.change is None
    assert overview(WEEK, {}, {}, RECENT).install_rate == 0.0


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 800))
def test_the_range_before_has_the_same_weekdays_and_meets_nothing_of_it(
    first: date, days: int
) -> None:
    period = Period(first, date.fromordinal(first.toordinal() + days))
    before = period_before(period)
    assert before.last < period.first
    assert (before.last - before.first) == (period.last - period.first)
    assert before.first.weekday() == period.first.weekday()
    assert (period.first - before.first).days - days <= 7
