"""What one worker of all looks at: whether the counts of every site are as they should be."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from portal.alertbook import AlertBook
from portal.domain.alerts import NODE_CAUSES, Alert, Finding
from portal.domain.alerts_history import DAY, WINDOW, History, begin_of, first_hour, hour_at
from portal.domain.alerts_nodes import FUTURE_HOURS, future
from portal.domain.alerts_numbers import burst, drop, unseen
from portal.domain.alerts_silence import silent
from portal.domain.days import Day
from portal.domain.errors import BadInput, VersionConflict
from portal.domain.events import NOWHERE, Kind, Reason
from portal.domain.periods import Period, today
from portal.domain.sites import Site, parse_site
from portal.jobs.alert_nodes import waiting
from portal.snapshot import SITES
from portal.stores.base import Store
from portal.stores.rollup import Rollup

RULES = (silent, unseen, drop, burst)
WATCH, CHECKED = "watch", "sites"
"""The document that says when the sites were last looked at, and when nobody did."""
BREAK = 20 * 60
"""Seconds without a look that mean that the service was away: it looks every 5 minutes."""
_KEPT = 40 * 24 * 3600  # seconds for which a break is remembered: longer than any rule looks back
_DAYS = WINDOW // DAY + 3  # that the rules look back, from the day before yesterday on
_BREATH = 0.01  # seconds between two sites: visitors come first
_FUTURE = f"{Kind.REJECTED}:{Reason.FUTURE}"


class SiteCheck:
    """Judges every site in service. Methods may raise StoreUnavailable."""

    def __init__(
        self, store: Store, rollup: Rollup, book: AlertBook, now: Callable[[], float]
    ) -> None:
        self._store = store
        self._rollup = rollup
        self._book = book
        self._now = now

    def check(self, pause: Callable[[float], bool]) -> None:
        """Judge the sites by what is counted now, and settle the alerts.

        ``pause`` waits for some seconds; True: there is no time left.
        """
        if self._rollup.refresh():
            return  # what is missing might look like silence
        now = self._now()
        away = watch(self._store, now)
        patient = waiting(self._store, now)
        sites = {site.id for site in sites_of(self._store).values() if site.active}
        findings: list[Finding] = []
        ahead: dict[str, list[str]] = {}
        for id in sorted(sites):
            days = self._days(id, today(now))
            history = History(id, now, days, away)
            findings += (found for rule in RULES if (found := rule(history)))
            ahead |= _ahead(id, days, today(now))
            if pause(_BREATH):
                return
        findings += self._future(ahead, now)
        for alert in self._book.open():
            if not alert.of_node and alert.subject not in sites:
                self._book.close(alert.cause, alert.subject, quiet=True)
        self._book.settle(findings, _ours, patient)

    def _days(self, site: str, day: date) -> Sequence[Day]:
        """Return the last days of a site, or those before it fell silent."""
        last = day + timedelta(2)  # a clock that is ahead counts there
        found = self._rollup.days(Period(day - timedelta(_DAYS), last), [site]).get(site, [])
        if found:
            return found
        return self._rollup.days(Period(date(2000, 1, 1), last), [site]).get(site, [])[-_DAYS:]

    def _future(self, ahead: dict[str, list[str]], now: float) -> Iterator[Finding]:
        """Yield the finding that views of a time to come were used lately."""
        first = hour_at(now) - FUTURE_HOURS
        hours = [
            (_number(cell.hour), count)
            for cells in (self._store.day_counters(ahead).values() if ahead else ())
            for cell, count in cells.items()
            if cell.kind == _FUTURE and len(cell.hour) == 10 and _number(cell.hour) >= first
        ]
        if hours and (found := future(sum(n for _h, n in hours), begin_of(min(hours)[0]))):
            yield found


def watch(store: Store, now: float) -> frozenset[int]:
    """Note that somebody looks at ``now``; return the numbers of the hours in which nobody did."""
    document = store.document(WATCH, CHECKED)
    before: dict[str, Any] = document.body if document else {"checked": now, "breaks": []}
    breaks = [one for one in before["breaks"] if now - one[1] < _KEPT]
    if now - before["checked"] > BREAK:
        breaks.append([before["checked"], now])
    try:
        body = {"checked": now, "breaks": breaks}
        store.put(WATCH, CHECKED, body, document.version if document else 0)
    except VersionConflict:
        pass  # somebody else looks at this moment
    return frozenset(
        hour for begin, end in breaks for hour in range(hour_at(begin), hour_at(end) + 1)
    )


def sites_of(store: Store) -> dict[str, Site]:
    """Return every site that can be read, archived ones too, by id. Raise StoreUnavailable."""
    found: dict[str, Site] = {}
    for id, document in store.documents(SITES).items():
        try:
            found[id] = parse_site(document.body)
        except BadInput:
            continue  # the snapshot says so
    return found


def _ours(alert: Alert) -> bool:
    return alert.cause not in NODE_CAUSES or alert.subject == NOWHERE


def _ahead(site: str, days: Sequence[Day], day: date) -> dict[str, list[str]]:
    """Return the days from yesterday on on which a site rejected views of a time to come."""
    found = [
        f"{one.day:%Y%m%d}"
        for one in days
        if one.day >= day - timedelta(1) and one.summary.rejected.get(Reason.FUTURE)
    ]
    return {site: found} if found else {}


def _number(label: str) -> int:
    day = date(int(label[:4]), int(label[4:6]), int(label[6:8]))
    return first_hour(day) + int(label[8:])
