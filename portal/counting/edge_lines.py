"""What a line of the edge server's log says: time, kind, nonce and flags, separated by tabs.

``templates/edge/http.conf`` is where nginx is told to write it so. Of flags ``a`` is something that
was fetched ahead of a visitor, ``x`` another site's page, ``b`` more from one network than counts.
A robot's notice comes from the application, so none of its views has its name here.
"""

import re

from portal.domain.errors import BadNonce
from portal.domain.events import NOWHERE, ONCE, Event, Kind, Reason
from portal.domain.nonces import LIFE, Signer, View
from portal.domain.periods import hour_of
from portal.domain.views import Signals, judge

_KINDS = {
    b"s": Kind.PAGE,
    b"i": Kind.SHOWN,
    b"v": Kind.VIEWABLE,
    b"go": Kind.INSTALL,
    b"installed": Kind.INSTALLED,
    b"continue": Kind.CONTINUE,
    b"online": Kind.ONLINE,
}
_OURS = frozenset({Kind.SHOWN, Kind.VIEWABLE})  # only our own pages ask for these
_LINE = re.compile(
    rb"(\d{9,11}\.\d{3})\t(%s)\t([\w.-]{20,300})\t([axb]{0,3})\n" % b"|".join(_KINDS)
)
_REMEMBERED = 10_000  # renderings that were shown late


class Interpreter:
    """Turns lines into events. It remembers which pages were shown long after they were made."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self._shown_late: dict[tuple[str, int], float] = {}

    def event(self, line: bytes) -> Event | None:
        """Return the event of a line; None for one that is no line of ours."""
        match = _LINE.fullmatch(line)
        if not match:
            return None
        moment, kind = float(match[1]), _KINDS[match[2]]
        try:
            view = self._signer.read(match[3].decode())
        except BadNonce:
            hour = hour_of(moment)
            return Event(NOWHERE, hour, Kind.REJECTED, reason=Reason.FORGED)
        issued = self._issued(view, moment, kind)
        flags = match[4]
        signals = Signals(
            age=moment - issued,
            ahead=b"a" in flags,
            cross_site=b"x" in flags and kind in _OURS,
        )
        reason = judge(signals)
        if reason is None and kind in ONCE and b"b" in flags:
            reason = Reason.BURST
        kind = Kind.REJECTED if reason else kind
        hour = hour_of(issued)
        return Event(view.site, hour, kind, view.os, view.channel, view.tier, view.id, reason)

    def _issued(self, view: View, moment: float, kind: Kind) -> float:
        """Return when the view was issued: when its page was made or, if that was late, shown.

        While the application is away the edge goes on showing the last page that it has. Its proof
        is old then, but here stands that it was shown.
        """
        if moment - view.issued <= LIFE:
            return view.issued
        page = view.site, view.issued
        if kind is Kind.PAGE:
            self._shown_late[page] = moment
            if len(self._shown_late) > _REMEMBERED:
                self._forget(moment - LIFE)
            return moment
        shown = self._shown_late.get(page, 0.0)
        return shown if moment - shown <= LIFE else view.issued

    def _forget(self, before: float) -> None:
        self._shown_late = {page: at for page, at in self._shown_late.items() if at >= before}
