"""The week that is reported: ISO 8601, Monday to Sunday, and the numbers that are frozen of it."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from portal.domain.errors import PortalError
from portal.domain.periods import HO_CHI_MINH, Period, week

TEXT = 5000
"""Characters of a text in a report at most."""


class WeekNotOver(PortalError):
    """The numbers of a week are taken after its cut-off, not before."""


class NoSuchReport(PortalError):
    """This week has no report of this version."""


class State(StrEnum):
    """What has become of a week's report."""

    OPEN = "open"  # đang mở
    DRAFT = "draft"  # dự thảo
    CLOSED = "closed"  # đã chốt


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """An ISO week; its year is the ISO year: 01/01/2021 lies in 2020-W53."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year}-W{self.number:02}"

    @property
    def period(self) -> Period:
        """Its Monday to Sunday."""
        return week(str(self))

    def begins(self) -> float:
        """Return its first moment (Unix seconds)."""
        return datetime.combine(self.period.first, time(), HO_CHI_MINH).timestamp()

    def shifted(self, weeks: int) -> "Week":
        """Return the week so many weeks later."""
        return week_of(self.period.first + timedelta(7 * weeks))

    def cutoff(self, at: str) -> datetime:
        """Return when its numbers are taken: at ``at`` (HH:MM) on the Monday after it."""
        return datetime.combine(
            self.period.last + timedelta(1), time.fromisoformat(at), HO_CHI_MINH
        )


def week_of(day: date) -> Week:
    """Return the week that a day lies in."""
    year, number, _weekday = day.isocalendar()
    return Week(year, number)


def parse_week(text: str) -> Week:
    """Read an ISO week, 2021-W09. Raise BadPeriod."""
    return week_of(week(text).first)


@dataclass(frozen=True, slots=True)
class SiteWeek:
    """One site in a week, as the report keeps it: also when the site is renamed later."""

    id: str
    name: str
    kind: str
    path: tuple[str, ...]  # codes of its areas, from the province down
    names: tuple[str, ...]  # their names
    active: bool
    shown: tuple[int, ...]  # impressions from Monday to Sunday
    installs: int  # install taps of the week
    before: tuple[int, ...]  # of the week before
    total: int  # impressions since the campaign's start

    @property
    def impressions(self) -> int:
        """The impressions of the week."""
        return sum(self.shown)

    @property
    def area(self) -> str:
        """The name of the smallest area that it lies in; "" where none is known."""
        return self.names[-1] if self.names else ""


@dataclass(frozen=True, slots=True)
class Standing:
    """The last entry of installs of an area, until the end of the week."""

    area: str
    name: str
    day: str  # YYYY-MM-DD
    installs: int
    population: int | None
    source: str


@dataclass(frozen=True, slots=True)
class Silence:
    """A time in which nothing came from a site, or guests came and no notice showed."""

    site: str
    cause: str
    since: float  # Unix seconds
    until: float  # 0: it goes on


@dataclass(frozen=True, slots=True)
class WeekNumbers:
    """Everything that a report counts: taken once, and never looked up again."""

    week: str
    rules: int  # version of what counts
    starts: str  # the campaign's first day
    target: float  # the share of the people that is to be exceeded
    sites: tuple[SiteWeek, ...]
    standings: tuple[Standing, ...]
    silences: tuple[Silence, ...]
    waiting: int  # events that had not reached the store

    def of(self, place: str, *, strays: bool = False, above: Collection[str] = ()) -> "WeekNumbers":
        """Return what concerns a place: an area's code, or "site:<id>".

        ``strays``: with the sites of which nobody has said where they lie. ``above``: the codes of
        the areas around it, whose installs concern it too.
        """
        site = place.removeprefix("site:") if place.startswith("site:") else ""
        sites = tuple(
            one
            for one in self.sites
            if one.id == site or place in one.path or (strays and not one.path)
        )
        ids = {one.id for one in sites}
        return WeekNumbers(
            self.week,
            self.rules,
            self.starts,
            self.target,
            sites,
            tuple(one for one in self.standings if one.area == place or one.area in above),
            tuple(one for one in self.silences if one.site in ids),
            self.waiting,
        )

    def document(self) -> dict[str, Any]:
        """Return the numbers as a document for the store."""
        return asdict(self)


def numbers_from(body: Mapping[str, Any]) -> WeekNumbers:
    """Return the numbers that ``WeekNumbers.document`` made a document of."""
    lists = ("shown", "before", "path", "names")
    sites = [{**site, **{name: tuple(site[name]) for name in lists}} for site in body["sites"]]
    return WeekNumbers(
        **{
            **body,
            "sites": tuple(SiteWeek(**site) for site in sites),
            "standings": tuple(Standing(**one) for one in body["standings"]),
            "silences": tuple(Silence(**one) for one in body["silences"]),
        }
    )


@dataclass(frozen=True, slots=True)
class Texts:
    """What people write in a report."""

    difficulties: str = ""
    proposals: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A closed report: frozen, and known by the hash of its content."""

    numbers: WeekNumbers
    texts: Texts
    version: int  # 1, and one more with each correction
    who: str  # the id of whoever closed it
    at: float  # when, in Unix seconds
    reason: str = ""  # of a correction
    sha256: str = ""

    @property
    def week(self) -> Week:
        """The week that it is about."""
        return parse_week(self.numbers.week)


def late(report: Report, now: WeekNumbers) -> dict[str, tuple[int, int]]:
    """Return by site what the closed report says and what is counted now, where it differs."""
    then = {one.id: one.impressions for one in report.numbers.sites}
    found = {one.id: one.impressions for one in now.sites}
    return {
        id: (then.get(id, 0), found.get(id, 0))
        for id in sorted({*then, *found})
        if then.get(id, 0) != found.get(id, 0)
    }
