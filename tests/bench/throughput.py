"""How many requests one worker answers: notice and beacon beside a view that says ``ok``.

All servers run at once on one core and are loaded from the other in turn, round after round, so
that whatever else the machine does falls on all of them. Only the ratios mean something.
"""

import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shutil import which
from statistics import median
from typing import NamedTuple

from portal.domain.devices import OS
from portal.domain.events import Channel, Tier
from portal.domain.nonces import Signer
from portal.ids import Ids
from tests.bench.agents import BUILT_IN
from tests.serving import add_site, end, environment, free_port, wait_listening

ROUNDS = 7
SECONDS = 3
CONNECTIONS = 16
NONCES = 400_000  # more than any round can use; each counts once
KEY = "k" * 32

_REQUESTS = """
local paths, agents, at = {}, {}, %(start)s
for line in io.lines("%(paths)s") do paths[#paths + 1] = line end
for line in io.lines("%(agents)s") do agents[#agents + 1] = line end
function request()
  at = at + 1
  return wrk.format("GET", paths[at %% #paths + 1], {["User-Agent"] = agents[at %% #agents + 1]})
end
"""


class Contender(NamedTuple):
    """One way to answer."""

    name: str
    port: int
    paths: Path
    asked: list[int]  # requests made so far: every beacon is asked for once only


def main() -> None:
    """Measure and print."""
    if not which("wrk"):
        sys.exit(
            "This needs wrk, and redis-server for the comparison: apt-get install wrk redis-server"
        )
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        contenders = stack.enter_context(_serving(Path(folder)))
        rates: dict[str, list[float]] = {contender.name: [] for contender in contenders}
        for number in range(ROUNDS + 1):
            for contender in contenders:
                rate = _load(contender, Path(folder), 1 if number == 0 else SECONDS)
                if number:  # the first round warms up
                    rates[contender.name].append(rate)
        _print(rates)


def _print(rates: dict[str, list[float]]) -> None:
    print(f"one worker, {CONNECTIONS} connections, median of {ROUNDS} rounds of {SECONDS} s")
    for name, measured in rates.items():
        ratios = [rate / ok for rate, ok in zip(measured, rates["ok"], strict=True)]
        print(
            f"  {name:<8}{median(measured):8.0f} requests/s   {median(ratios):5.2f} of ok"
            f"   ({min(ratios):.2f} to {max(ratios):.2f})"
        )


@contextmanager
def _serving(folder: Path) -> Iterator[list[Contender]]:
    cores = sorted(os.sched_getaffinity(0))
    servers: list[subprocess.Popen[bytes]] = []
    data = folder / "data"
    data.mkdir()
    add_site(data, id="demo", name="Bến xe khách Bảo Lâm")
    redis = free_port()
    wanted = {
        "portal": ["-c", "python:portal.gunicorn_conf"],
        "ok": ["-c", "python:tests.bench.baseline_conf", "tests.bench.baselines:ok"],
        "naive": ["-c", "python:tests.bench.baseline_conf", "tests.bench.baselines:naive"],
    }
    ports = {name: free_port() for name in wanted}
    try:
        if which("redis-server"):
            command = ["redis-server", "--port", str(redis), "--save", "", "--dir", str(folder)]
            servers.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))
            wait_listening(servers[-1], redis)
        else:
            del wanted["naive"]
        for name, arguments in wanted.items():
            settings = {"bind": f"127.0.0.1:{ports[name]}", "workers": 1, "secret_key": KEY}
            settings |= {"log_level": "warning"}
            env = environment(data, **settings) | {"BENCH_REDIS_PORT": str(redis)}
            command = ["taskset", "-c", str(cores[0]), sys.executable, "-m", "gunicorn", *arguments]
            servers.append(subprocess.Popen(command, env=env))
            wait_listening(servers[-1], ports[name])
        yield _contenders(folder, ports, "naive" in wanted)
    finally:
        for server in reversed(servers):
            end(server)


def _contenders(folder: Path, ports: dict[str, int], naive: bool) -> list[Contender]:
    signer = Signer([KEY.encode()])
    now, new_id = time.time(), Ids(secrets.token_bytes)
    beacons = (
        signer.issue("demo", now, OS.ANDROID, Channel.WIFI, Tier.NONE, new_id())
        for _ in range(NONCES)
    )
    (folder / "agents").write_text("\n".join(BUILT_IN))
    paths = {
        "ok": ["/"],
        "notice": ["/s/demo"],
        "beacon": (f"/i/{view.nonce}.gif" for view in beacons),
        "naive": ["/s/demo"],
    }
    made = []
    for name, lines in paths.items():
        if name == "naive" and not naive:
            continue
        (folder / name).write_text("\n".join(lines))
        made.append(Contender(name, ports.get(name, ports["portal"]), folder / name, [0]))
    return made


def _load(contender: Contender, folder: Path, seconds: int) -> float:
    """Return the requests per second; raise when any of them failed."""
    script = folder / "requests.lua"
    values = {"paths": contender.paths, "agents": folder / "agents", "start": contender.asked[0]}
    script.write_text(_REQUESTS % values)
    cores = sorted(os.sched_getaffinity(0))
    command = ["taskset", "-c", str(cores[-1]), "wrk", "-t1", f"-c{CONNECTIONS}"]
    command += [f"-d{seconds}s", "-s", str(script), f"http://127.0.0.1:{contender.port}"]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        raise RuntimeError(f"{contender.name}: {out}")
    contender.asked[0] += int(re.findall(r"(\d+) requests in", out)[0]) + CONNECTIONS
    return float(re.findall(r"Requests/sec:\s+([\d.]+)", out)[0])
