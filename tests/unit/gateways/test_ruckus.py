"""Ruckus: a form for the controller or a call to it, and to nobody else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.errors import BadArrival, BadSite, ReleaseFailed, ReleaseRefused
from portal.domain.events import Tier
from portal.domain.garden import Garden
from portal.domain.sites import Site
from portal.gateways.base import ApiCall, Arrival, FormPost, Redirect
from portal.gateways.controllers import Controllers
from portal.gateways.ruckus import Ruckus
from tests.counterparts.ruckus import (
    API,
    CONTROLLER,
    ENCRYPTED,
    FIELDS,
    IP,
    KEY,
    PASSWORD,
    PROBE,
    USER,
    Controller,
    logged_in,
    query,
    smart_query,
)
from tests.tls import Authority, Reply, serving

RUCKUS = Ruckus()
NOTICE, LANDING = "http://portal.example/s/a", "http://portal.example/online/N/play?lang=vi"
BASE = {name.removeprefix("gateway."): value for name, value in FIELDS.items() if "." in name}
NBI = {name.removeprefix("gateway."): value for name, value in API.items()}
DEVICE = {"mac": "02005e005301", "ip": IP}
SMART = {"mac": ENCRYPTED["client_mac"], "ip": ENCRYPTED["uip"]}


def site(**settings: str) -> Site:
    given = RUCKUS.check({**BASE, **settings})
    return Site("a", "A", gateway="ruckus", gateway_settings=given)


def arrived(sent: str, **settings: str) -> Arrival:
    arrival = RUCKUS.arrive(site(**settings), sent, NOTICE)
    assert arrival is not None
    return arrival


def posted(sent: str, **settings: str) -> FormPost:
    release = RUCKUS.release(site(**settings), arrived(sent, **settings).release, LANDING)
    assert isinstance(release, FormPost)
    return release


# --- arrivals


def test_an_arrival_says_what_the_login_needs_and_no_more() -> None:
    sip = {"sip": CONTROLLER}
    assert arrived(query()) == Arrival(Tier.NONE, release=DEVICE | sip, origin=PROBE)
    smart = SMART | sip | {"smart": "1"}
    assert arrived(smart_query()) == Arrival(Tier.NONE, release=smart, origin=PROBE)
    assert arrived(smart_query(), **NBI) == Arrival(Tier.NONE, release=SMART, origin=PROBE)


@pytest.mark.parametrize(
    "mac", ["02:00:5E:00:53:01", "02-00-5e-00-53-01", "02005E005301", ENCRYPTED["client_mac"]]
)
@pytest.mark.parametrize("ip", ["192.168.8.108", "2001:db8::5", ENCRYPTED["uip"]])
def test_every_spelling_is_handed_back_as_it_came(mac: str, ip: str) -> None:
    release = arrived(query(client_mac=mac, uip=ip)).release
    assert (release["mac"], release["ip"]) == (mac, ip)


@pytest.mark.parametrize("sent", [query, smart_query])
@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"client_mac": None}, "bad_mac"),
        ({"client_mac": ""}, "bad_mac"),
        ({"client_mac": "02:00:5e:00:53"}, "bad_mac"),
        ({"client_mac": "02:00:5e:00:53:01:02"}, "bad_mac"),
        ({"client_mac": "ENC"}, "bad_mac"),
        ({"client_mac": "ENC" + "a" * 129}, "bad_mac"),
        ({"client_mac": "ENCzz257982680"}, "bad_mac"),
        ({"client_mac": "<script>"}, "bad_mac"),
        ({"uip": None}, "bad_ip"),
        ({"uip": "<script>"}, "bad_ip"),
        ({"uip": "192.168.8.108\n"}, "bad_ip"),
        ({"url": "http://a b/"}, "bad_origin"),
        ({"url": "a\r\nb"}, "bad_origin"),
        ({"vlan": "x" * 9000}, "too_long"),
    ],
)
def test_what_cannot_be_read_is_told(
    sent: type[query], changes: dict[str, str | None], problem: str
) -> None:
    with pytest.raises(BadArrival) as caught:
        RUCKUS.arrive(site(), sent(**changes), NOTICE)
    assert caught.value.problem == problem


@pytest.mark.parametrize("extra", ["ssid=Bến xe", "ssid=B\xe1\xba\xbfn", "x=%zz", "y=%00%ff"])
def test_names_of_any_kind_change_nothing(extra: str) -> None:
    assert arrived(f"{query()}&{extra}") == arrived(query())
    assert arrived(f"{extra}&{query()}") == arrived(query())


def test_the_first_of_two_counts() -> None:
    evil = "sip=evil.example&client_mac=000000000000&uip=1.1.1.1&url=http://evil.example/"
    assert arrived(f"{query()}&{evil}") == arrived(query())


# --- the form


@pytest.mark.parametrize("sent", [query(), smart_query()])
@pytest.mark.parametrize("ssl", ["off", "on"])
def test_the_controller_takes_the_form_and_sends_the_visitor_to_our_page(
    sent: str, ssl: str
) -> None:
    release = posted(sent, ssl=ssl)
    assert logged_in(release.url, release.fields) == LANDING


@pytest.mark.parametrize("sent", [query(), smart_query()])
def test_a_wrong_password_is_refused_by_the_controller(sent: str) -> None:
    release = posted(sent, password="another")
    assert logged_in(release.url, release.fields) == ""


def test_a_refused_login_comes_back_with_the_page_that_was_asked_for() -> None:
    arrival = arrived(query(LANDING))
    assert (arrival.captive, arrival.origin) == (True, LANDING)


@pytest.mark.parametrize("sip", [None, ""])
def test_who_does_not_say_where_is_at_the_first_address_of_the_site(sip: str | None) -> None:
    release = posted(smart_query(sip=sip), address=f"{CONTROLLER} 192.168.9.1")
    assert logged_in(release.url, release.fields) == LANDING


def test_a_controller_may_be_known_by_name() -> None:
    name = "scg.ruckuswireless.com"
    release = posted(smart_query(sip=name), address=f"{CONTROLLER}, {name}", ssl="on")
    assert release.url == f"https://{name}:9998/SubscriberPortal/hotspotlogin"


@pytest.mark.parametrize(
    "sip",
    [
        "evil.example",
        "192.168.8.2",
        "192.168.8.1.evil.example",
        "192.168.8.1:22",
        "192.168.8.1:9998",
        "a@192.168.8.1",
        "192.168.8.1/x",
        "192.168.8.1#",
        "192.168.8.1\\evil.example",
        "3232237569",
        "0xc0a80801",
        "[::ffff:192.168.8.1]",
        " 192.168.8.1",
        "javascript:alert(1)",
    ],
)
def test_nobody_else_gets_the_form(sip: str) -> None:
    arrival = arrived(query(sip=sip))
    with pytest.raises(ReleaseRefused):
        RUCKUS.release(site(), arrival.release, LANDING)


@pytest.mark.parametrize("kind", [{}, NBI])
@pytest.mark.parametrize(
    "sealed", [{"address": "x"}, {"mac": "ế"}, {"mac": DEVICE["mac"]}, {"ip": IP}, {"sip": IP}]
)
def test_what_was_sealed_for_another_brand_is_refused(
    kind: dict[str, str], sealed: dict[str, str]
) -> None:
    with pytest.raises(ReleaseRefused):
        RUCKUS.release(site(**kind), sealed, LANDING)


def test_a_site_that_changed_from_calls_to_forms_refuses_what_is_under_way() -> None:
    with pytest.raises(ReleaseRefused):
        RUCKUS.release(site(), arrived(smart_query(), **NBI).release, LANDING)


# --- the call


@pytest.fixture
def controller() -> Controller:
    return Controller()


@pytest.fixture
def reached(controller: Controller, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The settings with which the controller is reached."""
    authority = Authority(tmp_path)
    with serving(controller.server(authority.context())) as server:
        yield NBI | {"controller": server.url, "ca": authority.ca}


