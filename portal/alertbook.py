"""The alert book: what is wrong now, what was, and who looks after it.

There is one document for each cause at each site or node. What was there before it opens anew
goes to the collection of its month, so that none grows for ever.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime

from portal.domain.alerts import Alert, Cause, Finding, State, alert_from, alert_id
from portal.domain.alerts_told import Told, told_from
from portal.domain.errors import BadInput, PortalError, Problem, VersionConflict
from portal.domain.errors import message as _
from portal.domain.periods import HO_CHI_MINH
from portal.domain.written import line
from portal.stores.base import Store

ALERTS = "alerts"
NOTE = 300
"""Characters of a note at most."""

CONFIRM = 4.5 * 60
"""Seconds after which a second check in a row may open an alert: checks are 5 minutes apart."""
IN_A_ROW = 9 * 60
"""Seconds between two checks in a row at the most: with one between them it would be 10 minutes."""
QUIET = 60 * 60
"""Seconds after its end for which the same alert does not open again: it flaps."""

_PAST = f"{ALERTS}-"
_TRIES = 20


class NoSuchAlert(PortalError):
    """No alert has this id."""


class BadAcknowledgement(BadInput):
    """A note that is not acceptable."""


class AlertBook:
    """Reads and writes alerts. Every method may raise StoreUnavailable."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._suspected: dict[str, tuple[float, float]] = {}  # found first and last, by id

    def all(self) -> list[Alert]:
        """Return the latest alert of each cause at each place, in whatever state."""
        return [alert for alert, _version in self.versions()]

    def versions(self) -> list[tuple[Alert, int]]:
        """Return the same with the versions of their documents."""
        found = self._store.documents(ALERTS).values()
        return [(alert_from(document.body), document.version) for document in found]

    def open(self, site: str | None = None) -> list[Alert]:
        """Return the alerts that are not over, acknowledged ones too, the latest first.

        ``site``: only those of this site.
        """
        found = [alert for alert in self.all() if alert.state is not State.RECOVERED]
        if site is not None:
            found = [one for one in found if one.subject == site and not one.of_node]
        return sorted(found, key=lambda one: (-one.opened, one.id))

    def recent(self, limit: int) -> list[Alert]:
        """Return at most ``limit`` alerts that are over, the latest first."""
        found = [alert for alert in self.all() if alert.state is State.RECOVERED]
        months = sorted(name for name in self._store.collections() if name.startswith(_PAST))
        while months and len(found) < limit:
            past = self._store.documents(months.pop())
            found += [alert_from(document.body) for document in past.values()]
        # One that is just being put away stands in both places.
        once = {(one.id, one.opened): one for one in found}
        return sorted(once.values(), key=lambda one: (-one.recovered, one.id))[:limit]

    def get(self, id: str) -> Alert:
        """Return the latest alert of this id. Raise NoSuchAlert."""
        return self._find(id)[0]

    def settle(
        self,
        findings: Iterable[Finding],
        judged: Callable[[Alert], bool],
        patient: bool = False,
    ) -> None:
        """Raise what a check found; close what is open, was judged and not found.

        ``patient``: counts are on their way, so what they might explain is not opened now.
        """
        live = {alert.id: alert for alert in self.open()}
        found: set[str] = set()
        for one in findings:
            found.add(one.id)
            if one.id not in live and not (patient and one.late):
                self.raise_(one)
        for alert in live.values():
            if alert.id not in found and judged(alert):
                self.close(alert.cause, alert.subject)

    def raise_(self, finding: Finding) -> Alert | None:
        """Note that a check found this; return the open alert, or None while there is none.

        It opens when two checks in a row have found it, but not soon after its last end.
        """
        id, now = finding.id, self._clock()
        first, last = self._suspected.get(id, (now, now))
        if not 0 <= now - last <= IN_A_ROW:
            first = now
        self._suspected[id] = (first, now)
        document = self._store.document(ALERTS, id)
        before = alert_from(document.body) if document else None
        if before and before.state is not State.RECOVERED:
            return before
        if now - first < CONFIRM or (before and 0 <= now - before.recovered < QUIET):
            return None
        if before:
            self._put_away(before)
        made = Alert(finding.cause, finding.subject, finding.since, now, finding.values)
        try:
            self._store.put(ALERTS, id, made.document(), document.version if document else 0)
        except VersionConflict:
            return self.get(id)  # another worker found the same
        return made

    def close(self, cause: Cause, subject: str, quiet: bool = False) -> Alert | None:
        """Note that it is over; return the alert that ended, or None if none was open.

        ``quiet``: nobody is told.
        """
        id, now = alert_id(cause, subject), self._clock()
        self._suspected.pop(id, None)

        def end(alert: Alert) -> Alert | None:
            over = alert.state is State.RECOVERED
            return None if over else replace(alert, recovered=now, quiet=quiet)

        return self._change(id, end)

    def acknowledge(self, id: str, opened: str, who: str, note: str) -> Alert:
        """Note that ``who`` looks after the alert that was opened at ``opened``, and return it.

        Raise NoSuchAlert, BadAcknowledgement, or VersionConflict: it is over, it is another by
        now, or somebody else looks after it.
        """
        problems: list[Problem] = []
        needed = _("write what is done about it")
        text = line({"note": note}, "note", NOTE, problems, needed=needed)
        if problems:
            raise BadAcknowledgement(problems)
        alert, version = self._find(id)
        if alert.state is not State.OPEN or opened != opened_text(alert):
            raise VersionConflict(id)
        made = replace(alert, acknowledged=self._clock(), by=who, note=text)
        self._store.put(ALERTS, id, made.document(), version)
        return made

    def claim(self, alert: Alert, version: int, told: Told) -> bool:
        """Keep what is being told of an alert in its state; False if it was changed meanwhile."""
        kept = {**alert.told, _news(alert): asdict(told)}
        try:
            self._store.put(ALERTS, alert.id, replace(alert, told=kept).document(), version)
        except VersionConflict:
            return False
        return True

    def told(self, alert: Alert, told: Told) -> None:
        """Keep what was told of an alert in the state that ``alert`` has."""

        def keep(now: Alert) -> Alert | None:
            same = now.opened == alert.opened
            kept = {**now.told, _news(alert): asdict(told)}
            return replace(now, told=kept) if same else None

        self._change(alert.id, keep)

    def _find(self, id: str) -> tuple[Alert, int]:
        document = self._store.document(ALERTS, id)
        if document is None:
            raise NoSuchAlert(id)
        return alert_from(document.body), document.version

    def _change(self, id: str, change: Callable[[Alert], Alert | None]) -> Alert | None:
        for _try in range(_TRIES):
            document = self._store.document(ALERTS, id)
            made = change(alert_from(document.body)) if document else None
            if document is None or made is None:
                return None
            try:
                self._store.put(ALERTS, id, made.document(), document.version)
                return made
            except VersionConflict:
                continue  # acknowledged, or delivered, at this moment
        raise VersionConflict(id)

    def _put_away(self, alert: Alert) -> None:
        month = datetime.fromtimestamp(alert.recovered, HO_CHI_MINH)
        place = f"{_PAST}{month:%Y-%m}"
        with suppress(VersionConflict):  # it lies there already
            self._store.put(place, f"{alert.id}@{opened_text(alert)}", alert.document(), 0)


def opened_text(alert: Alert) -> str:
    """Return what tells this alert from others of its id."""
    return f"{alert.opened:.6f}"


def told_of(alert: Alert) -> Told:
    """Return what was told of the alert in the state that it has."""
    return told_from(alert.told.get(_news(alert), {}))


def _news(alert: Alert) -> str:
    # That somebody looks after it is no news to those who were told of it.
    return str(State.RECOVERED if alert.recovered else State.OPEN)
