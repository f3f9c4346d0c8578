"""Summaries: every event once, whatever way it is added up."""

from collections import Counter
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.events import Kind, Reason
from portal.domain.summaries import Summary, by_day, summarise, total
from portal.stores.base import Cell

cells = st.dictionaries(
    st.builds(
        Cell,
        st.sampled_from(["2021030500", "2021030523", "2021030600"]),
        st.sampled_from(
            [*(k for k in Kind if k is not Kind.REJECTED), *(f"rejected:{r}" for r in Reason)]
        ).map(str),
        st.sampled_from(["android", "ios"]),
        st.sampled_from(["wifi", "link"]),
        st.sampled_from(["1", "3"]),
    ),
    st.integers(1, 10**9),
)


def test_each_number() -> None:
    found = summarise(
        {
            Cell("2021030508", "shown", "ios", "poster", "3"): 5,
            Cell("2021030509", "shown", "android", "poster", "1"): 7,
            Cell("2021030509", "install", "android", "poster", "1"): 2,
            Cell("2021030509", "rejected:bot", "other", "link", "3"): 3,
            Cell("2021030509", "rejected:stale", "other", "link", "3"): 1,
        }
    )
    assert found.impressions == found.of(Kind.SHOWN) == 12
    assert found.of(Kind.INSTALL) == 2
    assert found.of(Kind.REJECTED) == 4
    assert found.of(Kind.ONLINE) == 0
    assert found.os == {"ios": 5, "android": 7}
    assert found.channels == {"poster": 12}
    assert found.tiers == {"3": 5, "1": 7}
    assert found.rejected == {"bot": 3, "stale": 1}
    assert found.events == 18


@given(cells)
def test_nothing_is_lost(counted: dict[Cell, int]) -> None:
    found = summarise(counted)
    assert found.events == sum(counted.values())
    for split in (found.os, found.channels, found.tiers):
        assert sum(split.values()) == found.impressions


@given(cells)
def test_days_add_up_to_the_whole(counted: dict[Cell, int]) -> None:
    days = by_day(counted)
    assert total(days.values()) == summarise(counted)
    assert list(days) == sorted(days)
    expected: Counter[date] = Counter()
    for cell, n in counted.items():
        expected[date(2021, 3, int(cell.hour[6:8]))] += n
    assert {day: found.events for day, found in days.items()} == expected


def test_nothing_at_all() -> None:
    assert summarise({}) == Summary() == total([])
    assert Summary().impressions == 0
