"""UniFi: what an access point sends, and three kinds of controllers that behave as theirs do."""

import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.errors import BadArrival, BadSite, ReleaseFailed, ReleaseRefused
from portal.domain.events import Tier
from portal.domain.garden import covers, parse_garden
from portal.domain.probes import parse_probes
from portal.domain.sites import Site
from portal.gateways.base import ApiCall, Arrival, Redirect
from portal.gateways.controllers import Controllers
from portal.gateways.unifi import UniFi
from portal.resources import read_text
from tests.counterparts.unifi import (
    AP,
    CLIENT_ID,
    FIELDS,
    KEY,
    MAC,
    PASSWORD,
    Controller,
    query,
)
from tests.tls import Asked, Authority, Reply, Server, serving

LANDING = "http://portal.example/online/NONCE?lang=vi"
NOTICE = "http://portal.example/s/a"
BASE = {name.removeprefix("gateway."): value for name, value in FIELDS.items() if "." in name}


def site(gateway: UniFi | None = None, **changes: str) -> Site:
    settings = (gateway or UniFi()).check({**BASE, **changes})
    return Site("a", "A", gateway="unifi", gateway_settings=settings)


def arrived(text: str) -> Arrival:
    arrival = UniFi().arrive(site(), text, NOTICE)
    assert arrival is not None
    return arrival


def refused(text: str) -> str:
    with pytest.raises(BadArrival) as caught:
        UniFi().arrive(site(), text, NOTICE)
    return caught.value.problem


# --- settings


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"username": ""}, ["username"]),
        ({"password": ""}, ["password"]),
        ({"kind": "os", "username": "", "password": ""}, ["username", "password"]),
        ({"kind": "key"}, ["key"]),
        ({"kind": "cloud"}, ["kind"]),
        ({"controller": ""}, ["controller"]),
        ({"controller": "http://192.168.1.1"}, ["controller"]),
        ({"controller": "https://a@192.168.1.1"}, ["controller"]),
        ({"site": "../x"}, ["site"]),
        ({"site": "a b"}, ["site"]),
        ({"minutes": "0"}, ["minutes"]),
        ({"minutes": "x"}, ["minutes"]),
        ({"down": "-1"}, ["down"]),
        ({"ca": "/nowhere"}, ["ca"]),
    ],
)
def test_settings_that_cannot_be(changes: dict[str, str], wrong: list[str]) -> None:
    with pytest.raises(BadSite) as caught:
        site(**changes)
    assert [problem.where for problem in caught.value.problems] == wrong


def test_a_key_needs_no_user() -> None:
    settings = site(kind="key", key=KEY, username="", password="").gateway_settings
    assert (settings["site"], settings["minutes"]) == ("default", "480")


def test_what_is_secret() -> None:
    assert {option.name for option in UniFi.options if option.secret} == {"password", "key"}


# --- arrivals


def test_an_arrival_as_in_the_article() -> None:
    arrival = arrived(
        "ap=94:2a:6f:d0:30:57&id=1c:71:25:63:e4:24&t=1742398732"
        "&url=http://www.msftconnecttest.com%2fredirect&ssid=Guest+1"
    )
    assert arrival == Arrival(
        tier=Tier.NONE,
        release={"mac": "1c:71:25:63:e4:24", "ap": "94:2a:6f:d0:30:57"},
        origin="http://www.msftconnecttest.com/redirect",
    )


def test_an_arrival_without_address_as_in_issue_78() -> None:
    arrival = arrived("ap=28:70:4e:68:03:39&id=00:22:fb:cb:de:0c&t=1748536941")
    assert (arrival.origin, arrival.captive) == ("", True)


@pytest.mark.parametrize("mac", ["02:00:5E:00:53:01", "02-00-5e-00-53-01", "02005E005301"])
def test_every_spelling_of_a_device(mac: str) -> None:
    assert arrived(query(id=mac)).release["mac"] == MAC


@pytest.mark.parametrize("ap", [None, ""])
def test_a_guest_on_a_wire_has_no_access_point(ap: str | None) -> None:
    assert arrived(query(ap=ap)).release == {"mac": MAC}


@pytest.mark.parametrize(
    "mac",
    ["", "x", "02:00:5e:00:53", "02:00:5e:00:53:01:02", "02:00-5e:00:53:01", "02:00:5e:00:53:0g",
     "02:00:5e:00:53:01\n", " 02:00:5e:00:53:01", "０2:00:5e:00:53:01", "02:00:5e:00:53:01'",
     "x" * 5000],
)  # fmt: skip
def test_what_is_no_device(mac: str) -> None:
    assert refused(query(id=mac)) == "bad_id"
    if mac:
        assert refused(query(ap=mac)) == "bad_ap"


def test_nobody_named() -> None:
    assert refused(query(id=None)) == "missing_id"
    for text in ("", "c=poster", "t=1&url=http://a/&ssid=x", "idx=1", "v=N&g=S&lang=vi"):
        assert UniFi().arrive(site(), text, NOTICE) is None


