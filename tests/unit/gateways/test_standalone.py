"""Standalone: whoever brings no channel is held, and released by this service alone."""

import pytest

from portal.domain.sites import Site
from portal.gateways.base import Local, Redirect
from portal.gateways.standalone import HELD, Standalone

BOX = Standalone()
SITE = Site("xe", "Xe", gateway="standalone", gateway_settings=BOX.check({"minutes": "30"}))
NOTICE, LANDING = "http://portal.example/s/xe", "http://portal.example/online/N"


@pytest.mark.parametrize("query", ["", "lang=vi", "src=sms", "x=c=poster", "%63x=1", "&&", "c"])
def test_a_visitor_without_a_channel_is_held(query: str) -> None:
    arrival = BOX.arrive(SITE, query, NOTICE)
    if query == "c":  # a channel, if an empty one
        assert arrival is None
    else:
        assert arrival
        assert arrival.captive
        assert BOX.release(SITE, arrival.release, LANDING) == Local(LANDING, 30)


@pytest.mark.parametrize("query", ["c=poster", "lang=vi&c=screen", "%63=link"])
def test_a_poster_holds_nobody(query: str) -> None:
    assert BOX.arrive(SITE, query, NOTICE) is None
    assert BOX.release(SITE, {}, LANDING) == Redirect(LANDING)


def test_nothing_is_sealed_that_could_name_anybody() -> None:
    assert HELD == {"held": "1"}
