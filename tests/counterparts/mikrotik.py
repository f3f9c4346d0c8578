"""A hotspot of RouterOS, after its documentation: servlet pages with variables, and /login.

It serves the very login page that our kit makes, so a wrong variable or a missing escape in the
page fails here.
"""

import hashlib
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from portal.domain.garden import Garden
from portal.domain.sites import Site
from portal.gateways.mikrotik import MikroTik

GATEWAY = "192.168.8.1"
NOTICE = "http://localhost/s/nha-nghi"
USER, PASSWORD = "khach", "mật khẩu $1"
FIELDS = {"gateway": "mikrotik", "gateway.address": GATEWAY}
"""A site's fields, with trial users."""
ACCOUNT = {"gateway.username": USER, "gateway.password": PASSWORD}
"""More fields, for logging in with an account."""

MAC = "02:00:5E:00:53:01"
IDENT = b"\xf9"
CHALLENGE = bytes.fromhex("ef0dd80b119c65a5c3ab62a65b7dfdce")  # that of the reference manual
PROBE = "http://connectivitycheck.gstatic.com/generate_204"
NOTHING = Garden({}, ())


def octal(raw: bytes) -> str:
    r"""Write bytes for a string of JavaScript, as the manual shows them: ``\371``."""
    return "".join(f"\\{byte:03o}" for byte in raw)


def escaped(text: str) -> str:
    """What ``-esc`` makes of a variable: "123&456=1 2" becomes "123%26456%3D1+2"."""
    quoted = re.sub(
        rb"[^A-Za-z0-9\-_. ]", lambda found: b"%%%02X" % found[0][0], text.encode()
    ).decode()
    return quoted.replace(" ", "+")


def rendered(page: str, variables: Mapping[str, str]) -> tuple[int, dict[str, str], str]:
    """Return status, headers and body of a servlet page.

    A question about http-status or http-header is none: it sets them.
    """
    status, headers = 200, {}

    def value(found: re.Match[str]) -> str:
        name = found[1]
        plain = name.removesuffix("-esc")
        assert plain in variables, f"RouterOS has no $({name})"
        return escaped(variables[plain]) if name != plain else variables[plain]

    page = re.sub(r"\$\((?!endif)([a-z-]+)\)", value, page)
    for name, wanted, text in re.findall(r'\$\(if (\S+) == "?([\w-]+)"?\)(.*?)\$\(endif\)\n', page):
        if name == "http-status":
            status = int(wanted)
        else:
            assert name == "http-header"
            headers[wanted] = text
    body = re.sub(r"\$\(if .*?\$\(endif\)\n", "", page)
    assert "$(" not in body
    return status, headers, body


class Hotspot:
    """One visitor at one router."""

    def __init__(self, login: str = "trial", notice: str = NOTICE, password: str = PASSWORD):
        settings = {"login": login, "address": GATEWAY} | (
            {} if login == "trial" else {"username": USER, "password": PASSWORD}
        )
        site = Site("nha-nghi", "N", gateway_settings=MikroTik().check(settings))
        self.files = {file.name: file.text for file in MikroTik().kit(site, notice, NOTHING)}
        self.login_by, self.password = login, password
        self.online = False
        self.challenge = CHALLENGE

    def page(self, origin: str = PROBE, **changes: str) -> tuple[int, dict[str, str], str]:
        """Serve the login page to a visitor who had asked for ``origin``."""
        chap = self.login_by != "pap"
        variables = {
            "mac": MAC,
            "ip": "192.168.8.108",
            "username": "",
            "link-login": f"http://{GATEWAY}/login?dst={escaped(origin)}",
            "link-login-only": f"http://{GATEWAY}/login",
            "link-orig": origin,
            "link-redirect": origin,
            "chap-id": octal(IDENT) if chap else "",
            "chap-challenge": octal(self.challenge) if chap else "",
            "error": "",
            "trial": "yes" if self.login_by == "trial" else "no",
            "identity": "Nhà nghỉ & café",
            "server-name": "hotspot1",
        }
        return rendered(self.files["login.html"], variables | changes)

    def login(self, url: str) -> str:
        """Answer a request for /login, and return where it redirects to."""
        parts = urlsplit(url)
        assert (parts.scheme, parts.hostname, parts.path) == ("http", GATEWAY, "/login")
        asked = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True))
        if self.online or self._accepts(asked):
            self.online = True
            page = rendered(self.files["alogin.html"], {"link-redirect": asked["dst"]})
        else:
            self.challenge = hashlib.md5(self.challenge).digest()
            page = self.page(asked["dst"], error="invalid username or password", username=USER)
        status, headers, _body = page
        assert status == 302
        return headers["Location"]

    def _accepts(self, asked: Mapping[str, str]) -> bool:
        if self.login_by == "trial":
            return asked["username"] == f"T-{MAC}" and "password" not in asked
        if asked["username"] != USER:
            return False
        if self.login_by == "pap":
            return asked["password"] == self.password
        right = hashlib.md5(IDENT + self.password.encode() + self.challenge).hexdigest()
        return asked["password"] == right


def query(origin: str = PROBE, *, login: str = "trial", **changes: str | None) -> str:
    """Return the query with which the kit's login page sends the visitor to the notice."""
    _status, headers, _body = Hotspot(login).page(origin)
    fields = dict(part.split("=", 1) for part in urlsplit(headers["Location"]).query.split("&"))
    for name, value in changes.items():
        fields[name] = "" if value is None else escaped(value)
    return "&".join(
        f"{name}={fields[name]}" for name in fields if changes.get(name, "") is not None
    )
