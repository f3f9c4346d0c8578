"""Aruba's controllers and Instant access points: external captive portal with a login of their own.

The gateway sends the visitor with ``cmd=login``, ``mac``, ``ip``, ``essid``, ``apname``, ``url``,
``switchip`` (Instant On: ``post``) and, with a URL hash key, ``hash``: HMAC-SHA1 over the whole
address before it. The release is a form that the browser posts to ``switchip``; a login that failed
comes back with ``errmsg``. Source: HPE, "Configure the URL key", which does not name the parameter;
access logs of Instant and Instant On in nasirhafeez/capport; forms, and clients that read
``errmsg``, as operators publish them. Tried against these, not against a gateway.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from portal.domain.errors import ReleaseRefused
from portal.domain.errors import message as _
from portal.domain.events import Tier
from portal.domain.garden import Garden
from portal.domain.sites import Site
from portal.gateways.addresses import Allowed
from portal.gateways.base import Arrival, File, FormPost, Option, Redirect, Release, checked
from portal.gateways.options import gateway_address, one_of, text
from portal.gateways.parameters import mac, origin, parameters

_PORT = 443
_HASH = "&hash="


class Aruba:
    """ArubaOS or Aruba Instant, with one guest account that all visitors share."""

    name = "aruba"
    captive = True
    proofs = frozenset({"hash"})
    options = (
        gateway_address(_PORT),  # securelogin.arubanetworks.com, or the name in the certificate
        one_of("kind", ("controller", "instant"), default="controller"),
        text("username"),
        text("password", secret=True),
        Option(
            "hashkey",
            lambda key: re.fullmatch(r"[!-~]{10,64}", key) is not None,
            _("write 10 to 64 characters without blanks and accents"),
            "",
            secret=True,
        ),
    )

    def check(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Return the settings as they will be used."""
        return checked(self.options, settings)

    def arrive(self, site: Site, query: str, address: str) -> Arrival | None:
        """Read what the gateway appended to the notice's address."""
        given = parameters(query)
        if given.get("cmd") != "login" and "errmsg" not in given:
            return None
        if "mac" in given:  # after a login that failed, not all versions say it again
            mac(given, "mac")
        signed = _is_signed(site.gateway_settings.get("hashkey", ""), f"{address}?{query}")
        return Arrival(
            tier=Tier.SIGNED if signed else Tier.NONE,
            release={"switch": given.get("switchip") or given.get("post", "")},
            origin=origin(given, "url"),
        )

    def release(self, site: Site, release: Mapping[str, str], landing: str) -> Release:
        """Return the form that logs this visitor in."""
        if not release:
            return Redirect(landing)
        settings = site.gateway_settings
        try:
            # Older versions do not say where: then it is the first address of the site.
            host = release["switch"] or settings["address"].replace(",", " ").split()[0]
            netloc = Allowed(settings["address"], _PORT).netloc(host)
            account = {"user": settings["username"], "password": settings["password"]}
        except (KeyError, ValueError):  # sealed while the site had another gateway
            raise ReleaseRefused from None
        fields = {**account, "cmd": "authenticate", "url": landing}
        if settings["kind"] == "instant":
            return FormPost(f"https://{netloc}/swarm.cgi", {**fields, "opcode": "cp_auth"})
        return FormPost(f"https://{netloc}/cgi-bin/login", fields)

    def kit(self, site: Site, notice: str, garden: Garden) -> list[File]:
        """Return the lines for the command line of an Instant access point and of a controller."""
        parts = urlsplit(notice)
        hosts = [parts.hostname or "", *garden.hosts()]
        instant = [
            "! Aruba Instant; in the guest network: captive-portal external profile bluezone",
            "wlan external-captive-portal bluezone",
            f" server {parts.hostname}",
            f" port {parts.port or (443 if parts.scheme == 'https' else 80)}",
            f' url "{parts.path}"',
            ' auth-text ""',
            "wlan walled-garden",
            *(f" white-list {host.removeprefix('*.')}" for host in hosts),
            "",
        ]
        key = site.gateway_settings.get("hashkey")
        controller = [
            "! ArubaOS controller",
            'aaa authentication captive-portal "bluezone"',
            f' login-page "{notice}"',
            " switchip-in-redirection-url",
            *([f" url-hash-key {key}"] if key else []),
            'netdestination "bluezone-open"',
            *(f" name {host.removeprefix('*.')}" for host in hosts),
            'aaa authentication captive-portal "bluezone"',
            ' white-list "bluezone-open"',
            "",
        ]
        return [
            File("aruba-instant.txt", "\n".join(instant)),
            File("aruba-controller.txt", "\n".join(controller)),
        ]


def _is_signed(key: str, url: str) -> bool:
    """Tell whether the gateway made the hash at the end of ``url`` with the site's own key."""
    whole, mark, given = url.rpartition(_HASH)
    made = hmac.new(key.encode(), whole.encode("latin-1", "replace"), hashlib.sha1).hexdigest()
    # As bytes: compare_digest takes no letters beyond ASCII.
    return bool(key and mark) and hmac.compare_digest(made.encode(), given.lower().encode())
