"""A table as it is shown, exported and answered by the API: the same rows everywhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal


class Sort(StrEnum):
    """What the cells of a column are."""

    TEXT = "text"  # str
    NUMBER = "number"  # int
    SHARE = "share"  # float, 0.137 for 13,7 %
    DAY = "day"  # datetime.date
    TIME = "time"  # datetime.datetime in Asia/Ho_Chi_Minh
    YES = "yes"  # bool


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its key for machines, its title (a message of the catalogues) for people."""

    key: str
    title: str
    sort: Sort = Sort.TEXT


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns. A cell is of its column's sort, or None where nothing is known.

    ``head`` says what stands in the first row of a file: "titles" for people; "keys" in a file
    that is to be read in again, whose days and flags are then written for machines too.
    """

    name: str  # of the file, without its suffix: a-z, 0-9 and hyphens
    title: str  # a message of the catalogues
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Any]]
    note: str = ""  # a message: how the numbers are to be understood
    head: Literal["titles", "keys"] = "titles"

    def records(self) -> list[dict[str, Any]]:
        """Return the rows as objects by the columns' keys."""
        keys = [column.key for column in self.columns]
        return [dict(zip(keys, row, strict=True)) for row in self.rows]
