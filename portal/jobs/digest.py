"""The digest: once a day, how the day before was and what is open."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from portal.alertbook import AlertBook
from portal.alertmessages import Message, Writer
from portal.domain.days import Day
from portal.domain.periods import HO_CHI_MINH, Period, today
from portal.jobs.bulletin import Bulletin
from portal.stores.rollup import Rollup

DIGEST = "digest"
"""The document in WATCH that says of which day the digest was sent, and to whom."""
LATE = 4 * 3600
"""Seconds after its time for which a digest is worth sending: then the morning is over."""


class Digest:
    """Delivers the digest. Methods may raise StoreUnavailable."""

    def __init__(
        self,
        bulletin: Bulletin,
        rollup: Rollup,
        book: AlertBook,
        writer: Callable[[], Writer],
        at: str,
    ) -> None:
        """``at``: the time of the day, HH:MM; "": there is no digest."""
        self._bulletin = bulletin
        self._rollup = rollup
        self._book = book
        self._writer = writer
        self._at = at

    def deliver(self, now: float) -> None:
        """Send today's digest if its time has come, to each address that has not got it."""
        day = today(now)
        if not self._at or not 0 <= now - _moment(day, self._at) <= LATE:
            return
        self._bulletin.deliver(
            day.isoformat(), _moment(day, self._at), now, lambda: self._message(day)
        )

    def _message(self, day: date) -> Message:
        yesterday = day - timedelta(1)
        before = yesterday - timedelta(7)
        found = {one.day: one for one in self._rollup.totals(Period(before, yesterday))}
        return self._writer().digest(
            found.get(yesterday, Day(yesterday)), found.get(before, Day(before)), self._book.open()
        )


def _moment(day: date, at: str) -> float:
    return datetime.combine(day, time.fromisoformat(at), HO_CHI_MINH).timestamp()
