"""Omada: what its controller sends, and a controller that behaves as TP-Link's document says."""

import ssl
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.errors import BadArrival, BadSite, ReleaseFailed, ReleaseRefused
from portal.domain.events import Tier
from portal.domain.garden import parse_garden
from portal.domain.probes import parse_probes
from portal.domain.sites import Site
from portal.gateways.base import ApiCall, Arrival, Redirect
from portal.gateways.controllers import Controllers
from portal.gateways.omada import Omada
from portal.resources import read_text
from tests.counterparts.omada import (
    AP,
    FIELDS,
    GATEWAY,
    MAC,
    SSID,
    Controller,
    query,
    wired_query,
)
from tests.tls import Authority, Reply, Server, serving

LANDING = "http://portal.example/online/NONCE?lang=vi"
NOTICE = "http://portal.example/s/a"
BASE = {name.removeprefix("gateway."): value for name, value in FIELDS.items() if "." in name}


def site(gateway: Omada | None = None, **changes: str) -> Site:
    settings = (gateway or Omada()).check({**BASE, **changes})
    return Site("a", "A", gateway="omada", gateway_settings=settings)


def arrived(text: str) -> Arrival:
    arrival = Omada().arrive(site(), text, NOTICE)
    assert arrival is not None
    return arrival


def refused(text: str) -> str:
    with pytest.raises(BadArrival) as caught:
        Omada().arrive(site(), text, NOTICE)
    return caught.value.problem


# --- settings


@pytest.mark.parametrize("name", ["controller", "controller_id", "operator", "password"])
def test_what_has_to_be_given(name: str) -> None:
    with pytest.raises(BadSite) as caught:
        site(**{name: ""})
    assert [problem.where for problem in caught.value.problems] == [name]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("controller", "http://192.168.1.1:8043"),
        ("controller_id", "../admin"),
        ("controller_id", "a/b"),
        ("controller_id", "abc"),
        ("unit", "s"),
        ("minutes", "0"),
        ("ca", "/nowhere"),
    ],
)
def test_settings_that_cannot_be(name: str, value: str) -> None:
    with pytest.raises(BadSite) as caught:
        site(**{name: value})
    assert [problem.where for problem in caught.value.problems] == [name]


# --- arrivals


def test_a_guest_at_an_access_point() -> None:
    assert arrived(query()) == Arrival(
        tier=Tier.NONE,
        release={
            "clientMac": MAC,
            "apMac": AP,
            "ssidName": SSID,
            "radioId": "1",
            "site": "Nhà khách",
        },
        origin="http://connectivitycheck.gstatic.com/generate_204",
    )


def test_a_guest_behind_a_gateway() -> None:
    arrival = arrived(wired_query())
    assert arrival.release == {
        "clientMac": MAC,
        "gatewayMac": GATEWAY,
        "vid": "20",
        "site": "Nhà khách",
    }


def test_a_name_that_stands_raw_in_the_address() -> None:
    raw = query(ssidName=None) + f"&ssidName={SSID.replace(' ', '+')}"
    assert arrived(raw.encode().decode("latin-1")).release["ssidName"] == SSID


@pytest.mark.parametrize("ssid", ["a+b&c=d", "100%", 'Quán \'Ông "Tư"', "ế" * 32, "<b>", "咖啡"])
def test_names_of_all_sorts(ssid: str) -> None:
    assert arrived(query(ssidName=ssid)).release["ssidName"] == ssid


@pytest.mark.parametrize("mac", ["02-00-5E-00-53-01", "02:00:5e:00:53:01", "02005E005301"])
def test_a_device_is_told_as_it_was_spelled(mac: str) -> None:
    assert arrived(query(clientMac=mac)).release["clientMac"] == mac


@pytest.mark.parametrize("name", ["clientMac", "apMac", "ssidName", "radioId", "site"])
def test_a_wireless_parameter_that_lacks_or_is_empty(name: str) -> None:
    assert refused(query(**{name: None})) == f"missing_{name.lower()}"
    assert refused(query(**{name: ""})) == f"bad_{name.lower()}"


