"""Recording what a request means for the counts."""

from portal.domain.events import NOWHERE, ONCE, Channel, Event, Kind, Reason, Tier
from portal.domain.nonces import View
from portal.domain.periods import hour_of
from portal.domain.views import judge
from portal.web.requests import device, sent, services, signals


def count(view: View, *kinds: Kind, ours: bool = False) -> Reason | None:
    """Record ``kinds`` for ``view``, or once why they do not count; return that reason."""
    held = services()
    reason = judge(signals(view, held.clock(), ours=ours))
    if reason is None and kinds[0] in ONCE:
        what = f"{view.site} {kinds[0]}"
        if not held.bursts.within(what, sent().get("REMOTE_ADDR")):
            reason = Reason.BURST
    for kind in kinds if reason is None else (Kind.REJECTED,):
        held.recorder.record(_event(view, kind, reason))
    return reason


def reject(reason: Reason, site: str = NOWHERE, channel: Channel = Channel.LINK) -> None:
    """Record that something without a view was seen and is not counted."""
    _record(site, Kind.REJECTED, channel, reason)


def count_probe(site: str = NOWHERE) -> None:
    """Record an operating system's connectivity check."""
    _record(site, Kind.PROBE, Channel.WIFI, None)


def _record(site: str, kind: Kind, channel: Channel, reason: Reason | None) -> None:
    held = services()
    hour = hour_of(held.clock())
    held.recorder.record(Event(site, hour, kind, device().os, channel, Tier.NONE, "", reason))


def _event(view: View, kind: Kind, reason: Reason | None) -> Event:
    # The hour of issue, not of arrival: a beacon just after midnight belongs to its view's hour.
    hour = hour_of(view.issued)
    return Event(view.site, hour, kind, view.os, view.channel, view.tier, view.id, reason)
