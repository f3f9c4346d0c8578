"""The nonce: the signed, short-lived name of one view, carried in URLs instead of a cookie.

Layout before base64url: version (1 byte), key id (1), issued (4, Unix seconds, big endian),
operating system, channel and tier (1 letter each), id (12), site (the rest), and 16 bytes
of keyed BLAKE2s (RFC 7693) over all of it, which costs a quarter of an HMAC and holds no lock of
OpenSSL's. Nothing in it says who the visitor is.

Where an edge server shows one rendering to many visitors, the portal signs what they have in common
and the edge adds the id: ``<site>.<token>.<32 hexadecimal digits>``. The token's layout: version 2
(1 byte), key id (1), issued (4, a whole minute), operating system and channel (1 letter each), and
16 bytes of the same MAC over all of it and the site. Its tier is always NONE.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
import struct
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from portal.domain.devices import OS
from portal.domain.errors import BadArrival, BadNonce
from portal.domain.events import Channel, Tier

LIFE = 15 * 60
"""Seconds after which a view counts no more (it still serves)."""
EARLY = 5 * 60
"""Seconds by which another node's clock may be ahead."""

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_HEAD = struct.Struct(">BBI3s12s")
_TOKEN = struct.Struct(">BBI2s")
_MAC = 16
_VERSION = 1
_TOKEN_VERSION = 2
_MINUTE = 60
_EDGE_ID = re.compile(r"[0-9a-f]{32}")
_LONGEST = 200  # characters; a site id has at most 40
_ID = slice(12, 28)  # of the nonce: the id's 12 bytes begin at the ninth, where a letter begins
_STANDARD = bytes.maketrans(b"-_+/", b"+/\0\0")  # from the URL-safe alphabet, and from no other
# Base64 leaves spare bits in the last letter, by the length: one nonce must have one spelling.
_ENDINGS = (_LETTERS, "", _LETTERS[::16], _LETTERS[::4])
# One letter each, so the URL stays short. A letter once given never changes its meaning.
_OS = dict(
    zip(
        OS,
        ("a", "i", "h", "w", "m", "l", "c", "p", "k", "t", "o"),
        strict=True,
    )
)
_CHANNEL = {Channel.WIFI: "w", Channel.POSTER: "p", Channel.SCREEN: "s", Channel.LINK: "l"}
_OS_OF = {letter: os for os, letter in _OS.items()}
_CHANNEL_OF = {letter: channel for channel, letter in _CHANNEL.items()}
_TIER_OF = {str(tier): tier for tier in Tier}


class View(NamedTuple):
    """One issued copy of the notice, as its nonce tells it."""

    site: str
    issued: int  # Unix seconds
    os: OS
    channel: Channel
    tier: Tier
    id: str  # 16 characters of base64url, no other view's
    nonce: str  # the whole signed text

    def age(self, now: float) -> float:
        """Return the seconds since the view was issued; negative if it is of a time to come."""
        return now - self.issued


