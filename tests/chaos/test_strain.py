"""Too many, too much, too long, and a worker that hangs: the service bends and comes back."""

import multiprocessing
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from statistics import median

from tests.chaos.conftest import Start
from tests.chaos.fire import (
    CALM,
    SITE,
    Portal,
    assert_exact,
    bring_the_rest,
    connections,
    once,
    open_files,
    resident,
    visits,
)
from tests.chaos.visitors import Phone, Tally, beacon, visit
from tests.servers import RedisServer, free_port, wait_until
from tests.serving import environment

LONG = bool(os.environ.get("CHAOS_LONG"))
VIEWS = 1000
SPAWN = multiprocessing.get_context("spawn")


def test_more_connections_than_files(start: Start) -> None:
    """R14: who finds no room waits at the door; no worker dies of it, and none leaks."""
    portal = start("sqlite:", before=("prlimit", "--nofile=64:64"))
    pids, before = portal.workers(), [connections(pid) for pid in portal.workers()]
    crowd = [Phone(portal.port, keeps=True) for _ in range(200)]
    with ThreadPoolExecutor(len(crowd)) as pool:
        # Each keeps its connection until the server closes it for having been idle.
        list(pool.map(lambda phone: phone.insist("/healthz"), crowd))
    tallies = visits(portal, lambda _chance, _done: None, VIEWS)
    for phone in crowd:
        phone.hang_up()

    def back() -> bool:
        return all(connections(pid) <= n for pid, n in zip(pids, before, strict=True))

    wait_until(back, "the workers to close their connections")
    assert portal.workers() == pids
    portal.stop()
    assert_exact(portal, tallies, VIEWS)


