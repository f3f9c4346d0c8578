"""A TOML table that is checked key by key; every problem is noted, none stops the reading."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

_T = TypeVar("_T")


class Table:
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
        """Tell whether there is such a key."""
        return key in self._left

    def text(self, key: str) -> str:
        """Return a text that is not empty."""
        value = self._left.pop(key, None)
        if isinstance(value, str) and value.strip():
            return value
        return self._expect(key, "a text that is not empty", "")

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts that are not empty."""
        value = self._left.pop(key, None)
        items = value if isinstance(value, list) else []
        if items and all(isinstance(item, str) and item.strip() for item in items):
            return tuple(items)
        return self._expect(key, "a list of texts that are not empty", ())

    def match(self, key: str, pattern: str, expected: str) -> str:
        """Return a text that ``pattern`` matches; ``expected`` says what that is."""
        value = self._left.pop(key, None)
        if isinstance(value, str) and re.fullmatch(pattern, value):
            return value
        return self._expect(key, expected, "")

    def link(self, key: str) -> str:
        """Return an https address."""
        value = self._left.pop(key, None)
        if isinstance(value, str) and _is_https(value):
            return value
        return self._expect(key, "an https:// address", "")

    def version(self, key: str) -> tuple[int, int]:
        """Return a version like "5.0"; (0, 0) where there is none."""
        value = self._left.pop(key, "0.0")
        if isinstance(value, str) and (match := re.fullmatch(r"(\d{1,4})\.(\d{1,4})", value)):
            return int(match[1]), int(match[2])
        return self._expect(key, 'a version like "5.0"', (0, 0))

    def count(self, key: str) -> int:
        """Return a whole number from 0 up."""
        value = self._left.pop(key, None)
        if type(value) is int and value >= 0:
            return value
        return self._expect(key, "a whole number from 0 up", 0)

    def share(self, key: str) -> float:
        """Return a number from 0 to 1."""
        value = self._left.pop(key, None)
        if type(value) in (int, float) and 0 <= value <= 1:
            return float(value)
        return self._expect(key, "a number from 0 to 1", 0.0)

    def day(self, key: str) -> date:
        """Return a day."""
        value = self._left.pop(key, None)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        return self._expect(key, "a day like 2021-02-01", date.min)

    def tables(self, key: str, required: Iterable[str]) -> list[tuple[str, "Table"]]:
        """Return the tables within a table, those ``required`` among them."""
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
                tables.append((name, Table(inner, f"{where}.", self.problems)))
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
