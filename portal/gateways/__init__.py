"""The brands of gateways, found by entry point, so that anybody can add one."""

from functools import cache
from importlib.metadata import entry_points

from portal.gateways.base import Gateway

GROUP = "bluezone_portal.gateways"


@cache
def gateways() -> dict[str, Gateway]:
    """Return every installed adapter by its name, in alphabetical order."""
    points = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    return {point.name: point.load()() for point in points}
