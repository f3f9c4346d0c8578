"""What is promoted: the app, its stores, the target and the texts of the notice."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import floor
from types import MappingProxyType
from urllib.parse import quote

from portal.domain.colours import Palette, palette
from portal.domain.errors import PortalError
from portal.domain.toml_table import Table

STORES = ("play", "appstore")
LANGUAGES = ("vi", "en")
"""Languages that a campaign must be written in; the others fall back on English."""


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
    oldest: tuple[int, int] = (0, 0)  # version of the system that the app needs

    @property
    def intent(self) -> str | None:
        """The address that opens Android's store itself, and ``url`` where there is none.

        Chrome's form of it: https://developer.chrome.com/docs/android/intents
        """
        if self.key != "play":
            return None
        return (
            f"intent://details?id={quote(self.app_id, safe='.')}#Intent;scheme=market;"
            f"package=com.android.vending;S.browser_fallback_url={quote(self.url, safe='')};end"
        )

    @property
    def needs(self) -> str:
        """The oldest version as it is written: "5.0"."""
        return ".".join(map(str, self.oldest))


@dataclass(frozen=True, slots=True)
class Texts:
    """The notice in one language.

    ``issuer`` is who asks and ``order`` why; ``lead`` says what the app does, ``summary`` in one
    sentence; ``steps`` how to install it, with ``{store}`` for the store's name; ``voluntary`` and
    ``privacy`` what it costs: nothing. ``thanks`` is for those who have it.
    """

    issuer: str
    headline: str
    summary: str
    lead: str
    steps: tuple[str, ...]
    order: str
    voluntary: str
    privacy: str
    thanks: str

    def steps_in(self, store: str) -> list[str]:
        """Return the steps for the store of that name."""
        return [step.replace("{store}", store) for step in self.steps]


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
    def palette(self) -> Palette:
        """Return the page's colours."""
        return palette(self.colour)

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
        table = Table(tomllib.loads(text))
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


def _stores(table: Table) -> dict[str, StoreLink]:
    found = {}
    for key, store in table.tables("stores", required=STORES):
        found[key] = StoreLink(
            key,
            store.text("name"),
            store.text("app_id"),
            store.link("url"),
            store.version("oldest"),
        )
        store.finish()
        if key not in STORES:
            table.problems.append(f"stores.{key}: one of {', '.join(STORES)} is expected")
    return found


def _translations(table: Table) -> dict[str, Texts]:
    found = {}
    for lang, texts in table.tables("texts", required=LANGUAGES):
        found[lang] = Texts(
            issuer=texts.text("issuer"),
            headline=texts.text("headline"),
            summary=texts.text("summary"),
            lead=texts.text("lead"),
            steps=texts.texts("steps"),
            order=texts.text("order"),
            voluntary=texts.text("voluntary"),
            privacy=texts.text("privacy"),
            thanks=texts.text("thanks"),
        )
        texts.finish()
        if not re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", lang):
            table.problems.append(f"texts.{lang}: a language code in small letters is expected")
    return found
