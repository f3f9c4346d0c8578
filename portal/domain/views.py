"""What counts and what does not: the steps that a request passes, in the order they are asked."""

from collections.abc import Callable
from typing import NamedTuple

from portal.domain.events import Reason
from portal.domain.nonces import EARLY, LIFE

RULES = 1
"""Version of the rules; it is printed beside every number and rises when a step changes."""


class Signals(NamedTuple):
    """What is known about one request that wants to count."""

    age: float = 0.0  # seconds since the view was issued
    bot: bool = False
    ahead: bool = False  # prefetch, prerender, HEAD or a part only: nobody is looking
    cross_site: bool = False  # a browser says that another site's page asked for it


def _not_ahead(signals: Signals) -> Reason | None:
    return Reason.PREFETCH if signals.ahead else None


def _not_a_bot(signals: Signals) -> Reason | None:
    return Reason.BOT if signals.bot else None


def _of_our_page(signals: Signals) -> Reason | None:
    return Reason.CROSS_SITE if signals.cross_site else None


def _not_stale(signals: Signals) -> Reason | None:
    return Reason.STALE if signals.age > LIFE else None


def _not_of_a_time_to_come(signals: Signals) -> Reason | None:
    return Reason.FUTURE if signals.age < -EARLY else None


STEPS: tuple[Callable[[Signals], Reason | None], ...] = (
    _not_ahead,
    _not_a_bot,
    _of_our_page,
    _not_stale,
    _not_of_a_time_to_come,
)
"""The definition of what counts, together with the nonce's signature and its single use."""


def judge(signals: Signals) -> Reason | None:
    """Return why the request does not count, or None when it does."""
    return next((reason for step in STEPS if (reason := step(signals))), None)
