"""``make bench``: every figure is a ratio within one run; absolute ones depend on the machine."""

import os
import sys

from tests.bench import agents, console, flush, growth, opennds, outage, slow, throughput
from tests.bench.results import Results

if __name__ == "__main__":
    results = Results()
    parts = {
        "agents": lambda: agents.main([path] if (path := os.environ.get("AGENTS")) else []),
        "throughput": lambda: throughput.main(results),
        "opennds": lambda: opennds.main(results),
        "growth": lambda: growth.main(results),
        "slow": lambda: slow.main(results),
        "flush": flush.main,
        "outage": outage.main,
        "console": console.main,
    }
    for name in sys.argv[1:] or parts:
        parts[name]()
    if not sys.argv[1:]:
        results.save()
