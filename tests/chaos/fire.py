"""A portal under fire: what harms it, who visits it meanwhile, and what must be true in the end."""

import multiprocessing
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, wait
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

from portal.counting.adoption import adopt_all, writers
from portal.counting.journal import acknowledged
from portal.counting.reconciliation import Balance, reconcile, total
from portal.domain.errors import BadSite, StoreUnavailable
from portal.stores import open_store
from tests.chaos.visitors import Tally, visit
from tests.servers import free_port, wait_until
from tests.serving import add_site, end, environment, wait_ready

SITE = "ben-xe-bao-lam"
PROCESSES, VIEWS = 4, 1250  # 5.000 views
CALM = 40  # views after the harm


class Portal:
    """A gunicorn of two workers. It is killed as often as one likes."""

    def __init__(self, data: Path, store: str, **settings: object) -> None:
        self.data = data
        self.settings = settings
        self.store = store
        self.port = free_port()
        self.kills = 0
        with suppress(BadSite):  # another node's portal has written it
            add_site(data, store, id=SITE, name="Bến xe Bảo Lâm", kind="bus_station")
        self.start()

    def start(self) -> None:
        """Start the master and wait for its workers."""
        bind = f"127.0.0.1:{self.port}"
        given = environment(
            self.data,
            bind=bind,
            store=self.store,
            workers=2,
            log_level="error",
            threads=4,
            **self.settings,
        )
        command = [sys.executable, "-m", "gunicorn", "-c", "python:portal.gunicorn_conf"]
        self._master = subprocess.Popen(command, env=given, start_new_session=True)
        wait_ready(self._master, self.port)

    def kill_a_worker(self, chance: random.Random) -> None:
        """Kill one of the workers, at whatever it is doing."""
        pid = self._master.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if children:
            os.kill(int(chance.choice(children)), signal.SIGKILL)
            self.kills += 1

    def kill_all(self) -> None:
        """Kill the master and its workers at once, as a power cut does."""
        os.killpg(self._master.pid, signal.SIGKILL)
        self._master.wait()
        self.kills += 1

    def stop(self) -> None:
        """Stop in order: every worker brings its journal to the store."""
        end(self._master)

    def waiting(self) -> int:
        """Return how many events the store has not got yet, of this portal's journals."""
        store = open_store(self.store, self.data)
        try:
            return total(reconcile(self.data / "journal", store)).waiting
        except StoreUnavailable:
            return -1
        finally:
            store.close()

    def counts(self) -> dict[str, int]:
        """Return what the store counted, by kind."""
        store = open_store(self.store, self.data)
        today, day = date.today(), timedelta(days=1)
        sums: Counter[str] = Counter()
        for cell, n in store.counters(today - day, today + day).get(SITE, {}).items():
            sums[cell.kind] += n
        store.close()
        return sums


Harm = Callable[[random.Random, float], object]


def visits(portal: Portal, harm: Harm) -> list[Tally]:
    """Have everybody visit, and do ``harm`` (chance, share done) at random moments meanwhile."""
    chance = random.Random(20210201)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=spawn) as pool:
        parts = [pool.submit(visit, portal.port, SITE, VIEWS // 5) for _ in range(PROCESSES * 5)]
        while waiting := wait(parts, timeout=chance.uniform(0.02, 0.3)).not_done:
            _fail_early(parts)
            harm(chance, 1 - len(waiting) / len(parts))
        return [part.result() for part in parts] + [visit(portal.port, SITE, CALM)]


def _fail_early(parts: list["Future[Tally]"]) -> None:
    for part in parts:
        if part.done():
            part.result()


def assert_exact(portal: Portal, tallies: list[Tally], more: int = 0) -> None:
    """Compare what the visitors saw, ``more`` than usual, with what the store holds."""
    beacons = [beacon for tally in tallies for beacon in tally.views]
    assert len(set(beacons)) == len(beacons) == PROCESSES * VIEWS + CALM + more
    counted = portal.counts()
    assert counted["shown"] == len(beacons)
    # A request without an answer may have been journalled before its worker died, or not.
    replays = counted.get("rejected:replayed", 0)
    assert 0 <= replays <= sum(tally.lost_beacons for tally in tallies)
    assert 0 <= counted["page"] - len(beacons) <= sum(tally.lost_pages for tally in tallies)
    assert set(counted) <= {"page", "shown", "rejected:replayed"}
    store = open_store(portal.store, portal.data)
    balance = total(reconcile(portal.data / "journal", store))
    store.close()
    shown = counted["page"] + counted["shown"]
    assert balance == Balance(shown + replays, shown, replays, 0)
    assert writers(portal.data / "journal") == []


def kill_all_and_adopt(portal: Portal) -> None:
    """Kill everything, then bring to the store what the dead have left, as the living do."""
    store, root = open_store(portal.store, portal.data), portal.data / "journal"
    # So that records which the store has already are met again: they must not count again.
    wait_until(lambda: any(map(acknowledged, writers(root))), "a flush")
    portal.kill_all()

    def nothing_left() -> bool:
        adopt_all(root, store)  # a process that is about to die still holds its lock
        return not writers(root)

    wait_until(nothing_left, "the end of the killed workers")
    store.close()