def test_of_two_the_first_counts() -> None:
    text = query(origin="http://a/&id=02:00:5e:00:53:99&ap=02:00:5e:00:53:99")
    raw = text.replace("%26", "&").replace("%3D", "=")  # what the phone asked for, unquoted
    assert arrived(raw).release == {"mac": MAC, "ap": AP}


def test_raw_letters_blanks_and_broken_escapes_around_it() -> None:
    raw = f"id={MAC}&ap={AP}&ssid=Bến xe %zz %ff&url=http://a/ế".encode().decode("latin-1")
    assert arrived(raw).origin == "http://a/ế"


def test_a_huge_query() -> None:
    assert refused("id=" + "a" * 8190) == "too_long"


@given(st.text(st.characters(max_codepoint=255), max_size=80))
def test_any_device_at_all(text: str) -> None:
    with suppress(BadArrival):
        assert len(arrived(f"id={text}").release["mac"]) == 17


# --- release


@pytest.mark.parametrize(
    "sealed",
    [{"mac": ""}, {"mac": "x"}, {"hid": "1"}, {"mac": MAC, "ap": "x"}, {"mac": MAC + "\n"}],
)
def test_what_another_brand_has_sealed(sealed: dict[str, str]) -> None:
    with pytest.raises(ReleaseRefused):
        UniFi().release(site(), sealed, LANDING)


def test_nobody_to_release() -> None:
    assert UniFi().release(site(), {}, LANDING) == Redirect(LANDING)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def tls(authority: Authority) -> ssl.SSLContext:
    return authority.context()


class Venue:
    """A site, its controller, and visitors who tap."""

    def __init__(self, controller: Controller, server: Server, ca: str) -> None:
        self.controller, self.server = controller, server
        self.gateway, self.talk = UniFi(), Controllers()
        self.settings = {"kind": controller.kind, "controller": server.url, "ca": ca}

    def tap(self, mac: str = MAC, ap: str | None = AP, **changes: str) -> str:
        settings: dict[str, Any] = {**self.settings, "key": KEY, **changes}
        at = site(self.gateway, **settings)
        arrival = self.gateway.arrive(at, query(id=mac, ap=ap), NOTICE)
        assert arrival is not None
        released = self.gateway.release(at, arrival.release, LANDING)
        assert isinstance(released, ApiCall)
        assert released.landing == LANDING
        try:
            released.tell(self.talk)
        except ReleaseFailed as failed:
            return failed.problem
        return "online"


@pytest.fixture(params=["classic", "os", "key"])
def venue(
    request: pytest.FixtureRequest, authority: Authority, tls: ssl.SSLContext
) -> Iterator[Venue]:
    controller = Controller(request.param)
    with serving(controller.server(tls)) as server:
        yield Venue(controller, server, authority.ca)


def test_a_guest_is_let_in(venue: Venue) -> None:
    assert venue.tap(minutes="60", down="2000", up="500") == "online"
    if venue.controller.kind == "key":
        expected = {"timeLimitMinutes": 60, "rxRateLimitKbps": 2000, "txRateLimitKbps": 500}
    else:
        expected = {"mac": MAC, "ap_mac": AP, "minutes": 60, "down": 2000, "up": 500}
    assert venue.controller.authorized == [expected]


def test_limits_that_are_not_set_are_not_sent(venue: Venue) -> None:
    assert venue.tap(ap=None) == "online"
    if venue.controller.kind == "key":
        assert venue.controller.authorized == [{"timeLimitMinutes": 480}]
    else:
        assert venue.controller.authorized == [{"mac": MAC, "minutes": 480}]


def test_a_controllers_address_may_end_in_a_slash(venue: Venue) -> None:
    assert venue.tap(controller=venue.server.url + "/") == "online"


def test_many_guests_need_one_login(venue: Venue) -> None:
    assert [venue.tap() for _guest in range(6)] == ["online"] * 6
    assert venue.controller.logins == (0 if venue.controller.kind == "key" else 1)


def test_a_session_that_has_ended_is_renewed(venue: Venue) -> None:
    assert venue.tap() == "online"
    venue.controller.forget_sessions()
    assert venue.tap() == "online"
    assert len(venue.controller.authorized) == 2


def test_a_device_that_the_controller_does_not_know(venue: Venue) -> None:
    word = "unknown_device" if venue.controller.kind == "key" else "no"
    assert venue.tap("02:00:5e:00:53:77") == word
    assert venue.tap() == "online"


def test_wrong_credentials_do_not_lock_the_account(venue: Venue) -> None:
    words = [venue.tap(password="wrong", key="wrong") for _guest in range(6)]
    assert words == ["login"] * 6
    assert venue.controller.logins <= 1
    assert venue.tap() == "online"  # entered anew: another account


