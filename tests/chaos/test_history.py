"""R02: a history of everything that was asked and answered while everything fails, as Jepsen does.

Every beacon is written down before it is sent (invoke) and when it was answered (ok) or was not
(info: counted or not, nobody can know). Whenever the store is read, it holds no more than was
asked for by then, and no less than at the time before; in the end it holds every view once.
"""

import multiprocessing
import os
import random
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from http.client import HTTPException
from typing import NamedTuple

import pytest
import redis

from tests.chaos.conftest import Start
from tests.chaos.fire import SITE, Portal, bring_the_rest
from tests.chaos.proxy import Proxy
from tests.chaos.visitors import Phone, beacon
from tests.servers import RedisServer

SECONDS = 600 if os.environ.get("CHAOS_LONG") else 25
PAUSES = (5.0, 15.0) if os.environ.get("CHAOS_LONG") else (0.5, 2.0)
CLIENTS = 8
SPAWN = multiprocessing.get_context("spawn")


class Asked(NamedTuple):
    """A beacon, when it was first sent, and whether it was answered."""

    path: str
    at: float
    ok: bool


class Read(NamedTuple):
    """What the store held at some time between ``begin`` and ``end``."""

    begin: float
    end: float
    shown: int


@pytest.mark.timeout(SECONDS + 300)
def test_a_history_of_failures(start: Start, server: RedisServer) -> None:
    """R02: at every read the count is one that the history allows, and in the end it is exact."""
    seed = int(os.environ.get("CHAOS_SEED") or time.time_ns() % 1_000_000)
    print(f"CHAOS_SEED={seed}")
    chance, proxy = random.Random(seed), Proxy(server.port, seed=seed)
    portal = start(proxy.url)
    until, reads = time.monotonic() + SECONDS, []
    with ProcessPoolExecutor(CLIENTS, mp_context=SPAWN) as pool:
        clients = [pool.submit(_client, portal.port, until) for _ in range(CLIENTS)]
        nemeses, bag = _nemeses(portal, server, proxy), list[str]()
        while not all(client.done() for client in clients):
            bag = bag or chance.sample(sorted(nemeses), len(nemeses))  # each in its turn
            name = bag.pop()
            print(f"{until - time.monotonic():6.1f} {name}")
            nemeses[name](chance)
            end = time.monotonic() + chance.uniform(*PAUSES)
            while time.monotonic() < end:
                reads += _read(server)
                time.sleep(0.1)
        results = [client.result() for client in clients]
    history = [asked for one, _lost in results for asked in one]
    _check(reads, history)
    phone, unsure = Phone(portal.port), [asked for asked in history if not asked.ok]
    again = len(unsure) + sum(phone.insist(asked.path)[1] for asked in unsure)
    portal.stop()
    bring_the_rest(portal)
    proxy.close()
    assert len({asked.path for asked in history}) == len(history) > 0
    counted = portal.counts()
    assert counted["shown"] == len(history)
    # What was asked a second time may have been counted the first time, and nothing else.
    assert counted.get("rejected:replayed", 0) <= again
    assert 0 <= counted["page"] - len(history) <= sum(lost for _one, lost in results)


def _nemeses(
    portal: Portal, server: RedisServer, proxy: Proxy
) -> dict[str, Callable[[random.Random], object]]:
    """Return everything that goes wrong, by name; each of them ends by itself."""

    def kill_the_master(_chance: random.Random) -> None:
        portal.kill_the_master()
        portal.start()

    def kill_redis(chance: random.Random) -> None:
        server.kill()
        time.sleep(chance.uniform(0, 2))
        server.start()

    def pause_redis(chance: random.Random) -> None:
        server.pause()
        time.sleep(chance.uniform(0.1, 3))  # the portal waits for 2 s at the most
        server.resume()

    def spoil(mode: str) -> Callable[[random.Random], None]:
        def spoiled(chance: random.Random) -> None:
            proxy.mode = mode
            time.sleep(chance.uniform(0.5, 3))
            proxy.mode = "pass"

        return spoiled

    return {
        "a worker is killed": portal.kill_a_worker,
        "the master is killed": kill_the_master,
        "everything is killed": lambda _chance: (portal.kill_all(), portal.start()),
        "Redis is killed": kill_redis,
        "Redis stands still": pause_redis,
        "answers are lost": spoil("cut"),
        "nothing gets through": spoil("hole"),
        "a reload": lambda _chance: portal.reload(),
    }


def _client(port: int, until: float) -> tuple[list[Asked], int]:
    """Visit until the time comes, and give up at once on what is not answered.

    Returns the beacons, and how many pages were not answered.
    """
    phone, history, lost = Phone(port), list[Asked](), 0
    while time.monotonic() < until:
        try:
            status, page = phone.ask(f"/s/{SITE}")
        except (OSError, HTTPException):
            lost += 1
            time.sleep(0.01)
            continue
        assert status == 200, page
        path, at, ok = beacon(page), time.monotonic(), False
        with suppress(OSError, HTTPException):
            status, gif = phone.ask(path)
            assert status == 200, gif
            ok = True
        history.append(Asked(path, at, ok))
    return history, lost


def _read(server: RedisServer) -> list[Read]:
    """Return what the store holds, if it answers."""
    begin, shown = time.monotonic(), 0
    try:
        for key in server.client.scan_iter(f"portal:{{{SITE}}}:c:*"):
            for field, n in server.client.hgetall(key).items():
                shown += int(n) if b"|shown|" in field else 0
    except redis.RedisError:
        return []
    return [Read(begin, time.monotonic(), shown)]


def _check(reads: list[Read], history: list[Asked]) -> None:
    """Compare every read with what had been asked by then, and with the read before it."""
    assert reads
    assert reads[-1].shown > 0
    before = 0
    for read in reads:
        asked = sum(asked.at <= read.end for asked in history)
        assert before <= read.shown <= asked, read
        before = read.shown
