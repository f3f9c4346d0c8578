"""A portal under fire: what harms it, who visits it meanwhile, and what must be true in the end."""

import multiprocessing
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import pytest

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
    """A gunicorn of two workers. It is killed as often as one likes.

    ``before``: what the command begins with, like prlimit; ``options``: what gunicorn is told
    besides its configuration; ``env``: variables besides the portal's settings.
    """

    def __init__(
        self,
        data: Path,
        store: str,
        *,
        before: Sequence[str] = (),
        options: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        **settings: object,
    ) -> None:
        self.data = data
        self.log = data.with_suffix(".log")
        self._before, self._options, self._env = before, options, env or {}
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
        usual = {"workers": 2, "threads": 4, "log_level": "error"}
        given = environment(self.data, bind=bind, store=self.store, **usual | self.settings)
        command = [sys.executable, "-m", "gunicorn", "-c", "python:portal.gunicorn_conf"]
        with self.log.open("ab") as log:
            self._master = subprocess.Popen(
                [*self._before, *command, *self._options],
                env=given | self._env,
                stderr=log,
                start_new_session=True,
            )
        try:
            wait_ready(self._master, self.port)
        except (RuntimeError, TimeoutError):
            pytest.fail(self.log.read_text())
        wait_until(lambda: len(self.workers()) == int(given["PORTAL_WORKERS"]), "all workers")

    @property
    def runs(self) -> bool:
        """Whether the master was neither killed nor stopped."""
        return self._master.poll() is None

    @property
    def master(self) -> int:
        """The master's process id."""
        return self._master.pid

    def workers(self) -> list[int]:
        """Return the process ids of the workers that are there now."""
        return [int(pid) for pid in _proc(self.master, f"task/{self.master}/children").split()]

    def kill_a_worker(self, chance: random.Random) -> None:
        """Kill one of the workers, at whatever it is doing."""
        if pids := self.workers():
            with suppress(ProcessLookupError):  # it ended by itself
                os.kill(chance.choice(pids), signal.SIGKILL)
            self.kills += 1

    def kill_the_master(self) -> None:
        """Kill the master alone; its workers see that and end in order."""
        self._master.kill()
        self._master.wait()
        self.kills += 1
        wait_until(lambda: not self._group(), "the end of the orphaned workers", 60)

    def kill_all(self) -> None:
        """Kill the master and its workers at once, as a power cut does."""
        os.killpg(self.master, signal.SIGKILL)
        self._master.wait()
        self.kills += 1

    def reload(self) -> None:
        """Have the master replace its workers by new ones, and wait until it has."""
        old = set(self.workers())
        self._master.send_signal(signal.SIGHUP)
        wait_until(lambda: not old & set(self.workers()), "new workers", 60)

    def _group(self) -> bool:
        """Tell whether any of its processes still runs."""
        try:
            os.killpg(self.master, 0)
        except ProcessLookupError:
            return False
        return True

    def stop(self) -> None:
        """Stop in order: every worker brings its journal to the store."""
        end(self._master)

    def command(self, *arguments: str) -> None:
        """Run ``bluezone-portal`` beside the service, with the same settings."""
        subprocess.run(
            [sys.executable, "-c", "from portal.cli import main; main()", *arguments],
            env=environment(self.data, store=self.store),
            check=True,
            stdout=subprocess.DEVNULL,
        )

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


def once(at: float, harm: Callable[[], object]) -> Harm:
    """Return what does ``harm`` once, when the share ``at`` of the visits is done."""
    return in_turn([(at, harm)])


def in_turn(harms: Sequence[tuple[float, Callable[[], object]]]) -> Harm:
    """Return what does one harm after the other, each when its share of the visits is done."""
    left = list(harms)

    def maybe(_chance: random.Random, share: float) -> None:
        while left and share >= left[0][0]:
            left.pop(0)[1]()

    return maybe


def visits(
    portal: Portal,
    harm: Harm,
    views: int = PROCESSES * VIEWS,
    visitor: Callable[[int, str, int], Tally] = visit,
) -> list[Tally]:
    """Have everybody visit, and do ``harm`` (chance, share done) at random moments meanwhile."""
    chance = random.Random(20210201)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=spawn) as pool:
        each = views // (PROCESSES * 5)
        parts = [pool.submit(visitor, portal.port, SITE, each) for _ in range(PROCESSES * 5)]
        while waiting := wait(parts, timeout=chance.uniform(0.02, 0.3)).not_done:
            _fail_early(parts)
            harm(chance, 1 - len(waiting) / len(parts))
        return [part.result() for part in parts] + [visit(portal.port, SITE, CALM)]


def _fail_early(parts: list["Future[Tally]"]) -> None:
    for part in parts:
        if part.done():
            part.result()


def assert_exact(portal: Portal, tallies: list[Tally], views: int = PROCESSES * VIEWS) -> None:
    """Compare what the visitors saw, ``views`` and the calm ones, with what the store holds."""
    beacons = [beacon for tally in tallies for beacon in tally.views]
    assert len(set(beacons)) == len(beacons) == views + CALM
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


def wait_for_shown(portal: Portal, tallies: list[Tally]) -> None:
    """Wait until the store has counted every view that was shown."""
    shown = sum(len(tally.views) for tally in tallies)
    wait_until(lambda: portal.counts().get("shown", 0) == shown, f"{shown} impressions", 60)


def bring_the_rest(portal: Portal) -> None:
    """Start and stop until no journal lies there: what a stop could not bring, others adopt.

    On a busy machine a worker may run out of time at its own end, too.
    """
    journals = portal.data / "journal"

    def brought() -> bool:
        return portal.waiting() == 0 and len(writers(journals)) == len(portal.workers())

    for _try in range(3):
        portal.start()
        wait_until(brought, "the journals", 60)
        portal.stop()
        if not writers(journals):
            return


def open_files(pid: int) -> int:
    """Return how many files and connections a process has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def connections(pid: int) -> int:
    """Return how many sockets a process has open."""
    sockets = 0
    for path in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed since it was listed
            sockets += os.readlink(path).startswith("socket:")
    return sockets


def threads(pid: int) -> int:
    """Return how many threads a process has."""
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def resident(pid: int) -> float:
    """Return the megabytes of memory that a process holds."""
    line = next(row for row in _proc(pid, "status").splitlines() if row.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def _proc(pid: int, name: str) -> str:
    return Path(f"/proc/{pid}/{name}").read_text()


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
