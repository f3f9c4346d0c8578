"""OPNsense: a captive portal whose page, which our kit replaces, sends the visitor to the notice.

OPNsense lets nobody in but from its own page: that asks ``/api/captiveportal/access/logon/``, which
answers JSON and so is nothing for a link or a form. Our page (opnsense_kit) therefore passes its
own address on as ``opnsense``, with ``redirurl`` (what the phone had asked for) and ``state``; the
release is a link back to it with ``landing``, and it logs the visitor in and goes there. Nothing is
signed. Source: github.com/opnsense/core, CaptivePortal/Api/AccessController.php, the zones'
lighttpd-zone.conf and the default template. Tried in Chromium against a counterpart of these, not
against a firewall.
"""

from collections.abc import Mapping
from urllib.parse import quote, urlencode, urlsplit

from portal.domain.errors import BadArrival, ReleaseRefused
from portal.domain.garden import Garden
from portal.domain.sites import Site
from portal.gateways.addresses import Allowed, only
from portal.gateways.base import Arrival, File, Redirect, Release, checked
from portal.gateways.opnsense_kit import kit
from portal.gateways.options import gateway_address, number, text
from portal.gateways.parameters import bare_origin, parameters, web_address

PORT = 8000  # of zone 0; that of zone 3 is 8003


class OPNsense:
    """A zone of OPNsense's captive portal, without login or with an account that all share."""

    name = "opnsense"
    captive = True
    proofs = frozenset[str]()
    options = (
        gateway_address(PORT),  # of the zone's interface, or the zone's hostname
        number("zone", 0, 99, "0"),
        text("username", ""),
        text("password", "", secret=True),
    )

    def check(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Return the settings as they will be used."""
        return checked(self.options, settings)

    def arrive(self, site: Site, query: str, address: str) -> Arrival | None:
        """Read what the kit's page appended to the notice's address."""
        given = parameters(query)
        if "opnsense" not in given:
            return None
        portal = web_address(given["opnsense"])
        if urlsplit(portal)[2:] != ("", "", ""):
            raise BadArrival("bad_address")
        asked = bare_origin(given, "redirurl")
        if given.get("state") == "online":
            return Arrival(captive=False, origin=asked)
        return Arrival(release={"portal": portal}, origin=asked)

    def release(self, site: Site, release: Mapping[str, str], landing: str) -> Release:
        """Return the link to the zone's page that logs this visitor in."""
        if not release:
            return Redirect(landing)
        settings = site.gateway_settings
        try:
            parts = urlsplit(web_address(release["portal"]))
            allowed = Allowed(settings["address"], PORT + int(settings["zone"]))
            netloc = allowed.netloc(parts.netloc)
        except (KeyError, ValueError, BadArrival):  # sealed while the site had another gateway
            raise ReleaseRefused from None
        query = urlencode({"landing": landing}, quote_via=quote)
        return Redirect(f"{parts.scheme}://{netloc}/index.html?{query}")

    def plain_release(self, site: Site, landing: str) -> str | None:
        """Return the link to the zone's page."""
        settings = site.gateway_settings
        netloc = only(settings["address"], PORT + int(settings["zone"]))
        query = urlencode({"landing": landing}, quote_via=quote)
        return f"http://{netloc}/index.html?{query}" if netloc else None

    def kit(self, site: Site, notice: str, garden: Garden) -> list[File]:
        """Return the zone's page, and what to enter beside it."""
        return kit(site.gateway_settings, notice, garden)