def test_fewer_threads_than_it_needs(tmp_path: Path) -> None:
    """R14: it says so and ends, where it would otherwise hang with the visitor who is too many."""
    stack = 8 << 30  # of a thread: there is room for four or five in each process
    limits = ("prlimit", f"--stack={stack}:{stack}", f"--as={5 * stack}")
    ended = subprocess.run(
        [*limits, sys.executable, "-m", "gunicorn", "-c", "python:portal.gunicorn_conf"],
        env=environment(tmp_path / "data", bind=f"127.0.0.1:{free_port()}", workers=2, threads=8),
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    assert ended.returncode not in (0, None)
    assert b"can't start new thread" in ended.stderr


def test_a_flood_of_bodies_in_little_memory(start: Start) -> None:
    """R14: nobody's body is kept in memory; who visits meanwhile is served and counted."""
    portal = start("sqlite:", before=("prlimit", f"--data={256 << 20}"))
    pids, before = portal.workers(), [resident(pid) for pid in portal.workers()]
    flood, sent = threading.Event(), []

    def pour() -> None:
        while not flood.is_set():
            sent.append(_pour(portal.port, 64 << 20, flood))

    with ThreadPoolExecutor(8) as pool:
        for _ in range(8):
            pool.submit(pour)
        try:
            tallies = visits(portal, lambda _chance, _done: None, VIEWS)
        finally:
            flood.set()
    assert sum(sent) > 64 << 20
    assert portal.workers() == pids
    for pid, held_before in zip(pids, before, strict=True):
        assert resident(pid) - held_before < 40
    portal.stop()
    assert_exact(portal, tallies, VIEWS)


def _pour(port: int, size: int, enough: threading.Event) -> int:
    """Post noise until ``size`` bytes, the server's word or ``enough``; return the bytes sent."""
    noise, sent = random.Random(size).randbytes(1 << 16), 0
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(
            f"POST /s/{SITE} HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n\r\n".encode()
        )
        with suppress(OSError):  # it need not listen to the end
            while sent < size and not enough.is_set():
                line.sendall(noise)
                sent += len(noise)
    return sent


def test_ten_times_what_it_can_serve(start: Start) -> None:
    """R15: everybody is served in the end, soon after it is as quick as before, nothing is lost."""
    portal = start("sqlite:")
    usual = _pace(portal)
    phones, seconds = 10 * 2 * 4, 20 if LONG else 5  # ten for every thread
    with ProcessPoolExecutor(4, mp_context=SPAWN) as pool:
        crowds = [pool.submit(_crowd, portal.port, phones // 4, seconds) for _ in range(4)]
        shown = sum(crowd.result() for crowd in crowds)
    end = time.monotonic() + 5
    while _pace(portal) > 3 * usual + 0.05:
        assert time.monotonic() < end, "it does not recover"
    portal.stop()
    assert portal.counts()["shown"] == shown > phones


def _pace(portal: Portal) -> float:
    """Return the seconds that a notice takes, in the middle of twenty."""
    phone, took = Phone(portal.port), []
    for _ in range(20):
        begin = time.monotonic()
        phone.insist(f"/s/{SITE}")
        took.append(time.monotonic() - begin)
    return median(took)


def _crowd(port: int, phones: int, seconds: float) -> int:
    """Visit with many phones at once; return how many views were shown."""
    end = time.monotonic() + seconds

    def restless(_n: int) -> int:
        shown = 0
        while time.monotonic() < end:
            tally = visit(port, SITE, 1)
            assert tally[1:] == (0, 0)  # nobody was sent away
            shown += len(tally.views)
        return shown

    with ThreadPoolExecutor(phones) as pool:
        return sum(pool.map(restless, range(phones)))


def test_twenty_thousand_requests_of_every_kind(start: Start, server: RedisServer) -> None:
    """R16: nothing grows with the number of requests: memory, files, keys in Redis."""
    portal = start(server.url)
    parts, each = 4, 50_000 if LONG else 5_000
    with ProcessPoolExecutor(parts, mp_context=SPAWN) as pool:

        def soak(requests: int) -> int:
            return sum(pool.map(_mixed, [portal.port] * parts, [requests] * parts, range(parts)))

        shown = soak(each // 4)  # everything is warm, every kind of key is there
        wait_until(lambda: portal.waiting() == 0, "the store")
        pids, keys = portal.workers(), server.client.dbsize()
        files, memory = [open_files(pid) for pid in pids], [[resident(pid) for pid in pids]]
        for _part in range(3):
            shown += soak(each // 4)
            memory.append([resident(pid) for pid in pids])
    wait_until(lambda: portal.waiting() == 0, "the store")
    assert portal.workers() == pids
    assert server.client.dbsize() <= keys + 8  # at an hour's turn there are some more
    slope = 10_000 / (parts * (each // 4))
    for pid, open_before, held in zip(pids, files, zip(*memory, strict=True), strict=True):
        assert abs(open_files(pid) - open_before) <= 2
        # What a background job takes once is in one part; what every request leaves is in all.
        assert min(later - before for before, later in pairwise(held)) * slope < 1
    portal.stop()
    assert portal.counts()["shown"] == shown


def _mixed(port: int, requests: int, seed: int) -> int:
    """Send requests of every kind over a kept connection; return how many views were shown."""
    chance, phone, shown = random.Random(seed), Phone(port, keeps=True), 0
    while requests > 0:
        page, _lost = phone.insist(f"/s/{SITE}")
        gif = beacon(page)
        status, _gif = phone.ask(gif)
        assert status == 200
        shown += 1
        others = _others(gif, chance)
        for path, method, body in others:
            status, _page = phone.ask(path, method, body)
            assert status < 500, path
        requests -= 2 + len(others)
    phone.hang_up()
    return shown


def _others(gif: str, chance: random.Random) -> list[tuple[str, str, bytes | None]]:
    """Return requests that count nothing, as path, method and body."""
    random_text = f"{chance.getrandbits(200):050x}"
    place = chance.randrange(3, len(gif) - 4)
    return [
        (gif, "GET", None),  # once more
        (gif[:place] + chance.choice("AZaz09-_") + gif[place + 1 :], "HEAD", None),
        (f"/i/{random_text}.gif", "GET", None),
        (f"/s/{random_text[:20]}", "GET", None),
        (f"/s/{SITE}?{'x' * chance.randrange(4000)}", "GET", None),
        ("/generate_204", "GET", None),
        (f"/{random_text}/%00%ff/..", "GET", None),
        (f"/s/{SITE}", "POST", b"x" * chance.randrange(8000)),
    ]


def test_a_worker_that_stands_still(start: Start) -> None:
    """R17: the others serve; the arbiter replaces it within its time-out; nothing is lost."""
    portal = start("sqlite:", options=("--timeout", "6"))
    stuck: list[int] = []
    served: list[Tally] = []

    def stop_one() -> None:
        stuck.append(portal.workers()[0])
        os.kill(stuck[0], signal.SIGSTOP)
        served.append(visit(portal.port, SITE, CALM))
        assert stuck[0] in portal.workers()  # still the same, and standing

    tallies = visits(portal, once(0.3, stop_one), VIEWS)
    wait_until(lambda: stuck[0] not in portal.workers(), "the arbiter to replace it")
    portal.stop()
    bring_the_rest(portal)
    assert_exact(portal, tallies + served, VIEWS + CALM)
