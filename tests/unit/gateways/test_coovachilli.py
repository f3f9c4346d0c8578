"""CoovaChilli: its signature, its two ways to log in, and everything that only looks like it."""

import hashlib
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.domain.errors import BadArrival, BadSite, ReleaseRefused
from portal.domain.events import Tier
from portal.domain.garden import Garden
from portal.domain.sites import Site
from portal.gateways.base import Arrival, Redirect
from portal.gateways.coovachilli import CoovaChilli
from tests.counterparts.coovachilli import (
    CHALLENGE,
    GATEWAY,
    NOTICE,
    PASSWORD,
    PROBE,
    SECRET,
    USER,
    Chilli,
    encoded,
    query,
)

CHILLI = CoovaChilli()
LANDING = "http://localhost/online/NONCE?lang=vi"
RELEASE = {"address": GATEWAY, "chal": CHALLENGE}
SETTINGS = {
    "uamsecret": SECRET,
    "username": USER,
    "password": PASSWORD,
    "address": "192.168.8.1",
}

# What version 1.7 was seen to send: no value for ``called``, and none for ``userurl`` at first.
SEEN = (
    "res=notyet&uamip=10.1.0.1&uamport=3990&challenge=0123456789abcdef0123456789abcdef&called="
    "&mac=02-00-5E-00-53-01&ip=10.1.0.2&nasid=nas01&sessionid=5fbd5c1a00000001&userurl="
)


def site(**changes: str) -> Site:
    return Site("khach-san", "K", gateway_settings=CHILLI.check(SETTINGS | changes))


def arrived(text: str, **changes: str) -> Arrival:
    arrival = CHILLI.arrive(site(**changes), text, NOTICE)
    assert arrival is not None
    return arrival


def refused(text: str, **changes: str) -> str:
    with pytest.raises(BadArrival) as caught:
        CHILLI.arrive(site(**changes), text, NOTICE)
    return caught.value.problem


def released(**changes: str) -> str:
    release = CHILLI.release(site(**changes), RELEASE, LANDING)
    assert isinstance(release, Redirect)
    return release.url


# --- arrivals


def test_a_genuine_arrival_is_signed_and_says_where_to_log_in() -> None:
    assert arrived(query()) == Arrival(Tier.SIGNED, release=RELEASE, origin=PROBE)


def test_the_signature_is_over_the_whole_address_in_capitals() -> None:
    text = f"{NOTICE}?{SEEN}"
    md = hashlib.md5((text + SECRET).encode()).hexdigest()
    assert arrived(f"{SEEN}&md={md.upper()}").tier is Tier.SIGNED
    assert arrived(f"{SEEN}&md={md}").tier is Tier.NONE
    assert arrived(SEEN).origin == ""  # as in the first redirect after DHCP


@pytest.mark.parametrize(
    "text",
    [
        query(md=None),
        query(md="0" * 32),
        query(md="x"),
        query() + "0",
        query()[:-1],
        query() + "&lang=vi",  # appended
        query().replace("uamport=3990", "uamport=80"),
        query().replace("192.168.8.1&", "203.0.113.66&"),
        query().replace("nas01", "nas02"),
        "&".join(reversed(query().split("&"))),  # of another order
        query(secret="another2021caobang"),
        query(notice="http://localhost/s/another-site"),
        query(notice="https://localhost/s/khach-san"),
        query() + "&md=" + query().rpartition("=")[2],
    ],
)
def test_what_is_not_signed_exactly_is_served_and_proves_nothing(text: str) -> None:
    arrival = arrived(text)
    assert arrival.tier is Tier.NONE
    assert arrival.captive
    assert set(arrival.release) == {"address", "chal"}


def test_absent_and_wrong_signatures_are_told_apart_by_nothing() -> None:
    assert arrived(query(md=None)) == arrived(query(md="F" * 32))


def test_every_single_changed_character_loses_the_signature() -> None:
    text = query()
    for position in range(len(text)):
        altered = text[:position] + ("0" if text[position] != "0" else "1") + text[position + 1 :]
        try:
            arrival = CHILLI.arrive(site(), altered, NOTICE)
        except BadArrival:
            continue
        assert arrival is None or arrival.tier is Tier.NONE


def test_a_replayed_arrival_says_the_same_again_and_no_more() -> None:
    """Its challenge serves one login; what is counted is the view, which is new each time."""
    assert arrived(query()) == arrived(query())


@pytest.mark.parametrize("res", ["success", "already"])
def test_who_is_online_already(res: str) -> None:
    arrival = arrived(query(LANDING, res=res, challenge=None))
    assert arrival == Arrival(Tier.SIGNED, captive=False, origin=LANDING)


