"""Cisco's controllers: a form, posted to the controller and to nobody else."""

import pytest

from portal.domain.errors import BadArrival, ReleaseRefused
from portal.domain.sites import Site
from portal.gateways.base import FormPost
from portal.gateways.cisco import Cisco
from tests.counterparts.cisco import PASSWORD, USER, VIRTUAL, logged_in, query

CISCO = Cisco()
NOTICE, LANDING = "http://portal.example/s/a", "http://portal.example/online/N?lang=vi"


def site(**settings: str) -> Site:
    given = {"address": VIRTUAL, "username": USER, "password": PASSWORD} | settings
    return Site("a", "A", gateway="cisco", gateway_settings=CISCO.check(given))


def released(place: Site, **changes: str) -> FormPost:
    arrival = CISCO.arrive(place, query(**changes), NOTICE)
    assert arrival is not None
    release = CISCO.release(place, arrival.release, LANDING)
    assert isinstance(release, FormPost)
    return release


def test_the_controller_takes_the_form() -> None:
    release = released(site())
    assert logged_in(release.url, release.fields)
    assert release.fields["redirect_url"] == LANDING


def test_a_wrong_password_is_refused_by_the_controller() -> None:
    release = released(site(password="another"))
    assert not logged_in(release.url, release.fields)


def test_passthrough_needs_no_account() -> None:
    release = released(site(username="", password=""))
    assert set(release.fields) == {"buttonClicked", "redirect_url", "err_flag"}


def test_a_refused_login_comes_back_with_the_page_that_was_asked_for() -> None:
    arrival = CISCO.arrive(site(), query(LANDING, statusCode="5"), NOTICE)
    assert arrival is not None
    assert (arrival.captive, arrival.origin) == (True, LANDING)


def test_who_is_online_already_is_not_held() -> None:
    arrival = CISCO.arrive(site(), query(LANDING, statusCode="1"), NOTICE)
    assert arrival is not None
    assert (arrival.captive, dict(arrival.release)) == (False, {})


@pytest.mark.parametrize(
    "switch",
    ["https://evil.example/login.html", "https://192.0.2.1.evil.example/", "https://192.0.2.2/"],
)
def test_nobody_else_gets_the_form(switch: str) -> None:
    with pytest.raises(ReleaseRefused):
        released(site(), switch_url=switch)


@pytest.mark.parametrize(
    "switch", ["", "x", "javascript:alert(1)", "https://u@192.0.2.1/", "https://[::1"]
)
def test_what_is_no_address_is_no_arrival(switch: str) -> None:
    with pytest.raises(BadArrival):
        CISCO.arrive(site(), query(switch_url=switch), NOTICE)


def test_a_controller_may_be_known_by_name() -> None:
    place = site(address="login.example.vn")
    release = released(place, switch_url="https://login.example.vn/x.html")
    assert release.url == "https://login.example.vn:443/x.html"


def test_the_password_is_a_secret() -> None:
    assert [option.name for option in CISCO.options if option.secret] == ["password"]
