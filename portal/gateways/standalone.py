"""Standalone: a small box without an uplink, on a bus. This service answers the connectivity checks
itself, and who has seen the notice and tapped is told that all is well.
"""

from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from portal.domain.garden import Garden
from portal.domain.sites import Site
from portal.gateways.base import Arrival, File, Local, Option, Redirect, Release, checked
from portal.gateways.dhcp import captive_portal_options
from portal.gateways.options import number

HELD = {"held": "1"}
"""What is sealed for a visitor whom this service holds; there is nothing to tell about them."""


class Standalone:
    """The gateway of a site where this service is the whole of the network."""

    name = "standalone"
    captive = True
    proofs = frozenset[str]()
    options: tuple[Option, ...] = (number("minutes", 1, 44640, "120"),)

    def check(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Return ``minutes``: how long the notice is not shown again."""
        return checked(self.options, settings)

    def arrive(self, site: Site, query: str, address: str) -> Arrival | None:
        """Return a held visitor: whoever brings no channel came over this box's wifi."""
        channel = parse_qs(query, keep_blank_values=True).get("c")
        return None if channel else Arrival(release=HELD)

    def release(self, site: Site, release: Mapping[str, str], landing: str) -> Release:
        """Return that this service lets the visitor through."""
        if not release:
            return Redirect(landing)
        return Local(landing, int(site.gateway_settings["minutes"]))

    def kit(self, site: Site, notice: str, garden: Garden) -> list[File]:
        """Return what makes a box with dnsmasq send every name and every check here."""
        host = urlsplit(notice).hostname or ""
        dnsmasq = (
            "# Every name leads to this box: 10.80.0.1 is its own address in the guests' network.\n"
            "address=/#/10.80.0.1\ndhcp-range=10.80.0.50,10.80.3.250,255.255.252.0,2h\n"
            "dhcp-option=option:router,10.80.0.1\ndhcp-option=option:dns-server,10.80.0.1\n"
            f"host-record={host},10.80.0.1\n"
        )
        options = captive_portal_options(f"https://{urlsplit(notice).netloc}/capport/{site.id}")
        return [
            File("box-dnsmasq.conf", dnsmasq),
            *(f for f in options if f.name == "dnsmasq.conf"),
        ]
