"""What a setting may be: each function reads a value from a file or the environment, or says no."""

import re
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from portal.domain.errors import message as _
from portal.stores import check_url
from portal.stores.address import BadAddress


class Wrong(ValueError):
    """A value that is not what the setting takes; ``text`` is a message of the catalogues."""

    def __init__(self, text: str, **values: object) -> None:
        super().__init__(text % values)
        self.text = text
        self.values = values


def text(value: Any) -> str:
    """Return a text. Raise Wrong, as every function here."""
    if not isinstance(value, str):
        raise Wrong(_("write a text"))
    return value


def path(value: Any) -> Path:
    """Return a path."""
    if not isinstance(value, Path) and not text(value):
        raise Wrong(_("write a path"))
    return Path(value)


def number(low: int, high: int) -> Callable[[Any], int]:
    """Return what reads a whole number from ``low`` to ``high``."""

    def read(value: Any) -> int:
        try:
            found = int(str(value))
        except ValueError:
            found = low - 1
        if not low <= found <= high or isinstance(value, bool):
            raise Wrong(_("write a whole number from %(low)d to %(high)d"), low=low, high=high)
        return found

    return read


def one_of(*allowed: str) -> Callable[[Any], str]:
    """Return what reads one of ``allowed``."""

    def read(value: Any) -> str:
        if value not in allowed:
            raise Wrong(_("write one of: %(choices)s"), choices=", ".join(allowed))
        return str(value)

    return read


def public_url(value: Any) -> str:
    """Return an address of this service, without a slash at its end; "" for none."""
    try:
        bare = not text(value) or _is_bare_url(value)
    except ValueError:  # a port or a bracket that is none
        bare = False
    if not bare:
        raise Wrong(_("write an address like http://thongbao.example.vn"))
    return str(value).rstrip("/")


def _is_bare_url(url: str) -> bool:
    parts = urlsplit(url)
    extra = parts.query or parts.fragment or parts.username is not None or parts.port == 0
    # It becomes part of headers: no line may end in it.
    printable = url.isprintable() and not any(map(str.isspace, url))
    return parts.scheme in ("http", "https") and bool(parts.hostname) and printable and not extra


def store(value: Any) -> str:
    """Return the address of a store."""
    try:
        check_url(text(value))
    except BadAddress as error:
        raise Wrong(error.text, **error.values) from None
    return str(value)


def node(value: Any) -> str:
    """Return the name of a node; "" for none."""
    if not re.fullmatch(r"[a-z0-9-]{0,40}", text(value)):
        raise Wrong(_("write 1 to 40 small letters without accents, digits and hyphens"))
    return str(value)


def secret(value: Any) -> str:
    """Return a key; "" for none."""
    if text(value) and len(value) < 32:
        raise Wrong(_("a key needs at least 32 characters"))
    return str(value)


def secrets(value: Any) -> tuple[str, ...]:
    """Return keys: a list, or a text with commas or blanks between them."""
    items = value if isinstance(value, list | tuple) else text(value).replace(",", " ").split()
    return tuple(found for item in items if (found := secret(item)))


def networks(value: Any) -> tuple[str, ...]:
    """Return networks: a list, or a text with commas or blanks between them."""
    items = value.replace(",", " ").split() if isinstance(value, str) else value
    try:
        return tuple(str(ip_network(item)) for item in items)
    except (TypeError, ValueError):
        raise Wrong(_("write networks like 10.0.0.0/8, separated by commas")) from None


def notified(value: Any) -> tuple[str, ...]:
    """Return addresses of apprise: a list, or a text with blanks between them.

    They hold passwords, so what is wrong is told without them.
    """
    items = value if isinstance(value, list | tuple) else text(value).split()
    for item in items:
        if not re.fullmatch(r"[a-z0-9][a-z0-9+.-]*://[^\s]+", text(item), re.IGNORECASE):
            raise Wrong(_("write addresses like mailto://…, json://…, separated by blanks"))
    return tuple(dict.fromkeys(items))


def some_time(value: Any) -> str:
    """Return a time of the day, HH:MM."""
    if not time_of_day(value):
        raise Wrong(_("write a time like 07:30"))
    return str(value)


def time_of_day(value: Any) -> str:
    """Return a time of the day, HH:MM; "" for none."""
    if not re.fullmatch(r"(?:(?:[01][0-9]|2[0-3]):[0-5][0-9])?", text(value)):
        raise Wrong(_("write a time like 07:30"))
    return str(value)
