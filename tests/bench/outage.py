"""What a visitor notices of a Redis that stands still: the slowest of a hundred notices, compared.

One portal, phases with Redis and phases without in turn; only the ratio means something. It may
be 1,5 at the most.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from shutil import which
from statistics import median

from tests.servers import RedisServer
from tests.serving import add_site, serving

ROUNDS = 6
SECONDS = 3
_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}


def main() -> None:
    """Measure and print."""
    if not which("wrk") or not which("redis-server"):
        sys.exit("This needs wrk and redis-server: apt-get install wrk redis-server")
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        server = RedisServer(Path(folder) / "redis", "--appendonly", "yes")
        try:
            add_site(data, server.url, id="demo", name="Bến xe khách Bảo Lâm")
            with serving(data, store=server.url, workers=1, log_level="error") as portal:
                _measure(server, f"{portal.url}/s/demo")
                server.resume()
        finally:
            server.kill()


def _measure(server: RedisServer, url: str) -> None:
    _slowest(url)  # warms up
    ratios, up, down = [], [], []
    for _ in range(ROUNDS):
        server.resume()
        up.append(_slowest(url))
        server.pause()
        down.append(_slowest(url))
        ratios.append(down[-1] / up[-1])
    print(f"99 % of notices are faster than, median of {ROUNDS} rounds of {SECONDS} s")
    print(f"  Redis answers  {median(up):8.1f} ms")
    print(
        f"  Redis stands   {median(down):8.1f} ms   {median(ratios):5.2f} of it"
        f"   ({min(ratios):.2f} to {max(ratios):.2f})"
    )


def _slowest(url: str) -> float:
    """Return the 99th percentile of a notice's latency, in milliseconds."""
    command = ["wrk", "-t1", "-c4", f"-d{SECONDS}s", "--latency", url]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", out)
    if not found or "Non-2xx" in out:
        raise RuntimeError(out)
    return float(found[1]) * _UNITS[found[2]]
