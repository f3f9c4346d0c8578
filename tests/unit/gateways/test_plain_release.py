"""A link that a server can make without us is the very one that the release would have been."""

import re
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest

from portal.domain.sites import Site
from portal.gateways import gateways
from portal.gateways.base import PlainRelease, Redirect

LANDING = "http://notice.example.vn/online/hotel.x.y/play?lang=vi"
MAC = "mac=AA%3ABB%3ACC%3ADD%3AEE%3AFF"
HOTSPOT = f"{MAC}&link-login-only=http%3A%2F%2F10.5.50.1%2Flogin"
FAS = "authaction=http://10.5.50.1:2050/opennds_auth/?clientip=10.5.50.9&gatewayname=x"
FORM = {
    "login": "/login",
    "fields": "user={username} m={mac} ip={ip} to={landing}",
    "mac": "client",
}
CASES = {
    "mikrotik": ("mikrotik", {}, HOTSPOT),
    "account": ("mikrotik", {"login": "pap", "username": "khách", "password": "a&b"}, HOTSPOT),
    "opennds": ("opennds", {"level": "0"}, f"{FAS}&tok=0a1b2c3d&redir=http%3a%2f%2fexample.com"),
    "opnsense": ("opnsense", {}, "opnsense=http%3A%2F%2F10.5.50.1%3A8000&redirurl=x"),
    "form": (
        "form",
        {**FORM, "method": "get", "ssl": "off"},
        f"{MAC.replace('mac', 'client')}&ip=10.5.50.9",
    ),
}
NONE = {
    "hashed": ("mikrotik", {"login": "chap", "username": "x"}),
    "with a key": ("opennds", {"faskey": "abcdefghij12"}),
    "posted": ("form", FORM),
    "two gateways": ("mikrotik", {"address": "10.5.50.1 10.5.60.1"}),
    "a network": ("opnsense", {"address": "10.5.50.0/24"}),
}


def site(brand: str, settings: dict[str, str]) -> Site:
    """Return a site with this gateway."""
    complete = gateways()[brand].check({"address": "10.5.50.1", **settings})
    return Site("hotel", "Khách sạn", gateway=brand, gateway_settings=complete)


@pytest.mark.parametrize(("brand", "settings", "query"), CASES.values(), ids=CASES)
def test_it_is_the_release(brand: str, settings: dict[str, str], query: str) -> None:
    gateway, place = gateways()[brand], site(brand, settings)
    assert isinstance(gateway, PlainRelease)
    link = gateway.plain_release(place, LANDING)
    assert link
    sent = dict(part.partition("=")[::2] for part in re.split("[?&]", query))
    made = urlsplit(re.sub(r"\{([\w.-]+)\}", lambda gap: sent[gap[1]], link))
    arrival = gateway.arrive(place, query, "http://notice.example.vn/s/hotel")
    assert arrival
    release = gateway.release(place, arrival.release, LANDING)
    assert isinstance(release, Redirect)
    right = urlsplit(release.url)
    assert made[:3] == right[:3]
    assert sorted(parse_qsl(made.query)) == sorted(parse_qsl(right.query))
    assert LANDING in dict(parse_qsl(made.query)).values()


@pytest.mark.parametrize(("brand", "settings"), NONE.values(), ids=NONE)
def test_where_more_is_needed_there_is_none(brand: str, settings: dict[str, str]) -> None:
    gateway = gateways()[brand]
    assert isinstance(gateway, PlainRelease)
    assert gateway.plain_release(site(brand, settings), LANDING) is None


@pytest.mark.parametrize("brand", sorted(gateways()))
def test_only_what_the_gateway_itself_sends_stands_in_a_link(brand: str) -> None:
    """Whoever takes part has an address of its own: no link goes where a parameter says."""
    gateway = gateways()[brand]
    if isinstance(gateway, PlainRelease):
        settings = {case[0]: case[1] for case in CASES.values()}[brand]
        link = gateway.plain_release(replace(site(brand, settings)), LANDING)
        assert link
        assert "{" not in link.partition("?")[0]
