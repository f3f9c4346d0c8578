"""Visits as they come at many sites: who comes where, when, and how far each one goes."""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from itertools import accumulate, cycle
from random import Random
from typing import TypeVar

from portal.domain.devices import OS
from portal.domain.events import Channel, Event, Kind, Tier
from portal.ids import Ids

SYSTEMS = {OS.ANDROID: 61, OS.IOS: 28, OS.HARMONYOS: 3, OS.WINDOWS: 4, OS.MACOS: 2, OS.KAIOS: 2}
"""Of a hundred visitors, how many have which system: the shares of the demo's visitors."""

CHANNELS = {Channel.WIFI: 80, Channel.POSTER: 14, Channel.SCREEN: 4, Channel.LINK: 2}
TIERS = (Tier.SIGNED, Tier.SIGNED, Tier.NONE)
"""What the gateways of the sites prove, in turn; a poster or a link proves nothing anywhere."""

HOURS = (2, 1, 1, 1, 2, 5, 12, 20, 24, 24, 25, 26, 26, 24, 24, 25, 28, 32, 36, 38, 34, 26, 14, 6)
"""How much of a day comes in each of its hours: quiet nights, busy evenings."""

STEPS = (
    (Kind.PROBE, 0.56),
    (Kind.PAGE, 1.0),
    (Kind.RELOAD, 0.05),
    (Kind.SHOWN, 0.96),
    (Kind.SHOWN, 0.03),  # the beacon once more: rejected as a replay
    (Kind.VIEWABLE, 0.85),
    (Kind.INSTALL, 0.2),
    (Kind.CONTINUE, 0.85),
    (Kind.ONLINE, 0.82),
)
"""The steps of a visit, in order, each with how likely it is."""

_AT_ONCE = 1000  # visits that are drawn together, which is quicker
_T = TypeVar("_T")


def site_ids(run: str, number: int) -> list[str]:
    """Return the ids of so many simulated sites; ``run`` keeps runs apart."""
    return [f"sim-{run}-{place:06d}" for place in range(number)]


class Visits:
    """Endless visits at ``sites``; the first site is the best visited (Zipf: 1, 1/2, 1/3 …).

    ``days`` local days that end with ``last`` share the visits evenly.
    """

    def __init__(
        self,
        sites: Sequence[str],
        last: date,
        days: int,
        chance: Random,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._sites = sites
        self._tiers = dict(zip(sites, cycle(TIERS), strict=False))
        self._popular = list(accumulate(1 / rank for rank in range(1, len(sites) + 1)))
        dates = [last - timedelta(days=back) for back in range(days)]
        self._hours = [f"{day:%Y%m%d}{hour:02d}" for day in dates for hour in range(24)]
        self._busy = list(accumulate(HOURS * days))
        self._chance = chance
        self._new_id = Ids(random)

    def __iter__(self) -> Iterator[list[Event]]:
        """Yield visit after visit: its events, in order."""
        while True:
            draws = zip(
                self._draw(self._sites, self._popular),
                self._draw(self._hours, self._busy),
                self._draw(list(SYSTEMS), list(accumulate(SYSTEMS.values()))),
                self._draw(list(CHANNELS), list(accumulate(CHANNELS.values()))),
                strict=True,
            )
            for draw in draws:
                yield self._visit(*draw)

    def _draw(self, values: Sequence[_T], weights: Sequence[float]) -> list[_T]:
        return self._chance.choices(values, cum_weights=weights, k=_AT_ONCE)

    def _visit(self, site: str, hour: str, os: OS, channel: Channel) -> list[Event]:
        tier = self._tiers[site] if channel is Channel.WIFI else Tier.NONE
        nonce = urlsafe_b64encode(self._new_id()).decode()
        happens = self._chance.random
        return [
            Event(site, hour, kind, os)  # a check of the phone's own: no view yet
            if kind is Kind.PROBE
            else Event(site, hour, kind, os, channel, tier, nonce)
            for kind, likely in STEPS
            if happens() < likely
        ]
