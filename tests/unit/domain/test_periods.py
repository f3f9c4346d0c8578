"""Hours, days and weeks: the local ones, whatever the machine thinks."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.periods import HO_CHI_MINH, BadPeriod, Period, day, hour_of, today, week


def utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("moment", "hour"),
    [
        ("2021-03-04T16:59:59.999", "2021030423"),
        ("2021-03-04T17:00:00", "2021030500"),  # midnight in Ho Chi Minh City
        ("2021-03-04T17:59:59.999", "2021030500"),
        ("2021-03-04T18:00:00", "2021030501"),
        ("2020-12-31T16:59:59", "2020123123"),
        ("2020-12-31T17:00:00", "2021010100"),
        ("2020-02-28T17:00:00", "2020022900"),
        ("2021-07-01T00:00:00", "2021070107"),  # no daylight saving
    ],
)
def test_hours_begin_and_end_locally(moment: str, hour: str) -> None:
    assert hour_of(utc(moment)) == hour


@given(st.floats(0, 4_000_000_000))
def test_hours_are_those_of_the_zone(moment: float) -> None:
    local = datetime.fromtimestamp(int(moment), HO_CHI_MINH)
    assert hour_of(moment) == local.strftime("%Y%m%d%H")
    assert today(moment) == local.date()


def test_many_hours_do_not_disturb_each_other() -> None:
    start = utc("2021-03-01T00:00:00")
    hours = [hour_of(start + n * 3600) for n in range(500)]
    assert len(set(hours)) == 500
    assert hours == sorted(hours)
    assert hour_of(start) == hours[0]


def test_today_changes_at_local_midnight() -> None:
    assert today(utc("2021-03-04T16:59:59")) == date(2021, 3, 4)
    assert today(utc("2021-03-04T17:00:00")) == date(2021, 3, 5)


@pytest.mark.parametrize(
    "text", ["2021-03-05", "2021-3-5", "05/03/2021", "5/3/2021", " 05/03/2021 "]
)
def test_both_spellings_of_a_day(text: str) -> None:
    assert day(text) == date(2021, 3, 5)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2021-02-29",
        "31/04/2021",
        "2021-13-01",
        "5/3/21",
        "03-05-2021",
        "2021/03/05",
        "nay",
        "2021-03-05x",
        "0000-01-01",
        "1" * 5000,
    ],
)
def test_days_that_do_not_exist(text: str) -> None:
    with pytest.raises(BadPeriod):
        day(text)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2021-W09", date(2021, 3, 1), date(2021, 3, 7)),
        ("2021W9", date(2021, 3, 1), date(2021, 3, 7)),
        ("2021-w09", date(2021, 3, 1), date(2021, 3, 7)),
        ("2020-W53", date(2020, 12, 28), date(2021, 1, 3)),
        ("2021-W01", date(2021, 1, 4), date(2021, 1, 10)),
        ("2020-W01", date(2019, 12, 30), date(2020, 1, 5)),
    ],
)
def test_iso_weeks(text: str, first: date, last: date) -> None:
    assert week(text) == Period(first, last)


@pytest.mark.parametrize(
    "text", ["2021-W53", "2021-W00", "2021-W54", "2021", "W09", "", "2021-W9x", "9999-W52"]
)
def test_weeks_that_do_not_exist(text: str) -> None:
    with pytest.raises(BadPeriod):
        week(text)


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_every_day_is_in_its_iso_week(of: date) -> None:
    year, number, _weekday = of.isocalendar()
    period = week(f"{year}-W{number:02d}")
    assert of in list(period.days())
    assert (period.first.isoweekday(), period.last.isoweekday()) == (1, 7)


def test_a_period_has_both_ends_and_a_direction() -> None:
    one = date(2021, 2, 27)
    assert list(Period(one, one).days()) == [one]
    assert [d.day for d in Period(one, one + timedelta(days=3)).days()] == [27, 28, 1, 2]
    with pytest.raises(BadPeriod):
        Period(one, one - timedelta(days=1))
