"""The rules of alerts: no false alarm in weeks of ordinary life, and every fault in its bound."""

from collections import Counter
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain.alerts import Alert, Cause, Finding, State, alert_from
from portal.domain.alerts_history import DAY, WEEK, WINDOW, History, begin_of, hour_at
from portal.domain.alerts_nodes import (
    FUTURE_EVENTS,
    SKEW,
    WAITING,
    Backlog,
    backlog,
    clock,
    future,
)
from portal.domain.alerts_numbers import burst, drop, normal_hour, unseen
from portal.domain.alerts_silence import BY_DAY, CLOCK_FLOOR, patience_of, silent
from portal.domain.days import Day
from portal.domain.events import Kind
from portal.domain.periods import hour_of, today
from portal.domain.summaries import Summary
from tests.places import PLACES, START, Counts, history, live, probing, weekly

RULES = (silent, unseen, drop, burst)
hours_of_week = st.sets(st.integers(0, WEEK - 1), min_size=1, max_size=WEEK)


def found(counts: Counts, hour: int, unwatched: frozenset[int] = frozenset()) -> set[Cause]:
    seen = history(counts, hour, unwatched=unwatched)
    return {finding.cause for rule in RULES if (finding := rule(seen))}


# --- hours


@given(st.integers(0, 4_000_000_000))
def test_hours_are_numbered_as_they_are_counted(moment: int) -> None:
    number = hour_at(moment)
    assert begin_of(number) <= moment < begin_of(number + 1)
    assert hour_of(begin_of(number)) == hour_of(moment)
    assert today(moment).isoweekday() == (number - START) // DAY % 7 + 1


# --- silence


@given(hours_of_week, st.integers(2, 6))
@settings(max_examples=50)
def test_a_regular_week_never_raises_anything(hours: set[int], weeks: int) -> None:
    """Whatever the rhythm, as soon as it has come once."""
    counts = probing(weekly(hours, weeks))
    first = START + WEEK + min(hours) + 1
    for hour in range(first, START + (weeks - 1) * WEEK + max(hours) + 2):
        assert silent(history(counts, hour)) is None


@given(hours_of_week, st.integers(1, WEEK), st.integers(3, 6))
@settings(max_examples=100)
def test_a_site_that_stops_is_found_within_its_bound(
    hours: set[int], stop: int, weeks: int
) -> None:
    end = START + (weeks - 1) * WEEK + stop
    counts = probing(hour for hour in weekly(hours, weeks) if hour < end)
    last = max(history(counts, end).alive)
    patience = patience_of(history(counts, end))
    latest = last + patience.clock + 1
    if patience.rhythm:
        due = [hour for hour in range(last + 1, last + 20 * WEEK) if hour % DAY in BY_DAY]
        missed = [hour for hour in due if (hour - START) % WEEK in hours]
        latest = min(latest, missed[patience.rhythm - 1] + 1)
    assert silent(history(counts, last + 2)) is None
    assert silent(history(counts, latest)) is not None


@given(st.sets(st.integers(START, START + 6 * WEEK), max_size=400), st.integers(0, 8 * WEEK))
@settings(max_examples=200)
def test_any_history_can_be_judged(hours: set[int], later: int) -> None:
    counts = probing(hours)
    finding = silent(history(counts, START + later))
    if finding:
        before = {hour for hour in hours if hour < START + later}
        assert finding.since == begin_of(max(before) + 1)
        assert int(finding.values["hours"]) >= 2
        assert START + later - max(before) > 2


def test_a_site_that_never_counted_anything_is_not_missed() -> None:
    assert silent(History("cho", begin_of(START), [])) is None
    installs = Counts()
    installs.add(Kind.INSTALL, START)
    assert found(installs, START + 4 * WEEK) == set()


def test_a_site_that_is_hardly_known_gets_a_day() -> None:
    counts = probing(range(START, START + 5 * DAY))
    last = START + 5 * DAY - 1
    assert silent(history(counts, last + 24)) is None
    finding = silent(history(counts, last + 25))
    assert finding == Finding(
        Cause.SILENT, "cho", begin_of(last + 1), {"hours": CLOCK_FLOOR}, late=True
    )


