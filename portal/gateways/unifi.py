"""UniFi: an access point sends guests to an external portal, and the controller lets them in.

The access point redirects to ``http://<portal>/guest/s/<UniFi site>/?ap=<MAC>&id=<MAC>&t=<epoch>
&url=<original>&ssid=<name>``: the path is the controller's, see portal/web/unifi_path.py. Nothing
in it is signed. The release is told to the controller, see unifi_api.py. Sources: Ubiquiti's
"External Hotspot API for Authorization" (help.ui.com, article 31228198640023, which still has that
path in March 2025), the client github.com/Art-of-WiFi/UniFi-API-client, and arrivals shown in
github.com/woodjme/unifi-hotspot, issue 78 (without ``url``). Tried against these documents only.
"""

import re
from collections.abc import Mapping
from functools import partial
from urllib.parse import parse_qsl, quote, urlsplit

from portal.domain.errors import BadArrival, BadSite, Problem, ReleaseRefused
from portal.domain.errors import message as _
from portal.domain.garden import Garden
from portal.domain.sites import Site
from portal.gateways.base import ApiCall, Arrival, File, Option, Redirect, Release, checked
from portal.gateways.logins import Logins
from portal.gateways.options import CA, DOWN, UP, controller_url, number, one_of, text
from portal.gateways.unifi_api import Guest, authorize

_LONGEST = 8192  # characters of a query string
_MAC = re.compile(r"[0-9a-fA-F]{2}(?:([:-]?)[0-9a-fA-F]{2})(?:\1[0-9a-fA-F]{2}){4}")
_SITE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ASCII = "".join(map(chr, range(33, 127)))


class UniFi:
    """UniFi Network: an own server, a UniFi OS console, or either by an API key."""

    name = "unifi"
    captive = True
    proofs = frozenset[str]()
    options = (
        one_of("kind", ("os", "classic", "key"), default="os"),
        controller_url(),
        text("username", ""),
        text("password", "", secret=True),
        text("key", "", secret=True),
        Option(
            "site",
            lambda value: _SITE.fullmatch(value) is not None,
            _("write the short name that the site has in the controller's address, like default"),
            "default",
        ),
        number("minutes", 1, 44640, "480"),
        DOWN,
        UP,
        CA,
    )

    def __init__(self) -> None:
        self._logins = Logins()

    def check(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Return the settings completed; what the kind needs to log in has to be there."""
        complete = checked(self.options, settings)
        needed = ("key",) if complete["kind"] == "key" else ("username", "password")
        missing = [name for name in needed if not complete[name]]
        if missing:
            raise BadSite(
                [Problem(name, _("this kind of controller needs it")) for name in missing]
            )
        return complete

    def arrive(self, site: Site, query: str, address: str) -> Arrival | None:
        """Read what the access point appended to the portal's address."""
        if len(query) > _LONGEST:
            raise BadArrival("too_long")
        # As bytes came: names may stand in it raw. The first of two counts.
        escaped = quote(query.encode("latin-1", "replace"), safe=_ASCII)
        given = dict(reversed(parse_qsl(escaped, keep_blank_values=True)))
        if not {"id", "ap"} & set(given):
            return None
        if "id" not in given:
            raise BadArrival("missing_id")
        if not _MAC.fullmatch(given["id"]):
            raise BadArrival("bad_id")
        release = {"mac": _spelled(given["id"])}
        if access_point := given.get("ap"):  # there is none for a guest on a wire
            if not _MAC.fullmatch(access_point):
                raise BadArrival("bad_ap")
            release["ap"] = _spelled(access_point)
        return Arrival(release=release, origin=given.get("url", ""))

    def release(self, site: Site, release: Mapping[str, str], landing: str) -> Release:
        """Return the call that has the controller let this device in."""
        if not release:
            return Redirect(landing)
        guest = Guest(release.get("mac", ""), release.get("ap", ""))
        if not _MAC.fullmatch(guest.mac) or not (guest.ap == "" or _MAC.fullmatch(guest.ap)):
            raise ReleaseRefused  # sealed while the site had a gateway of another brand
        return ApiCall(partial(authorize, self._logins, site.gateway_settings, guest), landing)

    def kit(self, site: Site, notice: str, garden: Garden) -> list[File]:
        """Return what to enter in UniFi Network, and the names to open before the release.

        An access point opens a name together with all names below it.
        """
        host = urlsplit(notice).hostname or ""
        portal = (
            f"External portal server:  {host}\n"
            f"It sends guests to:      http://{host}/guest/s/{site.gateway_settings['site']}/\n"
            "Secure portal / HTTPS redirection:  off\n"
        )
        names = dict.fromkeys(name.removeprefix("*.") for name in (host, *garden.hosts()))
        return [
            File("unifi-portal.txt", portal),
            File("unifi-pre-authorization-access.txt", "".join(f"{name}\n" for name in names)),
        ]


def _spelled(mac: str) -> str:
    """Return ``mac`` as the controller writes it."""
    digits = re.sub(r"[:-]", "", mac).lower()
    return ":".join(digits[place : place + 2] for place in range(0, 12, 2))
