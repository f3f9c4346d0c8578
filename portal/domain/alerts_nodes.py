"""The rules of a node: counts that do not reach the store, and a clock that is off."""

from dataclasses import dataclass

from portal.domain.alerts import Cause, Finding
from portal.domain.events import NOWHERE

WAITING = 10 * 60
"""Seconds for which events may wait: healthy ones take two, a failover of the store a minute."""
PART = 0.5
"""Part of the journals' limit that may be taken: the other half is the time left to act."""
SKEW = 30
"""Seconds by which a clock may differ: time servers keep it to parts of one, an hour's label
and a view's life bear 30."""
FUTURE_EVENTS = 3
"""Rejected events of a time to come that are no chance: of one phone, there may be one."""
FUTURE_HOURS = 3
"""Whole hours for which they are looked at."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits in the journals of one node."""

    since: float  # Unix seconds from which on events have been waiting; 0: none are late
    waiting: int  # events
    taken: int  # bytes of all journals
    limit: int  # bytes that they may take


def backlog(node: str, found: Backlog, now: float) -> Finding | None:
    """Return the finding of a node whose events wait for too long, or take too much room."""
    late = found.since and now - found.since > WAITING
    if not late and found.taken <= PART * found.limit:
        return None
    values = {"waiting": found.waiting, "percent": round(100 * found.taken / found.limit)}
    return Finding(Cause.BACKLOG, node, found.since or now, values)


def clock(node: str, skew: float, now: float) -> Finding | None:
    """Return the finding of a node whose clock is ``skew`` seconds behind the store's."""
    if abs(skew) <= SKEW:
        return None
    return Finding(Cause.CLOCK, node, now, {"seconds": round(abs(skew))})


def future(events: int, since: float) -> Finding | None:
    """Return the finding of some node, nobody knows which, that has issued views ahead of time.

    ``events``: those that were rejected as of a time to come in the last FUTURE_HOURS; ``since``:
    Unix seconds.
    """
    if events < FUTURE_EVENTS:
        return None
    return Finding(Cause.CLOCK, NOWHERE, since, {"events": events})
