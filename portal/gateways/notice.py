"""Notice mode: no captive gateway at all. DHCP option 114 names our API (RFC 8910, RFC 8908), and
a phone that asks it is offered the notice on connecting, as the venue's own page.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs, urlsplit

from portal.domain.garden import Garden
from portal.domain.sites import Site
from portal.gateways.base import Arrival, File, Option, Redirect, Release, checked
from portal.gateways.dhcp import captive_portal_options

VENUE = "venue"
"""Parameter by which a phone that was offered the notice arrives."""


class Notice:
    """The gateway of a network that holds nobody and still tells phones about the notice."""

    name = "notice"
    captive = False
    proofs = frozenset[str]()
    options: Sequence[Option] = ()

    def check(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Return no settings: there are none. Raise BadSite for any."""
        return checked(self.options, settings)

    def arrive(self, site: Site, query: str, address: str) -> Arrival | None:
        """Return an arrival over wifi for whoever follows the API's ``venue-info-url``."""
        if VENUE not in parse_qs(query, keep_blank_values=True):
            return None
        return Arrival(captive=False)

    def release(self, site: Site, release: Mapping[str, str], landing: str) -> Release:
        """Return ``landing``: the visitor is online already."""
        return Redirect(landing)

    def kit(self, site: Site, notice: str, garden: Garden) -> list[File]:
        """Return the DHCP option for the servers that venues have."""
        parts = urlsplit(notice)
        # RFC 8910, 2: the address has to be https, and verified without the network's help.
        return captive_portal_options(f"https://{parts.netloc}/capport/{site.id}")
