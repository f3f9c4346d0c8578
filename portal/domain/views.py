"""What counts and what does not: the steps that a request passes, in the order they are asked."""

from typing import NamedTuple

from portal.domain.events import Reason
from portal.domain.nonces import EARLY, LIFE

RULES = 2
"""Version of the rules; it is printed beside every number and rises when a step changes."""


class Signals(NamedTuple):
    """What is known about one request that wants to count."""

    age: float = 0.0  # seconds since the view was issued
    bot: bool = False
    ahead: bool = False  # prefetch, prerender, HEAD or a part only: nobody is looking
    cross_site: bool = False  # a browser says that another site's page asked for it


def judge(signals: Signals) -> Reason | None:
    """Return why the request does not count, or None when it does.

    This is the definition of what counts, together with the nonce's signature and its single use.
    """
    if signals.ahead:
        return Reason.PREFETCH
    if signals.bot:
        return Reason.BOT
    if signals.cross_site:
        return Reason.CROSS_SITE
    if signals.age > LIFE:
        return Reason.STALE
    return Reason.FUTURE if signals.age < -EARLY else None
