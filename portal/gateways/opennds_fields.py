"""What openNDS appends to the notice's address, read into plain fields of strict forms.

Level 0: ``authaction=http://GATEWAY/opennds_auth/?clientip=…&gatewayname=…&tok=…&redir=…``, with a
second raw question mark and the token as it is. Level 1: ``fas=<base64>``. Levels 2 and 3:
``fas=<base64 of base64 of AES-256-CBC>&iv=<16 characters>``; inside are ``name=value`` fields
separated by ``, ``. Source: openNDS's documentation of its Forwarding Authentication Service
(docs/source/fas.rst), and what Debian's 9.10.0 sent at every level in tests/lab.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from urllib.parse import unquote

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from portal.domain.errors import BadArrival

AUTHDIR = "opennds_auth"
AUTHDIRS = re.compile(r"[A-Za-z0-9_-]{1,64}")
HID = re.compile(r"[0-9a-f]{64}")
TOKEN = re.compile(r"[0-9a-f]{8}")
_ADDRESS = r"[^\s/?#@]{1,270}"
_CLIENT = r"[0-9a-fA-F.:]{2,45}"
_NAME = r"[^\s]{0,600}"
_FIELDS = {
    "hid": HID,
    "clientip": re.compile(_CLIENT),
    "clientmac": re.compile(r"[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}"),
    "gatewayname": re.compile(_NAME),
    "version": re.compile(r"(?:[89]|[1-9]\d)\.\d[\w.]{0,20}"),  # 8 brought today's hid
    "gatewayaddress": re.compile(_ADDRESS),
    "originurl": re.compile(r"\S{0,7000}"),
}
_ACTION = re.compile(rf"http://({_ADDRESS})/({AUTHDIRS.pattern})/\?clientip=(?:{_CLIENT})")


def read_plain(given: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """Return what the release needs, and the origin, of an arrival at level 0."""
    action = _ACTION.fullmatch(given["authaction"])
    if not action:
        raise BadArrival("bad_authaction")
    for name in ("tok", "redir"):
        if name not in given:
            raise BadArrival(f"missing_{name}")
    if not TOKEN.fullmatch(given["tok"]):
        raise BadArrival("bad_tok")
    return {"tok": given["tok"], "address": action[1], "authdir": action[2]}, given["redir"]


def read_fas(text: str) -> tuple[dict[str, str], str]:
    """Return what the release needs, and the origin, of the string of levels 1 to 3."""
    fields = _fields(text)
    release = {
        "hid": fields["hid"],
        "address": fields["gatewayaddress"],
        "authdir": fields.get("authdir", AUTHDIR),
    }
    return release, unquote(fields["originurl"])


def decode(fas: str) -> str:
    """Return the string that level 1 sends, which anybody can read and write."""
    try:
        return _base64(fas).decode()
    except UnicodeDecodeError:
        raise BadArrival("not_text") from None


def decrypt(fas: str, iv: str, key: str) -> str:
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


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise BadArrival("not_base64") from None


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
    if not AUTHDIRS.fullmatch(fields.get("authdir", AUTHDIR)):
        raise BadArrival("bad_authdir")
    return fields
