"""R07: Redis comes back with less than it had acknowledged, and the nodes send it again.

A power cut is played by what it leaves: an append-only file that ends early, or in zeros, or has
garbage in the middle, or is not found at all; and a journal that ends early, too.
"""

import os
import random
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal.counting.adoption import adopt_all, writers
from portal.counting.flush import Flusher
from portal.counting.journal import Journal
from portal.counting.reconciliation import reconcile, total
from portal.counting.segments import Reader, segments
from portal.domain.events import Kind
from portal.stores.address import parse_address
from portal.stores.redis import RedisStore
from tests.chaos.conftest import Start
from tests.chaos.fire import assert_exact, in_turn, visits, wait_for_shown
from tests.events import by_kind, event
from tests.servers import RedisServer, requires

SEEDS = range(40 if os.environ.get("CHAOS_LONG") else 4)
VIEWS = 1500
SITES = ("ben-xe", "khach-san", "cho")


def repair(server: RedisServer) -> None:
    """Mend the append-only file as deploy/redis.md says."""
    command = [requires("redis-check-aof"), "--fix", "appendonlydir/appendonly.aof.manifest"]
    subprocess.run(command, cwd=server.folder, input=b"y\n", check=True, capture_output=True)


def aof(server: RedisServer) -> Path:
    """Return the file that Redis appends to."""
    return max((server.folder / "appendonlydir").glob("*.incr.aof"))


# --- what may happen to the file, from some byte on; and whether Redis then needs help


def cut(server: RedisServer, first: int, chance: random.Random) -> None:
    """Lose the end: Redis reads what is there."""
    path = aof(server)
    os.truncate(path, chance.randrange(first, path.stat().st_size))


def zeros(server: RedisServer, first: int, chance: random.Random) -> None:
    """Find zeros at the end: Redis does not start with that."""
    path = aof(server)
    text = path.read_bytes()
    begin = chance.randrange(first, len(text))
    path.write_bytes(text[:begin] + bytes(len(text) - begin))
    repair(server)


def garbage(server: RedisServer, first: int, chance: random.Random) -> None:
    """Find something else in the middle: Redis does not start with that."""
    path = aof(server)
    text = bytearray(path.read_bytes())
    begin = chance.randrange(first, len(text))
    text[begin : begin + 512] = chance.randbytes(len(text[begin : begin + 512]))
    path.write_bytes(text)
    repair(server)


Damage = Callable[[RedisServer, int, random.Random], None]
every_damage = pytest.mark.parametrize("damage", [cut, zeros, garbage])


@pytest.fixture
def store(server: RedisServer) -> Iterator[RedisStore]:
    """Return a store in the Redis that is broken."""
    opened = RedisStore(parse_address(server.url))
    yield opened
    opened.close()


@every_damage
@pytest.mark.parametrize("seed", SEEDS)
def test_a_damaged_file(
    seed: int, damage: Damage, tmp_path: Path, server: RedisServer, store: RedisStore
) -> None:
    """R07: a living writer and an ended one send again what Redis has forgotten."""
    chance, root = random.Random(seed), tmp_path / "journal"
    ended, living = Journal(root, "node.01", segment_bytes=2000), Journal(root, "node.02")
    flushers = [Flusher(journal, store, root) for journal in (ended, living)]
    for n in range(300):
        journal = chance.choice((ended, living))
        journal.append(event(Kind.SHOWN, f"view{n}", chance.choice(SITES)))
        if chance.random() < 0.1:
            chance.choice(flushers).flush_now()
    for flusher in flushers:
        flusher.flush_now()
        flusher.look()
    assert ended.close()
    store.retire("node.01")
    server.kill()
    damage(server, 1, chance)
    server.start()
    flushers[1].look()  # though nothing new has come
    flushers[1].flush_now()
    assert by_kind(store) == {"shown": 300}
    for n in range(300, 330):
        living.append(event(Kind.SHOWN, f"view{n}", chance.choice(SITES)))
    flushers[1].flush_now()
    assert by_kind(store) == {"shown": 330}
    assert total(reconcile(root, store)).difference == 0
    living.close()


@every_damage
@pytest.mark.parametrize("seed", SEEDS)
def test_both_files_end_early(
    seed: int, damage: Damage, tmp_path: Path, server: RedisServer, store: RedisStore
) -> None:
    """R07: one power cut for both. What either of them still holds is counted, and once."""
    chance, root = random.Random(seed), tmp_path / "journal"
    journal = Journal(root, "node.01", segment_bytes=3000)
    flusher, at = Flusher(journal, store, root), {}
    for seq in range(1, 301):
        at[seq] = chance.choice(SITES)
        journal.append(event(Kind.SHOWN, f"view{seq}", at[seq]))
        if chance.random() < 0.05:
            flusher.flush_now()
    for fd in (journal._fd, journal._acked_fd):  # as the kernel does for the dead
        os.close(fd)
    server.kill()
    damage(server, 1, chance)
    server.start()
    last = segments(journal.folder)[-1]
    os.truncate(last, chance.randrange(last.stat().st_size))
    known = store.watermarks("node.01", SITES)
    held = {record.seq for record in Reader(journal.folder, kept=root / ".kept/node.01").read(999)}
    adopt_all(root, store)
    assert by_kind(store) == {
        "shown": sum(seq <= known[site] or seq in held for seq, site in at.items())
    }
    assert writers(root) == []


def test_the_whole_file_is_gone(tmp_path: Path, server: RedisServer, store: RedisStore) -> None:
    """R07: without its manifest Redis starts empty; the last 48 hours are sent again."""
    root = tmp_path / "journal"
    for n in range(3):
        journal = Journal(root, f"node.{n}")
        for _ in range(100):
            journal.append(event())
        Flusher(journal, store, root).flush_now()
        journal.close()
        store.retire(journal.writer)
    server.kill()
    (server.folder / "appendonlydir/appendonly.aof.manifest").unlink()
    server.start()
    assert by_kind(store) == {}
    Flusher(Journal(root, "node.4"), store, root).look()
    assert by_kind(store) == {"page": 300}


def test_visitors_notice_nothing(start: Start, server: RedisServer) -> None:
    """R07: 5.000 views, and the file is damaged at any place behind the site's own document."""
    portal = start(server.url)
    known = aof(server).stat().st_size

    def lose(damage: Damage) -> None:
        server.kill()
        damage(server, known, random.Random(7))
        server.start()

    steps = [
        (0.2, lambda: lose(cut)),
        (0.4, lambda: lose(zeros)),
        (0.5, portal.reload),
        (0.7, lambda: lose(garbage)),
    ]
    tallies = visits(portal, in_turn(steps))
    wait_for_shown(portal, tallies)
    portal.stop()
    assert_exact(portal, tallies)


def test_yesterdays_backup(tmp_path: Path, start: Start, server: RedisServer) -> None:
    """R07: it is restored, the service starts, and all that was counted since is there again."""
    portal, file = start(server.url), tmp_path / "yesterday.gz"

    def restore() -> None:
        portal.stop()
        portal.command("store", "restore", str(file), "--overwrite")
        portal.start()

    steps = [
        (0.2, lambda: portal.command("store", "backup", str(file))),
        (0.4, lambda: portal.kill_a_worker(random.Random(7))),
        (0.7, restore),
    ]
    tallies = visits(portal, in_turn(steps), VIEWS)
    wait_for_shown(portal, tallies)
    portal.stop()
    assert_exact(portal, tallies, VIEWS)
