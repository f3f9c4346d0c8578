"""A thread that does something once a day."""

import logging
import random
import threading
from collections.abc import Callable

from portal.domain.errors import StoreUnavailable

DAY = 24 * 3600.0
_SOON = 600.0  # seconds after the start, at the most: not while everything begins at once

log = logging.getLogger(__name__)


class Daily:
    """Runs ``job`` soon after the start and then every day, until it is stopped."""

    def __init__(
        self, name: str, job: Callable[[], object], chance: Callable[[], float] = random.random
    ) -> None:
        self._name = name
        self._job = job
        self._chance = chance
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin; in the process that serves, after any fork."""
        self._thread.start()

    def stop(self) -> None:
        """End, without waiting for a job that is under way."""
        self._stopping.set()

    def _run(self) -> None:
        pause = _SOON * self._chance()
        while not self._stopping.wait(pause):
            pause = DAY
            try:
                self._job()
            except StoreUnavailable:
                pause = _SOON
            except Exception:
                log.exception("%s failed", self._name)
