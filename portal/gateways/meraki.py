"""Cisco Meraki: click-through splash pages of one's own.

The access point sends the visitor with ``base_grant_url``, ``user_continue_url``, ``client_mac``
and more; the release is a link to ``base_grant_url`` with ``continue_url`` and, where it is wanted,
``duration`` in seconds. Nothing is signed. Source: Cisco Meraki's "Captive Portal Configuration
Guide" and its sample meraki/js-splash; tried against these, not against an access point.
"""

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from portal.domain.errors import BadArrival, ReleaseRefused
from portal.domain.garden import Garden
from portal.domain.sites import Site
from portal.gateways.base import Arrival, File, Redirect, Release, checked
from portal.gateways.options import MINUTES
from portal.gateways.parameters import mac, origin, parameters, web_address

_CLOUD = "network-auth.com"
"""The domain that releases every visitor of Meraki's."""


class Meraki:
    """An access point that Meraki's cloud steers."""

    name = "meraki"
    captive = True
    proofs = frozenset[str]()
    options = (MINUTES,)

    def check(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Return ``minutes``, which may be left to the network's own settings."""
        return checked(self.options, settings)

    def arrive(self, site: Site, query: str, address: str) -> Arrival | None:
        """Read what the access point appended to the notice's address."""
        given = parameters(query)
        if "base_grant_url" not in given:
            return None
        mac(given, "client_mac")
        grant = web_address(given["base_grant_url"])
        return Arrival(release={"grant": grant}, origin=origin(given, "user_continue_url"))

    def release(self, site: Site, release: Mapping[str, str], landing: str) -> Release:
        """Return the link to Meraki's cloud that opens the access point for this visitor."""
        if not release:
            return Redirect(landing)
        try:
            parts = urlsplit(web_address(release["grant"]))
        except (KeyError, BadArrival):
            raise ReleaseRefused from None
        host = parts.hostname or ""
        named = host == _CLOUD or host.endswith(f".{_CLOUD}")
        if not named or parts.port not in (None, 80, 443) or parts.query or parts.fragment:
            raise ReleaseRefused
        given = {"continue_url": landing}
        if minutes := site.gateway_settings["minutes"]:
            given["duration"] = str(int(minutes) * 60)
        return Redirect(f"{parts.scheme}://{parts.netloc}{parts.path}?{urlencode(given)}")

    def kit(self, site: Site, notice: str, garden: Garden) -> list[File]:
        """Return what to enter under Wireless, Splash page and Access control."""
        portal = urlsplit(notice).hostname or ""
        lines = [
            "# Wireless > Access control > Splash page: Click-through",
            "# Wireless > Splash page > Custom splash URL:",
            notice,
            "# Wireless > Access control > Walled garden: Enabled, one name a line:",
            portal,
            *garden.hosts(),
            "",
        ]
        return [File("meraki.txt", "\n".join(lines))]
