"""Adoption: the share of the people who installed the app, as it was entered, area by area."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from math import ceil
from typing import Any

from portal.domain.areas import Area, Areas
from portal.domain.campaign import installs_needed, share_of
from portal.domain.errors import BadInput, PortalError, Problem
from portal.domain.errors import message as _
from portal.domain.written import day_in, find_area, line, whole

SOURCE, NOTE = 200, 500
"""Characters of a source and of a note at most."""

_OLDEST_COUNT = 1900  # year of a population
_FARTHEST = 36_525  # days; beyond a century no pace says anything


class BadEntry(BadInput):
    """An entry, or a population, that is not acceptable."""


class NoSuchEntry(PortalError):
    """No entry has this id."""


class Unconfirmed(BadInput):
    """Something to be looked at before it is written; ``agreed`` says that one has seen it."""

    def __init__(self, warnings: Sequence[Problem]) -> None:
        super().__init__(warnings)
        self.agreed = fingerprint(warnings)


class State(StrEnum):
    """What an entry is now."""

    VALID = "valid"
    REPLACED = "replaced"  # by a later one for the same area and day
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Entry:
    """How many had installed the app in an area on a day, as somebody published it.

    It is never changed: a correction is another entry, a removal is marked. Moments are Unix
    seconds.
    """

    area: str  # GSO code
    day: date
    installs: int
    source: str  # who published it
    note: str = ""
    number: int = 0  # 1, 2, 3 … within its area, in the order of entering; 0: not kept yet
    who: str = ""  # a person's id
    at: float = 0
    removed: float = 0  # 0: it is not
    remover: str = ""
    reason: str = ""

    @property
    def id(self) -> str:
        """Its name: the area's code and its number there."""
        return f"{self.area}-{self.number}"

    def document(self) -> dict[str, Any]:
        """Return the entry as a document for the store."""
        return {**asdict(self), "day": self.day.isoformat()}


@dataclass(frozen=True, slots=True)
class Population:
    """How many people live in an area: ``people`` is None where nobody told us.

    ``year``: when they were counted; None where that is not known. An entered one has a source.
    """

    people: int | None
    year: int | None = None
    source: str = ""
    who: str = ""
    at: float = 0


@dataclass(frozen=True)
class History:
    """All that was ever entered for one area, in the order of entering."""

    area: str
    entries: tuple[Entry, ...] = ()
    populations: tuple[Population, ...] = ()

    @cached_property
    def valid(self) -> dict[date, Entry]:
        """The entries that count: per day the last that was not removed, by day."""
        last = {entry.day: entry for entry in self.entries if not entry.removed}
        return dict(sorted(last.items()))

    def until(self, at: date) -> list[Entry]:
        """Return the entries that count of the days up to ``at``, the earliest first."""
        return [entry for entry in self.valid.values() if entry.day <= at]

    def state(self, entry: Entry) -> State:
        """Return what has become of an entry of this history."""
        if entry.removed:
            return State.REMOVED
        return State.VALID if self.valid[entry.day] == entry else State.REPLACED

    def population(self, area: Area) -> Population:
        """Return the population that was entered last, else that of the table of areas."""
        last = self.populations[-1] if self.populations else None
        if last and last.people is not None:
            return last
        return Population(area.population, area.population_year)

    def document(self) -> dict[str, Any]:
        """Return the history as a document for the store."""
        return {
            "entries": [entry.document() for entry in self.entries],
            "populations": [asdict(population) for population in self.populations],
        }


@dataclass(frozen=True, slots=True)
class Standing:
    """How an area stands: its last entry at a day, against the target share (0 to 1)."""

    area: Area
    entry: Entry | None
    population: Population
    target: float

    @property
    def share(self) -> float | None:
        """Installs per person; None while one of the two is not known."""
        if self.entry is None or not self.population.people:
            return None
        return share_of(self.entry.installs, self.population.people)

    @property
    def needed(self) -> int | None:
        """The smallest number of installs above the target share; None: population unknown."""
        people = self.population.people
        return None if people is None else installs_needed(people, self.target)

    @property
    def missing(self) -> int | None:
        """Installs that are still needed, 0 once the target is exceeded; None: not known."""
        if self.entry is None or self.needed is None:
            return None
        return max(0, self.needed - self.entry.installs)


@dataclass(frozen=True, slots=True)
class Pace:
    """What the last two entries say of the pace: an estimate, no more."""

    first: Entry
    last: Entry
    per_day: float  # installs
    reached: date | None  # when the target is exceeded if it goes on so; None: not in a lifetime


