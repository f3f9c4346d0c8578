"""A zone of OPNsense's captive portal, after opnsense/core: its web server and its API.

It answers as lighttpd-zone.conf and AccessController.php say: whoever asks by another host name is
sent to the zone's page with ``redirurl``, unescaped; the API takes forms and answers JSON.
"""

import json
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl, urlencode

GATEWAY = "192.168.8.1"
USER, PASSWORD = "khach", "mật khẩu <&'\">"
FIELDS = {"gateway": "opnsense", "gateway.address": GATEWAY}
PROBE = "http://connectivitycheck.gstatic.com/generate_204"


def query(origin: str = PROBE, **changes: str | None) -> str:
    """Return what the kit's page appends: OPNsense leaves the scheme out."""
    given: dict[str, str | None] = {
        "opnsense": f"http://{GATEWAY}:8000",
        "state": "held",
        "redirurl": origin.removeprefix("http://"),
    }
    given |= changes
    return urlencode({name: value for name, value in given.items() if value is not None})


class Zone(HTTPServer):
    """Serves ``page`` as the template. With an ``account``, that zone authenticates."""

    def __init__(self, account: Mapping[str, str] | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.page = ""
        self.account = account
        self.online = self.broken = False
        self.logins = 0

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.server_port}"


class _Answer(BaseHTTPRequestHandler):
    server: Zone

    def do_GET(self) -> None:
        if self.headers["Host"] != self.server.address:
            self.send_response(302)
            where = f"http://{self.server.address}/index.html"
            host = self.headers["Host"].partition(":")[0]
            self.send_header("Location", f"{where}?redirurl={host}{self.path}")
            self.end_headers()
        elif self.path.partition("?")[0] == "/index.html":
            self._send("text/html", self.server.page)
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        kind = self.headers["Content-Type"]
        text = self.rfile.read(length).decode()
        body = dict(parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text)))
        if kind != "application/x-www-form-urlencoded" or length > 2048:  # max-request-size
            self.send_error(413)
        elif self.server.broken:
            self.send_error(503)
        elif self.path == "/api/captiveportal/access/status/0/":
            self._state(self.server.online)
        elif self.path == "/api/captiveportal/access/logon/0/":
            self.server.logins += 1
            account = self.server.account
            self.server.online |= account is None or account == body
            self._state(self.server.online)
        else:
            self.send_error(404)

    def _state(self, online: bool) -> None:
        state = "AUTHORIZED" if online else "NOT_AUTHORIZED"
        kind = "normal" if self.server.account else "none"
        self._send("application/json", json.dumps({"clientState": state, "authType": kind}))

    def _send(self, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        pass
