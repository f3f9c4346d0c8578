"""``make bench``: every figure is a ratio within one run; absolute ones depend on the machine."""

import os

from tests.bench import agents, console, flush, outage, throughput

if __name__ == "__main__":
    agents.main([path] if (path := os.environ.get("AGENTS")) else [])
    throughput.main()
    flush.main()
    outage.main()
    console.main()
