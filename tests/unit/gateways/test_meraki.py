"""Meraki: a link to its cloud, and to nobody else."""

import pytest

from portal.domain.errors import BadArrival, BadSite, ReleaseRefused
from portal.domain.sites import Site
from portal.gateways.base import Redirect
from portal.gateways.meraki import Meraki
from tests.counterparts.meraki import GRANT, granted, query

MERAKI = Meraki()
NOTICE, LANDING = "http://portal.example/s/a", "http://portal.example/online/N/play?lang=vi"


def site(**settings: str) -> Site:
    return Site("a", "A", gateway="meraki", gateway_settings=MERAKI.check(settings))


def released(place: Site, **changes: str) -> str:
    arrival = MERAKI.arrive(place, query(**changes), NOTICE)
    assert arrival is not None
    release = MERAKI.release(place, arrival.release, LANDING)
    assert isinstance(release, Redirect)
    return release.url


def test_the_cloud_takes_the_link_and_sends_the_visitor_to_our_page() -> None:
    assert granted(released(site())) == (LANDING, 0)
    assert granted(released(site(minutes="90"))) == (LANDING, 5400)


@pytest.mark.parametrize(
    "grant",
    [
        "https://evil.example/splash/grant",
        "https://network-auth.com.evil.example/grant",
        "https://evilnetwork-auth.com/grant",
        "https://n143.network-auth.com:8443/grant",
        "https://n143.network-auth.com/grant?x=y",
        "https://n143.network-auth.com/grant#x",
    ],
)
def test_nobody_else_is_asked(grant: str) -> None:
    with pytest.raises(ReleaseRefused):
        released(site(), base_grant_url=grant)


@pytest.mark.parametrize(
    "grant", ["", "x", "javascript:alert(1)", "//a.network-auth.com", f"{GRANT}\\"]
)
def test_what_is_no_address_is_no_arrival(grant: str) -> None:
    with pytest.raises(BadArrival):
        MERAKI.arrive(site(), query(base_grant_url=grant), NOTICE)


@pytest.mark.parametrize("mac", [None, "", "02:00", "zz:00:5e:00:53:01", "02:00:5e:00:53:01:09"])
def test_a_device_needs_its_address(mac: str | None) -> None:
    with pytest.raises(BadArrival):
        MERAKI.arrive(site(), query(client_mac=mac), NOTICE)


@pytest.mark.parametrize("minutes", ["0", "-1", "x", "99999", "1.5"])
def test_minutes_are_minutes(minutes: str) -> None:
    with pytest.raises(BadSite):
        MERAKI.check({"minutes": minutes})
