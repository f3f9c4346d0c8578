"""A message that is sent once to each address, whichever node does it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict

from portal.alertmessages import Message
from portal.domain.alerts_told import Told, told_from
from portal.domain.errors import VersionConflict
from portal.jobs.alert_sites import WATCH
from portal.notify import Notifier, Outcome
from portal.stores.base import Document, Store


class Bulletin:
    """Delivers one issue after the other. Methods may raise StoreUnavailable."""

    def __init__(self, store: Store, notifier: Notifier, name: str) -> None:
        """``name``: of the document in WATCH that says which issue was sent, and to whom."""
        self._store = store
        self._notifier = notifier
        self._name = name

    def deliver(self, issue: str, since: float, now: float, message: Callable[[], Message]) -> None:
        """Send an issue to each address that has not got it; moments are Unix seconds."""
        document = self._store.document(WATCH, self._name)
        told = _told(document, issue)
        owed = told.owed(self._notifier.names, now, since)
        if not owed:
            return
        mine = told.claimed(owed, now)
        with suppress(VersionConflict):  # somebody else sends it
            version = self._keep(issue, mine, document.version if document else 0)
            sent = message()
            failed = [name for name in owed if self._notifier.send(name, *sent) is Outcome.FAILED]
            if failed:
                self._keep(issue, mine.failed(failed), version)

    def _keep(self, issue: str, told: Told, version: int) -> int:
        return self._store.put(WATCH, self._name, {"day": issue, "told": asdict(told)}, version)


def _told(document: Document | None, issue: str) -> Told:
    """Return what was told of an issue."""
    same = document is not None and document.body["day"] == issue
    return told_from(document.body["told"]) if document and same else Told()
