"""Telling people of alerts: each once when it opens, and once when it is over."""

from collections.abc import Callable

from portal.alertbook import AlertBook, told_of
from portal.alertmessages import Writer
from portal.domain.alerts import Alert
from portal.domain.alerts_told import Told
from portal.notify import Notifier, Outcome


class News:
    """Delivers what is new. Methods may raise StoreUnavailable."""

    def __init__(
        self,
        book: AlertBook,
        notifier: Notifier,
        writer: Callable[[], Writer],
        now: Callable[[], float],
    ) -> None:
        self._book = book
        self._notifier = notifier
        self._writer = writer
        self._now = now

    def deliver(self) -> None:
        """Send to each address, in one message, all that it has not been told yet."""
        claimed = self._claim()
        if not claimed:
            return
        writer, failed = self._writer(), set()
        for name in self._notifier.names:
            alerts = [alert for alert, _told, owed in claimed if name in owed]
            if alerts and self._notifier.send(name, *writer.news(alerts)) is Outcome.FAILED:
                failed.add(name)
        for alert, told, owed in claimed:
            if wrong := failed & set(owed):
                self._book.told(alert, told.failed(wrong))

    def _claim(self) -> list[tuple[Alert, Told, list[str]]]:
        """Take for told what is to be told now: alerts, what is kept of it, and to whom."""
        now, claimed = self._now(), []
        for alert, version in self._book.versions():
            told = told_of(alert)
            owed = told.owed(self._notifier.names, now, alert.recovered or alert.opened)
            if not owed or (alert.recovered and alert.quiet):
                continue
            mine = told.claimed(owed, now)
            if self._book.claim(alert, version, mine):
                claimed.append((alert, mine, owed))
        return claimed