@pytest.mark.parametrize("res", ["failed", "logoff", "splash"])
def test_who_has_to_log_in_again_gets_the_new_challenge(res: str) -> None:
    arrival = arrived(query(LANDING, res=res, challenge="f" * 32))
    assert arrival.captive
    assert arrival.release["chal"] == "f" * 32
    assert arrival.origin == LANDING


def test_our_own_parameters_are_not_a_gateways() -> None:
    for text in ("", "v=nonce&g=sealed&lang=vi", "c=poster", "mac=02-00-5E-00-53-01", "md=0"):
        assert CHILLI.arrive(site(), text, NOTICE) is None


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"res": None}, "bad_res"),
        ({"res": ""}, "bad_res"),
        ({"res": "wispr"}, "bad_res"),
        ({"uamip": None}, "missing_uamip"),
        ({"uamip": ""}, "bad_uamip"),
        ({"uamip": "fe80::1"}, "bad_uamip"),
        ({"uamip": "gateway.example"}, "bad_uamip"),
        ({"uamip": "10.1.0.1@203.0.113.66"}, "bad_uamip"),
        ({"uamip": "10.1.0.1\n"}, "bad_uamip"),
        ({"uamip": "١٠.١.٠.١"}, "bad_uamip"),
        ({"uamport": None}, "missing_uamport"),
        ({"uamport": ""}, "bad_uamport"),
        ({"uamport": "-1"}, "bad_uamport"),
        ({"uamport": "3990/x"}, "bad_uamport"),
        ({"uamport": "123456"}, "bad_uamport"),
        ({"challenge": None}, "bad_challenge"),
        ({"challenge": ""}, "bad_challenge"),
        ({"challenge": CHALLENGE[:-1]}, "bad_challenge"),
        ({"challenge": CHALLENGE + "\n"}, "bad_challenge"),
        ({"challenge": "g" * 32}, "bad_challenge"),
        ({"mac": "02:00:5e:00:53:01"}, "bad_mac"),
        ({"mac": "<script>"}, "bad_mac"),
        ({"ip": "192.168.8.108; rm"}, "bad_ip"),
        ({"userurl": "http://a b/"}, "bad_userurl"),
        ({"userurl": "a\r\nb"}, "bad_userurl"),
        ({"userurl": "x" * 7001}, "bad_userurl"),
    ],
)
def test_a_field_of_the_wrong_form(changes: dict[str, str | None], problem: str) -> None:
    assert refused(query(**changes)) == problem
    assert refused(query(**changes, md=None)) == problem  # a signature changes nothing


@pytest.mark.parametrize("name", ["called", "mac", "ip", "nasid", "sessionid", "userurl"])
def test_what_the_release_does_not_need_may_be_missing_or_empty(name: str) -> None:
    assert arrived(query(**{name: None})).release == RELEASE
    assert arrived(query(**{name: ""})).release == RELEASE


@pytest.mark.parametrize(
    "extra",
    [
        "nasid=Bến xe",
        "nasid=B\xe1\xba\xbfn",
        "ssid=%zz",
        "loc=%00%ff",
        "vlan=a b",
        "x" * 500,
        "&&=",
    ],
)
def test_whatever_else_stands_there_changes_nothing(extra: str) -> None:
    assert arrived(f"{query(md=None)}&{extra}").release == RELEASE
    assert arrived(f"{extra}&{query(md=None)}").origin == PROBE


def test_names_with_diacritics_are_signed_as_they_are_written() -> None:
    assert arrived(query(nasid="Bến xe Bảo Lâm", ssid="Đón khách")).tier is Tier.SIGNED


def test_of_doubled_parameters_the_first_counts() -> None:
    doubled = "&uamip=203.0.113.66&uamport=80&res=success&challenge=" + "0" * 32
    assert arrived(query() + doubled).release == RELEASE


def test_a_huge_query_is_refused_before_it_is_read() -> None:
    assert refused(query() + "&" * 8192) == "too_long"
    assert refused("res=notyet&" * 20_000) == "too_long"


def test_errors_never_repeat_what_was_sent() -> None:
    for name in ("res", "uamip", "uamport", "challenge", "mac", "ip"):
        assert "mallory" not in refused(query(**{name: "mallory"}))


# --- releases


@pytest.mark.parametrize("login", ["chap", "pap"])
def test_the_gateway_accepts_the_release_and_sends_the_visitor_to_our_page(login: str) -> None:
    gateway = Chilli()
    arrival = arrived(gateway.redirect().partition("?")[2])
    release = CHILLI.release(site(login=login), arrival.release, LANDING)
    assert isinstance(release, Redirect)
    back = gateway.logon(release.url)
    assert gateway.online
    assert arrived(back.partition("?")[2]) == Arrival(Tier.SIGNED, captive=False, origin=LANDING)