def test_by_day_two_hours_are_enough_and_by_night_they_are_not() -> None:
    always = probing(range(START, START + 4 * WEEK))
    noon, midnight = START + 4 * WEEK + 12, START + 4 * WEEK
    for hour in range(midnight, noon):
        always.add(Kind.PROBE, hour)
    assert silent(history(always, noon + 1)) is None
    assert silent(history(always, noon + 2)) is not None
    always.take(Kind.PROBE, midnight - 1, noon)
    assert silent(history(always, midnight + 7)) is None
    assert silent(history(always, midnight + 8)) is not None


def test_a_place_that_lives_by_night_is_missed_by_the_clock() -> None:
    nights = [hour for day in range(7) for hour in range(day * DAY, day * DAY + 5)]
    counts = probing(weekly(nights, 4))
    last = START + 27 * DAY + 4
    assert silent(history(counts, last + 2 * 19 + 1)) is None
    assert silent(history(counts, last + 2 * 19 + 2)) is not None


def test_a_sunday_market_is_missed_on_sunday_only() -> None:
    sunday = range(6 * DAY + 6, 6 * DAY + 12)
    counts = probing(weekly(sunday, 4))
    for hour in range(START + 4 * WEEK, START + 4 * WEEK + 6 * DAY + 8):
        assert silent(history(counts, hour)) is None
    assert silent(history(counts, START + 4 * WEEK + 6 * DAY + 9)) is not None


def test_one_outage_does_not_make_a_site_patient_but_a_habit_does() -> None:
    counts = probing(weekly(range(WEEK), 4))
    stop = START + 4 * WEEK + 8

    def hours_until_found() -> int:
        return next(n for n in range(1, 100) if silent(history(counts, stop + n)))

    for hour in range(START + 4 * WEEK, stop):
        counts.add(Kind.PROBE, hour)
    assert hours_until_found() == 2
    counts.take(Kind.PROBE, START + WEEK + 10, START + WEEK + 22)  # a day without power
    assert hours_until_found() == 3
    counts.take(Kind.PROBE, START + 2 * WEEK + 10, START + 2 * WEEK + 22)
    assert hours_until_found() > 24


def test_hours_in_which_the_service_was_away_are_not_missed() -> None:
    counts = probing(weekly(range(WEEK), 4))
    end = START + 4 * WEEK
    away = frozenset(range(end, end + 10))
    assert silent(history(counts, end + 10, unwatched=away)) is None
    assert silent(history(counts, end + 11, unwatched=away)) is None
    assert silent(history(counts, end + 12, unwatched=away)) is not None


def test_nor_are_they_learnt_from() -> None:
    counts = probing(weekly(range(WEEK), 4))
    gone = {START + week * WEEK + hour for week in (1, 2) for hour in range(10, 22)}
    for hour in gone:
        counts.take(Kind.PROBE, hour, hour + 1)
    end = START + 4 * WEEK + 8
    for hour in range(START + 4 * WEEK, end):
        counts.add(Kind.PROBE, hour)
    assert silent(history(counts, end + 4)) is None
    assert silent(history(counts, end + 4, unwatched=frozenset(gone))) is not None


def test_a_site_stays_silent_until_it_lives() -> None:
    counts = probing(weekly(range(7, 20), 4))
    days = counts.days(START + 4 * WEEK)
    for week in (6, 20, 100):
        seen = History("cho", begin_of(START + week * WEEK), days[-31:])
        assert silent(seen) is not None


def test_late_counts_end_the_silence() -> None:
    counts = probing(weekly(range(WEEK), 4))
    now = START + 4 * WEEK + 20
    assert silent(history(counts, now)) is not None
    for hour in range(START + 4 * WEEK, now):  # the journal of a node that was cut off
        counts.add(Kind.PROBE, hour)
    assert found(counts, now) == set()


def test_hours_that_were_folded_still_say_that_there_was_life() -> None:
    folded = [
        Day(date(2021, 1, 4) + timedelta(n), Summary(kinds=Counter({"probe": 50})))
        for n in range(28)
    ]
    assert silent(History("cho", begin_of(START + 60 * DAY), folded)) is not None
    assert found_in(History("cho", begin_of(START + 28 * DAY), folded)) == set()


