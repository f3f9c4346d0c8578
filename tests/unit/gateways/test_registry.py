"""The registry: every brand by its name, each keeping the protocol."""

from importlib.metadata import entry_points

import pytest

from portal.domain.errors import BadSite
from portal.domain.sites import Site
from portal.gateways import GROUP, gateways
from portal.gateways.base import Arrival, Redirect
from portal.gateways.link import Link

SITE = Site("a", "A")
NOTICE = "http://portal.example/s/a"


def test_every_entry_point_is_there_under_its_own_name() -> None:
    assert set(gateways()) == {point.name for point in entry_points(group=GROUP)}
    assert {"link", "opennds"} <= set(gateways())
    assert list(gateways()) == sorted(gateways())
    for name, gateway in gateways().items():
        assert gateway.name == name
        assert isinstance(gateway.captive, bool)


@pytest.mark.parametrize("name", gateways())
def test_a_visitor_whom_no_gateway_brought_lands_on_our_page(name: str) -> None:
    gateway = gateways()[name]
    assert gateway.arrive(SITE, "c=poster&lang=vi", NOTICE) is None
    landing = "http://portal.example/online/N"
    assert gateway.release(SITE, {}, landing) == Redirect(landing)


@pytest.mark.parametrize("name", gateways())
def test_no_unknown_setting_is_accepted(name: str) -> None:
    with pytest.raises(BadSite) as caught:
        gateways()[name].check({"colour": "blue"})
    assert "colour" in [problem.where for problem in caught.value.problems]


def test_a_link_has_nothing_to_set_and_nobody_to_release() -> None:
    link = Link()
    assert link.check({}) == {}
    assert not link.captive
    assert link.arrive(SITE, "fas=abc&iv=1", NOTICE) is None
    with pytest.raises(BadSite) as caught:
        link.check({"a": "1", "b": "2"})
    assert [problem.where for problem in caught.value.problems] == ["a", "b"]


def test_an_arrival_says_nothing_by_default() -> None:
    arrival = Arrival()
    assert (arrival.tier, arrival.captive, arrival.origin) == ("3", True, "")
    assert not arrival.release
