"""openNDS, "FAS" levels 1 and 2, as version 9.10.0 was seen on the wire.

Level 1 sends the visitor with ``?fas=<base64>``, level 2 with ``?fas=<base64 of base64 of
AES-256-CBC>&iv=<16 characters>``; inside are ``name=value`` fields separated by ``, ``. The
release is a link to the gateway that proves knowledge of the shared key. Source: openNDS's
documentation of Forwarding Authentication Service (FAS), and captures of the Debian package.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, unquote, urlencode

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from portal.domain.errors import BadArrival, BadSite, Problem, ReleaseRefused
from portal.domain.errors import message as _
from portal.domain.events import Tier
from portal.domain.sites import Site
from portal.gateways.addresses import Allowed
from portal.gateways.base import Arrival, Redirect, Release

PORT = 2050
_AUTHDIR = "opennds_auth"
_LONGEST = 8192  # characters of a query string
_WEAK_KEYS = frozenset({"1234567890"})  # openNDS's own default, known to everybody
_FIELDS = {
    "hid": re.compile(r"[0-9a-f]{64}"),
    "clientip": re.compile(r"[0-9a-fA-F.:]{2,45}"),
    "clientmac": re.compile(r"[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}"),
    "gatewayname": re.compile(r"[^\s]{0,600}"),
    "version": re.compile(r"(?:[89]|[1-9]\d)\.\d[\w.]{0,20}"),  # 8 brought today's hid
    "gatewayaddress": re.compile(r"[^\s/?#@]{1,270}"),
    "originurl": re.compile(r"\S{0,7000}"),
}
_AUTHDIRS = re.compile(r"[A-Za-z0-9_-]{1,64}")


class OpenNDS:
    """openNDS at FAS level 1 (readable by everybody) or 2 (encrypted with the site's key)."""

    name = "opennds"
    captive = True

    def check(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Return ``level``, ``faskey`` and ``address`` as they will be used."""
        problems: list[Problem] = []
        known = {"level": "2"} | dict(settings)
        for name in sorted(set(known) - {"level", "faskey", "address"}):
            problems.append(Problem(name, _("there is no such setting")))
        if known["level"] not in ("1", "2"):
            problems.append(Problem("level", _("write one of: %(choices)s"), {"choices": "1, 2"}))
        key = known.get("faskey", "")
        if not re.fullmatch(r"[A-Za-z0-9]{10,64}", key):
            problems.append(Problem("faskey", _("write 10 to 64 letters and digits")))
        elif key in _WEAK_KEYS:
            problems.append(Problem("faskey", _("this key is the maker's default, choose another")))
        try:
            Allowed(known.get("address", ""), PORT)
        except ValueError:
            problems.append(
                Problem("address", _("write the gateway's address or network, like 192.168.8.1"))
            )
        if problems:
            raise BadSite(problems)
        return known

    def arrive(self, site: Site, query: str) -> Arrival | None:
        """Read what openNDS appended to the notice's address."""
        if len(query) > _LONGEST:
            raise BadArrival("too_long")
        # Level 1's base64 may hold a raw "+": this must not become a blank.
        given = dict(reversed(parse_qsl(query.replace("+", "%2B"), keep_blank_values=True)))
        if "fas" not in given:
            # A release that was asked for twice sends the visitor back like this.
            if given.get("status") == "authenticated":
                return Arrival(captive=False, origin=given.get("redir", ""))
            return None
        encrypted = "iv" in given
        if encrypted != (site.gateway_settings["level"] == "2"):
            raise BadArrival("level")
        if encrypted:
            text = _decrypt(given["fas"], given["iv"], site.gateway_settings["faskey"])
        else:
            text = _text(_base64(given["fas"]))
        fields = _fields(text)
        return Arrival(
            tier=Tier.SIGNED if encrypted else Tier.NONE,
            release={
                "hid": fields["hid"],
                "address": fields["gatewayaddress"],
                "authdir": fields.get("authdir", _AUTHDIR),
            },
            origin=unquote(fields["originurl"]),
        )

    def release(self, site: Site, release: Mapping[str, str], landing: str) -> Release:
        """Return the link to the gateway that opens it for this visitor.

        Always with ``tok`` and ``redir``: without either of them openNDS 9.10.0 crashes. The
        slash before the question mark is required.
        """
        if not release:
            return Redirect(landing)
        settings = site.gateway_settings
        try:
            netloc = Allowed(settings["address"], PORT).netloc(release["address"])
            secret, authdir = release["hid"] + settings["faskey"], release["authdir"]
        except (KeyError, ValueError):  # sealed while the site had a gateway of another brand
            raise ReleaseRefused from None
        if not _AUTHDIRS.fullmatch(authdir):
            raise ReleaseRefused
        token = hashlib.sha256(secret.encode()).hexdigest()
        query = urlencode({"tok": token, "redir": landing}, quote_via=quote)
        return Redirect(f"http://{netloc}/{authdir}/?{query}")


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise BadArrival("not_base64") from None


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise BadArrival("not_text") from None


def _decrypt(fas: str, iv: str, key: str) -> str:
    """Undo PHP's openssl_encrypt: it pads the key with NUL, and its output is base64 again."""
    secret = _base64(_ascii(_base64(fas)))
    vector = iv.encode()
    if len(vector) != 16 or not secret or len(secret) % 16:
        raise BadArrival("not_encrypted")
    cipher = Cipher(algorithms.AES(key.encode()[:32].ljust(32, b"\0")), modes.CBC(vector))
    decryptor = cipher.decryptor()
    padded = decryptor.update(secret) + decryptor.finalize()
    unpadder = padding.PKCS7(128).unpadder()
    try:
        return (unpadder.update(padded) + unpadder.finalize()).decode()
    except ValueError:  # UnicodeDecodeError is one, too: the same answer for all, no oracle
        raise BadArrival("wrong_key") from None


def _ascii(raw: bytes) -> str:
    try:
        return raw.decode("ascii")
    except UnicodeDecodeError:
        raise BadArrival("not_base64") from None


def _fields(text: str) -> dict[str, str]:
    """Return the fields of the string, every needed one present and of its right form."""
    fields: dict[str, str] = {}
    for part in text.split(", "):
        name, equals, value = part.partition("=")
        if equals:
            fields.setdefault(name, value)  # the first wins: nothing can be appended over it
    for name, form in _FIELDS.items():
        if name not in fields:
            raise BadArrival(f"missing_{name}")
        if not form.fullmatch(fields[name]):
            raise BadArrival(f"bad_{name}")
    if not _AUTHDIRS.fullmatch(fields.get("authdir", _AUTHDIR)):
        raise BadArrival("bad_authdir")
    return fields