def test_a_clock_that_is_ahead_is_no_life() -> None:
    counts = probing([*weekly(range(WEEK), 4), START + 5 * WEEK])
    seen = History("cho", begin_of(START + 4 * WEEK + 12), counts.days(START + 6 * WEEK))
    assert silent(seen) is not None


def found_in(seen: History) -> set[Cause]:
    return {finding.cause for rule in RULES if (finding := rule(seen))}


# --- guests, but no notice


def busy(weeks: int = 4, shown: int = 20, hours: range = range(7, 20)) -> Counts:
    """Return a place with 40 probes, 25 pages and ``shown`` impressions in these hours daily."""
    counts = Counts()
    for day in range(7 * weeks):
        for hour in hours:
            for kind, number in ((Kind.PROBE, 40), (Kind.PAGE, 25), (Kind.SHOWN, shown)):
                counts.add(kind, START + day * DAY + hour, number)
    return counts


MORNING = START + 4 * WEEK


def probes(counts: Counts, first: int, end: int, number: int = 40) -> Counts:
    for hour in range(MORNING + first, MORNING + end):
        counts.add(Kind.PROBE, hour, number)
    return counts


def test_probes_without_impressions_for_two_whole_hours_are_a_broken_notice() -> None:
    counts = probes(busy(), 7, 10)
    assert unseen(history(counts, MORNING + 8)) is None
    finding = unseen(history(counts, MORNING + 9))
    assert finding == Finding(Cause.UNSEEN, "cho", begin_of(MORNING + 7), {"probes": 80}, late=True)
    counts.add(Kind.SHOWN, MORNING + 8)
    assert unseen(history(counts, MORNING + 9)) is None


def test_an_impression_in_the_running_hour_ends_it() -> None:
    counts = probes(busy(), 7, 10)
    counts.add(Kind.SHOWN, MORNING + 9)
    seen = History("cho", begin_of(MORNING + 9) + 60, counts.days(MORNING + 10))
    assert unseen(seen) is None


@pytest.mark.parametrize("number", [0, 10, 25])
def test_few_probes_say_nothing(number: int) -> None:
    assert unseen(history(probes(busy(), 7, 10, number), MORNING + 9)) is None


def test_a_place_that_never_had_an_impression_is_not_broken() -> None:
    assert unseen(history(probes(busy(shown=0), 7, 10, 400), MORNING + 9)) is None


def test_phones_probe_by_night_and_nobody_looks() -> None:
    counts = busy()
    for day in range(28):
        for hour in (1, 2):
            counts.add(Kind.PROBE, START + day * DAY + hour, 90)
    assert unseen(history(probes(counts, 1, 3, 90), MORNING + 3)) is None
    assert unseen(history(probes(counts, 7, 9, 90), MORNING + 9)) is not None


# --- far fewer


@pytest.mark.parametrize(("part", "told"), [(0.0, True), (0.25, True), (0.3, False), (1.0, False)])
def test_a_day_far_below_its_usual_weekday_is_told_in_the_morning(part: float, told: bool) -> None:
    counts = busy(5)
    tuesday = START + 4 * WEEK + DAY
    counts.take(Kind.SHOWN, tuesday, tuesday + 6 * DAY)
    for hour in range(7, 20):
        counts.add(Kind.SHOWN, tuesday + hour, round(20 * part))
    counts.take(Kind.PROBE, tuesday + DAY, tuesday + 6 * DAY)
    counts.take(Kind.PAGE, tuesday + DAY, tuesday + 6 * DAY)
    assert drop(history(counts, tuesday + DAY + 5)) is None  # what is late may still come
    finding = drop(history(counts, tuesday + DAY + 6))
    assert (finding is not None) is told
    if finding:
        day = (date(2021, 1, 4) + timedelta(29)).isoformat()
        assert finding.values == {"total": 13 * round(20 * part), "usual": 260, "day": day}
        assert finding.since == begin_of(tuesday)


def test_a_day_without_any_life_is_silence_not_a_drop() -> None:
    counts = busy(4)
    assert found(counts, MORNING + DAY + 12) == {Cause.SILENT}


