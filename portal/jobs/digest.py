"""The digest: once a day, how the day before was and what is open."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import date, datetime, time, timedelta

from portal.alertbook import AlertBook
from portal.alertmessages import Message, Writer
from portal.domain.alerts_told import Told, told_from
from portal.domain.days import Day
from portal.domain.errors import VersionConflict
from portal.domain.periods import HO_CHI_MINH, Period, today
from portal.jobs.alert_sites import WATCH
from portal.notify import Notifier, Outcome
from portal.stores.base import Document, Store
from portal.stores.rollup import Rollup

DIGEST = "digest"
"""The document in WATCH that says of which day the digest was sent, and to whom."""
LATE = 4 * 3600
"""Seconds after its time for which a digest is worth sending: then the morning is over."""


class Digest:
    """Delivers the digest. Methods may raise StoreUnavailable."""

    def __init__(
        self,
        store: Store,
        rollup: Rollup,
        book: AlertBook,
        notifier: Notifier,
        writer: Callable[[], Writer],
        at: str,
    ) -> None:
        """``at``: the time of the day, HH:MM; "": there is no digest."""
        self._store = store
        self._rollup = rollup
        self._book = book
        self._notifier = notifier
        self._writer = writer
        self._at = at

    def deliver(self, now: float) -> None:
        """Send today's digest if its time has come, to each address that has not got it."""
        day = today(now)
        if not self._at or not 0 <= now - _moment(day, self._at) <= LATE:
            return
        document = self._store.document(WATCH, DIGEST)
        told = _told(document, day)
        owed = told.owed(self._notifier.names, now, _moment(day, self._at))
        if not owed:
            return
        mine = told.claimed(owed, now)
        with suppress(VersionConflict):  # somebody else sends it
            version = self._keep(day, mine, document.version if document else 0)
            message = self._message(day)
            failed = [
                name for name in owed if self._notifier.send(name, *message) is Outcome.FAILED
            ]
            if failed:
                self._keep(day, mine.failed(failed), version)

    def _message(self, day: date) -> Message:
        yesterday = day - timedelta(1)
        before = yesterday - timedelta(7)
        found = {one.day: one for one in self._rollup.totals(Period(before, yesterday))}
        return self._writer().digest(
            found.get(yesterday, Day(yesterday)), found.get(before, Day(before)), self._book.open()
        )

    def _keep(self, day: date, told: Told, version: int) -> int:
        body: Mapping[str, object] = {"day": day.isoformat(), "told": asdict(told)}
        return self._store.put(WATCH, DIGEST, body, version)


def _told(document: Document | None, day: date) -> Told:
    """Return what was told of the digest of ``day``."""
    same = document is not None and document.body["day"] == day.isoformat()
    return told_from(document.body["told"]) if document and same else Told()


def _moment(day: date, at: str) -> float:
    return datetime.combine(day, time.fromisoformat(at), HO_CHI_MINH).timestamp()
