"""Portals that are ended whatever happens."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.chaos.fire import Portal

Start = Callable[..., Portal]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Return what starts a portal on a store; whatever still runs afterwards is killed."""
    started: list[Portal] = []

    def starter(store: str, data: str = "data", **settings: object) -> Portal:
        started.append(Portal(tmp_path / data, store, **settings))
        return started[-1]

    yield starter
    for portal in started:
        if portal._master.poll() is None:
            portal.kill_all()
