"""UniFi's side: the redirect of an access point, and the three kinds of controllers.

From Ubiquiti's article 31228198640023 and github.com/Art-of-WiFi/UniFi-API-client.
"""

import base64
import json
import re
import secrets
import ssl
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from tests.tls import Asked, Reply, Server

MAC, AP = "02:00:5e:00:53:01", "02:00:5e:00:53:a0"
USERNAME, PASSWORD, KEY = "bluezone", "mat-khau ẩn", "K3y-of-the-integration"
FIELDS = {
    "gateway": "unifi",
    "gateway.kind": "classic",
    "gateway.controller": "https://127.0.0.1:9",
    "gateway.username": USERNAME,
    "gateway.password": PASSWORD,
    "gateway.site": "default",
}
SITE_ID, CLIENT_ID = "88f7af54-98f8-306a-a1c7-c9349722b1f6", "6f3b6677-e61a-3057-8a4f-74ea11396064"
ANYTHING = "http://connectivitycheck.gstatic.com/generate_204"


def query(origin: str = ANYTHING, **changes: str | None) -> str:
    """Return what an access point appends to the portal's address."""
    parameters: dict[str, str | None] = {
        "ap": AP,
        "id": MAC,
        "t": "1742398732",
        "url": origin,
        "ssid": "Nhà khách Bảo Lâm",
    }
    parameters |= changes
    # Slashes and colons stay, as in the article's own sample.
    return "&".join(
        f"{name}={quote(value, safe=':/')}"
        for name, value in parameters.items()
        if value is not None
    )


@dataclass
class Controller:
    """A controller of one kind, and what it was brought to do."""

    kind: str = "classic"
    most_logins: int = 1000
    connected: set[str] = field(default_factory=lambda: {MAC})
    csrf: str = "header"  # where its token against forged requests stands: header, cookie
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
        return {"classic": self._classic, "os": self._os, "key": self._by_key}[self.kind](asked)

    # --- kinds

    def _classic(self, asked: Asked) -> Reply:
        if asked.path == "/api/login":
            return self._log_in(asked, "unifises", 400)
        if not asked.path.startswith("/api/s/"):
            return Reply(404, body=b"<html>", type="text/html")
        if self._session(asked, "unifises") is None:
            return _error(401, "api.err.LoginRequired")
        return self._command(asked, asked.path)

    def _os(self, asked: Asked) -> Reply:
        if asked.path == "/api/auth/login":
            return self._log_in(asked, "TOKEN", 403)
        if not asked.path.startswith("/proxy/network/api/s/"):
            return Reply(404, body=b"<html>", type="text/html")
        token = self._session(asked, "TOKEN")
        if token is None:
            return Reply(401, {"code": 401, "message": "Unauthorized"})
        if asked.headers.get("x-csrf-token") != token:
            return Reply(403, {"code": "INVALID_CSRF_TOKEN"})
        return self._command(asked, asked.path.removeprefix("/proxy/network"))

    def _by_key(self, asked: Asked) -> Reply:
        if asked.headers.get("x-api-key") != KEY:
            return Reply(401, {"statusCode": 401, "code": "api.authentication.invalid"})
        url = urlsplit(asked.path)
        sites = "/proxy/network/integration/v1/sites"
        if (asked.method, url.path) == ("GET", sites):
            other = {"id": "0" * 8, "internalReference": "3041y5wj", "name": "Other"}
            ours = {"id": SITE_ID, "internalReference": "default", "name": "Default"}
            return _page([other, ours])
        if (asked.method, url.path) == ("GET", f"{sites}/{SITE_ID}/clients"):
            [wanted] = parse_qs(url.query, strict_parsing=True)["filter"]
            match = re.fullmatch(r"macAddress\.eq\('([0-9a-f:]{17})'\)", wanted)
            if match is None:
                return Reply(400, {"statusCode": 400, "code": "api.request.invalid-filter"})
            found = match[1] in self.connected
            return _page([{"id": CLIENT_ID, "macAddress": match[1]}] if found else [])
        if (asked.method, url.path) == ("POST", f"{sites}/{SITE_ID}/clients/{CLIENT_ID}/actions"):
            said = asked.json()
            limits = {"timeLimitMinutes", "dataUsageLimitMBytes"}
            limits |= {"rxRateLimitKbps", "txRateLimitKbps"}
            if said.pop("action", None) != "AUTHORIZE_GUEST_ACCESS" or not _limits(said, limits):
                return Reply(400, {"statusCode": 400})
            self.authorized.append(said)
            return Reply(200, {"action": "AUTHORIZE_GUEST_ACCESS"})
        return Reply(404, {"statusCode": 404, "code": "api.err.NotFound"})

    # --- parts

    def _log_in(self, asked: Asked, cookie: str, refusal: int) -> Reply:
        said = asked.json()
        if asked.method != "POST" or asked.headers.get("content-type") != "application/json":
            return Reply(400)
        if self.logins >= self.most_logins:
            return Reply(429, {"code": "AUTHENTICATION_FAILED_LIMIT_REACHED"})
        self.logins += 1
        if said != {"username": USERNAME, "password": PASSWORD}:
            return _error(refusal, "api.err.Invalid")
        token = secrets.token_hex(8)
        payload = base64.urlsafe_b64encode(json.dumps({"csrfToken": token}).encode()).decode()
        session = f"e30.{payload.rstrip('=')}.{secrets.token_hex(8)}"
        self.sessions[session] = token
        headers = [("Set-Cookie", f"{cookie}={session}; Path=/; Secure; HttpOnly; Partitioned")]
        if self.csrf == "header":
            headers.append(("X-CSRF-Token", token))
        return Reply(200, {"meta": {"rc": "ok"}, "data": []}, headers)

    def _session(self, asked: Asked, cookie: str) -> str | None:
        cookies = dict(part.split("=", 1) for part in asked.headers.get("cookie", "=").split("; "))
        return self.sessions.get(cookies.get(cookie, ""))

    def _command(self, asked: Asked, path: str) -> Reply:
        said = asked.json()
        if (asked.method, path) != ("POST", "/api/s/default/cmd/stamgr"):
            return _error(400, "api.err.NoSiteContext")
        if said.pop("cmd", None) != "authorize-guest":
            return _error(400, "api.err.InvalidCommand")
        numbers = {name: value for name, value in said.items() if name not in ("mac", "ap_mac")}
        if not _limits(numbers, {"minutes", "up", "down", "bytes"}):
            return _error(400, "api.err.InvalidPayload")
        macs = [said.get("mac", ""), said.get("ap_mac", AP)]
        if not all(re.fullmatch(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}", mac) for mac in macs):
            return _error(400, "api.err.InvalidPayload")
        if said["mac"] not in self.connected:
            return _error(400, "api.err.UnknownStation")
        self.authorized.append(said)
        return Reply(200, {"meta": {"rc": "ok"}, "data": [said]})


def _limits(said: dict[str, Any], known: set[str]) -> bool:
    return set(said) <= known and all(type(value) is int and value > 0 for value in said.values())


def _page(items: list[dict[str, str]]) -> Reply:
    count = {"offset": 0, "limit": 200, "count": len(items), "totalCount": len(items)}
    return Reply(200, {**count, "data": items})


def _error(status: int, message: str) -> Reply:
    return Reply(status, {"meta": {"rc": "error", "msg": message}, "data": []})
