"""R05: whatever a crash or a bad disk leaves of a journal, every whole record of it counts once."""

import multiprocessing
import os
import random
import time
from ctypes import c_long
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from portal.counting import flush
from portal.counting.adoption import DAMAGED, adopt_all, writers
from portal.counting.flush import Flusher
from portal.counting.inspection import Fault, damaged_lines, verify
from portal.counting.journal import ACKED, Journal
from portal.counting.kept import kept_folders
from portal.counting.records import HEADER
from portal.counting.segments import Reader, segment_name, segments
from portal.domain.events import Kind
from portal.stores import open_store
from portal.stores.sqlite import SQLiteStore
from tests.events import by_kind, event

LIVES = 1000 if os.environ.get("CHAOS_LONG") else 100
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__, "portal.counting.flush", "portal.stores.redis"])


# --- killed at any moment


def live(url: str, folder: Path, life: int, promised: Any) -> None:
    """Count, and say so after each event, until somebody kills it."""
    flush._TICK = 0.002
    store, root = open_store(url, folder), folder / "journal"
    journal = Journal(root, f"node.{life:04d}", segment_bytes=2000)
    Flusher(journal, store, root).start()
    while True:
        journal.append(event(Kind.SHOWN, f"view{life}-{journal.last}"))
        promised.value = journal.last
        time.sleep(0.0005)


@pytest.mark.parametrize("kind", ["sqlite", "redis"])
def test_flushers_killed_at_any_moment(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """R05: each adopts what the one before has left, and is killed in the middle of that, too."""
    url = "sqlite:" if kind == "sqlite" else request.getfixturevalue("redis_server").url
    store, root = open_store(url, tmp_path), tmp_path / "journal"
    chance, promises = random.Random(5), []
    for n in range(LIVES):
        promised = FORKS.Value(c_long, lock=False)
        process = FORKS.Process(target=live, args=(url, tmp_path, n, promised))
        process.start()
        process.join(chance.uniform(0.01, 0.08))  # some have not even begun then
        process.kill()
        process.join()
        promises.append(promised.value)
    adopt_all(root, store)
    assert writers(root) == []
    assert sum(promise > 0 for promise in promises) > LIVES / 2
    kept = {folder.name: len(Reader(folder).read(10**9)) for folder in kept_folders(root)}
    for n, promise in enumerate(promises):  # the last event may not have been promised yet
        assert promise <= kept.get(f"node.{n:04d}", 0) <= promise + 1
    assert by_kind(store) == {"shown": sum(kept.values())}
    assert damaged_lines(root) == 0
    store.close()


# --- damaged on the disk

EVENTS = 8
VIEWS = [f"view{n}" for n in range(EVENTS)]


@pytest.fixture(name="whole")
def _whole(tmp_path: Path) -> bytes:
    """Return what stands in the segment of a writer that has counted eight views."""
    journal = Journal(tmp_path, "whole")
    for view in VIEWS:
        journal.append(event(Kind.SHOWN, view))
    journal.close()
    (path,) = segments(journal.folder)
    return path.read_bytes()


def dead(root: Path, text: bytes) -> Path:
    """Return the journal of a dead writer, in which ``text`` stands."""
    folder = root / f"node.{len(list(root.rglob('*.log'))):04d}"
    folder.mkdir(parents=True)
    (folder / ACKED).write_bytes(b"")
    (folder / segment_name(1)).write_bytes(text)
    return folder


def views(folder: Path) -> list[str]:
    """Return the views that can be read in a journal."""
    return [record.event.nonce for record in Reader(folder).read(100)]


@pytest.mark.parametrize("fills", [b"", b"\0"], ids=["cut off", "zeros"])
def test_an_end_lost_at_every_byte(tmp_path: Path, whole: bytes, fills: bytes) -> None:
    """R05: all of the last three records; what zeros say is lost is told, half a line is not."""
    store, root = SQLiteStore(tmp_path / "portal.db"), tmp_path / "journal"
    lines = whole.splitlines(keepends=True)
    for length in range(len(b"".join(lines[:-3])), len(whole) + 1):
        folder = dead(root, whole[:length] + fills * (len(whole) - length))
        left, torn = whole[:length].count(b"\n") - 1, not whole[:length].endswith(b"\n")
        assert views(folder) == VIEWS[:left]
        zeros = bool(fills) and length < len(whole)
        expected = [Fault.DAMAGED] if zeros else [Fault.TORN] if torn else []
        assert [finding.fault for finding in verify(folder)] == expected
        told = damaged_lines(root)
        assert adopt_all(root, store) == 1
        assert damaged_lines(root) == told + zeros
        assert adopt_all(root, store) == 0  # it is done, whatever it was
    assert sum(by_kind(store).values()) == sum(
        whole[:length].count(b"\n") - 1
        for length in range(len(b"".join(lines[:-3])), len(whole) + 1)
    )
    store.close()


def test_every_bit_flipped(tmp_path: Path, whole: bytes) -> None:
    """R05: one record is lost, or none; all the others are read, also when a newline is gone."""
    folder = dead(tmp_path / "journal", whole)
    (path,) = segments(folder)
    for place in range(len(HEADER), len(whole)):
        hit = whole[:place].count(b"\n") - 1  # the record that the place belongs to
        for bit in range(8):
            broken = bytearray(whole)
            broken[place] ^= 1 << bit
            path.write_bytes(broken)
            reader = Reader(folder)
            found = [record.event.nonce for record in reader.read(100)]
            assert found == VIEWS[:hit] + VIEWS[hit + 1 :], (place, bit)
            last = place == len(whole) - 1  # without its newline it is a line cut off
            assert len(reader.damaged) == (not last), (place, bit)


def test_a_flipped_bit_in_each_record(tmp_path: Path, whole: bytes) -> None:
    """R05: the record is kept aside and told, the others count once."""
    store, root = SQLiteStore(tmp_path / "portal.db"), tmp_path / "journal"
    chance, ends = random.Random(5), [n for n, letter in enumerate(whole) if letter == 10]
    for begin, end in pairwise(ends):
        broken = bytearray(whole)
        broken[chance.randrange(begin + 1, end)] ^= 1 << chance.randrange(8)
        dead(root, bytes(broken))
        assert adopt_all(root, store) == 1
    counted = by_kind(store)
    assert counted == {"shown": EVENTS, "rejected:replayed": EVENTS * (EVENTS - 2)}
    assert damaged_lines(root) == len((root / DAMAGED).read_bytes().splitlines()) == EVENTS
    store.close()


def test_a_hole_in_the_middle(tmp_path: Path, whole: bytes) -> None:
    """R05: a block that the disk has lost is longer than what is read at once, and no end."""
    lines = whole.splitlines(keepends=True)
    folder = dead(tmp_path / "journal", b"".join([*lines[:3], b"\0" * 300_000, *lines[5:]]))
    assert views(folder) == VIEWS[:2] + VIEWS[4:]
    assert [finding.fault for finding in verify(folder)] == [Fault.DAMAGED, Fault.MISSING]
