"""CoovaChilli's side of UAM, written after coova/coova-chilli's ``src/redir.c``.

It takes the shortcuts of the real one: parameters are found anywhere in the query, ``userurl`` is
decoded twice, and a plus sign stays a plus sign.
"""

import hashlib
import re
from urllib.parse import urlsplit

SECRET = "baolam2021caobang"
USER, PASSWORD = "khach", "mật khẩu 7"
NOTICE = "http://localhost/s/khach-san"
"""Chilli's ``uamserver``; it is part of what is signed."""
GATEWAY = "192.168.8.1:3990"
FIELDS = {
    "gateway": "coovachilli",
    "gateway.uamsecret": SECRET,
    "gateway.username": USER,
    "gateway.password": PASSWORD,
    "gateway.address": "192.168.8.1",
}
"""A site's fields."""

CHALLENGE = "65f8ba4d76dbd0b5f24a07c8e1b4d5a9"
PROBE = "http://connectivitycheck.gstatic.com/generate_204"


def encoded(text: str) -> str:
    """redir_urlencode: small hexadecimal digits, and its own idea of what needs none."""
    return re.sub(
        rb"[^A-Za-z0-9\-_.!~*]", lambda found: b"%%%02x" % found[0][0], text.encode()
    ).decode()


def decoded(text: str) -> str:
    """redir_urldecode: "+" is no blank."""
    raw = re.sub(rb"%([0-9a-fA-F]{2})", lambda found: bytes([int(found[1], 16)]), text.encode())
    return raw.decode()


def signed(url: str, secret: str = SECRET) -> str:
    """redir_md_param."""
    return f"{url}&md={hashlib.md5(url.encode() + secret.encode()).hexdigest().upper()}"


def query(
    origin: str = PROBE, *, notice: str = NOTICE, secret: str = SECRET, **changes: str | None
) -> str:
    """Return the query of a genuine redirect; ``md`` fits what ``changes`` make of it."""
    values: dict[str, str | None] = {
        "res": "notyet",
        "uamip": "192.168.8.1",
        "uamport": "3990",
        "challenge": CHALLENGE,
        "called": "",
        "mac": "02-00-5E-00-53-01",
        "ip": "192.168.8.108",
        "nasid": "nas01",
        "sessionid": "601f9c0b00000001",
        "userurl": origin,
    } | changes
    md = values.pop("md", "")
    fields = [f"{name}={encoded(value)}" for name, value in values.items() if value is not None]
    url = signed(f"{notice}?{'&'.join(fields)}", secret)
    if md != "":
        url = url.rpartition("&md=")[0] + ("" if md is None else f"&md={md}")
    return url.partition("?")[2]


class Chilli:
    """One visitor at one gateway."""

    def __init__(self, notice: str = NOTICE, password: str = PASSWORD) -> None:
        self.notice, self.password = notice, password
        self.online = False
        self.challenge = CHALLENGE

    def redirect(self, origin: str = PROBE) -> str:
        """Where a held visitor's request for ``origin`` is sent to."""
        return f"{self.notice}?{query(origin, notice=self.notice, challenge=self.challenge)}"

    def logon(self, url: str) -> str:
        """Answer a request for ``url``, and return where it redirects to."""
        parts = urlsplit(url)
        assert (parts.scheme, parts.netloc, parts.path) == ("http", GATEWAY, "/logon")
        asked = {name: _parameter(parts.query, name) for name in ("username", "userurl")}
        back = decoded(asked["userurl"] or "")
        if self.online:
            return self._answer(back, res="already", challenge=None)
        if asked["username"] == USER and self._proves(parts.query):
            self.online = True
            return self._answer(back, res="success", challenge=None, uid=USER, timeleft="3600")
        self.challenge = hashlib.md5(self.challenge.encode()).hexdigest()
        return self._answer(back, res="failed", challenge=self.challenge, reply="no")

    def _proves(self, sent: str) -> bool:
        key = hashlib.md5(bytes.fromhex(self.challenge) + SECRET.encode()).digest()
        response, password = _parameter(sent, "response"), _parameter(sent, "password")
        if response is not None:
            right = hashlib.md5(b"\0" + self.password.encode() + key).digest()
            return bytes.fromhex(response) == right
        assert password is not None
        hidden = bytes.fromhex(password)
        plain = bytes(byte ^ key[n % 16] for n, byte in enumerate(hidden))
        return plain.split(b"\0")[0] == self.password.encode()

    def _answer(self, back: str, **changes: str | None) -> str:
        return f"{self.notice}?{query(back, notice=self.notice, **changes)}"


def _parameter(sent: str, name: str) -> str | None:
    """redir_getparam: whatever stands behind the first ``name=``, wherever that is."""
    start = sent.lower().find(f"{name}=")
    if start < 0:
        return None
    return decoded(sent[start + len(name) + 1 :].partition("&")[0])
