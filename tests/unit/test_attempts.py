"""Attempts: counted for a while, by all workers, and nobody's name is in the table."""

import os

from portal.attempts import WINDOW, Attempts


class Clock:
    now = 1_614_920_400.0

    def __call__(self) -> float:
        return self.now


def test_attempts_are_counted_for_their_time() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    for _n in range(3):
        attempts.note("name lan")
    assert (attempts.of("name lan"), attempts.of("name minh")) == (3, 0)
    clock.now += WINDOW
    assert attempts.of("name lan") == 0
    attempts.note("name lan")
    assert attempts.of("name lan") == 1
    attempts.forget("name lan")
    assert attempts.of("name lan") == 0


def test_workers_count_together() -> None:
    attempts = Attempts(Clock())
    child = os.fork()
    if child == 0:
        attempts.note("address 203.0.113.9")
        os._exit(0)
    os.waitpid(child, 0)
    assert attempts.of("address 203.0.113.9") == 1


def test_a_flood_of_names_takes_no_more_room() -> None:
    attempts = Attempts(Clock(), rows=64)
    for number in range(1000):
        attempts.note(f"name {number}")
    assert attempts.of("name 999") == 1
    assert b"name" not in attempts._table._memory[:]
