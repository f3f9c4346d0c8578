"""Summaries: a period's counters added up to the numbers that are reported."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol, TypeVar

from portal.domain.events import Kind

_REJECTED = f"{Kind.REJECTED}:"


class Counted(Protocol):
    """What a counter counts, as the stores name it."""

    @property
    def hour(self) -> str:
        """The local hour YYYYMMDDHH."""

    @property
    def kind(self) -> str:
        """A Kind, or rejected:<Reason>."""

    @property
    def os(self) -> str:
        """The class of operating system."""

    @property
    def channel(self) -> str:
        """The way the visitor came."""

    @property
    def tier(self) -> str:
        """How much was known about the sender."""


_Cell = TypeVar("_Cell", bound=Counted)


@dataclass(frozen=True, slots=True)
class Summary:
    """What was counted: every event once, by kind or as rejected by reason."""

    kinds: Mapping[str, int] = field(default_factory=Counter)
    rejected: Mapping[str, int] = field(default_factory=Counter)
    os: Mapping[str, int] = field(default_factory=Counter)  # of the impressions, as what follows
    channels: Mapping[str, int] = field(default_factory=Counter)
    tiers: Mapping[str, int] = field(default_factory=Counter)

    def __add__(self, other: "Summary") -> "Summary":
        return Summary(
            _sum(self.kinds, other.kinds),
            _sum(self.rejected, other.rejected),
            _sum(self.os, other.os),
            _sum(self.channels, other.channels),
            _sum(self.tiers, other.tiers),
        )

    def of(self, kind: Kind) -> int:
        """Return how many events of ``kind`` were counted; of REJECTED, all that were not."""
        if kind is Kind.REJECTED:
            return sum(self.rejected.values())
        return self.kinds.get(kind, 0)

    @property
    def impressions(self) -> int:
        """The reported number."""
        return self.of(Kind.SHOWN)

    @property
    def events(self) -> int:
        """Everything that was seen, counted or not."""
        return sum(self.kinds.values()) + sum(self.rejected.values())


def summarise(cells: Mapping[_Cell, int]) -> Summary:
    """Return the summary of one site's counters."""
    kinds: Counter[str] = Counter()
    rejected: Counter[str] = Counter()
    shown: dict[str, Counter[str]] = {"os": Counter(), "channels": Counter(), "tiers": Counter()}
    for cell, number in cells.items():
        if cell.kind.startswith(_REJECTED):
            rejected[cell.kind.removeprefix(_REJECTED)] += number
            continue
        kinds[cell.kind] += number
        if cell.kind == Kind.SHOWN:
            shown["os"][cell.os] += number
            shown["channels"][cell.channel] += number
            shown["tiers"][cell.tier] += number
    return Summary(kinds, rejected, **shown)


def by_day(cells: Mapping[_Cell, int]) -> dict[date, Summary]:
    """Return one site's counters as a summary for each day that counted anything, in order."""
    days: dict[str, dict[_Cell, int]] = {}
    for cell, number in cells.items():
        days.setdefault(cell.hour[:8], {})[cell] = number
    return {
        datetime.strptime(day, "%Y%m%d").date(): summarise(found)
        for day, found in sorted(days.items())
    }


def total(summaries: Iterable[Summary]) -> Summary:
    """Return the sum of all ``summaries``."""
    return sum(summaries, Summary())


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> Mapping[str, int]:
    return Counter(one) + Counter(other)
