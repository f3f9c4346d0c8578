"""Measure how often the right store is offered, and what an agent that is not cached costs."""

import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

import user_agents
from ua_parser import user_agent_parser

from portal.domain.devices import BOTH
from portal.web import agents

RUNS = 5
MOST = 2_000  # agents that the pure parser is timed with: it takes about a millisecond for each

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0"
BUILT_IN = (
    *(
        f"Mozilla/5.0 (Linux; Android {version}; {model}) {CHROME} Mobile Safari/537.36"
        for version in range(8, 15)
        for model in ("SM-A515F", "CPH2339", "V2111", "Redmi Note 9 Pro", "Pixel 6", "Nokia 3.4")
    ),
    *(
        f"Mozilla/5.0 (iPhone; CPU iPhone OS {version}_4 like Mac OS X) AppleWebKit/605.1.15"
        f" (KHTML, like Gecko) {rest}"
        for version in range(12, 18)
        for rest in ("Version/15.0 Mobile/15E148 Safari/604.1", "Mobile/15E148")
    ),
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36",
    f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {CHROME} Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/17.4 Safari/605.1.15",
    "Mozilla/5.0 (Mobile; Nokia_8110_4G; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5",
    "Mozilla/5.0 (X11; OpenBSD amd64; rv:120.0) Gecko/20100101 Firefox/120.0",
    "Roku/DVP-9.10 (519.10E04111A)",
)


def rate(rows: Sequence[dict[str, str]]) -> None:
    """Print how the labelled agents were judged."""
    counts: Counter[str] = Counter()
    for row in rows:
        device = agents.detect(row["ua"])
        counts["store right"] += (device.store or "other") == row["store"]
        counts["wrong store"] += device.store is not None and device.store != row["store"]
        counts["both buttons"] += device.stores == BOTH
        counts["os right"] += device.os == row["os"]
        counts["form right"] += device.form == row["form"]
        counts["taken for a bot"] += device.bot
    print(f"{len(rows)} labelled agents")
    for name, count in counts.items():
        print(f"  {name:<16}{100 * count / len(rows):8.3f} %  ({count})")


def cost(detect: Callable[[str], object], forget: Callable[[], None], uas: Sequence[str]) -> float:
    """Measure the microseconds that one agent takes: the median of several runs over all."""
    times = []
    for _ in range(RUNS):
        forget()
        started = perf_counter()
        for ua in uas:
            detect(ua)
        times.append((perf_counter() - started) / len(uas) * 1e6)
    return median(times)


def main(files: Sequence[str]) -> None:
    """Rate a labelled file if one is named, then measure the time."""
    uas: Sequence[str] = BUILT_IN
    if files:
        rows = [json.loads(line) for line in Path(files[0]).read_text("utf-8").splitlines()]
        rate(rows)
        uas = list(dict.fromkeys(row["ua"] for row in rows))
    few = uas[:: max(1, len(uas) // MOST)]
    ours = cost(agents.detect, agents.recognise.cache_clear, uas)
    pure = cost(user_agents.parse, user_agent_parser._PARSE_CACHE.clear, few)
    print(f"{len(uas)} distinct agents, none cached")
    print(f"  rules, then user-agents   {ours:8.1f} µs")
    print(f"  user_agents.parse, pure   {pure:8.1f} µs  (on {len(few)} of them)")


if __name__ == "__main__":
    main(sys.argv[1:])