def call(settings: dict[str, str], **changes: str | None) -> None:
    place = site(**settings)
    arrival = RUCKUS.arrive(place, smart_query(**changes), NOTICE)
    assert arrival is not None
    release = RUCKUS.release(place, arrival.release, LANDING)
    assert isinstance(release, ApiCall)
    assert release.landing == LANDING
    release.tell(Controllers())


def test_the_controller_lets_the_device_in_and_a_second_time_too(
    controller: Controller, reached: dict[str, str]
) -> None:
    call(reached)
    assert controller.online == {ENCRYPTED["client_mac"]}
    call({**reached, "controller": f"{reached['controller']}/"})
    assert len(controller.asked) == 2


def test_ruckus_one_wants_the_portals_name(controller: Controller, reached: dict[str, str]) -> None:
    controller.name = "api"
    with pytest.raises(ReleaseFailed, match="login"):
        call(reached)
    call({**reached, "api_user": "api"})
    assert controller.online


def test_the_address_in_the_arrival_is_never_asked(
    controller: Controller, reached: dict[str, str]
) -> None:
    call(reached, nbiIP="203.0.113.66", sip="evil.example")
    assert controller.online


@pytest.mark.parametrize(
    ("settings", "changes", "word"),
    [
        ({"key": "another"}, {}, "login"),
        ({"password": "another"}, {}, "not_allowed"),
        ({}, {"client_mac": "02005e005399"}, "unknown_device"),
    ],
)
def test_a_no_has_its_reason(
    controller: Controller,
    reached: dict[str, str],
    settings: dict[str, str],
    changes: dict[str, str],
    word: str,
) -> None:
    with pytest.raises(ReleaseFailed) as caught:
        call(reached | settings, **changes)
    assert caught.value.problem == word
    assert not controller.online


