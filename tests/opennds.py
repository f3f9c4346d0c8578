"""openNDS 9.10 as the gateway's side: what it sends, takes and refuses at FAS levels 0 to 3.

Written from its documentation (docs/source/fas.rst) and from what Debian's package was seen to send
(tests/lab); it uses nothing of the portal's own.
"""

import base64
import hashlib
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlsplit

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

FASKEY = "baolam2021caobang"
GATEWAY = "192.168.8.1:2050"
PROBE = "http://connectivitycheck.gstatic.com/generate_204"
TOKEN = "b4f456c4"
OPENNDS = {
    "gateway": "opennds",
    "gateway.level": "1",
    "gateway.faskey": FASKEY,
    "gateway.address": "192.168.8.1",
}
"""A site's fields."""
FIELDS = OPENNDS | {"gateway.level": "2"}
IV = "f6c13250a810304c"


def fas(origin: str = quote(PROBE, safe=""), **changes: str) -> str:
    """Return the query string that openNDS 9.10 sends at level 1; ``origin`` is encoded."""
    return "fas=" + base64.b64encode(_line(origin, **changes).encode()).decode()


def query(origin: str = PROBE, *, level: str = "2", **changes: str | None) -> str:
    """Return the query string of a genuine arrival; a parameter changed to None is left out."""
    encoded = quote(origin, safe="").replace("%2F", "%2f").replace("%3A", "%3a")
    if level == "0":
        return _plain(encoded, **changes)
    text = _line(encoded, **{n: v for n, v in changes.items() if n not in ("fas", "iv")})
    if level == "1":
        outer: dict[str, str | None] = {"fas": base64.b64encode(text.encode()).decode()}
    else:
        outer = {"fas": encrypted(text), "iv": IV}
    outer |= {name: changes[name] for name in ("fas", "iv") if name in changes}
    return "&".join(f"{name}={value}" for name, value in outer.items() if value is not None)


def encrypted(text: str, key: str = FASKEY, iv: str = IV) -> str:
    """Encrypt as openNDS has PHP's openssl_encrypt do it: its base64 once more in base64."""
    padder = padding.PKCS7(128).padder()
    padded = padder.update(text.encode()) + padder.finalize()
    secret = key.encode()[:32].ljust(32, b"\0")
    encryptor = Cipher(algorithms.AES(secret), modes.CBC(iv.encode())).encryptor()
    inner = base64.b64encode(encryptor.update(padded) + encryptor.finalize())
    return base64.b64encode(inner).decode()


class Crashed(Exception):
    """The daemon has ended: a request of a phone was too much for it."""


@dataclass
class Gateway:
    """A gateway with one phone, which is online or not."""

    level: str
    notice: str = "/s/nha-khach"
    key: str = FASKEY
    token: str = TOKEN
    online: bool = False

    def sends(self, origin: str = PROBE) -> str:
        """Return where a phone is sent that asks for ``origin``."""
        hid = hashlib.sha256(self.token.encode()).hexdigest()
        said = {"tok": self.token} if self.level == "0" else {"hid": hid}
        return f"{self.notice}?{query(origin, level=self.level, **said)}"

    def answers(self, url: str) -> str:
        """Take a phone's request for a release; return where the phone is sent then."""
        parts = urlsplit(url)
        assert (parts.scheme, parts.netloc, parts.path) == ("http", GATEWAY, "/opennds_auth/")
        given = dict(parse_qsl(parts.query, keep_blank_values=True))
        if "tok" not in given or "redir" not in given:
            raise Crashed
        if self.online:
            again = f"tok={given['tok']}&redir={given['redir']}&status=authenticated"
            return f"{self.notice}?{again}"
        if given["tok"] != self._wanted():
            return self.sends(given["redir"])
        self.online = True
        return given["redir"]

    def _wanted(self) -> str:
        if self.level == "0":
            return self.token
        hid = hashlib.sha256(self.token.encode()).hexdigest()
        return hashlib.sha256((hid + self.key).encode()).hexdigest()


def _plain(origin: str, **changes: str | None) -> str:
    fields = {
        "authaction": f"http://{GATEWAY}/opennds_auth/?clientip=192.168.8.108",
        "gatewayname": "Nha%20khach",
        "tok": TOKEN,
        "redir": origin,
    } | changes
    return "&".join(f"{name}={value}" for name, value in fields.items() if value is not None)


def _line(origin: str, **changes: str | None) -> str:
    fields = {
        "hid": "5d0b0c1d" * 8,
        "clientip": "192.168.8.108",
        "clientmac": "02:00:5e:00:53:01",
        "client_type": "cpd_can",
        "gatewayname": "Nha%20khach",
        "gatewayurl": "http%3a%2f%2fstatus.client",
        "version": "9.10.0",
        "gatewayaddress": GATEWAY,
        "gatewaymac": "020000000001",
        "originurl": origin,
        "clientif": "br-lan",
        "themespec": "(null), (null)(null)(null)(null)",
    } | changes
    return ", ".join(f"{name}={value}" for name, value in fields.items() if value is not None)
