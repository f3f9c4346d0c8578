"""The messages about alerts: what is new, and how the day begins. Plain text, in one language."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from babel.numbers import format_percent

from portal.alertwords import Words, day, moment
from portal.domain.alerts import Alert, Cause
from portal.domain.days import Day
from portal.domain.errors import message as _
from portal.domain.weeks import Week

MOST = 30
"""Alerts that one message tells of; at Tết a whole district may fall silent at once."""


class Message(NamedTuple):
    """What is sent."""

    title: str
    text: str


class Writer:
    """Writes messages from ``app``, with a link to the console at ``url`` if it has one."""

    def __init__(self, words: Words, app: str, url: str) -> None:
        self._words = words
        self._app = app
        self._url = url

    def news(self, alerts: Sequence[Alert]) -> Message:
        """Return the message about alerts that have opened or are over; at least one."""
        over = [alert for alert in alerts if alert.recovered]
        opened = [alert for alert in alerts if not alert.recovered]
        if len(alerts) == 1:
            text = _("Over: %(cause)s, %(place)s") if over else _("Alert: %(cause)s, %(place)s")
            title = self._told(alerts[0], text)
        else:
            text = _("%(opened)s new alerts, %(over)s over")
            title = self._say(text, opened=len(opened), over=len(over))
        lines = self._listed(opened, self._opened) + self._listed(over, self._over)
        return self._message(title, lines)

    def digest(self, yesterday: Day, before: Day, alerts: Sequence[Alert]) -> Message:
        """Return how the day begins, with the alerts that are open.

        ``yesterday`` is compared with ``before``, the same weekday a week earlier.
        """
        silent = [alert for alert in alerts if alert.cause is Cause.SILENT]
        others = [alert for alert in alerts if alert.cause is not Cause.SILENT]
        title = self._say(
            _("%(day)s: %(shown)s impressions, %(n)s open alerts"),
            day=day(yesterday.day),
            shown=yesterday.summary.impressions,
            n=len(alerts),
        )
        lines = [self._total(yesterday, before)]
        for head, found in (
            (_("Silent sites: %(n)s"), silent),
            (_("Other open alerts: %(n)s"), others),
        ):
            lines.append(self._say(head, n=len(found)))
            lines += self._listed(found, self._line)
        return self._message(title, lines)

    def week(self, week: Week) -> Message:
        """Return that the draft of a weekly report has been made."""
        title = self._say(
            _("The draft of week %(n)s (%(first)s to %(last)s) is made"),
            n=str(week.number),
            first=day(week.period.first),
            last=day(week.period.last),
        )
        line = self._say(_("Look at it, add difficulties and proposals, and close the week."))
        return self._message(title, [line], f"weeks/{week}")

    def test(self) -> Message:
        """Return the message that tries out the addresses."""
        return self._message(self._say(_("A test")), [self._say(_("Alerts will arrive here."))])

    def _message(self, title: str, lines: Sequence[str], page: str = "alerts") -> Message:
        link = [f"\n{self._url}/office/{page}"] if self._url else []
        return Message(f"{self._app}: {title}", "\n".join([*lines, *link]))

    def _listed(self, alerts: Sequence[Alert], tell: Callable[[Alert], str]) -> list[str]:
        more = len(alerts) - MOST
        rest = [self._say(_("… and %(n)s more"), n=more)] if more > 0 else []
        return [tell(alert) for alert in alerts[:MOST]] + rest

    def _opened(self, alert: Alert) -> str:
        head = self._told(alert, _("%(cause)s: %(place)s"))
        what = self._told(alert, _("Since %(since)s: %(detail)s."))
        check = self._told(alert, _("Check first: %(check)s"))
        return f"{head}\n{what}\n{check}\n"

    def _over(self, alert: Alert) -> str:
        return self._told(alert, _("Over: %(cause)s: %(place)s, from %(since)s to %(until)s"))

    def _line(self, alert: Alert) -> str:
        line = self._told(alert, _("- %(place)s: %(cause)s, since %(since)s"))
        return f"{line} ({alert.note})" if alert.note else line

    def _total(self, yesterday: Day, before: Day) -> str:
        now, then = yesterday.summary.impressions, before.summary.impressions
        text = _("Yesterday, %(day)s: %(now)s impressions")
        line = self._say(text, day=day(yesterday.day), now=now)
        if then:
            lang = self._words.lang
            change = format_percent(now / then - 1, "+#,##0.0 %;-#,##0.0 %", locale=lang)
            text = _("%(change)s against %(day)s (%(then)s)")
            line += "; " + self._say(text, change=change, day=day(before.day), then=then)
        return line

    def _told(self, alert: Alert, text: str) -> str:
        words, area = self._words, self._words.area(alert)
        return self._say(
            text,
            cause=words.cause(alert),
            place=f"{words.place(alert)} ({area})" if area else words.place(alert),
            since=moment(alert.since),
            until=moment(alert.recovered),
            detail=words.detail(alert),
            check=words.check(alert),
        )

    def _say(self, text: str, **values: str | int) -> str:
        number = self._words.number
        told = {name: number(it) if isinstance(it, int) else it for name, it in values.items()}
        said = self._words.translate(text)
        return said % told if told else said
