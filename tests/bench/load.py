"""wrk, and what it and /proc tell about a load."""

import os
import re
import subprocess
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from portal.domain.devices import judge
from tests.bench.agents import BUILT_IN

CORES = sorted(os.sched_getaffinity(0))
SERVER, LOADER = CORES[0], CORES[-1]
"""The cores on which servers and loads are pinned; one and the same where there is only one."""

AGENTS = [agent for agent in BUILT_IN if judge(agent)]
"""Agents that the rules know, like 96 % of the labelled ones; an edge asks us about the others."""

_REQUESTS = """
local paths, agents, at = {}, {}, %(start)s
for line in io.lines("%(paths)s") do paths[#paths + 1] = line end
for line in io.lines("%(agents)s") do agents[#agents + 1] = line end
local sent = {["Accept"] = "text/html,*/*", ["Accept-Language"] = "vi-VN,vi;q=0.9"}
%(more)s
function request()
  at = at + 1
  sent["User-Agent"] = agents[at %% #agents + 1]
  return wrk.format("GET", paths[at %% #paths + 1], sent)
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What one load of some seconds saw."""

    rate: float  # requests a second
    requests: int
    bytes: float  # of an answer, its headers included
    p99: float  # milliseconds


class Target:
    """An address with its requests: one after the other, and never the same twice if there are
    enough, as a beacon counts once only."""

    def __init__(self, folder: Path, name: str, port: int, paths: Iterable[str], **headers: str):
        self.name, self.port = name, port
        self._folder, self._headers, self._asked = folder, headers, 0
        (folder / f"{name}.paths").write_text("\n".join(paths))
        (folder / "agents").write_text("\n".join(AGENTS))

    def load(self, seconds: float, connections: int = 16, cores: Sequence[int] = (LOADER,)) -> Load:
        """Send requests for ``seconds``. Raise RuntimeError when one of them fails."""
        more = (f'sent["{name.replace("_", "-")}"] = "{v}"' for name, v in self._headers.items())
        script = self._folder / f"{self.name}.lua"
        script.write_text(
            _REQUESTS
            % {
                "paths": self._folder / f"{self.name}.paths",
                "agents": self._folder / "agents",
                "start": self._asked,
                "more": "\n".join(more),
            }
        )
        command = ["taskset", "-c", ",".join(map(str, cores)), "wrk", f"-t{len(cores)}"]
        command += [f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(script)]
        command += [f"http://127.0.0.1:{self.port}"]
        out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        if "Non-2xx" in out or "Socket errors" in out:
            raise RuntimeError(f"{self.name}: {out}")
        requests = int(re.findall(r"(\d+) requests in", out)[0])
        self._asked += requests + connections
        return Load(
            float(re.findall(r"Requests/sec:\s+([\d.]+)", out)[0]),
            requests,
            _number(re.findall(r"requests in [^,]+, (\S+) read", out)[0], _BYTES)
            / max(requests, 1),
            _number(re.findall(r"^\s+99%\s+(\S+)", out, re.MULTILINE)[0], _MILLISECONDS),
        )


_BYTES = {"B": 1.0, "KB": 1024.0, "MB": 1024.0**2, "GB": 1024.0**3}
_MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


def _number(text: str, units: dict[str, float]) -> float:
    match = re.fullmatch(r"([\d.]+)([A-Za-z]+)", text)
    assert match
    return float(match[1]) * units[match[2]]


def family(pid: int) -> list[int]:
    """Return a process with all that it has started."""
    found = [pid]
    for one in found:
        try:
            found += map(int, Path(f"/proc/{one}/task/{one}/children").read_text().split())
        except FileNotFoundError:
            continue
    return found


def cpu(pids: Iterable[int]) -> dict[int, float]:
    """Return the seconds of CPU that each process has used; those that have ended are left out."""
    used = {}
    for pid in pids:
        with suppress(FileNotFoundError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            used[pid] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return used


def used_since(before: dict[int, float]) -> float:
    """Return the seconds of CPU that processes have used since ``before``."""
    return sum(now - before[pid] for pid, now in cpu(before).items())


def memory(pid: int) -> float:
    """Return the megabytes that a process holds: what it shares with others in shares (PSS)."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.findall(r"^Pss:\s+(\d+)", text, re.MULTILINE)[0]) / 1024
