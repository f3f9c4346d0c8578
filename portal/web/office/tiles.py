"""The map of tiles: a square for each commune, placed roughly by geography."""

import json
from functools import cache
from typing import NamedTuple

from portal.domain.areas import Areas
from portal.resources import read_text

_TYPES = ("Xã ", "Thị trấn ", "Phường ")


class Place(NamedTuple):
    """Where a commune's square stands, counted from the north-west."""

    column: int
    row: int


@cache
def tile_places() -> dict[str, Place]:
    """Return the place of every commune that has a square, by code."""
    tiles = json.loads(read_text("tiles.json"))["tiles"]
    return {code: Place(*place) for code, place in tiles.items()}


def tile_names(areas: Areas) -> dict[str, str]:
    """Return the names of the communes that have a square, by code, without their type."""
    found = {code: areas.get(code) for code in tile_places()}
    return {code: short_name(area.name) for code, area in found.items() if area}


def short_name(name: str) -> str:
    """Return a commune's name without its type: "Đức Hạnh" for "Xã Đức Hạnh"."""
    for kind in _TYPES:
        name = name.removeprefix(kind)
    return name