def test_an_unknown_site(venue: Venue) -> None:
    word = "unknown_site" if venue.controller.kind == "key" else "no"
    assert venue.tap(site="elsewhere") == word


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(500, body=b"<html>"), {"broken"}),
        (Reply(503), {"broken"}),
        (Reply(302, headers=[("Location", "https://127.0.0.1:1/")]), {"no"}),
        (Reply(404, body=b"<html>"), {"not_found"}),
        (Reply(401), {"login"}),
        (Reply(403), {"login"}),
        (Reply(429), {"too_many"}),
        (Reply(200, body=b"<html>"), {"login", "answer"}),
        (Reply(200, []), {"login", "unknown_site"}),
        (Reply(200, {"data": [None, 1, {}, {"id": 1}]}), {"login", "unknown_site"}),
    ],
)
def test_a_controller_that_answers_strangely(venue: Venue, reply: Reply, words: set[str]) -> None:
    venue.controller.broken = reply
    assert venue.tap() in words
    assert venue.controller.authorized == []


@pytest.mark.parametrize(
    ("reply", "word"),
    [
        (Reply(500), "broken"),
        (Reply(200, body=b"<html>"), "answer"),
        (Reply(200, []), "no"),
        (Reply(200, {"meta": "ok"}), "no"),
        (Reply(200, {"meta": {"rc": "error"}}), "no"),
        (Reply(429), "too_many"),
        (Reply(403), "login"),
    ],
)
def test_an_authorization_that_is_none(
    authority: Authority, tls: ssl.SSLContext, reply: Reply, word: str
) -> None:
    controller = Controller("os")
    with serving(controller.server(tls)) as server:
        venue = Venue(controller, server, authority.ca)
        assert venue.tap() == "online"
        controller.broken = reply
        assert venue.tap() == word


@pytest.mark.parametrize("csrf", ["header", "cookie"])
def test_both_places_of_the_token(authority: Authority, tls: ssl.SSLContext, csrf: str) -> None:
    controller = Controller("os", csrf=csrf)
    with serving(controller.server(tls)) as server:
        assert Venue(controller, server, authority.ca).tap() == "online"


def test_too_many_logins_of_others(authority: Authority, tls: ssl.SSLContext) -> None:
    controller = Controller("os", most_logins=0)
    with serving(controller.server(tls)) as server:
        venue = Venue(controller, server, authority.ca)
        assert [venue.tap() for _guest in range(4)] == ["too_many"] * 4
        assert len(server.asked) == 1


def test_the_wrong_kind(authority: Authority, tls: ssl.SSLContext) -> None:
    with serving(Controller("os").server(tls)) as server:
        assert Venue(Controller("classic"), server, authority.ca).tap() == "not_found"


def test_the_key_goes_through_ubiquitis_connector(
    authority: Authority, tls: ssl.SSLContext
) -> None:
    """Its address is a prefix of the console's own paths."""
    controller, prefix = Controller("key"), "/v1/connector/consoles/58D61F:896725606"

    def connector(asked: Any) -> Reply:
        assert asked.path.startswith(prefix)
        return controller.respond(replace(asked, path=asked.path.removeprefix(prefix)))

    with serving(Server(tls, connector)) as server:
        venue = Venue(controller, server, authority.ca)
        assert venue.tap(controller=server.url + prefix) == "online"


def test_a_filter_that_is_not_heeded_lets_nobody_else_in(
    authority: Authority, tls: ssl.SSLContext
) -> None:
    controller = Controller("key")
    others = [{"id": "other", "macAddress": "02:00:5E:00:53:77"}, {"id": "x"}]

    def respond(asked: Asked) -> Reply:
        reply = controller.respond(asked)
        if asked.path.partition("?")[0].endswith("/clients"):
            reply.json["data"] = others + reply.json["data"]
        return reply

    with serving(Server(tls, respond)) as server:
        venue = Venue(controller, server, authority.ca)
        assert venue.tap() == "online"
        assert server.asked[-1].path.endswith(f"/clients/{CLIENT_ID}/actions")
        controller.connected.clear()
        assert venue.tap() == "unknown_device"


def test_who_is_not_trusted_hears_no_password(tmp_path: Path, authority: Authority) -> None:
    for kind in ("classic", "os", "key"):
        stranger = Authority(tmp_path, "Stranger")
        controller = Controller(kind)
        with serving(controller.server(stranger.context())) as server:
            assert Venue(controller, server, authority.ca).tap() == "certificate"
            assert server.asked == []


def test_a_password_of_any_letters(authority: Authority, tls: ssl.SSLContext) -> None:
    assert not PASSWORD.isascii()
    controller = Controller("key")
    with serving(controller.server(tls)) as server:
        assert Venue(controller, server, authority.ca).tap(key="khóa") != "online"


# --- kit


def test_the_kit_opens_what_an_install_needs_and_no_check() -> None:
    garden = parse_garden(
        read_text("walled_garden.json"), parse_probes(read_text("probes.json")).hosts
    )
    portal, names = UniFi().kit(site(), NOTICE, garden)
    assert "http://portal.example/guest/s/default/" in portal.text
    opened = names.text.split()
    assert {"portal.example", "play.google.com", "gvt1.com"} <= set(opened)
    for name in opened:  # each opens what is below it, too
        assert not any(covers(name, check) for check in garden.closed)
        assert not any(covers(f"*.{name}", check) for check in garden.closed)
