"""Aruba: a form, posted to the site's own gateway, and a hash that only its key can make."""

import pytest

from portal.domain.errors import BadSite, ReleaseRefused
from portal.domain.events import Tier
from portal.domain.sites import Site
from portal.gateways.aruba import Aruba
from portal.gateways.base import Arrival, FormPost
from tests.counterparts.aruba import FIELDS, KEY, logged_in, query, signed

ARUBA = Aruba()
NOTICE, LANDING = "http://portal.example/s/a", "http://portal.example/online/N?lang=vi"
GIVEN = {name.removeprefix("gateway."): text for name, text in FIELDS.items() if "." in name}


def site(**settings: str) -> Site:
    return Site("a", "A", gateway="aruba", gateway_settings=ARUBA.check({**GIVEN, **settings}))


def arrived(place: Site, text: str, address: str = NOTICE) -> Arrival:
    arrival = ARUBA.arrive(place, text, address)
    assert arrival is not None
    return arrival


@pytest.mark.parametrize("kind", ["controller", "instant"])
def test_the_gateway_takes_the_form(kind: str) -> None:
    place = site(kind=kind)
    release = ARUBA.release(place, arrived(place, query()).release, LANDING)
    assert isinstance(release, FormPost)
    assert logged_in(release.url, release.fields)
    assert release.fields["url"] == LANDING


def test_a_gateway_that_does_not_say_where_is_the_sites_first() -> None:
    place = site()
    release = ARUBA.release(place, arrived(place, query(switchip=None)).release, LANDING)
    assert isinstance(release, FormPost)
    assert logged_in(release.url, release.fields)


@pytest.mark.parametrize("switch", ["evil.example", "securelogin.arubanetworks.com.evil.example"])
def test_nobody_else_gets_the_form(switch: str) -> None:
    place = site()
    with pytest.raises(ReleaseRefused):
        ARUBA.release(place, arrived(place, query(switchip=switch)).release, LANDING)


def test_c06_only_the_exact_address_is_signed() -> None:
    good = signed(NOTICE)
    assert arrived(site(), good).tier is Tier.SIGNED
    for bad in (
        query(),
        good[:-1],
        good + "0",
        good.replace("essid", "essix"),
        good.replace("&hash=", "&x=y&hash="),
        good + "&x=y",
        good.replace("&hash=", "&HASH="),
        signed(NOTICE, "another-key-of-theirs"),
        query() + "&hash=ế",
    ):
        assert arrived(site(), bad).tier is Tier.NONE
    assert arrived(site(), good, "http://portal.example/s/b").tier is Tier.NONE
    assert arrived(site(hashkey=""), good).tier is Tier.NONE
    assert arrived(site(hashkey=""), signed(NOTICE, "")).tier is Tier.NONE


@pytest.mark.parametrize("key", ["x", "a" * 9, "a" * 65, "khóa bí mật 2021", "with a blank"])
def test_a_key_that_can_be_guessed_signs_nothing(key: str) -> None:
    with pytest.raises(BadSite) as caught:
        site(hashkey=key)
    assert [problem.where for problem in caught.value.problems] == ["hashkey"]


@pytest.mark.parametrize("mac", ["02:00:5e:00:53:01", None])
def test_a_refused_login_comes_back_with_the_page_that_was_asked_for(mac: str | None) -> None:
    text = query(LANDING, cmd=None, mac=mac, errmsg="Authentication failed")
    arrival = arrived(site(), text)
    assert (arrival.captive, arrival.origin) == (True, LANDING)


def test_instant_on_says_where_under_another_name() -> None:
    place = site(kind="instant", address="captive-2020.aio.cloudauth.net")
    text = query(switchip=None, post="captive-2020.aio.cloudauth.net")
    release = ARUBA.release(place, arrived(place, text).release, LANDING)
    assert isinstance(release, FormPost)
    assert release.url == "https://captive-2020.aio.cloudauth.net:443/swarm.cgi"
    evil = arrived(place, query(switchip=None, post="evil.example")).release
    with pytest.raises(ReleaseRefused):
        ARUBA.release(place, evil, LANDING)


def test_other_commands_are_no_arrival() -> None:
    assert ARUBA.arrive(site(), query(cmd="logout"), NOTICE) is None


def test_keys_are_secret_and_an_account_is_needed() -> None:
    assert {o.name for o in ARUBA.options if o.secret} == {"password", "hashkey"}
    assert KEY
    with pytest.raises(BadSite) as caught:
        ARUBA.check({})
    assert {p.where for p in caught.value.problems} == {"address", "username", "password"}
