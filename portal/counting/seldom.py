"""Saying the same again and again, but not more often than once a minute."""

import time
from collections.abc import Callable

PAUSE = 60.0  # seconds


class Seldom:
    """Answers whether it is time again; what fails with every request must not fill the log."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next = clock()

    def due(self) -> bool:
        """Tell whether a minute has passed since this last said so."""
        now = self._clock()
        if now < self._next:
            return False
        self._next = now + PAUSE
        return True
