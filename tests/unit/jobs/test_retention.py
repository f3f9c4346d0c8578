"""Retention: hours go after their time, days never, and a wrong clock costs little."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from portal.jobs.retention import fold_old
from portal.stores.sqlite import SQLiteStore
from tests.events import event, records

TODAY = date(2022, 6, 1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteStore]:
    """Return a store that counted two hours of every day for 500 days, up to today."""
    opened = SQLiteStore(tmp_path / "portal.db")
    days = [TODAY - timedelta(days=n) for n in reversed(range(500))]
    hours = [f"{day:%Y%m%d}{hour:02d}" for day in days for hour in (8, 9)]
    opened.apply("node.w1", records(event(hour=hour) for hour in hours))
    yield opened
    opened.close()


def hourly(store: SQLiteStore) -> list[str]:
    """Return the days that still have hours."""
    cells = store.state("ben-xe").counters
    return sorted({cell.hour[:8] for cell in cells if len(cell.hour) == 10})


def total(store: SQLiteStore) -> int:
    return sum(store.state("ben-xe").counters.values())


def test_hours_are_kept_for_their_days_and_sums_for_ever(store: SQLiteStore) -> None:
    assert fold_old(store, TODAY, 400) == 2 * 99
    assert len(hourly(store)) == 401
    assert hourly(store)[0] == f"{TODAY - timedelta(days=400):%Y%m%d}"
    assert total(store) == 1000


def test_it_goes_on_every_day_and_does_nothing_twice(store: SQLiteStore) -> None:
    fold_old(store, TODAY, 400)
    assert fold_old(store, TODAY, 400) == 0
    assert fold_old(store, TODAY + timedelta(days=1), 400) == 2
    assert fold_old(store, TODAY + timedelta(days=1), 400) == 0
    assert fold_old(store, TODAY, 400) == 0


def test_a_clock_that_jumps_ten_years_costs_a_week_of_hours_a_day(store: SQLiteStore) -> None:
    fold_old(store, TODAY, 400)
    wrong = TODAY + timedelta(days=3653)
    for _ in range(5):  # every worker tries, at every start
        fold_old(store, wrong, 400)
    assert len(hourly(store)) == 401 - 7
    assert fold_old(store, wrong + timedelta(days=1), 400) == 2 * 7
    assert fold_old(store, TODAY + timedelta(days=1), 400) == 0  # the clock is right again
    assert total(store) == 1000


def test_a_clock_before_everything_does_nothing(store: SQLiteStore) -> None:
    assert fold_old(store, date(1970, 1, 1), 400) == 0
    assert len(hourly(store)) == 500


def test_after_a_long_rest_it_catches_up(store: SQLiteStore) -> None:
    fold_old(store, TODAY - timedelta(days=30), 400)
    for day in range(6):
        fold_old(store, TODAY + timedelta(days=day), 400)
    assert len(hourly(store)) == 401 - 5
