"""Reading what a gateway appended to the notice's address: strictly, whatever came."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from portal.domain.errors import BadArrival

_LONGEST = 8192  # characters of a query string
_MAC = re.compile(r"[0-9A-Fa-f]{2}(?:[:-]?[0-9A-Fa-f]{2}){5}")
_ORIGIN = re.compile(r"[^\s\\]{0,7000}")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def parameters(query: str) -> dict[str, str]:
    """Return the parameters of a raw query string; of several of one name the first.

    Raise BadArrival when it is too long to be a gateway's.
    """
    if len(query) > _LONGEST:
        raise BadArrival("too_long")
    return dict(reversed(parse_qsl(query, keep_blank_values=True, errors="replace")))


def mac(given: Mapping[str, str], name: str) -> str:
    """Return the device's address as it came, in any common spelling. Raise BadArrival."""
    value = given.get(name, "")
    if not _MAC.fullmatch(value):
        raise BadArrival("bad_mac")
    return value


def origin(given: Mapping[str, str], name: str) -> str:
    """Return the address that the phone had asked for; '' when it lacks. Raise BadArrival."""
    value = given.get(name, "")
    if not _ORIGIN.fullmatch(value):
        raise BadArrival("bad_origin")
    return value


def bare_origin(given: Mapping[str, str], name: str) -> str:
    """Return the same from a gateway that leaves the scheme out, with it. Raise BadArrival."""
    value = origin(given, name)
    return value if not value or _SCHEME.match(value) else f"http://{value}"


def web_address(value: str) -> str:
    """Return ``value`` if it is a whole http or https address and nothing odd. Raise BadArrival."""
    try:
        parts = urlsplit(value)
        plain = value.isascii() and not re.search(r"[\x00-\x20\\\"'<>`{}|^\x7f]", value)
        whole = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
        if plain and whole and parts.port != 0:
            return value
    except ValueError:  # a port that is none, or half an IPv6 address
        pass
    raise BadArrival("bad_address")