@pytest.mark.parametrize("login", ["chap", "pap"])
@pytest.mark.parametrize("password", ["", "x", "a" * 15, "a" * 16, "a" * 17, "ế" * 32, "+ &%=\\'"])
def test_passwords_of_any_length(login: str, password: str) -> None:
    if not password:
        with pytest.raises(BadSite):
            site(login=login, password=password)
        return
    gateway = Chilli(password=password)
    gateway.logon(released(login=login, password=password))
    assert gateway.online


@pytest.mark.parametrize("login", ["chap", "pap"])
@pytest.mark.parametrize("changes", [{"password": "wrong"}, {"uamsecret": "another2021caobang"}])
def test_the_gateway_refuses_the_wrong_account(login: str, changes: dict[str, str]) -> None:
    gateway = Chilli()
    back = gateway.logon(released(login=login, **changes))
    assert not gateway.online
    arrival = arrived(back.partition("?")[2])
    assert arrival.captive
    assert arrival.origin == LANDING
    assert arrival.release["chal"] == gateway.challenge != CHALLENGE


def test_an_answer_serves_one_challenge() -> None:
    gateway = Chilli()
    gateway.challenge = "0" * 32
    gateway.logon(released())
    assert not gateway.online


def test_a_password_is_never_in_the_address() -> None:
    for login in ("chap", "pap"):
        url = released(login=login, password="matkhau-cua-quan")
        assert "matkhau" not in url
        assert b"matkhau".hex() not in url


def test_the_release_says_no_more_than_it_has_to() -> None:
    parts = urlsplit(released())
    sent = parse_qs(parts.query, strict_parsing=True)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"http://{GATEWAY}/logon"
    assert set(sent) == {"username", "response", "userurl"}
    assert sent["userurl"] == [LANDING]
    assert parts.query.isascii()
    assert "username=hai%20kh%C3%A1ch%2B&" in released(username="hai khách+")  # "+" is no blank


def test_a_network_of_gateways_and_another_port() -> None:
    release = RELEASE | {"address": "10.1.7.1:3990"}
    url = CHILLI.release(site(address="10.1.0.0/16"), release, LANDING).url
    assert url.startswith("http://10.1.7.1:3990/logon?")
    release = RELEASE | {"address": "10.1.7.1:3991"}
    url = CHILLI.release(site(address="10.1.7.1:3991"), release, LANDING).url
    assert url.startswith("http://10.1.7.1:3991/logon?")


@pytest.mark.parametrize(
    "address",
    [
        "203.0.113.66:3990",
        "192.168.8.1:22",
        "0xc0a80801:3990",
        "3232237569:3990",
        "192.168.8.1@203.0.113.66:3990",
        "192.168.8.1:3990\r\nX-Evil: 1",
        "[::ffff:192.168.8.1]:3990",
        "192.168.8.1:0",
        "192.168.8.1:99999",
        "",
    ],
)
def test_an_address_of_the_senders_choosing_is_refused(address: str) -> None:
    with pytest.raises(ReleaseRefused):
        CHILLI.release(site(), RELEASE | {"address": address}, LANDING)


@pytest.mark.parametrize(
    "release",
    [
        {"hid": "of another brand"},
        {"address": GATEWAY},
        {"chal": CHALLENGE},
        RELEASE | {"chal": "x"},
    ],
)
def test_what_was_sealed_for_another_brand_is_refused(release: dict[str, str]) -> None:
    with pytest.raises(ReleaseRefused):
        CHILLI.release(site(), release, LANDING)


def test_a_signed_arrival_is_held_to_the_sites_addresses_all_the_same() -> None:
    arrival = arrived(query(uamip="203.0.113.66"))
    assert arrival.tier is Tier.SIGNED
    with pytest.raises(ReleaseRefused):
        CHILLI.release(site(), arrival.release, LANDING)


# --- with TLS


def test_with_tls_the_release_goes_where_chilli_says_that_it_listens() -> None:
    settings = {"ssl": "on", "address": "cong.example.vn"}
    arrival = arrived(query(ssl="https://cong.example.vn:4990/"), **settings)
    assert arrival.release["address"] == "cong.example.vn:4990"
    url = CHILLI.release(site(**settings), arrival.release, LANDING).url
    assert url.startswith("https://cong.example.vn:4990/logon?username=")