@pytest.mark.parametrize(
    ("code", "word"), [(100, "no"), (202, "no"), (302, "no"), (400, "broken"), (401, "broken")]
)
def test_any_other_answer_is_a_no(
    controller: Controller, reached: dict[str, str], code: int, word: str
) -> None:
    controller.code = code
    with pytest.raises(ReleaseFailed) as caught:
        call(reached)
    assert caught.value.problem == word


@pytest.mark.parametrize(
    ("reply", "word"),
    [
        (Reply(200, body=b"<html>"), "answer"),
        (Reply(200, body=b"[201]"), "answer"),
        (Reply(200, body=b"{}"), "answer"),
        (Reply(200, {"ResponseCode": "201; x"}), "answer"),
        (Reply(200, {"ResponseCode": [201]}), "answer"),
        (Reply(200, {"ResponseCode": None}), "answer"),
        (Reply(404), "not_found"),
        (Reply(302, headers=[("Location", "https://127.0.0.1:9/")]), "no"),
        (Reply(503), "broken"),
    ],
)
def test_an_answer_that_is_none(
    controller: Controller, reached: dict[str, str], reply: Reply, word: str
) -> None:
    controller.broken = reply
    with pytest.raises(ReleaseFailed) as caught:
        call(reached)
    assert caught.value.problem == word


# --- settings and kit


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"address": ""}, ["address"]),
        ({"address": "http://192.168.8.1"}, ["address"]),
        ({"username": ""}, ["username"]),
        ({"password": ""}, ["password"]),
        ({"kind": "xml"}, ["kind"]),
        ({"ssl": "yes"}, ["ssl"]),
        ({"kind": "api"}, ["controller", "key"]),
        ({**NBI, "key": ""}, ["key"]),
        ({**NBI, "controller": "http://10.0.0.1"}, ["controller"]),
        ({"colour": "blue"}, ["colour"]),
    ],
)
def test_settings_that_will_not_do(changes: dict[str, str], where: list[str]) -> None:
    with pytest.raises(BadSite) as caught:
        site(**changes)
    assert [problem.where for problem in caught.value.problems] == where


def test_a_call_needs_no_address() -> None:
    assert site(**NBI, address="").gateway_settings["controller"] == NBI["controller"]


def test_passwords_and_keys_are_secrets() -> None:
    assert {option.name for option in RUCKUS.options if option.secret} == {"password", "key"}


def test_the_kit_names_the_portal_the_account_and_the_garden_and_no_secret() -> None:
    garden = Garden({"play": ("play.google.com", "*.gvt1.com")}, ())
    (file,) = RUCKUS.kit(site(**NBI), NOTICE, garden)
    lines = file.text.splitlines()
    assert [line for line in lines if not line.startswith("#")] == [
        NOTICE,
        "portal.example",
        "play.google.com",
        "*.gvt1.com",
    ]
    assert USER in file.text
    assert PASSWORD not in file.text
    assert KEY not in file.text


# --- anything at all


@given(
    st.dictionaries(
        st.sampled_from(["sip", "nbiIP", "client_mac", "uip", "url"]),
        st.text(max_size=60) | st.sampled_from([CONTROLLER, "evil.example", *ENCRYPTED.values()]),
        max_size=4,
    )
)
def test_any_field_is_an_arrival_or_a_bad_one(changes: dict[str, str]) -> None:
    for sent in (query(**changes), "&".join(f"{n}={v}" for n, v in changes.items())):
        try:
            arrival = RUCKUS.arrive(site(), sent, NOTICE)
            if arrival is None:
                continue
            release = RUCKUS.release(site(), arrival.release, LANDING)
        except (BadArrival, ReleaseRefused):
            continue
        assert isinstance(release, FormPost)
        assert release.url.startswith(f"http://{CONTROLLER}:9997/")
        assert release.fields["url"] == LANDING


def test_nobody_is_held_whom_no_controller_brought() -> None:
    for sent in ("", "c=poster", "v=N&g=S&lang=vi", "client_mac=02005e005301", "url=x&mac=y"):
        assert RUCKUS.arrive(site(), sent, NOTICE) is None
    assert RUCKUS.release(site(), {}, LANDING) == Redirect(LANDING)