@pytest.mark.parametrize("name", ["clientMac", "vid", "site"])
def test_a_wired_parameter_that_lacks_or_is_empty(name: str) -> None:
    assert refused(wired_query(**{name: None})) == f"missing_{name.lower()}"
    assert refused(wired_query(**{name: ""})) == f"bad_{name.lower()}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("clientMac", "02-00-5E-00-53"),
        ("clientMac", "02-00-5E-00-53-01\n"),
        ("clientMac", "02-00:5E-00-53-01"),
        ("apMac", "x"),
        ("radioId", "-1"),
        ("radioId", "١"),
        ("radioId", "100"),
        ("ssidName", "a\r\nb"),
        ("ssidName", "\0"),
        ("ssidName", "x" * 65),
        ("site", "x" * 129),
        ("site", "\x1b[2J"),
    ],
)
def test_a_parameter_of_the_wrong_form(name: str, value: str) -> None:
    assert refused(query(**{name: value})) == f"bad_{name.lower()}"


def test_what_is_not_used_is_not_judged() -> None:
    assert arrived(query(t=None, redirectUrl=None, previewSite="x")).origin == ""


def test_of_two_the_first_counts() -> None:
    more = "&clientMac=02-00-5E-00-53-99&site=other&redirectUrl=http://evil/"
    assert arrived(query() + more) == arrived(query())


def test_our_own_parameters_are_not_a_gateways() -> None:
    for text in ("", "c=poster", "site=x&t=1", "v=N&g=S&lang=vi", "clientmac=1"):
        assert Omada().arrive(site(), text, NOTICE) is None


def test_a_huge_query() -> None:
    assert refused(query() + "&x=" + "a" * 8190) == "too_long"


@given(st.text(st.characters(max_codepoint=255), max_size=80))
def test_any_name_at_all(text: str) -> None:
    raw = query(ssidName=None) + f"&ssidName={text}"
    with suppress(BadArrival):
        name = arrived(raw).release["ssidName"]
        assert 0 < len(name) <= 64
        assert not set(name) & {"\0", "\r", "\n"}


# --- release


@pytest.mark.parametrize(
    "sealed",
    [
        {"mac": "x"},
        {"clientMac": MAC},
        {"clientMac": MAC, "gatewayMac": GATEWAY, "vid": "x", "site": "a"},
        {"clientMac": "x", "gatewayMac": GATEWAY, "vid": "1", "site": "a"},
        {"clientMac": MAC, "gatewayMac": GATEWAY, "vid": "1", "site": "a", "time": "9"},
    ],
)
def test_what_another_brand_has_sealed(sealed: dict[str, str]) -> None:
    with pytest.raises(ReleaseRefused):
        Omada().release(site(), sealed, LANDING)


def test_nobody_to_release() -> None:
    assert Omada().release(site(), {}, LANDING) == Redirect(LANDING)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


class Venue:
    """A site, its controller, and visitors who tap."""

    def __init__(self, controller: Controller, server: Server, ca: str) -> None:
        self.controller, self.server = controller, server
        self.gateway, self.talk = Omada(), Controllers()
        self.settings = {"controller": server.url, "ca": ca}

    def tap(self, text: str = "", **changes: str) -> str:
        at = site(self.gateway, **{**self.settings, **changes})
        arrival = self.gateway.arrive(at, text or query(), NOTICE)
        assert arrival is not None
        released = self.gateway.release(at, arrival.release, LANDING)
        assert isinstance(released, ApiCall)
        assert released.landing == LANDING
        try:
            released.tell(self.talk)
        except ReleaseFailed as failed:
            return failed.problem
        return "online"


@pytest.fixture
def venue(authority: Authority) -> Iterator[Venue]:
    controller = Controller()
    context: ssl.SSLContext = authority.context()
    with serving(controller.server(context)) as server:
        yield Venue(controller, server, authority.ca)


def test_a_guest_at_an_access_point_is_let_in(venue: Venue) -> None:
    assert venue.tap(minutes="60") == "online"
    assert venue.controller.authorized == [
        {
            "clientMac": MAC,
            "apMac": AP,
            "ssidName": SSID,
            "radioId": "1",
            "site": "Nhà khách",
            "time": 3_600_000,
            "authType": 4,
        }
    ]


def test_a_guest_behind_a_gateway_is_let_in(venue: Venue) -> None:
    assert venue.tap(wired_query()) == "online"
    [said] = venue.controller.authorized
    assert (said["gatewayMac"], said["vid"], said["time"]) == (GATEWAY, "20", 28_800_000)


