"""Settings that several brands have."""

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from portal.domain.errors import message as _
from portal.gateways.addresses import Allowed
from portal.gateways.base import Option


def one_of(name: str, choices: Sequence[str], default: str) -> Option:
    """A setting that is one of a few words."""
    wanted = _("write one of: %(choices)s")
    return Option(
        name,
        lambda value: value in choices,
        wanted,
        default,
        values={"choices": ", ".join(choices)},
    )


def gateway_address(port: int, name: str = "address") -> Option:
    """The addresses, networks or names that a release may go to; ``port`` is the brand's own."""

    def fits(value: str) -> bool:
        try:
            Allowed(value, port)
        except ValueError:
            return False
        return True

    return Option(name, fits, _("write the gateway's address or network, like 192.168.8.1"))


def text(name: str, default: str | None = None, *, secret: bool = False) -> Option:
    """A short text of one line, like a user's name or a password; "" makes it optional."""
    return Option(
        name,
        lambda value: len(value) <= 200 and value.isprintable(),
        _("write at most 200 characters that can be printed"),
        default,
        secret,
    )


def number(name: str, low: int, high: int, default: str = "") -> Option:
    """A whole number; "" leaves it to the gateway."""
    return Option(
        name,
        lambda value: value.isascii() and value.isdigit() and low <= int(value[:9]) <= high,
        _("write a whole number from %(low)d to %(high)d"),
        default,
        values={"low": low, "high": high},
    )


MINUTES = number("minutes", 1, 44640)
"""How long a visitor stays online, in minutes, where the gateway takes that from us."""
DOWN = number("down", 1, 10_000_000)
"""The most that a visitor may receive, in kbit/s."""
UP = number("up", 1, 10_000_000)
"""The most that a visitor may send, in kbit/s."""


def controller_url(name: str = "controller") -> Option:
    """The https address of a controller. Plain http would show the password to everybody."""

    def fits(value: str) -> bool:
        try:
            parts = urlsplit(value)
            return (
                parts.scheme == "https"
                and bool(parts.hostname)
                and "@" not in parts.netloc
                and not parts.query
                and not parts.fragment
                and re.search(r"[\s\x00-\x1f\x7f\\\\]", value) is None
                and (parts.port or 443) > 0
            )
        except ValueError:
            return False

    return Option(
        name, fits, _("write the controller's address, like https://unifi.example.vn:8443")
    )


CA = Option(
    "ca",
    lambda value: Path(value).is_file(),
    _("write the path of a file with the certificates to trust"),
    "",
)
"""The authority that has signed the controller's certificate, when the system does not know it."""
