"""TP-Link Omada 5.0.15 and later: a controller that sends guests to an external portal.

The controller redirects to the portal with ``clientMac apMac ssidName t radioId site redirectUrl``
from an access point, and with ``clientMac gatewayMac vid t site redirectUrl`` from a gateway.
Nothing in it is signed. The release is ``POST /<controller id>/api/v2/hotspot/login`` as a hotspot
operator, which gives a token and a session cookie, then ``POST .../api/v2/hotspot/extPortal/auth``
with both. Source: TP-Link FAQ 3231 (support.omadanetworks.com, document 13080), which calls the
time's unit a microsecond in its table and passes milliseconds in its own sample. Tried against
this document only.
"""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from portal.domain.errors import BadArrival, ReleaseFailed, ReleaseRefused
from portal.domain.errors import message as _
from portal.domain.garden import Garden
from portal.domain.sites import Site
from portal.gateways.base import (
    Answer,
    ApiCall,
    Arrival,
    File,
    Option,
    Redirect,
    Release,
    Talk,
    checked,
)
from portal.gateways.logins import LoggedOut, Login, Logins, insist
from portal.gateways.options import CA, controller_url, number, one_of, text

_LONGEST = 8192  # characters of a query string
_MAC = re.compile(r"[0-9a-fA-F]{2}(?:([:-]?)[0-9a-fA-F]{2})(?:\1[0-9a-fA-F]{2}){4}")
_FORMS = {
    "clientMac": _MAC,
    "apMac": _MAC,
    "gatewayMac": _MAC,
    "ssidName": re.compile(r"[^\x00-\x1f\x7f]{1,64}"),  # any letters of the world, and blanks
    "radioId": re.compile(r"[0-9]{1,2}"),
    "vid": re.compile(r"[0-9]{1,4}"),
    "site": re.compile(r"[^\x00-\x1f\x7f]{1,128}"),
}
_WIRELESS = ("clientMac", "apMac", "ssidName", "radioId", "site")
_WIRED = ("clientMac", "gatewayMac", "vid", "site")
_UNITS = {"ms": 60_000, "us": 60_000_000}  # per minute
_ASCII = "".join(map(chr, range(33, 127)))


class Omada:
    """An Omada controller: software, hardware or cloud-based."""

    name = "omada"
    captive = True
    proofs = frozenset[str]()
    options = (
        controller_url(),
        Option(
            "controller_id",
            lambda value: re.fullmatch(r"[A-Za-z0-9]{4,64}", value) is not None,
            _("write the letters and digits that follow the controller's address in the browser"),
        ),
        text("operator"),
        text("password", secret=True),
        number("minutes", 1, 44640, "480"),
        one_of("unit", tuple(_UNITS), default="ms"),
        CA,
    )

    def __init__(self) -> None:
        self._logins = Logins()

    def check(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Return the settings as they will be used."""
        return checked(self.options, settings)

    def arrive(self, site: Site, query: str, address: str) -> Arrival | None:
        """Read what the controller appended to the notice's address."""
        if len(query) > _LONGEST:
            raise BadArrival("too_long")
        # As bytes came: an SSID may stand in it raw. The first of two counts.
        escaped = quote(query.encode("latin-1", "replace"), safe=_ASCII)
        given = dict(reversed(parse_qsl(escaped, keep_blank_values=True)))
        if not {"clientMac", "apMac", "gatewayMac"} & set(given):
            return None
        release = {}
        for name in _WIRED if "gatewayMac" in given else _WIRELESS:
            if name not in given:
                raise BadArrival(f"missing_{name.lower()}")
            if not _FORMS[name].fullmatch(given[name]):
                raise BadArrival(f"bad_{name.lower()}")
            release[name] = given[name]
        return Arrival(release=release, origin=given.get("redirectUrl", ""))

    def release(self, site: Site, release: Mapping[str, str], landing: str) -> Release:
        """Return the call that has the controller let this device in."""
        if not release:
            return Redirect(landing)
        known = tuple(release) in (_WIRED, _WIRELESS)
        if not known or not all(_FORMS[name].fullmatch(release[name]) for name in release):
            raise ReleaseRefused  # sealed while the site had a gateway of another brand
        return ApiCall(partial(_tell, self._logins, site.gateway_settings, release), landing)

    def kit(self, site: Site, notice: str, garden: Garden) -> list[File]:
        """Return what to enter in the controller, and the names to open before the release."""
        settings = site.gateway_settings
        portal = (
            "Authentication Type:    External Portal Server\n"
            f"Custom Portal Server:   {notice}\n"
            "Landing Page:           The Original URL\n"
            "HTTPS Redirection:      off\n"
            f"Hotspot Manager > Operators:  {settings['operator']}\n"
        )
        names = dict.fromkeys((urlsplit(notice).hostname or "", *garden.hosts()))
        return [
            File("omada-portal.txt", portal),
            File("omada-pre-authentication-access.txt", "".join(f"{name}\n" for name in names)),
        ]


def _tell(
    logins: Logins, settings: Mapping[str, str], release: Mapping[str, str], talk: Talk
) -> None:
    """Have the controller let the device in. Raise ReleaseFailed."""
    hotspot = f"{settings['controller'].rstrip('/')}/{settings['controller_id']}/api/v2/hotspot"
    speak = partial(talk, ca=settings["ca"])
    time = int(settings["minutes"]) * _UNITS[settings["unit"]]
    asked = {**release, "time": time, "authType": 4}
    logins.ask(
        (hotspot, settings["operator"], settings["password"], settings["ca"]),
        lambda: _log_in(speak, f"{hotspot}/login", settings),
        lambda login: _authorize(speak, f"{hotspot}/extPortal/auth", asked, login),
    )


def _log_in(talk: Talk, url: str, settings: Mapping[str, str]) -> Login:
    asked = {"name": settings["operator"], "password": settings["password"]}
    answer = talk("POST", url, json=asked)
    if _is_gone(answer):  # another controller id leads to a page, too
        raise ReleaseFailed("login")
    insist(answer)
    said = answer.json()
    token = said["result"].get("token") if _accepted(said) and _is_object(said, "result") else None
    if not isinstance(token, str) or not answer.cookies:
        raise ReleaseFailed("login")
    # TPEAP_SESSIONID until 5.11, then TPOMADA_SESSIONID.
    cookies = "; ".join(f"{name}={value}" for name, value in answer.cookies.items())
    return Login({"Csrf-Token": token, "Cookie": cookies})


def _authorize(talk: Talk, url: str, asked: Mapping[str, Any], login: Login) -> None:
    answer = talk("POST", url, json=asked, headers=login.headers)
    if _is_gone(answer):
        raise LoggedOut
    insist(answer)
    if not _accepted(answer.json()):
        raise LoggedOut(perhaps="no")  # it says so, too, when a session has ended


def _is_gone(answer: Answer) -> bool:
    """Tell whether the controller wants a login: it says so, or shows its login page."""
    shown = answer.headers.get("content-type", "").startswith("text/html")
    return answer.status in (301, 302, 303, 307, 401, 403) or (answer.status == 200 and shown)


def _accepted(said: Any) -> bool:
    return isinstance(said, dict) and said.get("errorCode") == 0


def _is_object(said: Any, name: str) -> bool:
    return isinstance(said.get(name), dict)