def test_little_is_no_drop_when_little_is_usual_or_nothing_is_known() -> None:
    few = Counts()
    for day in range(29):
        few.add(Kind.PROBE, START + day * DAY + 12, 5)
        few.add(Kind.SHOWN, START + day * DAY + 12, 19 if day < 28 else 0)
    assert drop(history(few, MORNING + DAY + 8)) is None
    young = busy(3)
    young.take(Kind.SHOWN, START, START + WEEK)
    young.take(Kind.PROBE, START, START + WEEK)
    young.take(Kind.PAGE, START, START + WEEK)
    young.add(Kind.PROBE, START + 3 * WEEK + 12)
    assert drop(history(young, START + 3 * WEEK + DAY + 8)) is None


def test_one_odd_week_does_not_move_what_is_usual() -> None:
    counts = probes(busy(), 7, 20)
    monday = START + 2 * WEEK
    counts.take(Kind.SHOWN, monday, monday + DAY)
    finding = drop(history(counts, MORNING + DAY + 8))
    assert finding is not None
    assert finding.values["usual"] == 260


def test_a_day_on_which_the_service_was_away_is_not_judged() -> None:
    counts = probes(busy(), 7, 20)
    away = frozenset(range(MORNING + 8, MORNING + 14))
    assert drop(history(counts, MORNING + DAY + 8)) is not None
    assert drop(history(counts, MORNING + DAY + 8, unwatched=away)) is None


# --- far more


def flood(counts: Counts, hour: int, shown: int, pages: int | None = None) -> Counts:
    counts.add(Kind.SHOWN, hour, shown)
    counts.add(Kind.PAGE, hour, shown if pages is None else pages)
    return counts


@pytest.mark.parametrize(("shown", "told"), [(160, False), (161, True)])
def test_an_hour_of_more_than_eight_times_the_greatest_is_a_burst(shown: int, told: bool) -> None:
    counts = flood(busy(), MORNING + 9, shown)
    finding = burst(history(counts, MORNING + 10))
    assert (finding is not None) is told
    if finding:
        assert finding == Finding(
            Cause.BURST, "cho", begin_of(MORNING + 9), {"shown": shown, "usual": 20}
        )


@pytest.mark.parametrize(("shown", "told"), [(60, False), (61, True)])
def test_a_quiet_place_may_have_a_coach(shown: int, told: bool) -> None:
    counts = flood(busy(shown=2), MORNING + 9, shown)
    assert (burst(history(counts, MORNING + 10)) is not None) is told


def test_old_hours_seen_late_are_no_burst() -> None:
    counts = flood(busy(), MORNING + 9, 500)
    assert burst(history(counts, MORNING + 11)) is None


def test_the_running_hour_is_judged_too() -> None:
    counts = flood(busy(), MORNING + 9, 500)
    seen = History("cho", begin_of(MORNING + 9) + 600, counts.days(MORNING + 10))
    assert burst(seen) is not None


@pytest.mark.parametrize(("pages", "told"), [(100, False), (64, False), (63, True), (0, True)])
def test_more_impressions_than_notices_are_a_burst(pages: int, told: bool) -> None:
    finding = burst(history(flood(Counts(), MORNING + 9, 100, pages), MORNING + 10))
    assert (finding is not None) is told
    if finding:
        assert finding.values == {"shown": 100, "pages": pages}
        assert finding.late  # the pages may wait in the journal of another node


def test_a_young_place_may_fill_up() -> None:
    assert burst(history(flood(Counts(), START + 9, 500), START + 10)) is None
    week = flood(busy(1, shown=1), START + WEEK + 9, 500)
    assert burst(history(week, START + WEEK + 10)) is not None


def test_a_burst_is_not_normal_until_it_came_on_three_days() -> None:
    counts = busy()
    for day in (3, 9):
        flood(counts, START + day * DAY + 10, 2000)
    assert normal_hour(history(counts, MORNING + 8)) == 20
    flood(counts, START + 20 * DAY + 10, 2000)
    assert normal_hour(history(counts, MORNING + 8)) == 2020


def test_a_feast_is_normal_if_it_was_no_burst() -> None:
    counts = flood(busy(), START + 9 * DAY + 10, 100)
    assert normal_hour(history(counts, MORNING + 8)) == 120


