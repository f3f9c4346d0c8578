"""Ruckus: hotspots ("WISPr") of ZoneDirector, Unleashed, SmartZone and RUCKUS One.

The controller sends the visitor with ``sip``, ``client_mac``, ``uip``, ``url`` and more; SmartZone
adds ``nbiIP`` and encrypts the device's addresses ("ENC…"), which we only hand back. The release is
a form that the browser posts to the controller (``kind`` form), or a call of the northbound
interface, ``POST /portalintf`` with UserOnlineControl and Login (``kind`` api). Nothing is signed.
Sources: Ruckus, "Enabling WISPr in the ZoneDirector" (``/login`` on ports 9997 and 9998); "RUCKUS
One Northbound Interface" 800-73417 and "Hotspot WISPr Reference Guide" (the call and its answers);
access logs of Unleashed and SmartZone in nasirhafeez/capport; SmartZone's form as operators publish
it. Tried against these, not against a controller.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from urllib.parse import urlsplit

from portal.domain.errors import BadArrival, BadSite, Problem, ReleaseFailed, ReleaseRefused
from portal.domain.errors import message as _
from portal.domain.garden import Garden
from portal.domain.sites import Site
from portal.gateways.addresses import Allowed
from portal.gateways.base import ApiCall, Arrival, File, FormPost, Redirect, Release, Talk, checked
from portal.gateways.logins import insist
from portal.gateways.options import CA, controller_url, gateway_address, one_of, text
from portal.gateways.parameters import origin, parameters

_PORTS = {"off": ("http", 9997), "on": ("https", 9998)}
_FORMS = {
    "mac": re.compile(r"(?:[0-9A-Fa-f]{2}(?:[:-]?[0-9A-Fa-f]{2}){5})|ENC[0-9A-Fa-f]{16,128}"),
    "ip": re.compile(r"[0-9A-Fa-f.:]{2,45}|ENC[0-9A-Fa-f]{16,128}"),
}
_NEEDED = {"form": ("address",), "api": ("controller", "key")}
_ONLINE = frozenset({101, 201})  # authorized already; login succeeded
_WORDS = {300: "unknown_device", 301: "not_allowed", 306: "login", 400: "broken", 401: "broken"}


class Ruckus:
    """A Ruckus controller, with one guest account that all visitors share."""

    name = "ruckus"
    captive = True
    proofs = frozenset[str]()
    options = (
        one_of("kind", ("form", "api"), default="form"),
        text("username"),
        text("password", secret=True),
        replace(gateway_address(_PORTS["off"][1]), default=""),
        one_of("ssl", ("off", "on"), default="off"),
        replace(controller_url(), default=""),
        text("key", "", secret=True),
        text("api_user", ""),
        CA,
    )

    def check(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Return the settings completed; what the kind needs has to be there."""
        complete = checked(self.options, settings)
        missing = [name for name in _NEEDED[complete["kind"]] if not complete[name]]
        if missing:
            raise BadSite(
                [Problem(name, _("this kind of controller needs it")) for name in missing]
            )
        return complete

    def arrive(self, site: Site, query: str, address: str) -> Arrival | None:
        """Read what the controller appended to the notice's address."""
        given = parameters(query)
        if not {"sip", "nbiIP"} & set(given):
            return None
        release = {"mac": given.get("client_mac", ""), "ip": given.get("uip", "")}
        for name, form in _FORMS.items():
            if not form.fullmatch(release[name]):
                raise BadArrival(f"bad_{name}")
        if site.gateway_settings["kind"] == "form":
            release["sip"] = given.get("sip", "")
            if "nbiIP" in given:
                release["smart"] = "1"
        return Arrival(release=release, origin=origin(given, "url"))

    def release(self, site: Site, release: Mapping[str, str], landing: str) -> Release:
        """Return the form, or the call, that logs this visitor in."""
        if not release:
            return Redirect(landing)
        # Else sealed while the site had another gateway.
        if not all(form.fullmatch(release.get(name, "")) for name, form in _FORMS.items()):
            raise ReleaseRefused
        if site.gateway_settings["kind"] == "api":
            return ApiCall(partial(_tell, site.gateway_settings, release), landing)
        return _form(site.gateway_settings, release, landing)

    def kit(self, site: Site, notice: str, garden: Garden) -> list[File]:
        """Return what to enter at the hotspot (WISPr) service of the controller."""
        lines = [
            "# Hotspot (WISPr) services > Create > Login page / External logon URL:",
            notice,
            "# Start page: the URL that the user intends to visit",
            "# Authentication server: the one that holds the guest account "
            + site.gateway_settings["username"],
            "# Walled garden, one entry a line:",
            *dict.fromkeys((urlsplit(notice).hostname or "", *garden.hosts())),
        ]
        return [File("ruckus-hotspot.txt", "".join(f"{line}\n" for line in lines))]


def _form(settings: Mapping[str, str], release: Mapping[str, str], landing: str) -> FormPost:
    """Return the login's form, for a controller that the site's settings allow."""
    scheme, port = _PORTS[settings["ssl"]]
    try:
        # RUCKUS One and old versions do not say where: then it is the first address of the site.
        host = release["sip"] or settings["address"].replace(",", " ").split()[0]
        netloc = Allowed(settings["address"], port).netloc(host)
    except (KeyError, ValueError):  # sealed while the site had the other kind
        raise ReleaseRefused from None
    account = {"username": settings["username"], "password": settings["password"]}
    if "smart" not in release:
        # "ip" is for devices behind a router, "url" for going there afterwards.
        fields = {**account, "ip": release["ip"], "url": landing}
        return FormPost(f"{scheme}://{netloc}/login", fields)
    device = {"uip": release["ip"], "client_mac": release["mac"]}
    fields = {**account, **device, "proxy": "0", "url": landing}
    return FormPost(f"{scheme}://{netloc}/SubscriberPortal/hotspotlogin", fields)


def _tell(settings: Mapping[str, str], release: Mapping[str, str], talk: Talk) -> None:
    """Have the controller log the device in. Raise ReleaseFailed.

    The controller is the site's own: ``nbiIP`` is a parameter that anybody can forge.
    """
    asked = {
        "Vendor": "ruckus",
        "APIVersion": "1.0",
        **({"RequestUserName": settings["api_user"]} if settings["api_user"] else {}),
        "RequestPassword": settings["key"],
        "RequestCategory": "UserOnlineControl",
        "RequestType": "Login",
        "UE-IP": release["ip"],
        "UE-MAC": release["mac"],
        "UE-Proxy": "0",
        "UE-Username": settings["username"],
        "UE-Password": settings["password"],
    }
    url = f"{settings['controller'].rstrip('/')}/portalintf"
    answer = talk("POST", url, json=asked, ca=settings["ca"])
    insist(answer)
    said = answer.json()
    code = said.get("ResponseCode") if isinstance(said, dict) else None
    if not isinstance(code, int):
        raise ReleaseFailed("answer")
    if code not in _ONLINE:
        raise ReleaseFailed(_WORDS.get(code, "no"))
