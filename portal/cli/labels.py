"""The names of what is counted and kept, as messages."""

from portal.cli.words import tr
from portal.domain.errors import message as _
from portal.domain.events import NOWHERE
from portal.names import GATEWAYS, SITE_KINDS, SYSTEMS

__all__ = ["GATEWAYS", "SITE_KINDS", "SYSTEMS"]

KINDS = {
    "shown": _("Impressions"),
    "viewable": _("Viewable"),
    "install": _("Install taps"),
    "installed": _("Already installed"),
    "continue": _("Continue taps"),
    "online": _("Online"),
    "page": _("Pages"),
    "reload": _("Reloads"),
    "probe": _("Probes"),
    "rejected": _("Rejected"),
    "refused": _("Refused by the gateway"),
    "failed": _("Controller did not answer"),
    "seen_again": _("Seen again"),
}

CHANNELS = {
    "wifi": _("wifi"),
    "poster": _("poster"),
    "screen": _("screen"),
    "link": _("link"),
}

TIERS = {
    "1": _("signed by the gateway"),
    "2": _("from the site's address"),
    "3": _("unverified"),
}

REASONS = {
    "forged": _("forged link"),
    "stale": _("too late"),
    "future": _("clock is off"),
    "replayed": _("shown before"),
    "repeated": _("tapped before"),
    "bot": _("robot"),
    "prefetch": _("fetched ahead"),
    "cross_site": _("embedded elsewhere"),
    "arrival": _("gateway not readable"),
    "burst": _("too many from one network"),
    "unknown_site": _("unknown site"),
}


def label(names: dict[str, str], name: str) -> str:
    """Return what ``name`` is called; what nobody has named keeps its own name."""
    return tr(names.get(name, name))


def site_label(id: str) -> str:
    """Return how a site's id is shown."""
    return tr(_("(no site)")) if id == NOWHERE else id