# --- weeks of ordinary life


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("place", PLACES)
def test_weeks_of_ordinary_life_raise_nothing(place: str, seed: int) -> None:
    """From the second week on, when the place is known: every hour of five weeks."""
    counts = live(PLACES[place], 7, Random(f"{place}{seed}"))
    first = START + 2 * WEEK if place != "sunday_market" else START + 2 * WEEK + DAY
    raised = {
        (cause, hour - START)
        for hour in range(first, START + 7 * WEEK)
        for cause in found(counts, hour)
    }
    assert raised == set()


BOUND = {"hotel": 5, "bus_station": 3, "school": 3}
"""Hours by day within which a silent place is found: a hotel has gaps of two hours by itself."""


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("place", BOUND)
def test_a_place_that_goes_silent_by_day_is_found_within_hours(place: str, seed: int) -> None:
    chance = Random(f"{place}{seed}")
    counts = live(PLACES[place], 6, chance)
    stop = START + 5 * WEEK + chance.randrange(6) * DAY + chance.randrange(9, 12)
    for kind in (Kind.PROBE, Kind.PAGE, Kind.SHOWN):
        counts.take(kind, stop, START + 6 * WEEK)
    found_after = next(n for n in range(1, 200) if silent(history(counts, stop + n)))
    assert found_after <= BOUND[place]


@pytest.mark.parametrize("seed", range(3))
def test_a_market_that_does_not_open_is_found_that_sunday(seed: int) -> None:
    counts = live(PLACES["sunday_market"], 6, Random(seed))
    sunday = START + 5 * WEEK + 6 * DAY
    for kind in (Kind.PROBE, Kind.PAGE, Kind.SHOWN):
        counts.take(kind, sunday, sunday + DAY)
    assert silent(history(counts, sunday + 8)) is None
    assert silent(history(counts, sunday + 10)) is not None


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("place", "day", "hour"), [("bus_station", 2, 17), ("sunday_market", 6, 8)]
)
def test_a_notice_that_breaks_is_found_after_two_whole_hours(
    place: str, day: int, hour: int, seed: int
) -> None:
    counts = live(PLACES[place], 6, Random(f"{place}{seed}"))
    stop = START + 5 * WEEK + day * DAY + hour
    counts.take(Kind.SHOWN, stop, START + 6 * WEEK)
    assert unseen(history(counts, stop + 1)) is None
    assert unseen(history(counts, stop + 2)) is not None


@pytest.mark.parametrize("place", PLACES)
def test_forged_impressions_are_found_in_their_hour(place: str) -> None:
    counts = live(PLACES[place], 6, Random(place))
    hour = START + 5 * WEEK + 2 * DAY + 10
    flood(counts, hour, 3000)
    assert burst(history(counts, hour + 1)) is not None


# --- nodes

NOW = 1_614_920_400.0


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (Backlog(0, 0, 0, 1000), False),
        (Backlog(0, 900, 500, 1000), False),
        (Backlog(NOW - WAITING, 1, 1, 1000), False),
        (Backlog(NOW - WAITING - 1, 1, 1, 1000), True),
        (Backlog(0, 9, 501, 1000), True),
    ],
)
def test_what_waits_for_long_or_takes_much_is_a_backlog(found: Backlog, told: bool) -> None:
    finding = backlog("node", found, NOW)
    assert (finding is not None) is told
    if finding:
        assert finding.since in (found.since, NOW)


@pytest.mark.parametrize(("skew", "told"), [(0, 0), (SKEW, 0), (-SKEW, 0), (31, 31), (-90.4, 90)])
def test_a_clock_that_is_off_is_told(skew: float, told: int) -> None:
    finding = clock("node", skew, NOW)
    assert (finding.values["seconds"] if finding else 0) == told


def test_views_of_a_time_to_come_are_some_nodes_clock() -> None:
    assert future(FUTURE_EVENTS - 1, NOW) is None
    finding = future(FUTURE_EVENTS, NOW)
    assert finding is not None
    assert (finding.cause, finding.subject) == (Cause.CLOCK, "-")


# --- alerts


def test_an_alert_is_kept_as_it_is() -> None:
    alert = Alert(Cause.DROP, "cho", 1.5, 2.5, {"total": 3, "day": "2021-03-05"}, told={"open": {}})
    assert alert_from(alert.document()) == alert
    assert alert.id == "drop:cho"
    assert alert.state is State.OPEN
    assert not alert.of_node
    assert WINDOW == 28 * DAY