class Signer:
    """Issues and checks nonces, and seals what a release needs into the continue link.

    ``keys``: the first signs, all verify, so that a key can be replaced without losing views.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) < 16 for key in keys):
            raise ValueError("a signing key needs at least 16 bytes")
        nonce_keys = [_derive(key, b"nonce") for key in keys]
        self._nonce_keys = [(hashlib.sha256(key).digest()[0], key) for key in nonce_keys]
        self._seal_keys = [_derive(key, b"arrival") for key in keys]

    def issue(self, site: str, now: float, os: OS, channel: Channel, tier: Tier, id: bytes) -> View:
        """Return a new view; ``id`` are 12 bytes that no other view has."""
        letters = f"{_OS[os]}{_CHANNEL[channel]}{tier.value}".encode()
        key_id, key = self._nonce_keys[0]
        body = _HEAD.pack(_VERSION, key_id, int(now), letters, id) + site.encode()
        nonce = _encode(body + _mac(key, body))
        return View(site, int(now), os, channel, tier, nonce[_ID], nonce)

    def token(self, site: str, now: float, os: OS, channel: Channel) -> str:
        """Return the proof, the same for a whole minute, that this portal made the page."""
        key_id, key = self._nonce_keys[0]
        minute = int(now) // _MINUTE * _MINUTE
        letters = f"{_OS[os]}{_CHANNEL[channel]}".encode()
        body = _TOKEN.pack(_TOKEN_VERSION, key_id, minute, letters)
        return _encode(body + _mac(key, body + site.encode()))

    def read(self, nonce: str) -> View:
        """Return the view that ``nonce`` names, whatever its age. Raise BadNonce."""
        return self._read_edge(nonce) if "." in nonce else self._read_own(nonce)

    def _read_edge(self, nonce: str) -> View:
        if not nonce.isascii():
            raise BadNonce
        site, token, id = [*nonce.split("."), "", ""][:3]
        raw = _decode(token)
        if len(raw) != _TOKEN.size + _MAC or f"{site}.{token}.{id}" != nonce:
            raise BadNonce
        body, mac = raw[:-_MAC], raw[-_MAC:]
        version, key_id, issued, letters = _TOKEN.unpack(body)
        if version != _TOKEN_VERSION or not self._is_ours(key_id, body + site.encode(), mac):
            raise BadNonce
        if not _EDGE_ID.fullmatch(id):
            raise BadNonce
        try:
            os, channel = letters.decode()
            known = _OS_OF[os], _CHANNEL_OF[channel], Tier.NONE
        except (KeyError, ValueError) as error:  # signed by us, in a format of another release
            raise BadNonce from error
        return View(site, issued, *known, _encode(bytes.fromhex(id[:24])), nonce)

    def _read_own(self, nonce: str) -> View:
        raw = _decode(nonce)
        if len(raw) <= _HEAD.size + _MAC:
            raise BadNonce
        body, mac = raw[:-_MAC], raw[-_MAC:]
        version, key_id, issued, letters, _id = _HEAD.unpack_from(body)
        if version != _VERSION or not self._is_ours(key_id, body, mac):
            raise BadNonce
        try:
            os, channel, tier = letters.decode()
            site = body[_HEAD.size :].decode()
            known = _OS_OF[os], _CHANNEL_OF[channel], _TIER_OF[tier]
            return View(site, issued, *known, nonce[_ID], nonce)
        except (KeyError, ValueError) as error:  # signed by us, in a format of another release
            raise BadNonce from error

    def _is_ours(self, key_id: int, body: bytes, mac: bytes) -> bool:
        for known, key in self._nonce_keys:
            if known == key_id and hmac.compare_digest(_mac(key, body), mac):
                return True
        return False

    def seal(self, view: View, release: Mapping[str, str]) -> str:
        """Return ``release`` as URL-safe text that only this view can use; '' when empty."""
        if not release:
            return ""
        body = json.dumps(release, separators=(",", ":"), ensure_ascii=False).encode()
        return _encode(body + _mac(self._seal_keys[0], body + view.id.encode()))

    def unseal(self, view: View, sealed: str) -> dict[str, str]:
        """Return what was sealed for ``view``; empty for ''. Raise BadArrival("seal")."""
        if not sealed:
            return {}
        try:
            raw = _decode(sealed, longest=4096)
        except BadNonce:
            raise BadArrival("seal") from None
        body, mac = raw[:-_MAC], raw[-_MAC:]
        signed = body + view.id.encode()
        if not any(hmac.compare_digest(_mac(key, signed), mac) for key in self._seal_keys):
            raise BadArrival("seal")
        release: dict[str, str] = json.loads(body)
        return release


def _derive(key: bytes, purpose: bytes) -> bytes:
    # One key per purpose: a nonce can never pass for a sealed arrival or the reverse. A longer
    # key than BLAKE2s takes goes in as what it hashes.
    return hashlib.blake2s(key, person=purpose).digest()


def _mac(key: bytes, body: bytes) -> bytes:
    return hashlib.blake2s(body, digest_size=_MAC, key=key).digest()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str, longest: int = _LONGEST) -> bytes:
    if not 0 < len(text) <= longest or not text.isascii():
        raise BadNonce
    if text[-1] not in _ENDINGS[len(text) % 4]:
        raise BadNonce
    standard = text.encode().translate(_STANDARD) + b"=" * (-len(text) % 4)
    try:
        return binascii.a2b_base64(standard, strict_mode=True)
    except ValueError:
        raise BadNonce from None
