"""What was delivered of something that is to be told once: to which addresses, and when again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

FIRST_PAUSE = 4.5 * 60
"""Seconds after a failure before the next try; twice as long after each: with the next check."""
LONGEST_PAUSE = 3 * 3600
GIVE_UP = 24 * 3600
"""Seconds after which it is no news any more, and told to nobody else."""


@dataclass(frozen=True, slots=True)
class Told:
    """The state of one delivery.

    An address is taken for told before it is tried, and taken back when that fails: whoever dies
    in between has told it once at the most.
    """

    done: tuple[str, ...] = ()  # names of addresses, which do not say what they are
    tries: int = 0
    tried: float = 0  # Unix seconds

    def owed(self, names: Iterable[str], now: float, since: float) -> list[str]:
        """Return to which of the addresses ``names`` it is to be told now.

        ``since``: when it became news. Moments are Unix seconds.
        """
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (self.tries - 1))
        if now - since > GIVE_UP or (self.tries and 0 <= now - self.tried < pause):
            return []
        return [name for name in names if name not in self.done]

    def claimed(self, names: Iterable[str], now: float) -> "Told":
        """Return it with ``names`` taken for told at ``now``."""
        return Told((*self.done, *names), self.tries + 1, now)

    def failed(self, names: Iterable[str]) -> "Told":
        """Return it with ``names`` not told after all."""
        wrong = set(names)
        return replace(self, done=tuple(name for name in self.done if name not in wrong))


def told_from(body: Mapping[str, Any]) -> Told:
    """Return what ``asdict`` made of it; nothing told for nothing kept."""
    return Told(tuple(body.get("done", ())), body.get("tries", 0), body.get("tried", 0))
