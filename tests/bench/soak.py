"""Half an hour of visits through nginx: memory, what waits, and in the end every count.

    python -m tests.bench.soak --minutes 30

Not part of ``make bench``. Each minute a line; it ends with status 1 when a count is missing.
"""

import argparse
import http.client
import random
import re
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from portal.counting.edge_log import edge_log
from portal.counting.reconciliation import reconcile, total
from portal.stores import open_store
from tests.bench.load import AGENTS, cpu, family, memory
from tests.bench.results import number_of
from tests.nginx import edge_config, includes, nginx
from tests.serving import add_site, free_port, serving

SITES = ("ben-xe", "khach-san", "cho", "truong")
VISITORS = 4  # threads


class Visitors:
    """Threads that visit, in all so often a second, and note what they were shown."""

    def __init__(self, port: int, rate: float) -> None:
        self._port, self._pause = port, VISITORS / rate
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._visit, args=(n,)) for n in range(VISITORS)]
        self._lock = threading.Lock()
        self.seen: Counter[str] = Counter()
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Wait until the last visit is over."""
        self._done.set()
        for thread in self._threads:
            thread.join()

    def _visit(self, number: int) -> None:
        chance = random.Random(number)
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        due = time.monotonic()
        while not self._done.is_set():
            due += self._pause
            time.sleep(max(0.0, due - time.monotonic()))
            site, agent = chance.choice(SITES), chance.choice(AGENTS)
            page = self._get(connection, f"/s/{site}", agent)
            view = re.search(rb'data-viewable="/v/([^"]+)\.gif"', page)
            assert view
            name = view[1].decode()
            self._get(connection, f"/i/{name}.gif", agent)
            self._get(connection, f"/v/{name}.gif", agent)
            with self._lock:
                self.seen.update(("page", "shown", "viewable"))

    def _get(self, connection: http.client.HTTPConnection, path: str, agent: str) -> bytes:
        asked = {"User-Agent": agent, "Accept": "text/html,*/*", "Accept-Language": "vi"}
        connection.request("GET", path, headers=asked)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status}")
        return body


def main() -> int:
    """Run; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--rate", type=float, default=100, help="visits a second")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        return _run(folder, given.minutes, given.rate)


def _run(folder: Path, minutes: float, rate: float) -> int:
    data, outside = folder / "data", free_port()
    for id in SITES:
        add_site(data, id=id, name=id)
    url = f"http://127.0.0.1:{outside}"
    settings = {"public_url": url, "trusted_proxies": "127.0.0.1", "workers": 2}
    with serving(data, **settings) as portal:  # type: ignore[arg-type]
        http_conf, server = includes(edge_config(data, folder, portal.port, url))
        with nginx(folder / "nginx", http_conf, server, port=outside) as front:
            visitors = Visitors(outside, rate)
            store = open_store("sqlite:", data)
            begin = time.monotonic()
            while time.monotonic() < begin + minutes * 60:
                time.sleep(min(60.0, minutes * 60))
                workers = family(portal.process.pid)[1:]
                held = " + ".join(number_of(memory(pid), 1) for pid in workers)
                nginxes = sum(memory(pid) for pid in cpu(family(front.process.pid)))
                waits = total(reconcile(data / "journal", store)).waiting
                print(
                    f"{(time.monotonic() - begin) / 60:5.1f} min: {visitors.seen['page']} visits,"
                    f" workers {held} MB, nginx {number_of(nginxes, 1)} MB, {waits} events wait",
                    flush=True,
                )
            visitors.end()
            time.sleep(5)
            return _settle(data, visitors.seen, store)


def _settle(data: Path, seen: Counter[str], store: object) -> int:
    """Compare what was shown with what was counted."""
    counted: Counter[str] = Counter()
    for site in SITES:
        for cell, number in store.state(site).counters.items():  # type: ignore[attr-defined]
            counted[cell.kind] += number
    balance = total(reconcile(data / "journal", store))  # type: ignore[arg-type]
    size = edge_log(data / "journal").stat().st_size
    print(f"shown {dict(seen)}, counted {dict(counted)}, {balance}, log {size} bytes")
    return 0 if counted == seen and not balance.difference else 1


if __name__ == "__main__":
    sys.exit(main())
