"""Redis fails in every way while people visit, and in the end every view has counted once."""

import os
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.stores import keys
from tests.chaos.conftest import Start
from tests.chaos.fire import (
    PROCESSES,
    SITE,
    VIEWS,
    assert_exact,
    bring_the_rest,
    kill_all_and_adopt,
    once,
    visits,
    wait_for_shown,
)
from tests.chaos.proxy import Proxy
from tests.chaos.visitors import visit
from tests.redis_nodes import RedisCluster
from tests.servers import RedisServer, wait_until

LONG = 30.0 if os.environ.get("CHAOS_LONG") else 6.0  # seconds that Redis stands still


@pytest.mark.parametrize("sync", ["always", "everysec"])
def test_killed_again_and_again(tmp_path: Path, start: Start, sync: str) -> None:
    """R01: kill -9 of Redis, and of workers meanwhile."""
    server = RedisServer(tmp_path / "redis", "--appendonly", "yes", "--appendfsync", sync)
    portal = start(server.url)
    outages: list[float] = []

    def harm(chance: random.Random, done: float) -> None:
        portal.kill_a_worker(chance)
        if done > 0.1 + 0.2 * len(outages) and len(outages) < 3:
            server.kill()
            time.sleep(chance.uniform(0.1, 0.6))  # visitors go on meanwhile
            server.start()
            outages.append(done)

    try:
        tallies = visits(portal, harm)
        assert len(outages) >= 2
        kill_all_and_adopt(portal)
        assert_exact(portal, tallies)
    finally:
        server.kill()


def test_standing_still(start: Start, server: RedisServer) -> None:
    """R01: SIGSTOP; what was sent meanwhile is carried out when it goes on."""
    portal = start(server.url)

    def stand_still() -> None:
        server.pause()
        threading.Timer(LONG, server.resume).start()

    tallies = visits(portal, once(0.1, stand_still))
    server.client.ping()  # answered when it goes on
    portal.stop()
    bring_the_rest(portal)
    assert_exact(portal, tallies)


def test_answers_that_are_lost(start: Start, server: RedisServer) -> None:
    """R03: Redis has done what it was told, and the portal cannot know."""
    proxy = Proxy(server.port)
    portal = start(proxy.url)
    proxy.mode = "cut"
    tallies = visits(portal, lambda _chance, _done: None)
    assert proxy.cuts >= 3
    proxy.mode = "pass"
    portal.stop()
    bring_the_rest(portal)
    assert_exact(portal, tallies)
    proxy.close()


def test_away_the_whole_time_and_back_later(start: Start, server: RedisServer) -> None:
    """R01: visitors see no difference, and the journals keep everything."""
    portal = start(server.url)
    server.kill()
    tallies = visits(portal, lambda _chance, _done: None)
    portal.kill_all()
    server.start()
    portal.start()  # another day: new workers find what the dead have left
    wait_for_shown(portal, tallies)
    portal.stop()
    assert_exact(portal, tallies)


def test_one_fault_after_the_other(start: Start, server: RedisServer) -> None:
    """R01: no memory, no login, a key of another type, a line that swallows everything."""
    proxy = Proxy(server.port)
    portal = start(proxy.url)
    config = server.client.config_set
    broken = keys.days(SITE)
    faults: list[tuple[Callable[[], object], Callable[[], object]]] = [
        (lambda: config("maxmemory", 1), lambda: config("maxmemory", 0)),
        (
            lambda: server.client.acl_setuser("default", nopass=False, passwords=["+x" * 9]),
            lambda: server.client.acl_setuser("default", enabled=True, nopass=True),
        ),
        (
            lambda: server.client.rename(broken, "portal:aside") and server.client.set(broken, 1),
            lambda: server.client.delete(broken) and server.client.rename("portal:aside", broken),
        ),
        (lambda: setattr(proxy, "mode", "hole"), lambda: setattr(proxy, "mode", "pass")),
    ]
    begun = 0

    def harm(_chance: random.Random, done: float) -> None:
        nonlocal begun
        while begun < min(int(done * 5), len(faults)):  # each for a fifth of the visits
            if begun:
                faults[begun - 1][1]()
            faults[begun][0]()
            begun += 1

    tallies = [visit(portal.port, SITE, 10)]
    wait_until(lambda: bool(server.client.exists(broken)), "the first count")
    tallies += visits(portal, harm)
    assert begun == len(faults)
    faults[-1][1]()
    portal.stop()
    bring_the_rest(portal)
    assert_exact(portal, tallies, PROCESSES * VIEWS + 10)
    proxy.close()


def test_a_cluster_loses_a_primary(tmp_path: Path, start: Start) -> None:
    """R01: a replica takes over, and has everything that was acknowledged."""
    cluster = RedisCluster(tmp_path / "cluster")
    try:
        portal = start(f"{cluster.url}?wait=1")
        owner = cluster.primary_of(f"portal:{{{SITE}}}:w")

        def lose() -> None:
            owner.kill()
            wait_until(lambda: len(cluster.primaries()) == 3, "a replica to take over", 60)
            owner.start()

        tallies = visits(portal, once(0.2, lose))
        wait_until(cluster.is_whole, "the cluster to be whole", 60)
        portal.stop()
        bring_the_rest(portal)
        assert_exact(portal, tallies)
    finally:
        cluster.kill()


def test_one_view_a_thousand_times_at_two_nodes(start: Start, server: RedisServer) -> None:
    """C02: across nodes, workers, a restart and an outage, a view counts once."""
    key = {"secret_key": "k" * 32}
    one, two = start(server.url, "one", **key), start(server.url, "two", **key)
    tally = visit(one.port, SITE, 1)
    again = [visit(node.port, SITE, 0, tally.views * 250) for node in (one, two)]
    server.kill()
    again += [visit(node.port, SITE, 0, tally.views * 125) for node in (one, two)]
    one.kill_all()
    server.start()
    one.start()
    again += [visit(node.port, SITE, 0, tally.views * 125) for node in (one, two)]
    for node in (one, two):
        wait_until(lambda n=node: n.waiting() == 0, "the journals", 60)  # type: ignore[misc]
        node.stop()
    assert sum(len(more.views) for more in again) == 1000
    counted = one.counts()
    assert counted["shown"] == 1
    assert counted["rejected:replayed"] == 1000 + sum(more.lost_beacons for more in again)
