"""A site: one place where the notice is shown."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from portal.domain.errors import BadSite, Problem
from portal.domain.errors import message as _

LANGUAGES = ("vi", "en", "zh", "ko", "ja", "fr", "ru", "th")
"""Languages a notice can be shown in, in the order they are offered."""

_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_LONGEST = {"name": 120, "address": 200, "operator": 120, "greeting": 300}  # characters


class SiteKind(StrEnum):
    """What sort of place it is."""

    HOTEL = "hotel"
    GUESTHOUSE = "guesthouse"
    BUS_STATION = "bus_station"
    TRAIN_STATION = "train_station"
    AIRPORT = "airport"
    PORT = "port"
    VEHICLE = "vehicle"
    PUBLIC_WIFI = "public_wifi"
    RESTAURANT = "restaurant"
    OFFICE = "office"
    SCHOOL = "school"
    MARKET = "market"
    OTHER = "other"


@dataclass(frozen=True)
class Site:
    """One place, as the office keeps it."""

    id: str  # a-z, 0-9 and inner hyphens, at most 40 characters
    name: str
    kind: SiteKind = SiteKind.OTHER
    area: str = ""  # GSO code; empty: not known
    address: str = ""
    gateway: str = "link"
    gateway_settings: Mapping[str, str] = field(default_factory=dict)
    languages: tuple[str, ...] = LANGUAGES
    operator: str = ""
    greeting: str = ""
    egress: tuple[str, ...] = ()  # networks that this site's visitors come from
    active: bool = True
    created: str = ""  # YYYY-MM-DD

    @cached_property
    def networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The egress networks, parsed."""
        return tuple(ip_network(network) for network in self.egress)

    def sends_from(self, address: str | None) -> bool:
        """Tell whether ``address`` is one that this site's visitors come from."""
        if not self.egress or not address:
            return False
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        # A socket for both protocols writes an IPv4 visitor as ::ffff:203.0.113.9.
        plain = getattr(parsed, "ipv4_mapped", None) or parsed
        return any(plain in network for network in self.networks)

    def document(self) -> dict[str, Any]:
        """Return the site as a document for the store."""
        return asdict(self)


def parse_site(fields: Mapping[str, Any]) -> Site:
    """Return the site that ``fields`` (from a form, a file or the store) describe.

    Texts are trimmed. Lists may be lists or texts separated by commas or blanks. Raises BadSite
    with every problem. Area and gateway settings are the site book's to check.
    """
    problems: list[Problem] = []
    if not isinstance(fields, Mapping):  # from a store, anything may come
        raise BadSite([Problem("site", _("write name=value"))])
    values = {name: value for name, value in fields.items() if value is not None}
    if unknown := set(values) - set(Site.__dataclass_fields__):
        problems += [Problem(name, _("there is no such field")) for name in sorted(unknown)]
    site = Site(
        id=_identifier(values.get("id"), problems),
        name=_text(values, "name", problems),
        kind=_kind(values.get("kind", SiteKind.OTHER), problems),
        area=str(values.get("area", "")).strip(),
        address=_text(values, "address", problems),
        gateway=str(values.get("gateway", "link")).strip() or "link",
        gateway_settings=_settings(values.get("gateway_settings", {}), problems),
        languages=_languages(values.get("languages", LANGUAGES), problems),
        operator=_text(values, "operator", problems),
        greeting=_text(values, "greeting", problems),
        egress=_networks(values.get("egress", ()), problems),
        active=_flag(values, "active", problems),
        created=_day(values.get("created", ""), problems),
    )
    if not site.name:
        problems.append(Problem("name", _("a name is needed")))
    if problems:
        raise BadSite(problems)
    return site


def _identifier(value: Any, problems: list[Problem]) -> str:
    text = str(value or "").strip()
    if not _ID.fullmatch(text):
        problems.append(
            Problem("id", _("write 1 to 40 small letters without accents, digits and hyphens"))
        )
    return text


def _text(values: Mapping[str, Any], name: str, problems: list[Problem]) -> str:
    text = " ".join(str(values.get(name, "")).split())
    if len(text) > _LONGEST[name]:
        limit = {"most": _LONGEST[name]}
        problems.append(Problem(name, _("at most %(most)d characters"), limit))
    if not text.isprintable():  # control characters, bidirectional overrides, lone surrogates
        problems.append(Problem(name, _("there are characters that cannot be printed")))
    return text


def _kind(value: Any, problems: list[Problem]) -> SiteKind:
    try:
        return SiteKind(str(value).strip() or SiteKind.OTHER)
    except ValueError:
        choices = {"choices": ", ".join(SiteKind)}
        problems.append(Problem("kind", _("write one of: %(choices)s"), choices))
        return SiteKind.OTHER


def _flag(values: Mapping[str, Any], name: str, problems: list[Problem]) -> bool:
    value = values.get(name, True)
    if not isinstance(value, bool):  # "true" in a file must not quietly switch a site off
        problems.append(Problem(name, _("write one of: %(choices)s"), {"choices": "true, false"}))
    return value is True


def _settings(value: Any, problems: list[Problem]) -> dict[str, str]:
    if isinstance(value, Mapping):
        return {str(name): str(setting).strip() for name, setting in value.items()}
    problems.append(Problem("gateway_settings", _("write name=value")))
    return {}


def _languages(value: Any, problems: list[Problem]) -> tuple[str, ...]:
    languages = tuple(dict.fromkeys(_items(value))) or LANGUAGES
    if not set(languages) <= set(LANGUAGES):
        choices = {"choices": ", ".join(LANGUAGES)}
        problems.append(Problem("languages", _("write one of: %(choices)s"), choices))
    return languages


def _networks(value: Any, problems: list[Problem]) -> tuple[str, ...]:
    try:
        return tuple(str(ip_network(item)) for item in _items(value))
    except ValueError:
        problems.append(Problem("egress", _("write networks like 203.0.113.0/24")))
        return ()


def _day(value: Any, problems: list[Problem]) -> str:
    text = str(value).strip()
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        problems.append(Problem("created", _("write a day like 2021-03-05")))
        return ""


def _items(value: Any) -> list[str]:
    if isinstance(value, str):
        return value.replace(",", " ").replace(";", " ").split()
    return [str(item).strip() for item in value] if isinstance(value, Iterable) else [str(value)]
