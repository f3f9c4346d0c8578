"""The thread that reads the edge server's log, in one of a node's processes."""

import logging
import threading

from portal.counting.edge_log import EdgeLog
from portal.counting.seldom import Seldom
from portal.domain.errors import StoreUnavailable

_TICK = 1.0  # seconds

log = logging.getLogger(__name__)


class EdgeReader:
    """Reads once a second; it does nothing where no edge server was set up."""

    def __init__(self, edge: EdgeLog) -> None:
        self._edge = edge
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="edge", daemon=True)
        self._trouble = Seldom()

    def start(self) -> None:
        """Begin; in the process that serves, after any fork."""
        self._thread.start()

    def stop(self, patience: float = 5.0) -> None:
        """End the thread, and read once more."""
        self._stopping.set()
        if self._thread.ident:
            self._thread.join(patience)
        if not self._thread.is_alive():
            self._read_safely()

    def read(self) -> None:
        """Bring what was written so far to the store. Raise StoreUnavailable."""
        if self._edge.exists:
            self._edge.read()

    def _run(self) -> None:
        while not self._stopping.wait(_TICK):
            self._read_safely()

    def _read_safely(self) -> None:
        try:
            self.read()
        except StoreUnavailable:
            return  # the journal's flusher meets it, too, and says so
        except Exception:
            # The thread goes on: without it nothing of the edge is counted any more.
            if self._trouble.due():
                log.exception("reading the edge log failed")
