"""Room for the journals: told loudly long before it ends, and never more than was allowed."""

import logging
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from portal.counting.adoption import writers
from portal.counting.kept import prune
from portal.counting.segments import segments
from portal.counting.seldom import Seldom

_SCARCE = 200 * 1024 * 1024  # bytes free on the disk; below, somebody must look

log = logging.getLogger(__name__)


class Room:
    """Watches how much the journals of this node take.

    ``limit``: bytes that all of them together may take; when what waits needs half of it, room
    is ``low``. What the store has is kept for ``hours``, in half of the limit at most, and gives
    way to whatever needs the room.
    """

    def __init__(
        self,
        root: Path,
        limit: int,
        hours: int = 48,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._root = root
        self._limit = limit
        self._hours = hours
        self._pruning, self._telling = Seldom(clock), Seldom(clock)
        self.low = False
        self.full = False

    def look(self) -> None:
        """Measure; say it in the log, once a minute, when there is little room left."""
        waiting = journal_bytes(self._root)
        self.full = waiting >= self._limit
        if self._pruning.due() or self._free() < _SCARCE:
            spare = self._limit // 2 - waiting if self._free() >= _SCARCE else 0
            prune(self._root, self._hours, max(0, spare))
        free = self._free()
        self.low = waiting >= self._limit / 2 or free < _SCARCE
        if self.low and self._telling.due():
            log.error(
                "journals: %d MB of %d MB taken, %d MB free on the disk%s",
                waiting >> 20,
                self._limit >> 20,
                free >> 20,
                "; further events are counted as lost" if self.full else "",
            )

    def _free(self) -> int:
        try:
            return shutil.disk_usage(self._root).free
        except OSError:
            return 0  # no folder to write to: no room either


def journal_bytes(root: Path) -> int:
    """Return what the journals under ``root`` take, without what is kept."""
    taken = 0
    for folder in writers(root):
        for path in segments(folder):
            try:
                taken += path.stat().st_size
            except FileNotFoundError:
                continue  # adopted, or acknowledged, at this moment
    return taken
