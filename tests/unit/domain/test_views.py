"""What counts and why not, step by step and in order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.events import Reason
from portal.domain.nonces import EARLY, LIFE
from portal.domain.views import RULES, Signals, judge


@pytest.mark.parametrize(
    ("signals", "reason"),
    [
        (Signals(), None),
        (Signals(ahead=True), Reason.PREFETCH),
        (Signals(bot=True), Reason.BOT),
        (Signals(cross_site=True), Reason.CROSS_SITE),
        (Signals(age=15 * 60), None),
        (Signals(age=15 * 60 + 0.01), Reason.STALE),
        (Signals(age=-5 * 60), None),
        (Signals(age=-5 * 60 - 0.01), Reason.FUTURE),
    ],
)
def test_each_reason(signals: Signals, reason: Reason | None) -> None:
    assert judge(signals) is reason


def test_a_view_lives_a_quarter_of_an_hour() -> None:
    assert (LIFE, EARLY) == (900, 300)


@pytest.mark.parametrize(
    ("signals", "reason"),
    [
        (Signals(9999, bot=True, ahead=True, cross_site=True), Reason.PREFETCH),
        (Signals(9999, bot=True, cross_site=True), Reason.BOT),
        (Signals(9999, cross_site=True), Reason.CROSS_SITE),
        (Signals(-9999, cross_site=True), Reason.CROSS_SITE),
    ],
)
def test_the_first_step_names_the_reason(signals: Signals, reason: Reason) -> None:
    """The reasons are published per number, so their order is part of the definition."""
    assert judge(signals) is reason


@given(
    st.builds(
        Signals, age=st.floats(-1e4, 1e4), bot=st.booleans(), ahead=st.booleans(),
        cross_site=st.booleans(),
    )
)  # fmt: skip
def test_it_counts_exactly_when_nothing_speaks_against_it(signals: Signals) -> None:
    clean = not (signals.bot or signals.ahead or signals.cross_site)
    assert (judge(signals) is None) == (clean and -300 <= signals.age <= 900)


def test_a_change_of_the_steps_changes_the_version() -> None:
    """Whoever changes the steps must raise RULES, and then this list."""
    assert RULES == 2  # 2: what is beyond the limit of a burst, see portal.counting.bursts
    everything = {"ahead": True, "bot": True, "cross_site": True, "age": 9999.0}
    found = []
    while reason := judge(Signals(**everything)):  # type: ignore[arg-type]
        found.append(reason)
        everything.pop(next(iter(everything)))
    assert found == [Reason.PREFETCH, Reason.BOT, Reason.CROSS_SITE, Reason.STALE]
