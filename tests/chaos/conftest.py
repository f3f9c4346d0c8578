"""Portals, and a Redis, that are ended whatever happens."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.fire import Portal
from tests.servers import RedisServer

Start = Callable[..., Portal]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Return what starts a portal on a store; whatever still runs afterwards is killed."""
    started: list[Portal] = []

    def starter(store: str, data: str | Path = "data", **settings: Any) -> Portal:
        started.append(Portal(tmp_path / data, store, **settings))
        return started[-1]

    yield starter
    for portal in started:
        if portal.runs:
            portal.kill_all()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    """Return a Redis that a test may break."""
    made = RedisServer(tmp_path / "redis", "--appendonly", "yes", "--appendfsync", "always")
    yield made
    made.kill()
