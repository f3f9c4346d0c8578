"""Ruckus's side: how controllers redirect, their login forms, and the northbound interface.

The redirects are those of published access logs (nasirhafeez/capport), the forms and answers those
of "Enabling WISPr in the ZoneDirector" and of the guide to the northbound interface, 800-73417.
"""

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus

from tests.tls import Asked, Reply, Server

CONTROLLER = "192.168.8.1"
MAC, IP = "02:00:5e:00:53:01", "192.168.8.108"
ENCRYPTED = {
    "client_mac": "ENCd2dbf9a1f1689ed0e5ab4c59c6ea8055bb6673892a41751e",
    "uip": "ENCb2579826807a6430655a4e4d78347972",
}
USER, PASSWORD, KEY = "khach", "mật khẩu", "KHOA-cua-cong"
FIELDS = {
    "gateway": "ruckus",
    "gateway.address": CONTROLLER,
    "gateway.username": USER,
    "gateway.password": PASSWORD,
}
API = {"gateway.kind": "api", "gateway.controller": "https://127.0.0.1:9", "gateway.key": KEY}
"""More fields, for the northbound interface."""
PROBE = "http://connectivitycheck.gstatic.com/generate_204"


def query(origin: str = PROBE, **changes: str | None) -> str:
    """Return what Unleashed appends: its escapes are of small letters, hyphens among them."""
    given: dict[str, str | None] = {
        "sip": CONTROLLER,
        "mac": "b479c83c4b20",
        "client_mac": MAC.replace(":", ""),
        "uip": IP,
        "lid": "",
        "dn": "",
        "url": origin,
        "ssid": "Khách Bảo Lâm",
        "loc": "",
        "vlan": "1",
    }
    given |= changes
    written = {name: quote_plus(value) for name, value in given.items() if value is not None}
    return "&".join(
        f"{name}=" + re.sub("%..", lambda escape: escape[0].lower(), value).replace("-", "%2d")
        for name, value in written.items()
    )


def smart_query(origin: str = PROBE, **changes: str | None) -> str:
    """Return what SmartZone appends, the device's addresses encrypted as it is delivered."""
    given: dict[str, str | None] = {
        "nbiIP": "192.168.200.211",
        "client_mac": ENCRYPTED["client_mac"],
        "domain_name": "Administration Domain",
        "reason": "Un-Auth-Captive",
        "wlanName": "Khách",
        "dn": "scg.ruckuswireless.com",
        "ssid": "Khách",
        "mac": "00:33:58:16:ef:20",
        "url": origin,
        "proxy": "0",
        "vlan": "1",
        "wlan": "1",
        "sip": CONTROLLER,
        "zoneName": "8DT35_ORh3sMfx-OkfQWdsVkUHecuUNVnVoM7abVZ-Q_1740048752130",
        "apip": "192.168.200.32",
        "sshTunnelStatus": "1",
        "uip": ENCRYPTED["uip"],
        "StartURL": "https://www.google.com",
    }
    given |= changes
    return "&".join(f"{n}={quote_plus(value)}" for n, value in given.items() if value is not None)


def logged_in(url: str, fields: Mapping[str, str]) -> str:
    """Take a login's form; return where the visitor goes, or "" when nobody is let in."""
    if re.fullmatch(rf"http://{CONTROLLER}:9997/login|https://{CONTROLLER}:9998/login", url):
        known = fields["ip"] == IP
    else:
        assert url in (
            f"http://{CONTROLLER}:9997/SubscriberPortal/hotspotlogin",
            f"https://{CONTROLLER}:9998/SubscriberPortal/hotspotlogin",
        )
        device = {"client_mac": fields["client_mac"], "uip": fields["uip"]}
        known = device == ENCRYPTED and fields["proxy"] == "0"
    account = (fields["username"], fields["password"])
    return fields["url"] if known and account == (USER, PASSWORD) else ""


@dataclass
class Controller:
    """A SmartZone, or RUCKUS One when the portal has to name itself."""

    name: str = ""
    online: set[str] = field(default_factory=set)
    broken: Reply | None = None
    code: int = 0  # answers nothing but this
    asked: list[dict[str, Any]] = field(default_factory=list)

    def server(self, context: ssl.SSLContext) -> Server:
        return Server(context, self.respond)

    def respond(self, asked: Asked) -> Reply:
        if self.broken:
            return self.broken
        if (asked.method, asked.path) != ("POST", "/portalintf"):
            return Reply(404)
        said = asked.json()
        self.asked.append(said)
        code = self.code or self._code(said)
        return Reply(200, {"Vendor": "ruckus", "APIVersion": "1.0", "ResponseCode": code})

    def _code(self, said: Mapping[str, Any]) -> int:
        if said.get("Vendor") not in ("ruckus", "Ruckus") or not isinstance(said, dict):
            return 302
        refusals = {
            303: said.get("APIVersion") != "1.0",
            305: said.get("RequestCategory") != "UserOnlineControl",
            304: said.get("RequestType") != "Login",
            306: said.get("RequestPassword") != KEY or said.get("RequestUserName", "") != self.name,
            300: said.get("UE-MAC") != ENCRYPTED["client_mac"]
            or said.get("UE-IP") != ENCRYPTED["uip"],
            301: (said.get("UE-Username"), said.get("UE-Password")) != (USER, PASSWORD),
        }
        for code, refused in refusals.items():
            if refused:
                return code
        if said["UE-MAC"] in self.online:
            return 101
        self.online.add(said["UE-MAC"])
        return 201
