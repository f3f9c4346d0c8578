"""What one network may count at a site: a coach, a hotel, but no loop of curl."""

import os
from ipaddress import ip_address

import pytest

from portal.counting.bursts import REFILL, Bursts, network


class Clock:
    """A clock that stands until it is moved."""

    now = 1_614_902_400.0

    def __call__(self) -> float:
        return self.now


def taken(bursts: Bursts, events: int, address: str = "203.0.113.5", site: str = "nha") -> int:
    """Return how many of ``events`` count."""
    return sum(bursts.within(f"{site} shown", address) for _event in range(events))


@pytest.mark.parametrize("limit", [1, 2, 7, 300, 100_000])
def test_the_limit_counts_and_not_one_more(limit: int) -> None:
    assert taken(Bursts(Clock(), limit), limit + 5) == limit


def test_it_comes_back_evenly_and_never_more_than_the_limit() -> None:
    clock = Clock()
    bursts = Bursts(clock, 300)
    assert taken(bursts, 1000) == 300
    clock.now += REFILL / 10
    assert taken(bursts, 1000) == 30
    clock.now += 10 * REFILL
    assert taken(bursts, 1000) == 300


def test_sites_kinds_and_networks_stand_apart() -> None:
    bursts = Bursts(Clock(), 10)
    assert taken(bursts, 20) == 10
    assert taken(bursts, 20, site="cho") == 10
    assert taken(bursts, 20, address="203.0.113.6") == 10
    assert bursts.within("nha continue", "203.0.113.5")


def test_strangers_are_not_taken_for_a_crowd() -> None:
    """20.000 networks, each far below its limit, beside 50 that have used theirs up."""
    bursts = Bursts(Clock(), 100)
    for loud in range(50):
        taken(bursts, 150, str(ip_address(loud + (10 << 24))))
    quiet = (str(ip_address(n + (172 << 24))) for n in range(20_000))
    assert all(taken(bursts, 2, address) == 2 for address in quiet)


def test_a_clock_that_is_set_back_locks_nobody_out() -> None:
    clock = Clock()
    bursts = Bursts(clock, 50)
    taken(bursts, 50)
    clock.now -= 10 * 365 * 86400
    assert taken(bursts, 80) == 50


def test_no_limit_and_no_address_count_everything() -> None:
    assert taken(Bursts(Clock(), 0), 1000) == 1000
    bursts = Bursts(Clock(), 1)
    assert all(bursts.within("nha shown", none) for none in (None, "", None, ""))


def test_workers_share_it() -> None:
    bursts = Bursts(Clock(), 100)
    child = os.fork()
    if child == 0:
        os._exit(taken(bursts, 60))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 60
    assert taken(bursts, 60) == 40


def test_a_provider_s_customer_is_one_network() -> None:
    assert network("2001:db8:1:2::3") == network("2001:db8:1:ffff:1:2:3:4%eth0")
    assert network("2001:db8:1::") != network("2001:db8:2::")
    assert network("::ffff:203.0.113.5") == network("203.0.113.5") == "203.0.113.5"
    assert network("not an address") == "not an address"
