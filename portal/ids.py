"""The ids of views: no two are ever the same, in no process and no thread."""

from collections.abc import Callable, Iterator
from itertools import count
from os import getpid
from threading import Lock


class Ids:
    """Makes the ids of views, 12 bytes each: a random start for the process, then a count.

    They need not be secret, as nobody else can sign one, only never twice the same; also not
    after a fork. Ids that follow one another fall on the same page of a database's index, where
    random ones each rewrite a page of their own.

    ``random``: returns so many random bytes.
    """

    def __init__(self, random: Callable[[int], bytes]) -> None:
        self._random = random
        self._lock = Lock()
        # One tuple, so that no thread ever sees the start of one series and the count of another.
        self._series: tuple[int, bytes, Iterator[int]] = (0, b"", count())

    def __call__(self) -> bytes:
        """Return a new id."""
        owner, start, numbers = self._series
        if owner != getpid():
            owner, start, numbers = self._begin()
        return start + next(numbers).to_bytes(4, "big")

    def _begin(self) -> tuple[int, bytes, Iterator[int]]:
        with self._lock:
            if self._series[0] != getpid():
                self._series = (getpid(), self._random(8), count())
            return self._series
