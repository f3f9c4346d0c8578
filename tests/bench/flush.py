"""How many events a second one flusher brings from its journal to the store.

Beside it, from the same run, how often the same Redis adds to a field of a hash when it is told so
by redis-benchmark: one by one, and 16 commands at a time.
"""

import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import chain, islice
from pathlib import Path
from random import Random
from shutil import which

from portal.counting.flush import Flusher
from portal.counting.journal import Journal
from portal.domain.events import Event
from portal.simulation.visits import Visits, site_ids
from portal.stores import open_store
from tests.serving import end, free_port, wait_listening

EVENTS = 200_000
SITES = 200
COMMANDS = 100_000  # that redis-benchmark sends, one by one
DAY = date(2021, 3, 1)


def main() -> None:
    """Measure and print."""
    visits = Visits(site_ids("bench", SITES), DAY, 1, Random(2021))
    events = list(islice(chain.from_iterable(visits), EVENTS))
    with tempfile.TemporaryDirectory() as folder:
        print(f"one flusher, {EVENTS} events at {SITES} sites")
        _say("SQLite", flush(events, "sqlite:", Path(folder)))
        if not (which("redis-server") and which("redis-benchmark")):
            print("  Redis: this needs redis-server and redis-benchmark (redis-tools)")
            return
        for fsync in ("everysec", "always"):
            with redis(Path(folder) / fsync, fsync) as port:
                single, piped = hincrby(port, 1), hincrby(port, 16)
                rate = flush(events, f"redis://127.0.0.1:{port}/1", Path(folder) / fsync)
            _say(f"Redis, AOF {fsync}", rate)
            print(f"    {rate / single:5.2f} of HINCRBY one by one ({single:.0f}/s)")
            print(f"    {rate / piped:5.2f} of HINCRBY 16 at a time ({piped:.0f}/s)")


def _say(name: str, rate: float) -> None:
    print(f"  {name:<20}{rate:8.0f} events/s")


def flush(events: Sequence[Event], url: str, folder: Path) -> float:
    """Journal ``events``, then return how many a second reach the store."""
    journal = Journal(folder / "journal", "bench.0123456789abcdef")
    for event in events:
        journal.append(event)
    store = open_store(url, folder)
    flusher = Flusher(journal, store, folder / "journal")
    try:
        begin = time.perf_counter()
        flusher.flush_now()
        rate = len(events) / (time.perf_counter() - begin)
        ledger = sum(one.counted + one.rejected for one in store.ledgers())
        if ledger != len(events):
            raise RuntimeError(f"{url}: {ledger} of {len(events)} events in the store")
        return rate
    finally:
        journal.close()
        store.close()


@contextmanager
def redis(folder: Path, fsync: str) -> Iterator[int]:
    """Run a Redis that writes every change down; yield its port."""
    folder.mkdir()
    port = free_port()
    command = ["redis-server", "--port", str(port), "--save", "", "--dir", str(folder)]
    command += ["--appendonly", "yes", "--appendfsync", fsync]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_listening(server, port)
        yield port
    finally:
        end(server)


def hincrby(port: int, at_once: int) -> float:
    """Return how many HINCRBY a second one connection gets through, ``at_once`` sent together."""
    command = ["redis-benchmark", "-p", str(port), "-c", "1", "-P", str(at_once), "--csv"]
    command += ["-n", str(COMMANDS if at_once > 1 else COMMANDS // 5), "-r", "100"]
    command += ["HINCRBY", "bench", "field:__rand_int__", "1"]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(out.splitlines()[-1].rsplit('","')[1].strip('"'))


if __name__ == "__main__":
    main()
