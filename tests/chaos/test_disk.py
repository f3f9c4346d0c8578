"""R06: the disk fails in every way while people visit; they notice nothing, and it is no loss."""

import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from portal.counting.inspection import lost_events
from portal.counting.segments import segments
from tests.chaos.conftest import Start
from tests.chaos.fire import CALM, SITE, Portal, assert_exact, bring_the_rest, in_turn, visits
from tests.chaos.visitors import Tally, visit
from tests.disks import fill, small_disk
from tests.servers import RedisServer, requires, wait_until

VIEWS = 400


@contextmanager
def failing(portal: Portal, call: str, error: str, *paths: Path) -> Iterator[None]:
    """Have a system call of all workers fail, on ``paths`` only if there are any."""
    command = [requires("strace"), "-f", "-qq", "-o", str(portal.data / "strace.log")]
    command += ["-e", f"trace={call}", "-e", f"inject={call}:error={error}"]
    for pid in portal.workers():
        command += ["-p", str(pid)]
    for path in paths:
        command += ["-P", str(path)]
    strace = subprocess.Popen(command)
    time.sleep(1)
    if strace.poll() is not None:
        pytest.skip("this machine lets nobody trace")
    try:
        yield
    finally:
        strace.send_signal(signal.SIGINT)
        strace.wait(30)


def journal_files(portal: Portal) -> list[Path]:
    """Return the segments that are written to now."""
    return [path for folder in (portal.data / "journal").glob("[!.]*") for path in segments(folder)]


def warm_up(portal: Portal) -> list[Tally]:
    """Visit until every worker has sent a notice and read the template that it is made of."""
    tallies = []

    def all_have() -> bool:
        tallies.append(visit(portal.port, SITE, 1))
        return all(b"\tpage\t" in path.read_bytes() for path in journal_files(portal))

    wait_until(all_have, "a notice of every worker")
    return tallies


@pytest.mark.parametrize(
    ("call", "error", "sync"),
    [
        ("write", "ENOSPC", "second"),
        ("fdatasync", "EIO", "second"),
        ("fdatasync", "EIO", "always"),
        ("openat", "EMFILE", "second"),
    ],
)
def test_a_system_call_fails(start: Start, call: str, error: str, sync: str) -> None:
    """R06: every visitor is answered 200, the log says it once a minute, and nothing is lost."""
    portal = start("sqlite:", journal_sync=sync)
    tallies = warm_up(portal)
    # Other files may be written to: the log among them, which is to say what happens.
    paths = journal_files(portal) if call == "write" else []
    begin = time.monotonic()
    with failing(portal, call, error, *paths):
        tallies += visits(portal, lambda _chance, _done: None, VIEWS)
    tried = (portal.data / "strace.log").read_text().count("(INJECTED)")
    assert tried > (VIEWS if call == "write" or sync == "always" else 0)
    said = portal.log.read_text()
    minutes = 1 + (time.monotonic() - begin) // 60
    assert said.count(" ERROR ") <= 2 * len(portal.workers()) * minutes
    assert call == "openat" or "journal " in said
    wait_until(lambda: portal.waiting() == 0, "the service to recover without a restart", 60)
    portal.stop()
    assert_exact(portal, tallies, sum(len(tally.views) for tally in tallies) - CALM)
    assert lost_events(portal.data / "journal") == 0


def test_a_disk_that_is_full_again_and_again(
    tmp_path: Path, start: Start, server: RedisServer
) -> None:
    """R06: with Redis there and away, workers killed and renewed; none of 5.000 views is lost."""
    with small_disk(tmp_path / "small", "2m") as disk:
        portal = start(server.url, disk)
        filler = disk / "filler"

        steps = [
            (0.1, lambda: fill(disk)),
            (0.3, portal.reload),  # what waits in memory goes to Redis, the disk has no room for it
            (0.4, filler.unlink),
            (0.45, lambda: portal.kill_a_worker(random.Random(6))),
            (0.5, lambda: fill(disk)),
            (0.55, server.kill),
            (0.7, filler.unlink),
            (0.8, server.start),
        ]
        tallies = visits(portal, in_turn(steps))
        portal.stop()
        bring_the_rest(portal)
        assert_exact(portal, tallies)
        assert lost_events(disk / "journal") == 0
