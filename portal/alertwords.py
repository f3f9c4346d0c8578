"""What alerts are called, what they mean and what to check first, for pages, files and messages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from babel.numbers import format_decimal

from portal.domain.alerts import Alert, Cause, State
from portal.domain.areas import Areas
from portal.domain.errors import message as _
from portal.domain.events import NOWHERE
from portal.domain.periods import HO_CHI_MINH
from portal.domain.sites import Site

CAUSES: Mapping[Cause, str] = {
    Cause.SILENT: _("Silent site"),
    Cause.UNSEEN: _("Guests, but no notice shows"),
    Cause.DROP: _("Far fewer impressions than usual"),
    Cause.BURST: _("Sudden burst, perhaps forged"),
    Cause.BACKLOG: _("Counts of a node do not arrive"),
    Cause.CLOCK: _("A clock is off"),
}

STATES: Mapping[State, str] = {
    State.OPEN: _("open"),
    State.ACKNOWLEDGED: _("acknowledged"),
    State.RECOVERED: _("over"),
}

MEANINGS: Mapping[Cause, str] = {
    Cause.SILENT: _("Nothing has come from this site for much longer than is usual there."),
    Cause.UNSEEN: _("Phones join the wifi, but no notice begins to show on them."),
    Cause.DROP: _(
        "The day had less than a third of the impressions that this weekday usually has."
    ),
    Cause.BURST: _("An hour had more impressions than this place can have had by itself."),
    Cause.BACKLOG: _("The node counts, but what it counted does not reach the store."),
    Cause.CLOCK: _("Hours are counted wrongly, and views are refused, where a clock is off."),
}

CHECKS: Mapping[Cause, str] = {
    Cause.SILENT: _(
        "Ask there whether the wifi device has power and internet, and whether its settings still"
        " lead guests to the notice."
    ),
    Cause.UNSEEN: _(
        "Join the wifi there with a phone and see what opens; then check the notice's address,"
        " the key and the hosts that are open before sign-in in the wifi device."
    ),
    Cause.DROP: _(
        "Look for a note on that day (holiday, power cut, lockdown); if there is none, ask there"
        " whether a part of the wifi is down."
    ),
    Cause.BURST: _(
        "Ask there whether many people came; if not, keep the hour out of reports until it is"
        " explained."
    ),
    Cause.BACKLOG: _(
        "Run “bluezone-portal journal status” on that node, and see whether its disk has room and"
        " its way to the store is open."
    ),
    Cause.CLOCK: _("Switch on the time service (NTP) of that machine and compare its clock."),
}

_DETAILS: Mapping[Cause, Mapping[str, str]] = {
    Cause.SILENT: {
        "hours": _("%(hours)s hours without a sign of life, at times when there normally is one"),
    },
    Cause.UNSEEN: {"probes": _("%(probes)s probes in two hours, and no impression")},
    Cause.DROP: {"usual": _("%(total)s impressions on %(day)s, where about %(usual)s are usual")},
    Cause.BURST: {
        "usual": _("%(shown)s impressions in an hour; the greatest usual one has %(usual)s"),
        "pages": _("%(shown)s impressions in an hour, but only %(pages)s notices were sent"),
    },
    Cause.BACKLOG: {
        "waiting": _("%(waiting)s events wait; the journals take %(percent)s %% of their room"),
    },
    Cause.CLOCK: {
        "seconds": _("%(seconds)s seconds away from the store's clock"),
        "events": _("%(events)s events of a time to come were rejected"),
    },
}
"""What was found, by the number that tells it apart from what else the cause finds."""


@dataclass(frozen=True)
class Words:
    """Alerts in one language, at places with names."""

    translate: Callable[[str], str]
    lang: str
    areas: Areas
    sites: Mapping[str, Site]

    def cause(self, alert: Alert) -> str:
        """Return what the alert is called."""
        return self.translate(CAUSES[alert.cause])

    def check(self, alert: Alert) -> str:
        """Return what to check first."""
        return self.translate(CHECKS[alert.cause])

    def detail(self, alert: Alert) -> str:
        """Return what was found, with its numbers."""
        known = _DETAILS[alert.cause]
        text = next((known[name] for name in known if name in alert.values), "")
        values = {name: self._value(value) for name, value in alert.values.items()}
        return self.translate(text) % values if text else ""

    def place(self, alert: Alert) -> str:
        """Return the name of the site or node."""
        if not alert.of_node:
            site = self.sites.get(alert.subject)
            return site.name if site else alert.subject
        if alert.subject == NOWHERE:
            return self.translate(_("one of the nodes"))
        return self.translate(_("node %(name)s")) % {"name": alert.subject}

    def area_code(self, alert: Alert) -> str:
        """Return the code of the area that the site lies in; "" for a node."""
        site = None if alert.of_node else self.sites.get(alert.subject)
        return site.area if site else ""

    def area(self, alert: Alert) -> str:
        """Return the commune and the district of the site; "" where they are not known."""
        path = self.areas.path(self.area_code(alert))
        return ", ".join(area.name for area in reversed(path[1:]))

    def number(self, value: float) -> str:
        """Return a number as it is written in this language."""
        text: str = format_decimal(value, locale=self.lang)
        return text

    def _value(self, value: int | str) -> str:
        return self.number(value) if isinstance(value, int) else day(date.fromisoformat(value))


def day(value: date) -> str:
    """Return a day as offices write it: 05/03/2021."""
    return f"{value:%d/%m/%Y}"


def moment(value: float) -> str:
    """Return a moment (Unix seconds) as offices write it: 14:05 05/03/2021."""
    return f"{datetime.fromtimestamp(value, HO_CHI_MINH):%H:%M %d/%m/%Y}"