def test_a_controller_that_counts_microseconds(venue: Venue) -> None:
    assert venue.tap(minutes="1", unit="us") == "online"
    assert venue.controller.authorized[0]["time"] == 60_000_000


def test_the_cookie_of_older_versions(venue: Venue) -> None:
    venue.controller.cookie = "TPEAP_SESSIONID"
    assert venue.tap() == "online"


def test_many_guests_need_one_login(venue: Venue) -> None:
    assert [venue.tap() for _guest in range(6)] == ["online"] * 6
    assert venue.controller.logins == 1


@pytest.mark.parametrize("expiry", ["page", "redirect", "code"])
def test_a_session_that_has_ended_is_renewed(
    venue: Venue, expiry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    venue.controller.expiry = expiry
    assert venue.tap() == "online"
    venue.controller.forget_sessions()
    if expiry == "code":  # a mere no is doubted only when the login is older
        monkeypatch.setattr("portal.gateways.logins._FRESH", 0.0)
    assert venue.tap() == "online"
    assert venue.controller.logins == 2


def test_a_device_that_the_controller_does_not_know(venue: Venue) -> None:
    unknown = query(clientMac="02-00-5E-00-53-77")
    assert [venue.tap(unknown) for _tap in range(4)] == ["no"] * 4
    assert venue.controller.logins == 1
    assert venue.tap() == "online"


def test_another_network_than_it_was_sent_from(venue: Venue) -> None:
    assert venue.tap(query(ssidName="another")) == "no"


def test_wrong_credentials_are_not_tried_again_and_again(venue: Venue) -> None:
    assert [venue.tap(password="wrong") for _guest in range(5)] == ["login"] * 5
    assert venue.controller.logins == 1
    assert venue.tap() == "online"


def test_another_controller_id(venue: Venue) -> None:
    assert venue.tap(controller_id="0" * 32) == "login"


@pytest.mark.parametrize(
    ("reply", "word"),
    [
        (Reply(500), "broken"),
        (Reply(404), "not_found"),
        (Reply(400), "no"),
        (Reply(302, headers=[("Location", "https://127.0.0.1:1/")]), "login"),
        (Reply(429), "too_many"),
        (Reply(200, body=b"<html>"), "answer"),
        (Reply(200, []), "login"),
        (Reply(200, {"errorCode": 0}), "login"),
        (Reply(200, {"errorCode": 0, "result": []}), "login"),
        (Reply(200, {"errorCode": 0, "result": {"token": 7}}), "login"),
        (Reply(200, {"errorCode": 0, "result": {"token": "x"}}), "login"),  # and no cookie
        (Reply(200, {"errorCode": "0", "result": {"token": "x"}}), "login"),
    ],
)
def test_a_login_that_is_none(venue: Venue, reply: Reply, word: str) -> None:
    venue.controller.broken = reply
    assert venue.tap() == word


@pytest.mark.parametrize(
    ("reply", "word"),
    [
        (Reply(500), "broken"),
        (Reply(429), "too_many"),
        (Reply(200, body=b"?"), "answer"),
        (Reply(200, []), "no"),
        (Reply(200, {"errorCode": -1}), "no"),
        (Reply(200, {"errorCode": None}), "no"),
        (Reply(200, {}), "no"),
    ],
)
def test_an_authorization_that_is_none(venue: Venue, reply: Reply, word: str) -> None:
    assert venue.tap() == "online"
    venue.controller.broken = reply
    assert venue.tap() == word


def test_who_is_not_trusted_hears_no_password(tmp_path: Path, authority: Authority) -> None:
    controller = Controller()
    with serving(controller.server(Authority(tmp_path, "Stranger").context())) as server:
        assert Venue(controller, server, authority.ca).tap() == "certificate"
        assert server.asked == []


# --- kit


def test_the_kit() -> None:
    garden = parse_garden(
        read_text("walled_garden.json"), parse_probes(read_text("probes.json")).hosts
    )
    portal, names = Omada().kit(site(), NOTICE, garden)
    assert f"Custom Portal Server:   {NOTICE}\n" in portal.text
    assert names.text.split() == ["portal.example", *garden.hosts()]
    assert BASE["password"] not in portal.text
