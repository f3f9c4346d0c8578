"""Omada's side: the controller's redirect, and its hotspot API. From TP-Link's FAQ 3231."""

import re
import secrets
import ssl
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus

from tests.tls import Asked, Reply, Server

MAC, AP, GATEWAY = "02-00-5E-00-53-01", "02-00-5E-00-53-A0", "02-00-5E-00-53-FE"
CONTROLLER_ID = "abcdefghijklmnopqrstuvwxyzabcdef"
OPERATOR, PASSWORD = "bluezone", "mat-khau ẩn"
FIELDS = {
    "gateway": "omada",
    "gateway.controller": "https://127.0.0.1:9",
    "gateway.controller_id": CONTROLLER_ID,
    "gateway.operator": OPERATOR,
    "gateway.password": PASSWORD,
}
ANYTHING = "http://connectivitycheck.gstatic.com/generate_204"
SSID = "Nhà khách Bảo Lâm"


def query(origin: str = ANYTHING, **changes: str | None) -> str:
    """Return what the controller appends for a guest at an access point."""
    return _written(
        {
            "clientMac": MAC,
            "apMac": AP,
            "ssidName": SSID,
            "t": "1614579303917000",
            "radioId": "1",
            "site": "Nhà khách",
            "redirectUrl": origin,
        },
        changes,
    )


def wired_query(origin: str = ANYTHING, **changes: str | None) -> str:
    """Return what the controller appends for a guest behind a gateway."""
    return _written(
        {
            "clientMac": MAC,
            "gatewayMac": GATEWAY,
            "vid": "20",
            "t": "1614579303917000",
            "site": "Nhà khách",
            "redirectUrl": origin,
        },
        changes,
    )


def _written(parameters: dict[str, str], changes: dict[str, str | None]) -> str:
    changed = {**parameters, **changes}  # as Java's URLEncoder: a blank is a plus
    return "&".join(f"{n}={quote_plus(value)}" for n, value in changed.items() if value is not None)


@dataclass
class Controller:
    """A controller, and what it was brought to do."""

    cookie: str = "TPOMADA_SESSIONID"  # TPEAP_SESSIONID before 5.11
    expiry: str = "page"  # how it says that a session has ended: page, redirect, code
    connected: set[str] = field(default_factory=lambda: {MAC})
    broken: Reply | None = None
    logins: int = 0
    authorized: list[dict[str, Any]] = field(default_factory=list)
    sessions: dict[str, str] = field(default_factory=dict)  # cookie's value to token

    def server(self, context: ssl.SSLContext) -> Server:
        return Server(context, self.respond)

    def forget_sessions(self) -> None:
        """What a restart does."""
        self.sessions.clear()

    def respond(self, asked: Asked) -> Reply:
        if self.broken:
            return self.broken
        hotspot = f"/{CONTROLLER_ID}/api/v2/hotspot"
        if asked.method != "POST" or asked.headers.get("content-type") != "application/json":
            return Reply(405)
        if asked.path == f"{hotspot}/login":
            return self._log_in(asked)
        if asked.path == f"{hotspot}/extPortal/auth":
            return self._authorize(asked)
        return Reply(302, headers=[("Location", "/login")])

    def _log_in(self, asked: Asked) -> Reply:
        self.logins += 1
        if asked.json() != {"name": OPERATOR, "password": PASSWORD}:
            return Reply(200, {"errorCode": -30109, "msg": "Invalid username or password."})
        session, token = secrets.token_hex(16), secrets.token_hex(16)
        self.sessions[session] = token
        return Reply(
            200,
            {"errorCode": 0, "msg": "Hotspot log in successfully.", "result": {"token": token}},
            [("Set-Cookie", f"{self.cookie}={session}; Path=/; Secure; HttpOnly; SameSite=None")],
        )

    def _authorize(self, asked: Asked) -> Reply:
        name, _equals, session = asked.headers.get("cookie", "").partition("=")
        token = self.sessions.get(session)
        if name != self.cookie or token is None or asked.headers.get("csrf-token") != token:
            return self._ended()
        said = asked.json()
        wireless = {"clientMac", "apMac", "ssidName", "radioId", "site", "time", "authType"}
        wired = {"clientMac", "gatewayMac", "vid", "site", "time", "authType"}
        if set(said) not in (wireless, wired) or said["authType"] != 4:
            return Reply(200, {"errorCode": -1001, "msg": "Invalid request parameters."})
        if type(said["time"]) is not int or said.get("ssidName", SSID) != SSID:
            return Reply(200, {"errorCode": -1001, "msg": "Invalid request parameters."})
        if not re.fullmatch(r"[0-9A-F]{2}(-[0-9A-F]{2}){5}", said["clientMac"]):
            return Reply(200, {"errorCode": -1001, "msg": "Invalid request parameters."})
        if said["clientMac"] not in self.connected:
            return Reply(200, {"errorCode": -41501, "msg": "Failed to authenticate."})
        self.authorized.append(said)
        return Reply(200, {"errorCode": 0})

    def _ended(self) -> Reply:
        if self.expiry == "page":
            return Reply(200, body=b"<!DOCTYPE HTML>", type="text/html;charset=UTF-8")
        if self.expiry == "redirect":
            return Reply(302, headers=[("Location", f"/{CONTROLLER_ID}/login")])
        return Reply(200, {"errorCode": -1200, "msg": "Your session has expired."})
