"""Cisco's wireless LAN controllers: external web authentication and web passthrough.

The controller sends the visitor with ``switch_url``, ``ap_mac``, ``client_mac``, ``wlan`` and
``redirect``; the release is a form that the browser posts to ``switch_url``, with
``buttonClicked=4`` and, for web authentication, a name and a password. A login that failed comes
back with ``statusCode``; 1 says that the visitor is online already. Nothing is signed. Source:
Cisco, "External Web Authentication with Wireless LAN Controllers Configuration Example"; tried
against it, not against a controller.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from portal.domain.errors import BadArrival, ReleaseRefused
from portal.domain.garden import Garden
from portal.domain.sites import Site
from portal.gateways.addresses import Allowed
from portal.gateways.base import Arrival, File, FormPost, Redirect, Release, checked
from portal.gateways.options import gateway_address, text
from portal.gateways.parameters import bare_origin, mac, parameters, web_address

_PORTS = {"http": 80, "https": 443}
_ONLINE = "1"  # statusCode: already logged in


class Cisco:
    """A WLC (AireOS or IOS XE) with its web authentication on the portal."""

    name = "cisco"
    captive = True
    proofs = frozenset[str]()
    options = (
        gateway_address(443),  # of the virtual interface, or its name
        text("username", ""),
        text("password", "", secret=True),
    )

    def check(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Return the settings; without ``username`` the controller passes visitors through."""
        return checked(self.options, settings)

    def arrive(self, site: Site, query: str, address: str) -> Arrival | None:
        """Read what the controller appended to the notice's address."""
        given = parameters(query)
        if "switch_url" not in given:
            return None
        mac(given, "client_mac")
        asked = bare_origin(given, "redirect")
        if given.get("statusCode") == _ONLINE:
            return Arrival(captive=False, origin=asked)
        return Arrival(release={"switch": web_address(given["switch_url"])}, origin=asked)

    def release(self, site: Site, release: Mapping[str, str], landing: str) -> Release:
        """Return the form that logs this visitor in at the controller."""
        if not release:
            return Redirect(landing)
        settings = site.gateway_settings
        try:
            parts = urlsplit(web_address(release["switch"]))
            netloc = Allowed(settings["address"], _PORTS[parts.scheme]).netloc(parts.netloc)
        except (KeyError, ValueError, BadArrival):  # sealed while the site had another gateway
            raise ReleaseRefused from None
        fields = {"buttonClicked": "4", "redirect_url": landing, "err_flag": "0"}
        if settings["username"]:
            fields |= {"username": settings["username"], "password": settings["password"]}
        return FormPost(f"{parts.scheme}://{netloc}{parts.path or '/login.html'}", fields)

    def kit(self, site: Site, notice: str, garden: Garden) -> list[File]:
        """Return the lines for the controller's command line, AireOS and IOS XE."""
        hosts = [urlsplit(notice).hostname or "", *garden.hosts()]
        aireos = [
            "! AireOS; N is the number of the WLAN",
            "config custom-web ext-webauth-mode enable",
            f"config custom-web ext-webauth-url {notice}",
            "config acl create bluezone",
            *(f"config acl url-domain add {_domain(host)} bluezone" for host in hosts),
            "config wlan security web-passthrough enable N"
            if not site.gateway_settings.get("username")
            else "config wlan security web-auth enable N",
            "",
        ]
        iosxe = [
            "! IOS XE",
            "parameter-map type webauth bluezone",
            f" type {'webauth' if site.gateway_settings.get('username') else 'consent'}",
            f" redirect for-login {notice}",
            " redirect append ap-mac tag ap_mac",
            " redirect append client-mac tag client_mac",
            " redirect append wlan-ssid tag wlan",
            "urlfilter list bluezone",
            " action permit",
            *(f" url {host}" for host in hosts),
            "",
        ]
        return [
            File("cisco-aireos.txt", "\n".join(aireos)),
            File("cisco-iosxe.txt", "\n".join(iosxe)),
        ]


def _domain(host: str) -> str:
    return host.removeprefix("*.")  # a name opens what is below it
