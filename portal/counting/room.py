"""Room for the journals: told loudly long before it ends, and never more than was allowed."""

import logging
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from portal.counting.adoption import writers
from portal.counting.segments import segments

_SCARCE = 200 * 1024 * 1024  # bytes free on the disk; below, somebody must look
_PAUSE = 60.0  # seconds between two alerts

log = logging.getLogger(__name__)


class Room:
    """Watches how much the journals of this node take.

    ``limit``: bytes that all of them together may take; from half of it on it is ``low``.
    """

    def __init__(self, root: Path, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._root = root
        self._limit = limit
        self._clock = clock
        self._told = -_PAUSE
        self.low = False
        self.full = False

    def look(self) -> None:
        """Measure; say it in the log, once a minute, when there is little room left."""
        taken = journal_bytes(self._root)
        try:
            free = shutil.disk_usage(self._root).free
        except OSError:
            free = 0  # no folder to write to: no room either
        self.full = taken >= self._limit
        self.low = taken >= self._limit / 2 or free < _SCARCE
        if self.low and self._clock() >= self._told + _PAUSE:
            self._told = self._clock()
            log.error(
                "journals: %d MB of %d MB taken, %d MB free on the disk%s",
                taken >> 20,
                self._limit >> 20,
                free >> 20,
                "; further events are counted as lost" if self.full else "",
            )


def journal_bytes(root: Path) -> int:
    """Return what the journals under ``root`` take."""
    taken = 0
    for folder in writers(root):
        for path in segments(folder):
            try:
                taken += path.stat().st_size
            except FileNotFoundError:
                continue  # adopted, or acknowledged, at this moment
    return taken
