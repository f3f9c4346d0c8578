"""The lease: one holder at a time, and another when it is heard of no more."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from portal.domain.errors import StoreUnavailable
from portal.jobs.lease import Lease
from portal.stores import open_store
from portal.stores.base import Store
from tests.servers import RedisServer, free_port

WORKERS = 8


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Return an empty store of each kind."""
    server: RedisServer | None = None
    if request.param == "redis":
        server = request.getfixturevalue("redis_server")
    opened = open_store(server.url if server else "sqlite:", tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def one(store: Store, clock: Clock) -> Lease:
    return Lease(store, clock, "work", "one", 60)


@pytest.fixture
def other(store: Store, clock: Clock) -> Lease:
    return Lease(store, clock, "work", "other", 60)


def test_the_first_has_it_and_keeps_it(one: Lease, other: Lease, clock: Clock) -> None:
    for _minute in range(5):
        assert one.hold()
        assert not other.hold()
        clock.now += 59


def test_it_is_taken_over_when_it_runs_out(one: Lease, other: Lease, clock: Clock) -> None:
    assert one.hold()
    clock.now += 59.9
    assert not other.hold()
    clock.now += 0.1
    assert other.hold()
    assert not one.hold()


def test_it_is_given_back_by_its_holder_alone(one: Lease, other: Lease) -> None:
    one.release()
    assert one.hold()
    other.release()
    assert not other.hold()
    one.release()
    assert other.hold()
    one.release()
    assert not one.hold()


def test_works_of_other_names_are_other_leases(store: Store, clock: Clock, one: Lease) -> None:
    assert one.hold()
    assert Lease(store, clock, "other work", "other", 60).hold()


def test_of_many_who_reach_for_it_at_once_one_has_it(store: Store, clock: Clock) -> None:
    start = Barrier(WORKERS)

    def reach(name: str) -> bool:
        lease = Lease(store, clock, "work", name, 60)
        start.wait()
        return lease.hold()

    with ThreadPoolExecutor(WORKERS) as pool:
        for _round in range(20):
            assert sum(pool.map(reach, map(str, range(WORKERS)))) == 1
            clock.now += 60


def test_the_clock_of_the_store_is_one_for_all(store: Store) -> None:
    assert Lease(store, store.now, "work", "one", 60).hold()
    assert not Lease(store, store.now, "work", "other", 60).hold()


def test_a_store_that_is_away_is_told(tmp_path: Path) -> None:
    away = open_store(f"redis://127.0.0.1:{free_port()}/0", tmp_path)
    for work in (away.now, Lease(away, lambda: 0.0, "work", "one", 60).hold):
        with pytest.raises(StoreUnavailable):
            work()
    away.close()
