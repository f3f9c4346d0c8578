"""The administrative tree: province, districts and communes by their codes."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from portal.domain.errors import PortalError


class Level(StrEnum):
    """Rungs of the tree, from the top. A commune is a xã, a phường or a thị trấn."""

    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"


_DIGITS = {Level.PROVINCE: 2, Level.DISTRICT: 3, Level.COMMUNE: 5}
_PARENT = {Level.DISTRICT: Level.PROVINCE, Level.COMMUNE: Level.DISTRICT}
_KEYS = {"code", "name", "level", "parent", "population", "population_year"}

# Spreadsheets shorten the type of a unit in these ways; keys and values are folded.
_TYPES = {
    "tp": "thanh pho",
    "h": "huyen",
    "tt": "thi tran",
    "tx": "thi xa",
    "p": "phuong",
    "x": "xa",
    "q": "quan",
}
_TYPE = re.compile(r"(?:tinh|thanh pho|huyen|quan|thi xa|thi tran|phuong|xa) (?=.)")


class BadAreas(PortalError):
    """The table of areas is broken; ``problems`` says where and what is expected."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


@dataclass(frozen=True, slots=True)
class Area:
    """One unit, by its code of the General Statistics Office.

    ``name`` carries the type ("Xã Đức Hạnh"). ``population`` is in persons, counted in
    ``population_year``; None where nobody told us, which is not the same as 0.
    """

    code: str
    name: str
    level: Level
    parent: str | None
    population: int | None
    population_year: int | None = None


class Areas:
    """The whole tree, in the order of its file. Raise BadAreas when it is not a tree."""

    def __init__(self, areas: Iterable[Area]) -> None:
        rows = list(areas)
        problems = list(_tree_problems(rows))
        if problems:
            raise BadAreas(problems)
        self._by_code = {area.code: area for area in rows}
        children: dict[str | None, list[Area]] = {}
        for area in rows:
            children.setdefault(area.parent, []).append(area)
        self._children = {parent: tuple(found) for parent, found in children.items()}

    def __iter__(self) -> Iterator[Area]:
        return iter(self._by_code.values())

    def __len__(self) -> int:
        return len(self._by_code)

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    def get(self, code: str) -> Area | None:
        """Return the area with this code, or None."""
        return self._by_code.get(code)

    def children(self, code: str | None) -> tuple[Area, ...]:
        """Return the units directly below ``code``; below None stand the provinces."""
        return self._children.get(code, ())

    def communes(self, district: str) -> tuple[Area, ...]:
        """Return the communes, wards and towns of a district; nothing for any other code."""
        return tuple(area for area in self.children(district) if area.level is Level.COMMUNE)

    def path(self, code: str) -> tuple[Area, ...]:
        """Return the way from the province down to ``code`` itself; nothing when unknown."""
        way: list[Area] = []
        area = self._by_code.get(code)
        while area is not None:
            way.append(area)
            area = self._by_code.get(area.parent) if area.parent else None
        return tuple(reversed(way))

    def find(self, name: str, within: str | None = None) -> tuple[Area, ...]:
        """Return every area of this name, at or below the code ``within`` when it is given.

        Case, diacritics and the type before the name do not matter ("TT PAC MIAU"). A name
        that carries a type means that type alone, unless there is none of that type: two
        communes of Cao Bằng are called Quang Trung, and a district and its town Bảo Lạc.
        """
        wanted = fold(name)
        if not wanted:
            return ()
        near = [area for area in self if within is None or within in self._codes_above(area)]
        exact = tuple(area for area in near if fold(area.name) == wanted)
        if exact:
            return exact
        bare = _TYPE.sub("", wanted, count=1) if _TYPE.match(wanted) else wanted
        return tuple(area for area in near if _TYPE.sub("", fold(area.name), count=1) == bare)

    def _codes_above(self, area: Area) -> set[str]:
        return {step.code for step in self.path(area.code)}


def fold(name: str) -> str:
    """Return ``name`` without case, diacritics and punctuation, its type written out."""
    letters = unicodedata.normalize("NFD", name.casefold().replace("đ", "d"))
    plain = "".join(char for char in letters if not unicodedata.combining(char))
    words = re.findall(r"\w+", plain)
    if len(words) > 1:
        words[0] = _TYPES.get(words[0], words[0])
    return " ".join(words)


def parse_areas(text: str) -> Areas:
    """Read the table: a JSON object whose "areas" is a list of rows. Raise BadAreas."""
    try:
        rows = json.loads(text)["areas"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadAreas([f'a JSON object with a list "areas" is expected: {error!r}']) from None
    if not isinstance(rows, list):
        raise BadAreas(['"areas": a list is expected'])
    problems: list[str] = []
    areas: list[Area] = []
    for number, row in enumerate(rows, 1):
        found = list(_row_problems(row))
        problems += [f"row {number}: {problem}" for problem in found]
        if not found:
            areas.append(Area(**{**row, "level": Level(row["level"])}))
    if problems:
        raise BadAreas(problems)
    return Areas(areas)


def _row_problems(row: object) -> Iterator[str]:
    if not isinstance(row, dict):
        yield "an object is expected"
        return
    for key in sorted(_KEYS - {"population_year"} - row.keys()):
        yield f'"{key}" is missing'
    for key, value in row.items():
        if expected := _expected(key, value):
            yield f'"{key}": {expected}'


def _expected(key: str, value: object) -> str | None:
    """Return what is expected of a key when ``value`` is not that, else None."""
    match key:
        case "code" | "name":
            good = isinstance(value, str) and bool(value.strip())
            return None if good else "a text is expected"
        case "level":
            return None if value in tuple(Level) else f"one of {', '.join(Level)} is expected"
        case "parent":
            return None if isinstance(value, str | None) else "a code or null is expected"
        case "population" | "population_year":
            good = value is None or (type(value) is int and value >= 0)
            return None if good else "a whole number from 0 up or null is expected"
    return "is not a known key"


def _tree_problems(areas: list[Area]) -> Iterator[str]:
    if not areas:
        yield "at least one area is expected"
    levels = {area.code: area.level for area in areas}
    for code, times in Counter(area.code for area in areas).items():
        if times > 1:
            yield f"{code}: the code appears {times} times"
    for area in areas:
        digits = _DIGITS[area.level]
        if not re.fullmatch(f"[0-9]{{{digits}}}", area.code):
            yield f"{area.code}: the code of a {area.level} has {digits} digits"
        above = _PARENT.get(area.level)
        if above is None and area.parent is not None:
            yield f"{area.code}: a {area.level} has no parent"
        if above is not None and levels.get(area.parent or "") is not above:
            yield f"{area.code}: the parent must be the code of a {above} in this table"
