"""The roll-up says what the counters say, whatever happens to the store behind it."""

from datetime import date
from pathlib import Path

import pytest

from portal.domain.days import together
from portal.domain.events import NOWHERE, Kind
from portal.domain.periods import Period
from portal.domain.summaries import summarise
from portal.stores.base import Record, Store
from portal.stores.rollup import Counts, Rollup
from tests.events import event

FIRST, LAST = date(2021, 3, 1), date(2021, 3, 31)
MARCH = Period(FIRST, LAST)


@pytest.fixture
def rollup(store: Store, tmp_path: Path) -> Rollup:
    return Rollup(store, tmp_path / "rollup.db")


def add(store: Store, seq: int, site: str, hour: str, kind: Kind = Kind.SHOWN) -> None:
    made = event(kind, f"nonce{seq}")._replace(site=site, hour=hour)
    store.apply("node.1", [Record(seq, made)])


def check(store: Store, rollup: Rollup) -> None:
    """Compare everything with the counters."""
    counters = store.counters(FIRST, LAST)
    counters.pop(NOWHERE, None)
    days = rollup.days(MARCH)
    sums = rollup.sums(MARCH)
    assert set(days) == set(counters)
    for site, cells in counters.items():
        summary = summarise(cells)
        assert together(days[site]).summary == summary
        assert sums[site] == Counts(summary.impressions, summary.of(Kind.INSTALL))
    totals = rollup.totals(MARCH)
    assert totals == rollup.totals(MARCH, list(counters))
    shown = sum(summarise(cells).impressions for cells in counters.values())
    assert sum(day.summary.impressions for day in totals) == shown


def test_it_follows_the_counts(store: Store, rollup: Rollup) -> None:
    assert rollup.refresh() == 0
    for seq, (site, hour) in enumerate(
        [("ben-xe", "2021030507"), ("cho", "2021030508"), ("ben-xe", "2021030607")], 1
    ):
        add(store, seq, site, hour)
        add(store, 100 + seq, site, hour, Kind.PROBE)
        assert rollup.refresh() == 0
        check(store, rollup)
    (day,) = rollup.days(Period(date(2021, 3, 5), date(2021, 3, 5)), ["ben-xe"])["ben-xe"]
    assert (day.at(Kind.SHOWN, 7), day.at(Kind.SHOWN, 8)) == (1, 0)


def test_what_belongs_to_no_site_is_left_out(store: Store, rollup: Rollup) -> None:
    add(store, 1, NOWHERE, "2021030507")
    add(store, 2, "cho", "2021030507")
    rollup.refresh()
    assert set(rollup.sums(MARCH)) == {"cho"}


def test_a_late_count_of_an_old_day_is_taken_over(store: Store, rollup: Rollup) -> None:
    add(store, 1, "cho", "2021032007")
    rollup.refresh()
    add(store, 2, "cho", "2021030107")
    rollup.refresh()
    check(store, rollup)


def test_it_says_how_much_is_still_to_come(store: Store, rollup: Rollup) -> None:
    for seq in range(1, 8):
        add(store, seq, "cho", f"2021030{seq}07")
    assert rollup.refresh(most=3) == 4
    assert rollup.refresh(most=3) == 1
    assert rollup.refresh(most=3) == 0
    check(store, rollup)


def test_a_site_that_is_put_back_to_an_older_state_is_so_here_too(
    store: Store, rollup: Rollup
) -> None:
    add(store, 1, "cho", "2021030507")
    old = store.state("cho")
    add(store, 2, "cho", "2021030507")
    add(store, 3, "cho", "2021030907")
    rollup.refresh()
    store.replace_state(old)
    store.renew()
    rollup.refresh()
    check(store, rollup)
    assert rollup.sums(MARCH) == {"cho": Counts(1, 0)}


def test_folded_hours_leave_the_sums(store: Store, rollup: Rollup) -> None:
    add(store, 1, "cho", "2021030507")
    rollup.refresh()
    store.fold("cho", "20210305")
    rollup.refresh()
    check(store, rollup)
    assert rollup.totals(MARCH)[0].at(Kind.SHOWN, 7) == 0


def test_two_processes_share_the_file(store: Store, rollup: Rollup, tmp_path: Path) -> None:
    add(store, 1, "cho", "2021030507")
    other = Rollup(store, tmp_path / "rollup.db")
    rollup.refresh()
    check(store, other)
    add(store, 2, "cho", "2021030607")
    other.refresh()
    rollup.refresh()
    check(store, rollup)
