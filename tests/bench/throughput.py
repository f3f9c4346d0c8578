"""How many requests one core answers: plain and edge, and what they are compared with.

All servers run at once on one core and are loaded from another in turn, round after round, so that
whatever else the machine does falls on all of them. In the end everything that was shown by nginx
or sent a beacon must have been counted, no more and no less.
"""

import fcntl
import http.client
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from portal.counting.edge_log import edge_log
from portal.counting.reconciliation import reconcile, total
from portal.domain.devices import OS
from portal.domain.events import Channel, Tier
from portal.domain.nonces import Signer
from portal.ids import Ids
from portal.stores import open_store
from tests.bench.load import AGENTS, SERVER, Load, Target, cpu, family, used_since
from tests.bench.results import Results, number_of
from tests.nginx import edge_config, includes, nginx
from tests.serving import add_site, end, environment, free_port, wait_listening, wait_ready

ROUNDS = 7
SECONDS = 2
NONCES = 400_000  # beacons of so many views; nginx sends more, and they count as replayed
KEY = "k" * 32
PINNED = ("taskset", "-c", str(SERVER))


@dataclass
class Contender:
    """One way to answer, and the process that does it."""

    target: Target
    pid: int
    beside: str  # the contender that it is compared with


def main(results: Results) -> None:
    """Measure, and write it down."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        data = folder / "data"
        contenders = stack.enter_context(_serving(folder, data))
        loads: dict[str, list[tuple[Load, float]]] = {one.target.name: [] for one in contenders}
        with _unread(data):  # reading is measured on its own
            for number in range(ROUNDS + 1):
                for one in contenders:
                    before = cpu(family(one.pid))
                    load = one.target.load(SECONDS if number else 1)
                    if number:  # the first round warms up
                        used = used_since(before) / load.requests * 1e6
                        loads[one.target.name].append((load, used))
        _tell(results, contenders, loads)
        _count(results, data)


def _tell(
    results: Results, contenders: list[Contender], loads: dict[str, list[tuple[Load, float]]]
) -> None:
    table = results.table(
        "One core",
        f"{ROUNDS} rounds of {SECONDS} seconds, 16 connections, {len(AGENTS)} different agents."
        " CPU is the server's. `ok` is a Flask view that returns two letters, `naive` a notice as"
        " often written: a template, a parsed agent and a count in Redis with every request.",
        "answer", "requests/s", "CPU µs", "bytes", "of", "ratio",
    )  # fmt: skip
    for one in contenders:
        name = one.target.name
        measured = loads[name]
        rate = median(load.rate for load, _used in measured)
        base = loads[one.beside]
        ratios = [
            mine.rate / other.rate for (mine, _), (other, _) in zip(measured, base, strict=True)
        ]
        table.add(
            name,
            number_of(rate),
            number_of(median(used for _load, used in measured), 1),
            number_of(median(load.bytes for load, _used in measured)),
            one.beside,
            number_of(median(ratios), 2),
        )
        if bar := _BARS.get(name):
            results.bars.append((bar, rate))


_BARS = {
    "nginx, a file": "nginx, a file",
    "edge notice": "Bluezone Portal, edge",
    "edge notice, gzip": "Bluezone Portal, edge, gzip",
    "notice": "Bluezone Portal, plain",
    "ok": "Flask, two letters",
    "naive": "Flask, Redis, usual way",
}


@contextmanager
def _unread(data: Path) -> Iterator[None]:
    """Keep the application from reading nginx's log meanwhile."""
    fd = os.open(edge_log(data / "journal").parent, os.O_RDONLY)
    fcntl.flock(fd, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(fd)


def _count(results: Results, data: Path) -> None:
    """Wait until nginx's log was read; raise unless every line of it was counted."""
    begin = time.monotonic()
    lines = sum(1 for _line in edge_log(data / "journal").open("rb"))
    store = open_store("sqlite:", data)
    while (balance := total(reconcile(data / "journal", store))).waiting or balance.difference:
        if time.monotonic() - begin > 900:
            raise RuntimeError(f"the log was not read: {balance}")
        time.sleep(0.5)
    seconds = time.monotonic() - begin
    kinds: dict[str, int] = {}
    for cell, number in store.state("edge").counters.items():
        kinds[cell.kind] = kinds.get(cell.kind, 0) + number
    store.close()
    counted = sum(kinds.get(kind, 0) for kind in ("page", "shown", "rejected:replayed"))
    table = results.table(
        "Counted and served",
        "Every notice and every beacon that nginx answered above is a line in its log; afterwards"
        " the application read it, into SQLite.",
        "", "",
    )  # fmt: skip
    table.add("lines that nginx wrote", number_of(lines))
    table.add("events counted", number_of(counted))
    table.add("read per second, on the same core as nginx", number_of(lines / seconds))
    if counted != lines:
        raise RuntimeError(f"{lines} lines, but {kinds}")


@contextmanager
def _serving(folder: Path, data: Path) -> Iterator[list[Contender]]:
    ports = {
        name: free_port() for name in ("portal", "ok", "bare", "naive", "redis", "edge", "app")
    }
    url = f"http://127.0.0.1:{ports['edge']}"
    data.mkdir()
    for id in ("demo", "edge"):
        add_site(data, id=id, name="Bến xe khách Bảo Lâm")
    with ExitStack() as stack:
        pids = {}
        redis = ["redis-server", "--port", str(ports["redis"]), "--save", "", "--dir", str(folder)]
        _start(stack, redis, ports["redis"], dict(os.environ))
        baseline = ["-c", "python:tests.bench.baseline_conf"]
        for name, arguments in {
            "portal": ["-c", "python:portal.gunicorn_conf"],
            "app": ["-c", "python:portal.gunicorn_conf"],
            "ok": [*baseline, "tests.bench.baselines:ok"],
            "bare": [*baseline, "tests.bench.baselines:bare"],
            "naive": [*baseline, "tests.bench.baselines:naive"],
        }.items():
            settings = {"bind": f"127.0.0.1:{ports[name]}", "workers": 1, "secret_key": KEY}
            settings |= {"log_level": "warning"}
            if name == "app":
                settings |= {"public_url": url, "trusted_proxies": "127.0.0.1"}
            where = data if name == "app" else folder / name
            if name == "portal":
                add_site(where, id="demo", name="Bến xe khách Bảo Lâm")
            env = environment(where, **settings) | {"BENCH_REDIS_PORT": str(ports["redis"])}
            command = [*PINNED, sys.executable, "-m", "gunicorn", *arguments]
            pids[name] = _start(stack, command, ports[name], env)
        http, server = includes(edge_config(data, folder, ports["app"], url))
        log = f'log_format plain "$msec\\t$request_id"; {http}'
        front = stack.enter_context(
            nginx(folder / "edge-nginx", log, server, port=ports["edge"], prefix=PINNED)
        )
        page, view = _page(ports["edge"])
        static = folder / "static"
        static.mkdir()
        (static / "page.html").write_bytes(page)
        counting = f"access_log {folder}/static.log plain;"
        plain = stack.enter_context(
            nginx(
                folder / "static-nginx",
                'log_format plain "$msec\\t$request_id"; default_type text/html; access_log off;',
                f"root {static}; location = /e.gif {{ empty_gif; {counting} }}",
                prefix=PINNED,
            )
        )
        pids |= {"edge": front.process.pid, "static": plain.process.pid}
        ports["static"] = plain.port
        yield list(_contenders(folder, ports, pids, view))


def _start(stack: ExitStack, command: list[str], port: int, env: dict[str, str]) -> int:
    server = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
    stack.callback(end, server)
    if "gunicorn" in command and "python:portal.gunicorn_conf" in command:
        wait_ready(server, port)
    else:
        wait_listening(server, port)
    return server.pid


def _page(port: int) -> tuple[bytes, str]:
    """Return a notice as nginx shows it, and the signed part of its view's name."""
    for _try in range(2):  # the second one is a kept one
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        agent = (
            "Mozilla/5.0 (Linux; Android 12; SM-A515F) AppleWebKit/537.36 (KHTML, like Gecko)"
            " Chrome/124.0.0.0 Mobile Safari/537.36"
        )
        asked = {"User-Agent": agent, "Accept": "text/html", "Accept-Language": "vi-VN,vi;q=0.9"}
        connection.request("GET", "/s/edge", headers=asked)
        page = connection.getresponse().read()
        connection.close()
    found = re.search(rb'src="/i/(edge\.[^.]+)\.', page)
    assert found, "nginx has not kept the notice"
    return page, found[1].decode()


def _contenders(
    folder: Path, ports: dict[str, int], pids: dict[str, int], view: str
) -> Iterator[Contender]:
    signer, new_id, now = Signer([KEY.encode()]), Ids(secrets.token_bytes), time.time()
    beacons = (
        signer.issue("demo", now, OS.ANDROID, Channel.WIFI, Tier.NONE, new_id()).nonce
        for _ in range(NONCES)
    )
    edges = (f"{view}.{secrets.token_hex(16)}" for _ in range(NONCES))

    def contender(
        name: str, server: str, beside: str, paths: Iterator[str] | list[str], **headers: str
    ) -> Contender:
        target = Target(folder, name, ports[server], paths, **headers)
        return Contender(target, pids[server], beside)

    yield contender("nginx, a file", "static", "nginx, a file", ["/page.html"])
    yield contender("edge notice", "edge", "nginx, a file", ["/s/edge"])
    yield contender(
        "edge notice, gzip", "edge", "nginx, a file", ["/s/edge"], Accept_Encoding="gzip"
    )
    yield contender("nginx, empty_gif and log", "static", "nginx, empty_gif and log", ["/e.gif"])
    paths = (f"/i/{nonce}.gif" for nonce in edges)
    yield contender("edge beacon", "edge", "nginx, empty_gif and log", paths)
    yield contender("ok", "ok", "ok", ["/"])
    yield contender("gunicorn, a bare function", "bare", "ok", ["/"])
    yield contender("notice", "portal", "ok", ["/s/demo"])
    yield contender("beacon", "portal", "ok", (f"/i/{nonce}.gif" for nonce in beacons))
    yield contender("naive", "naive", "ok", ["/s/demo"])


if __name__ == "__main__":
    main(Results())