@pytest.mark.parametrize(
    "ssl",
    [None, "", "http://192.168.8.1:4990/", "https://192.168.8.1:4990/x", "https://a@b:4990/", "x"],
)
def test_with_tls_nothing_else_will_do(ssl: str | None) -> None:
    assert refused(query(ssl=ssl), ssl="on") == "bad_ssl"


def test_with_tls_no_other_host_is_asked() -> None:
    arrival = arrived(query(ssl="https://evil.example:4990/"), ssl="on")
    with pytest.raises(ReleaseRefused):
        CHILLI.release(site(ssl="on"), arrival.release, LANDING)


def test_without_tls_what_chilli_says_of_it_is_not_followed() -> None:
    assert arrived(query(ssl="https://evil.example:4990/")).release == RELEASE


# --- settings and kit


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"uamsecret": ""}, "uamsecret"),
        ({"uamsecret": "short"}, "uamsecret"),
        ({"uamsecret": "change-me-please"}, "uamsecret"),
        ({"uamsecret": "x'; rm -rf / #12"}, "uamsecret"),
        ({"username": ""}, "username"),
        ({"username": "a\nb"}, "username"),
        ({"username": "ế" * 100}, "username"),
        ({"password": "x" * 129}, "password"),
        ({"password": "ế" * 43}, "password"),
        ({"login": "mschap"}, "login"),
        ({"ssl": "yes"}, "ssl"),
        ({"address": ""}, "address"),
        ({"address": "192.168.8.1:99999"}, "address"),
    ],
)
def test_settings_that_will_not_do(changes: dict[str, str], where: str) -> None:
    with pytest.raises(BadSite) as caught:
        CHILLI.check(SETTINGS | changes)
    assert [problem.where for problem in caught.value.problems] == [where]
    assert all(str(problem) for problem in caught.value.problems)


def test_the_kit_names_the_portal_and_the_garden_as_chilli_reads_them() -> None:
    garden = Garden({"play": ("play.google.com", "*.gvt1.com")}, ())
    notice = "http://thongbao.example.vn/s/khach-san"
    files = {file.name: file.text for file in CHILLI.kit(site(), notice, garden)}
    assert files["config"].splitlines() == [
        f"HS_UAMSECRET='{SECRET}'",
        "HS_UAMSERVER='thongbao.example.vn'",
        f"HS_UAMFORMAT='{notice}'",
        "HS_UAMHOMEPAGE=''",
        "HS_UAMALLOW='thongbao.example.vn'",
        "HS_UAMDOMAINS='play.google.com,.gvt1.com'",
    ]
    assert files["users"] == f"\"{USER}\" Cleartext-Password := '{PASSWORD}'\n"


def test_the_kits_quotes_cannot_be_left() -> None:
    files = CHILLI.kit(site(password="a' \\ %{x}"), NOTICE, Garden({}, ()))
    assert files[1].text.endswith(":= 'a\\' \\\\ %{x}'\n")
    files = CHILLI.kit(site(ssl="on"), NOTICE, Garden({}, ()))
    assert "HS_UAMUISSL='on'\n" in files[0].text


# --- anything at all

NAMES = ["res", "uamip", "uamport", "challenge", "mac", "ip", "userurl", "md", "ssl", "nasid"]
VALUE = st.text(max_size=60) | st.sampled_from(["notyet", "failed", "success", CHALLENGE, GATEWAY])


@given(st.text(max_size=300), st.sampled_from(["on", "off"]))
@example("res=&uamip=", "off")
@example("&md=", "off")
@example("res=notyet&md=\xff", "off")
@example("res=notyet&uamip=%ff%fe&uamport=\ud7ff", "off")
def test_any_query_is_an_arrival_or_a_bad_one(text: str, ssl: str) -> None:
    check_any(text, ssl)


@given(st.dictionaries(st.sampled_from(NAMES), VALUE, max_size=3), st.sampled_from(["on", "off"]))
def test_any_field_is_an_arrival_or_a_bad_one(changes: dict[str, str], ssl: str) -> None:
    raw = "&".join(f"{name}={value}" for name, value in changes.items())
    check_any(f"{raw}&{query()}", ssl)
    check_any(query(**{name: encoded(value) for name, value in changes.items()}), ssl)


def check_any(text: str, ssl: str) -> None:
    where = site(ssl=ssl)
    try:
        arrival = CHILLI.arrive(where, text, NOTICE)
        if arrival is None:
            return
        release = CHILLI.release(where, arrival.release, LANDING)
    except (BadArrival, ReleaseRefused):
        return
    assert isinstance(release, Redirect)
    assert release.url == LANDING or release.url.startswith(
        ("http://192.168.8.1:3990/logon?", "https://192.168.8.1:4990/logon?")
    )
    assert release.url.isascii()
    assert release.url.isprintable()
