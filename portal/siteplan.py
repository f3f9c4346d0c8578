"""What a file of sites would do: row by row, before anything is written."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from portal.domain.errors import Problem
from portal.domain.sites import Site
from portal.stores.base import dump


class Fate(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A row of a file, with the site as it is and as it would be."""

    number: int  # in the file
    fields: Mapping[str, Any]
    version: int = 0  # of the site as it is; 0: there is none
    before: Site | None = None
    after: Site | None = None  # None: the row is wrong
    changes: Mapping[str, Any] | None = None  # old and new by field; of a secret only that it does
    problems: tuple[Problem, ...] = ()

    @property
    def fate(self) -> Fate:
        """What becomes of it."""
        if self.problems or self.after is None:
            return Fate.WRONG
        if self.before is None:
            return Fate.NEW
        return Fate.CHANGED if self.changes else Fate.SAME


@dataclass(frozen=True, slots=True)
class SitePlan:
    """All rows of a file."""

    rows: tuple[PlannedRow, ...]

    @property
    def problems(self) -> list[Problem]:
        """Every problem of every row, with the row's number before the column."""
        return [
            problem._replace(where=f"{row.number}, {problem.where}")
            for row in self.rows
            for problem in row.problems
        ]

    @property
    def writing(self) -> list[PlannedRow]:
        """The rows that would be written."""
        return [row for row in self.rows if row.fate in (Fate.NEW, Fate.CHANGED)]

    @property
    def agreed(self) -> str:
        """What somebody agrees to: it is another where the sites, or the file, are others.

        A site's version stands for all that is in it: a page must not carry even a hash of the
        keys that are kept.
        """
        seen = [[row.number, row.version, row.fields] for row in self.rows]
        return hashlib.sha256(dump({"rows": seen}).encode()).hexdigest()

    def count(self, fate: Fate) -> int:
        """Return how many rows have this fate."""
        return sum(row.fate is fate for row in self.rows)
