"""The walled garden: which hosts must be open before the release, and which must stay closed."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Garden:
    """Host names; "*.example.com" stands for every name below example.com."""

    open: Mapping[str, tuple[str, ...]]
    """By what they are for: a store's key, or "official". So that an install can begin."""
    closed: tuple[str, ...]
    """Connectivity checks: a phone that reaches one never shows the notice."""

    def hosts(self) -> list[str]:
        """Return every host to open, each once, in order."""
        return list(dict.fromkeys(host for hosts in self.open.values() for host in hosts))


def parse_garden(text: str, closed: Iterable[str]) -> Garden:
    """Return the garden that a JSON text describes, with the ``closed`` hosts of the probes.

    Raise ValueError when one opens a probe: then no login sheet would ever appear.
    """
    opened = {purpose: tuple(hosts) for purpose, hosts in json.loads(text)["open"].items()}
    garden = Garden(MappingProxyType(opened), tuple(sorted(set(closed))))
    for name in garden.closed:
        if wide := [host for host in garden.hosts() if covers(host, name)]:
            raise ValueError(f"{wide[0]} opens {name}")
    return garden


def covers(host: str, name: str) -> bool:
    """Tell whether opening ``host`` opens ``name``."""
    return name == host or (host.startswith("*.") and name.endswith(host[1:]))
