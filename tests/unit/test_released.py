"""Who was let through: shared by all workers, forgotten in time, and nobody's address in it."""

import os
from collections import Counter

from portal.released import Released


class Clock:
    now = 1_614_920_400.0

    def __call__(self) -> float:
        return self.now


def test_an_address_is_let_through_for_its_time() -> None:
    clock = Clock()
    released = Released(clock)
    assert released.seconds("10.80.0.51") == 0
    released.add("10.80.0.51", 2)
    assert released.seconds("10.80.0.51") == 120
    assert released.seconds("10.80.0.52") == 0
    clock.now += 100
    assert released.seconds("10.80.0.51") == 20
    released.add("10.80.0.51", 2)  # once more
    assert released.seconds("10.80.0.51") == 120
    clock.now += 120
    assert released.seconds("10.80.0.51") == 0


def test_workers_share_it() -> None:
    released = Released(Clock())
    child = os.fork()
    if child == 0:
        released.add("2001:db8::51", 5)
        os._exit(0)
    os.waitpid(child, 0)
    assert released.seconds("2001:db8::51") == 300


def test_a_full_table_forgets_whoever_ends_first() -> None:
    released = Released(Clock(), rows=64)
    for number in range(1000):
        released.add(f"10.80.{number // 250}.{number % 250}", 1 + number)
    kept = Counter(
        released.seconds(f"10.80.{number // 250}.{number % 250}") > 0 for number in range(1000)
    )
    assert 0 < kept[True] <= 64
    assert released.seconds("10.80.3.249") > 0  # the last


def test_no_address_stands_in_it() -> None:
    released = Released(Clock())
    released.add("10.80.0.51", 5)
    memory = released._table._memory[:]
    assert b"10.80.0.51" not in memory
    assert bytes([10, 80, 0, 51]) not in memory
    assert Released(Clock())._table._places("10.80.0.51") != released._table._places("10.80.0.51")
