"""What is journalled and counted: one event, and the words it is made of."""

from enum import StrEnum
from typing import NamedTuple

from portal.domain.devices import OS

NOWHERE = "-"
"""The site of an event that belongs to no site. Never a slug, so it cannot clash with one."""


class Kind(StrEnum):
    """What happened."""

    PAGE = "page"  # a notice was sent (gross)
    RELOAD = "reload"  # the same view was sent again
    SHOWN = "shown"  # the begin-to-render beacon came back: an impression
    VIEWABLE = "viewable"  # half of it visible for one second, or a tap
    SEEN_AGAIN = "seen_again"  # one more sign of the same: a tap after that second
    INSTALL = "install"  # install tap
    INSTALLED = "installed"  # "I already have it" tap
    CONTINUE = "continue"  # continue tap
    ONLINE = "online"  # the visitor landed on the page behind the release
    REFUSED = "refused"  # the gateway sent the visitor back after a release
    FAILED = "failed"  # the gateway's controller did not let the visitor through
    PROBE = "probe"  # an operating system's connectivity check
    REJECTED = "rejected"  # seen, but not counted; the reason says why


class Reason(StrEnum):
    """Why something that was seen is not counted."""

    FORGED = "forged"  # the nonce is not one of ours
    STALE = "stale"  # the nonce is older than its life
    FUTURE = "future"  # the nonce is of a time to come: a clock is off
    REPLAYED = "replayed"  # this view's beacon was counted already
    REPEATED = "repeated"  # a second tap in the same view
    BOT = "bot"  # robot, library or headless browser
    PREFETCH = "prefetch"  # fetched ahead, not looked at
    CROSS_SITE = "cross_site"  # the beacon was embedded in somebody else's page
    ARRIVAL = "arrival"  # the gateway's parameters could not be read or verified
    BURST = "burst"  # more from one network at this site than guests can be
    UNKNOWN_SITE = "unknown_site"  # no such site, or archived


class Channel(StrEnum):
    """How the visitor came."""

    WIFI = "wifi"
    POSTER = "poster"
    SCREEN = "screen"
    LINK = "link"


LINKED = (Channel.POSTER, Channel.SCREEN, Channel.LINK)
"""Channels that the notice's address may name (``?c=``); over wifi comes whom a gateway brings."""


class Tier(StrEnum):
    """How much is known about who sent the visitor."""

    SIGNED = "1"  # the gateway's parameters carry proof made with the site's own key
    EGRESS = "2"  # the request came from an address the site is known by
    NONE = "3"


ONCE = frozenset(
    {
        Kind.SHOWN,
        Kind.VIEWABLE,
        Kind.INSTALL,
        Kind.INSTALLED,
        Kind.CONTINUE,
        Kind.ONLINE,
        Kind.REFUSED,
    }
)
"""Kinds that a view counts at most once; the store keeps their nonces apart."""


class Event(NamedTuple):
    """One thing that happened at a site. Nothing in it says who the visitor was."""

    site: str
    hour: str  # YYYYMMDDHH in Asia/Ho_Chi_Minh; of the view's issue, where there is a view
    kind: Kind
    os: OS = OS.OTHER
    channel: Channel = Channel.LINK
    tier: Tier = Tier.NONE
    nonce: str = ""  # the view's random id, empty where there is no view
    reason: Reason | None = None  # only with REJECTED

    @property
    def label(self) -> str:
        """The name of its counter: the kind, or rejected:<reason>."""
        return f"{self.kind}:{self.reason}" if self.kind is Kind.REJECTED else str(self.kind)

    @property
    def second_label(self) -> str:
        """The name of its counter when its view has counted for this kind before."""
        if self.kind is Kind.VIEWABLE:  # every tap says so too: nothing to suspect
            return str(Kind.SEEN_AGAIN)
        reason = Reason.REPLAYED if self.kind is Kind.SHOWN else Reason.REPEATED
        return f"{Kind.REJECTED}:{reason}"
