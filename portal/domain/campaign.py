"""What is promoted: the app, its stores, the target and the texts of the notice."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from math import floor
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import urlsplit

from portal.domain.errors import PortalError

STORES = ("play", "appstore")
LANGUAGES = ("vi", "en")

_T = TypeVar("_T")


class BadCampaign(PortalError):
    """A campaign file is not acceptable; ``problems`` names each key and what is expected."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


@dataclass(frozen=True, slots=True)
class StoreLink:
    """Where one store keeps the app. ``app_id`` is the package name or the App Store's number."""

    key: str
    name: str
    app_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Texts:
    """The notice in one language. ``issuer`` is who asks, ``voluntary`` what it costs: nothing."""

    issuer: str
    headline: str
    lead: str
    steps: tuple[str, ...]
    voluntary: str


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign. Days are local and inclusive; ``ends`` is None while there is no end.

    ``installs`` and ``population`` are persons of the area that the target is set for;
    ``target_share`` (0 to 1) must be exceeded, not merely reached.
    """

    key: str
    app: str
    official_page: str
    colour: str
    target_share: float
    population: int
    installs: int
    ordered: date
    starts: date
    ends: date | None
    stores: Mapping[str, StoreLink]
    translations: Mapping[str, Texts]

    def texts(self, lang: str) -> Texts:
        """Return the texts in ``lang`` ("vi", "en-GB"), else in English, else in Vietnamese."""
        for known in (lang.lower(), re.split("[-_]", lang.lower())[0], "en"):
            if known in self.translations:
                return self.translations[known]
        return self.translations["vi"]

    @property
    def ink(self) -> str:
        """Return black or white, whichever reads better on the campaign's colour (WCAG 2.2)."""
        red, green, blue = (int(self.colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
        luminance = 0.2126 * _linear(red) + 0.7152 * _linear(green) + 0.0722 * _linear(blue)
        return "#ffffff" if 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.05 else "#000000"

    @property
    def needed_installs(self) -> int:
        """Return the smallest number of installs above the target share."""
        return installs_needed(self.population, self.target_share)

    @property
    def share(self) -> float:
        """Return the share reached with the installs on file."""
        return share_of(self.installs, self.population)

    @property
    def missing_installs(self) -> int:
        """Return how many installs are still needed; 0 once the target is exceeded."""
        return max(0, self.needed_installs - self.installs)

    def runs_on(self, day: date) -> bool:
        """Tell whether the campaign runs on ``day``."""
        return self.starts <= day and (self.ends is None or day <= self.ends)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def installs_needed(population: int, target_share: float) -> int:
    """Return the smallest whole number of installs above ``target_share`` of ``population``."""
    # As it was written: in binary 0.29 of 100 people is less than 29 of them.
    return floor(Fraction(str(target_share)) * population) + 1


def share_of(installs: int, population: int) -> float:
    """Return installs per person, 0.0 where nobody lives."""
    return installs / population if population else 0.0


def parse_campaign(text: str) -> Campaign:
    """Read a campaign from TOML. Raise BadCampaign with everything that is wrong."""
    try:
        table = _Table(tomllib.loads(text))
    except (ValueError, RecursionError) as error:
        raise BadCampaign([f"a TOML file is expected: {error}"]) from None
    campaign = Campaign(
        key=table.match("key", r"[a-z0-9][a-z0-9-]*", "small letters, digits and hyphens"),
        app=table.text("app"),
        official_page=table.link("official_page"),
        colour=table.match("colour", r"#[0-9a-fA-F]{6}", "a colour like #0b5cab"),
        target_share=table.share("target_share"),
        population=table.count("population"),
        installs=table.count("installs"),
        ordered=table.day("ordered"),
        starts=table.day("starts"),
        ends=table.day("ends") if table.has("ends") else None,
        stores=MappingProxyType(_stores(table)),
        translations=MappingProxyType(_translations(table)),
    )
    table.finish()
    if campaign.ends and campaign.ends < campaign.starts:
        table.problems.append("ends: a day not before starts is expected")
    if table.problems:
        raise BadCampaign(table.problems)
    return campaign


def _stores(table: "_Table") -> dict[str, StoreLink]:
    found = {}
    for key, store in table.tables("stores", required=STORES):
        found[key] = StoreLink(key, store.text("name"), store.text("app_id"), store.link("url"))
        store.finish()
        if key not in STORES:
            table.problems.append(f"stores.{key}: one of {', '.join(STORES)} is expected")
    return found


def _translations(table: "_Table") -> dict[str, Texts]:
    found = {}
    for lang, texts in table.tables("texts", required=LANGUAGES):
        found[lang] = Texts(
            issuer=texts.text("issuer"),
            headline=texts.text("headline"),
            lead=texts.text("lead"),
            steps=texts.texts("steps"),
            voluntary=texts.text("voluntary"),
        )
        texts.finish()
        if not re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", lang):
            table.problems.append(f"texts.{lang}: a language code in small letters is expected")
    return found


class _Table:
    """A TOML table that notes every problem instead of stopping at the first.

    A getter that finds nothing usable returns a stand-in, which no caller ever sees because
    the noted problem is raised in the end.
    """

    def __init__(
        self, values: dict[str, Any], name: str = "", problems: list[str] | None = None
    ) -> None:
        self._left = dict(values)
        self._name = name
        self.problems: list[str] = [] if problems is None else problems

    def has(self, key: str) -> bool:
        return key in self._left

    def text(self, key: str) -> str:
        value = self._left.pop(key, None)
        if isinstance(value, str) and value.strip():
            return value
        return self._expect(key, "a text that is not empty", "")

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._left.pop(key, None)
        items = value if isinstance(value, list) else []
        if items and all(isinstance(item, str) and item.strip() for item in items):
            return tuple(items)
        return self._expect(key, "a list of texts that are not empty", ())

    def match(self, key: str, pattern: str, expected: str) -> str:
        value = self._left.pop(key, None)
        if isinstance(value, str) and re.fullmatch(pattern, value):
            return value
        return self._expect(key, expected, "")

    def link(self, key: str) -> str:
        value = self._left.pop(key, None)
        if isinstance(value, str) and _is_https(value):
            return value
        return self._expect(key, "an https:// address", "")

    def count(self, key: str) -> int:
        value = self._left.pop(key, None)
        if type(value) is int and value >= 0:
            return value
        return self._expect(key, "a whole number from 0 up", 0)

    def share(self, key: str) -> float:
        value = self._left.pop(key, None)
        if type(value) in (int, float) and 0 <= value <= 1:
            return float(value)
        return self._expect(key, "a number from 0 to 1", 0.0)

    def day(self, key: str) -> date:
        value = self._left.pop(key, None)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        return self._expect(key, "a day like 2021-02-01", date.min)

    def tables(self, key: str, required: Iterable[str]) -> list[tuple[str, "_Table"]]:
        value = self._left.pop(key, {})
        if not isinstance(value, dict):
            return self._expect(key, "a table", [])
        for name in required:
            if name not in value:
                self._expect(f"{key}.{name}", "a table", None)
        tables = []
        for name, inner in value.items():
            where = f"{self._name}{key}.{name}"
            if isinstance(inner, dict):
                tables.append((name, _Table(inner, f"{where}.", self.problems)))
            else:
                self.problems.append(f"{where}: a table is expected")
        return tables

    def finish(self) -> None:
        """Note the keys that nobody asked for: a misspelt one must not pass in silence."""
        for key in self._left:
            self.problems.append(f"{self._name}{key}: is not a known key")

    def _expect(self, key: str, expected: str, stand_in: _T) -> _T:
        self.problems.append(f"{self._name}{key}: {expected} is expected")
        return stand_in


def _is_https(address: str) -> bool:
    if re.search(r"[\s\x00-\x1f\x7f]", address):
        return False
    try:
        parts = urlsplit(address)
        return parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False