def parse_history(area: str, body: Mapping[str, Any]) -> History:
    """Return the history that ``History.document`` made a document of."""
    entries = [
        Entry(**{**fields, "day": date.fromisoformat(fields["day"])}) for fields in body["entries"]
    ]
    populations = [Population(**fields) for fields in body["populations"]]
    return History(area, tuple(entries), tuple(populations))


def standing(area: Area, history: History, target: float, at: date) -> Standing:
    """Return how an area stands on the day ``at``."""
    entries = history.until(at)
    return Standing(area, entries[-1] if entries else None, history.population(area), target)


def pace(entries: Sequence[Entry], missing: int | None) -> Pace | None:
    """Return the pace of entries that count, the earliest first; None for fewer than two."""
    if len(entries) < 2:
        return None
    first, last = entries[-2:]
    speed = Fraction(last.installs - first.installs, (last.day - first.day).days)
    left = ceil(missing / speed) if missing and speed > 0 else None
    reached = last.day + timedelta(left) if left is not None and left <= _FARTHEST else None
    return Pace(first, last, float(speed), reached)


def warnings(history: History, entries: Iterable[Entry], wheres: Iterable[str]) -> list[Problem]:
    """Return what one should look at before new ``entries`` of an area join its history.

    That is an entry that would be replaced, and installs that fall. Each warning is told at the
    entry's place in ``wheres``.
    """
    new = list(entries)
    after = replace(history, entries=(*history.entries, *new)).valid
    found: list[Problem] = []
    for entry, where in zip(new, wheres, strict=True):
        if before := history.valid.get(entry.day):
            text = _("%(day)s has an entry already, which this replaces: %(installs)s (%(source)s)")
            found.append(_about(before, where, text))
        more = [other for other in after.values() if other.day < entry.day]
        if (most := max(more, key=_installs, default=entry)).installs > entry.installs:
            text = _("this is less than on %(day)s: %(installs)s (%(source)s)")
            found.append(_about(most, where, text))
        less = [other for other in after.values() if other.day > entry.day]
        if (least := min(less, key=_installs, default=entry)).installs < entry.installs:
            text = _("this is more than later, on %(day)s: %(installs)s (%(source)s)")
            found.append(_about(least, where, text))
    return found


def fingerprint(warnings: Sequence[Problem]) -> str:
    """Return what stands for these warnings and no others; "" for none."""
    text = "\n".join(f"{warning} {sorted(warning.values.items())}" for warning in warnings)
    return hashlib.sha256(text.encode()).hexdigest()[:32] if text else ""


def parse_entry(fields: Mapping[str, str], areas: Areas, today: date) -> Entry:
    """Return the entry that ``fields`` (area, day, installs, source, note) describe.

    Raise BadEntry with every problem. Whether the population allows it, the caller checks.
    """
    problems: list[Problem] = []
    area = find_area(fields.get("area", ""), areas, problems)
    when = day_in(fields, "day", problems, latest=today)
    installs = whole(fields.get("installs", ""))
    if installs is None:
        problems.append(Problem("installs", _("write a whole number, like 72.636")))
    source = line(fields, "source", SOURCE, problems, needed=_("write who published this number"))
    note = line(fields, "note", NOTE, problems)
    if area is None or when is None or installs is None or problems:
        raise BadEntry(problems)
    return Entry(area.code, when, installs, source, note)


def parse_population(
    fields: Mapping[str, str], areas: Areas, today: date
) -> tuple[Area, Population]:
    """Return the area and the population that ``fields`` (area, people, year, source) describe.

    Without a number of people the table of areas holds again. Raise BadEntry with every problem.
    """
    problems: list[Problem] = []
    area = find_area(fields.get("area", ""), areas, problems)
    source = line(fields, "source", SOURCE, problems, needed=_("write who published this number"))
    people, year = whole(fields.get("people", "")), whole(fields.get("year", ""))
    if not fields.get("people", "").strip():
        people = year = None
    elif not people:
        problems.append(Problem("people", _("write a whole number, like 72.636")))
    elif year is None or not _OLDEST_COUNT <= year <= today.year:
        values = {"low": str(_OLDEST_COUNT), "high": str(today.year)}
        problems.append(Problem("year", _("write a year from %(low)s to %(high)s"), values))
    if area is None or problems:
        raise BadEntry(problems)
    return area, Population(people, year, source)


def _installs(entry: Entry) -> int:
    return entry.installs


def _about(entry: Entry, where: str, text: str) -> Problem:
    told = {"day": entry.day, "installs": entry.installs, "source": entry.source}
    return Problem(where, text, {**told, "id": entry.id, "at": entry.at})
