"""Ids: unique in a process, across its threads, and after a fork."""

import os
from concurrent.futures import ThreadPoolExecutor

from portal.ids import Ids


def test_ids_are_twelve_bytes_and_follow_one_another() -> None:
    new_id = Ids(lambda size: b"r" * size)
    assert [new_id() for _ in range(3)] == [b"rrrrrrrr\0\0\0" + bytes([n]) for n in range(3)]


def test_no_two_threads_get_the_same_id() -> None:
    new_id = Ids(os.urandom)
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda _: [new_id() for _ in range(2000)], range(16)))
    assert len({id for part in ids for id in part}) == 32_000


def test_a_forked_process_begins_a_series_of_its_own() -> None:
    new_id = Ids(os.urandom)
    before = new_id()
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, new_id())
        os._exit(0)
    os.waitpid(child, 0)
    theirs, after = os.read(reading, 12), new_id()
    os.close(reading)
    os.close(writing)
    assert len({before[:8], theirs[:8]}) == 2
    assert after[:8] == before[:8]
    assert int.from_bytes(after[8:], "big") == 1
