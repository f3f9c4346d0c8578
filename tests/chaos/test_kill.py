"""Processes are killed while people visit, and in the end every view has counted exactly once."""

import random

import pytest

from portal.counting.adoption import writers
from tests.chaos.conftest import Start
from tests.chaos.fire import assert_exact, kill_all_and_adopt, visits
from tests.servers import wait_until


@pytest.mark.parametrize("kind", ["sqlite", "redis"])
def test_killed_workers_lose_nothing(
    kind: str, start: Start, request: pytest.FixtureRequest
) -> None:
    """R02: kill -9 of workers, at whatever they are doing."""
    url = "sqlite:" if kind == "sqlite" else request.getfixturevalue("redis_server").url
    portal = start(url)
    tallies = visits(portal, lambda chance, _done: portal.kill_a_worker(chance))
    assert portal.kills >= 3
    kill_all_and_adopt(portal)
    assert_exact(portal, tallies)


def test_a_killed_service_goes_on_where_it_was(start: Start) -> None:
    """R02: kill -9 of everything, three times."""
    portal = start("sqlite:")
    restarts: list[float] = []

    def harm(_chance: random.Random, done: float) -> None:
        if done > 0.1 + 0.2 * len(restarts) and len(restarts) < 3:
            portal.kill_all()
            portal.start()
            restarts.append(done)

    tallies = visits(portal, harm)
    assert len(restarts) >= 2
    # The workers adopt by themselves what the killed ones left.
    wait_until(lambda: len(writers(portal.data / "journal")) == 2, "adoption")
    portal.stop()
    assert_exact(portal, tallies)
