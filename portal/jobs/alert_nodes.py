"""What one worker of each node looks at: whether its counts arrive, and its clock."""

from collections.abc import Callable
from pathlib import Path

from portal.alertbook import AlertBook
from portal.counting.inspection import journal_statuses
from portal.counting.room import journal_bytes
from portal.domain.alerts_nodes import Backlog, backlog, clock
from portal.domain.errors import VersionConflict
from portal.stores.base import Store

NODES = "nodes"
"""Documents by node: when it was last heard of, and since when events wait there (0: none)."""
SETTLE = 5.0
"""Seconds in which what is journalled reaches the store: a flush comes every second."""
HEARD = 15 * 60
"""Seconds after which a node that says nothing more is no reason to wait for it."""


class NodeCheck:
    """Judges this node. Methods may raise StoreUnavailable."""

    def __init__(
        self,
        store: Store,
        book: AlertBook,
        now: Callable[[], float],
        node: str,
        root: Path,
        limit: int,
    ) -> None:
        """``root``: where its journals are; ``limit``: bytes that they may take."""
        self._store = store
        self._book = book
        self._now = now
        self._node = node
        self._root = root
        self._limit = limit
        self._since = 0.0  # when events were first found waiting

    def check(self, pause: Callable[[float], bool]) -> None:
        """Look at the journals and the clock, tell the other nodes, and settle the alerts.

        ``pause`` waits for some seconds; True: there is no time left.
        """
        found = self._look(pause)
        if found is None:
            return
        now = self._now()
        self._tell(found, now)
        findings = (backlog(self._node, found, now), clock(self._node, self._skew(), now))
        self._book.settle(
            (finding for finding in findings if finding),
            lambda alert: alert.of_node and alert.subject == self._node,
        )

    def _look(self, pause: Callable[[float], bool]) -> Backlog | None:
        before = {one.writer: one.journalled for one in journal_statuses(self._root)}
        if pause(SETTLE):
            return None
        after = journal_statuses(self._root)
        # What was there before has had its time; what came meanwhile has not.
        late = any(one.acknowledged < before.get(one.writer, 0) for one in after)
        self._since = (self._since or self._now()) if late else 0
        waiting = sum(one.waiting for one in after)
        return Backlog(self._since, waiting, journal_bytes(self._root), self._limit)

    def _tell(self, found: Backlog, now: float) -> None:
        document = self._store.document(NODES, self._node)
        body = {"seen": now, "since": found.since}
        try:
            self._store.put(NODES, self._node, body, document.version if document else 0)
        except VersionConflict:
            return  # another worker of this node said the same

    def _skew(self) -> float:
        """Return by how many seconds this node's clock is behind the store's."""
        before = self._now()
        theirs = self._store.now()
        return theirs - (before + self._now()) / 2


def waiting(store: Store, now: float) -> bool:
    """Tell whether at any node events wait that may say something else than what is counted."""
    told = (document.body for document in store.documents(NODES).values())
    return any(one["since"] and now - one["seen"] < HEARD for one in told)
