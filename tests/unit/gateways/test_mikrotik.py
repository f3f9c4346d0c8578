"""MikroTik's hotspot: the pages of our kit, three ways to log in, and what only looks like it."""

import hashlib
import html
import re
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.domain.errors import BadArrival, BadSite, ReleaseRefused
from portal.domain.events import Tier
from portal.domain.garden import Garden
from portal.domain.sites import Site
from portal.gateways.base import Arrival, Redirect
from portal.gateways.mikrotik import MikroTik
from tests.counterparts.mikrotik import (
    CHALLENGE,
    GATEWAY,
    IDENT,
    MAC,
    NOTICE,
    PASSWORD,
    PROBE,
    USER,
    Hotspot,
    escaped,
    octal,
    query,
)

MIKROTIK = MikroTik()
LANDING = "http://localhost/online/NONCE?lang=vi"
LINK = f"http://{GATEWAY}/login"
LOGINS = ("trial", "chap", "pap")
RELEASES = {
    "trial": {"link": LINK, "mac": MAC},
    "chap": {"link": LINK, "chap": (IDENT + CHALLENGE).hex()},
    "pap": {"link": LINK},
}


def site(login: str = "trial", **changes: str) -> Site:
    settings = {"login": login, "address": GATEWAY, "username": USER, "password": PASSWORD}
    return Site("nha-nghi", "N", gateway_settings=MIKROTIK.check(settings | changes))


def arrived(text: str, login: str = "trial") -> Arrival:
    arrival = MIKROTIK.arrive(site(login), text, NOTICE)
    assert arrival is not None
    return arrival


def refused(text: str, login: str = "trial") -> str:
    with pytest.raises(BadArrival) as caught:
        MIKROTIK.arrive(site(login), text, NOTICE)
    return caught.value.problem


def sent(where: str) -> str:
    assert where.startswith(f"{NOTICE}?")
    return where.partition("?")[2]


# --- arrivals


@pytest.mark.parametrize("login", LOGINS)
def test_a_genuine_arrival_says_what_its_login_needs_and_no_more(login: str) -> None:
    arrival = arrived(query(login=login), login)
    assert arrival == Arrival(Tier.NONE, release=RELEASES[login], origin=PROBE)


def test_our_own_parameters_are_not_a_gateways() -> None:
    for text in ("", "v=nonce&g=sealed&lang=vi", "c=poster", f"mac={MAC}", "trial=yes&error=x"):
        assert MIKROTIK.arrive(site(), text, NOTICE) is None


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"link-login-only": None}, "bad_link"),
        ({"link-login-only": ""}, "bad_link"),
        ({"link-login-only": "login"}, "bad_link"),
        ({"link-login-only": "//192.168.8.1/login"}, "bad_link"),
        ({"link-login-only": "javascript:alert(1)//login"}, "bad_link"),
        ({"link-login-only": "ftp://192.168.8.1/login"}, "bad_link"),
        ({"link-login-only": f"{LINK}?dst=x"}, "bad_link"),
        ({"link-login-only": f"{LINK}\n"}, "bad_link"),
        ({"link-login-only": f"{LINK}#x"}, "bad_link"),
        ({"link-login-only": "http://a@192.168.8.1/login"}, "bad_link"),
        ({"link-login-only": "http://evil\\192.168.8.1/login"}, "bad_link"),
        ({"link-login-only": "http://192.168.8.1/../login"}, "bad_link"),
        ({"link-login-only": "http://" + "x" * 271 + "/login"}, "bad_link"),
        ({"mac": None}, "missing_mac"),
        ({"mac": ""}, "missing_mac"),
        ({"mac": "---"}, "missing_mac"),
        ({"mac": "02-00-5e-00-53-01"}, "bad_mac"),
        ({"mac": f"{MAC}\n"}, "bad_mac"),
        ({"mac": f"{MAC}&x"}, "bad_mac"),
        ({"mac": "<script>"}, "bad_mac"),
        ({"link-orig": "http://a b/"}, "bad_origin"),
        ({"link-orig": "a\r\nb"}, "bad_origin"),
        ({"link-orig": "x" * 7001}, "bad_origin"),
    ],
)
def test_a_field_of_the_wrong_form(changes: dict[str, str | None], problem: str) -> None:
    assert refused(query(**changes)) == problem


@pytest.mark.parametrize("name", ["chap-id", "chap-challenge"])
@pytest.mark.parametrize(
    "value", [None, "", "\\3", "\\371\\371", "ab", octal(CHALLENGE[:-1]), "\\999", "x" * 17]
)
def test_a_challenge_of_the_wrong_form(name: str, value: str | None) -> None:
    assert refused(query(login="chap", **{name: value}), "chap") == "bad_chap"
    assert arrived(query(**{name: value})).release == RELEASES["trial"]


@pytest.mark.parametrize(
    "raw", [bytes(16), bytes(range(240, 256)), b"\\371&=%+#?'\"<> \x00\x7f\x80"]
)
def test_a_challenge_is_read_octal_or_as_the_bytes_themselves(raw: bytes) -> None:
    """The documentation shows every byte escaped; a version that does not is read as well."""
    raw = raw[-16:]
    form = "".join(f"%{byte:02x}" for byte in raw)
    text = query(login="chap")
    before, after = text.split("chap-challenge=")[0], text.partition("&error=")[2]
    for written in (form, escaped(octal(raw))):
        arrival = arrived(f"{before}chap-challenge={written}&error={after}", "chap")
        assert arrival.release["chap"] == (IDENT + raw).hex()


@pytest.mark.parametrize("login", ["chap", "pap"])
@pytest.mark.parametrize("mac", [None, "", "---"])
def test_an_account_needs_no_hardware_address(login: str, mac: str | None) -> None:
    assert arrived(query(login=login, mac=mac), login).release == RELEASES[login]


@pytest.mark.parametrize("name", ["ip", "username", "link-orig", "error", "trial", "identity"])
def test_what_the_release_does_not_need_may_be_missing_or_empty(name: str) -> None:
    assert arrived(query(**{name: None})).release == RELEASES["trial"]
    assert arrived(query(**{name: ""})).release == RELEASES["trial"]


@pytest.mark.parametrize(
    "extra",
    ["server-name=Nhà nghỉ", "identity=Nh\xc3\xa0", "x=%zz", "y=%00%ff", "z=a b", "w" * 500, "&&="],
)
def test_whatever_else_stands_there_changes_nothing(extra: str) -> None:
    assert arrived(f"{query()}&{extra}").release == RELEASES["trial"]
    assert arrived(f"{extra}&{query()}").origin == PROBE


def test_of_doubled_parameters_the_first_counts() -> None:
    doubled = f"{query()}&link-login-only=http://203.0.113.66/login&mac=00:00:00:00:00:00"
    assert arrived(doubled).release == RELEASES["trial"]


def test_nothing_can_be_put_over_what_the_router_wrote() -> None:
    """The phone chooses the address that it asks for, and with it link-orig."""
    evil = "http://x/?a=1&link-login-only=http://203.0.113.66/login&mac=x#$(mac)"
    arrival = arrived(query(evil))
    assert arrival == Arrival(Tier.NONE, release=RELEASES["trial"], origin=evil)


def test_a_huge_query_is_refused_before_it_is_read() -> None:
    assert refused(query() + "&" * 8192) == "too_long"
    assert refused("link-orig=&" * 20_000) == "too_long"


def test_errors_never_repeat_what_was_sent() -> None:
    for name in ("mac", "link-login-only"):
        assert "mallory" not in refused(query(**{name: "mallory"}))
    assert "mallory" not in refused(query(login="chap", **{"chap-id": "mallory"}), "chap")


# --- releases


@pytest.mark.parametrize("login", LOGINS)
def test_the_router_accepts_the_release_and_sends_the_visitor_to_our_page(login: str) -> None:
    router = Hotspot(login)
    arrival = arrived(sent(router.page()[1]["Location"]), login)
    release = MIKROTIK.release(site(login), arrival.release, LANDING)
    assert isinstance(release, Redirect)
    assert router.login(release.url) == LANDING
    assert router.online
    assert router.login(release.url) == LANDING  # a second tap


@pytest.mark.parametrize("login", ["chap", "pap"])
def test_a_refused_login_comes_back_with_our_page_as_origin(login: str) -> None:
    router = Hotspot(login, password="changed since")
    release = MIKROTIK.release(site(login), RELEASES[login], LANDING)
    assert isinstance(release, Redirect)
    arrival = arrived(sent(router.login(release.url)), login)
    assert not router.online
    assert arrival.captive
    assert arrival.origin == LANDING
    assert arrival.release["link"] == LINK
    assert arrival.release != RELEASES["chap"]  # the challenge is another


@pytest.mark.parametrize("password", ["", "x", "mật khẩu", "+ &%=\\'\"$?", "a" * 200])
@pytest.mark.parametrize("login", ["chap", "pap"])
def test_passwords_of_any_kind(login: str, password: str) -> None:
    router = Hotspot(login, password=password)
    release = MIKROTIK.release(site(login, password=password), RELEASES[login], LANDING)
    assert isinstance(release, Redirect)
    assert router.login(release.url) == LANDING


def test_an_answer_serves_one_challenge() -> None:
    router = Hotspot("chap")
    router.challenge = bytes(16)
    release = MIKROTIK.release(site("chap"), RELEASES["chap"], LANDING)
    assert isinstance(release, Redirect)
    router.login(release.url)
    assert not router.online


def test_the_answer_is_md5_of_ident_password_and_challenge() -> None:
    url = MIKROTIK.release(site("chap"), RELEASES["chap"], LANDING).url
    right = hashlib.md5(IDENT + PASSWORD.encode() + CHALLENGE).hexdigest()
    assert parse_qs(urlsplit(url).query)["password"] == [right]
    assert escaped(PASSWORD) not in url


@pytest.mark.parametrize("login", LOGINS)
def test_the_release_says_no_more_than_it_has_to(login: str) -> None:
    parts = urlsplit(MIKROTIK.release(site(login), RELEASES[login], LANDING).url)
    given = dict(parse_qsl(parts.query, strict_parsing=True))
    assert (parts.scheme, parts.netloc, parts.path) == ("http", f"{GATEWAY}:80", "/login")
    names = {"dst", "username"} | ({"password"} if login != "trial" else set())
    assert set(given) == names
    assert given["dst"] == LANDING
    assert given["username"] == (f"T-{MAC}" if login == "trial" else USER)


def test_a_hotspot_with_tls_and_a_name_of_its_own() -> None:
    there = site(address="wifi.example.vn")
    for link, wanted in (
        ("https://wifi.example.vn/login", "https://wifi.example.vn:443/login?"),
        ("http://wifi.example.vn/login", "http://wifi.example.vn:80/login?"),
    ):
        release = {"link": link, "mac": MAC}
        assert MIKROTIK.release(there, release, LANDING).url.startswith(wanted)


@pytest.mark.parametrize(
    "link",
    [
        "http://203.0.113.66/login",
        "http://192.168.8.1:22/login",
        "http://192.168.8.1:443/login",
        "https://192.168.8.1:80/login",
        "http://0xc0a80801/login",
        "http://3232237569/login",
        "http://192.168.8.1@203.0.113.66/login",
        "http://192.168.8.1/login@203.0.113.66",
        "http://[::ffff:192.168.8.1]/login",
        "http://[fe80::1]/login",
        "http://192.168.8.1/login\r\nX-Evil: 1",
        "javascript://192.168.8.1/login",
        "http://192.168.8.1/admin",
        "",
    ],
)
def test_a_link_of_the_senders_choosing_is_refused(link: str) -> None:
    with pytest.raises(ReleaseRefused):
        MIKROTIK.release(site(), RELEASES["trial"] | {"link": link}, LANDING)


@pytest.mark.parametrize(
    ("login", "release"),
    [
        ("trial", {"hid": "of another brand"}),
        ("trial", RELEASES["chap"]),  # sealed before the site's login was changed
        ("chap", RELEASES["trial"]),
        ("chap", {"link": LINK, "chap": "x"}),
    ],
)
def test_what_was_sealed_for_another_brand_is_refused(login: str, release: dict[str, str]) -> None:
    with pytest.raises(ReleaseRefused):
        MIKROTIK.release(site(login), release, LANDING)


def test_an_ipv6_hotspot_is_written_in_brackets() -> None:
    release = {"link": "http://[2001:db8::1]/login", "mac": MAC}
    url = MIKROTIK.release(site(address="2001:db8::/64"), release, LANDING).url
    assert url.startswith("http://[2001:db8::1]:80/login?")


# --- the kit's pages


def test_the_login_page_redirects_by_http_by_refresh_and_by_link() -> None:
    status, headers, body = Hotspot().page()
    shown = re.findall(r'(?:url=|href=")(http[^"]+)"', body)
    assert status == 302
    assert len(shown) == 2
    assert {html.unescape(address) for address in shown} == {headers["Location"]}


POLYGLOTS = [
    "http://x/?a=1&b=2#c",
    '"><script>alert(1)</script>',
    "'onload='x",
    "javascript:alert(1)",
    "$(mac)$(endif)$(if http-status == 200)",
    "\r\nSet-Cookie: a=b",
    "ế+%2B ~",
    "",
]


@pytest.mark.parametrize("evil", POLYGLOTS)
@pytest.mark.parametrize("name", ["link-orig", "error", "username", "identity", "server-name"])
def test_whatever_a_variable_holds_the_page_says_it_unharmed(name: str, evil: str) -> None:
    _status, headers, body = Hotspot().page(**{name: evil})
    where = headers["Location"]
    assert where.isascii()
    assert where.isprintable()
    assert dict(parse_qsl(urlsplit(where).query, keep_blank_values=True))[name] == evil
    assert body.count("<") == Hotspot().page()[2].count("<")
    assert body.count('"') == Hotspot().page()[2].count('"')


def test_the_pages_write_no_variable_unescaped_that_a_visitor_chooses() -> None:
    variables = re.findall(r"\$\((?!if |endif)([^)]+)\)", Hotspot().files["login.html"])
    assert variables
    assert all(variable.endswith("-esc") for variable in variables)


@pytest.mark.parametrize("name", ["login.html", "alogin.html"])
def test_no_question_stands_within_another(name: str) -> None:
    """RouterOS cannot nest them, and looks for them in comments too."""
    marks = re.findall(r"\$\((if|else|elif|endif)\b", Hotspot().files[name])
    assert marks == ["if", "endif"] * 2
    assert "<!--" not in Hotspot().files[name]


def test_a_notice_with_a_query_of_its_own_keeps_it() -> None:
    files = MIKROTIK.kit(site(), "http://p.example/s/a?x=1", Garden({}, ()))
    assert "http://p.example/s/a?x=1&mac=$(mac-esc)&" in files[0].text
    assert "http://p.example/s/a?x=1&amp;mac=$(mac-esc)&amp;" in files[0].text


# --- the kit's script and the settings

GARDEN = Garden({"play": ("play.google.com", "*.gvt1.com")}, ())


def script(
    notice: str = "http://thongbao.example.vn/s/a", login: str = "trial", **set_: str
) -> str:
    files = {file.name: file.text for file in MIKROTIK.kit(site(login, **set_), notice, GARDEN)}
    assert set(files) == {"login.html", "alogin.html", "bluezone.rsc"}
    return files["bluezone.rsc"]


def test_the_script_opens_the_portal_and_the_garden() -> None:
    lines = script().splitlines()
    start = next(n for n, line in enumerate(lines) if "walled-garden" in line)
    assert lines[start:] == [
        "/ip hotspot walled-garden remove [find comment=bluezone dynamic=no]",
        "/ip hotspot walled-garden ip remove [find comment=bluezone dynamic=no]",
        '/ip hotspot walled-garden add dst-host="thongbao.example.vn" comment=bluezone',
        '/ip hotspot walled-garden add dst-host="play.google.com" comment=bluezone',
        '/ip hotspot walled-garden add dst-host="*.gvt1.com" comment=bluezone',
        '/ip hotspot walled-garden ip add dst-host="thongbao.example.vn" protocol=tcp'
        " comment=bluezone",
        '/ip hotspot walled-garden ip add dst-host="play.google.com" protocol=tcp dst-port=443'
        " comment=bluezone",
    ]
    assert 'ip add dst-address="203.0.113.10"' in script("http://203.0.113.10:8080/s/a")


def test_the_script_sets_what_a_trial_has() -> None:
    text = script(minutes="60", up="512", down="2048")
    assert "/ip hotspot profile set [find] login-by=http-chap,trial\n" in text
    assert "trial-user-profile=bluezone trial-uptime-limit=60m trial-uptime-reset=1m\n" in text
    assert 'shared-users=unlimited rate-limit="512k/2048k"\n' in text
    assert "session-timeout" not in text
    assert "user add" not in text


@pytest.mark.parametrize("login", ["chap", "pap"])
def test_the_script_adds_the_account(login: str) -> None:
    text = script(login=login, minutes="60", password='a"b\\$x?ế')
    assert f"/ip hotspot profile set [find] login-by=http-{login}\n" in text
    assert "session-timeout=60m" in text
    assert "trial" not in text
    assert 'name="khach" password="a\\22b\\5C\\24x\\3F\\E1\\BA\\BF" profile=bluezone\n' in text


def test_the_script_leaves_to_the_router_what_is_not_set() -> None:
    text = script()
    for word in ("rate-limit", "session-timeout", "trial-uptime"):
        assert word not in text
    assert 'rate-limit="0/2048k"' in script(down="2048")
    assert 'rate-limit="512k/0"' in script(up="512")


def test_the_script_can_be_run_again() -> None:
    """Each thing is removed or looked for before it is added."""
    for login in LOGINS:
        text = script(login=login)
        for menu in ("/ip hotspot walled-garden", "/ip hotspot walled-garden ip"):
            assert text.index(f"{menu} remove [find") < text.index(f"{menu} add ")
        assert ":if ([:len [/ip hotspot user profile find name=bluezone]] = 0)" in text
        if login != "trial":
            assert text.index("/ip hotspot user remove") < text.index("/ip hotspot user add")


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"login": "mac"}, "login"),
        ({"login": "chap", "username": ""}, "username"),
        ({"login": "pap", "username": ""}, "username"),
        ({"username": "a\nb"}, "username"),
        ({"password": "x" * 201}, "password"),
        ({"address": ""}, "address"),
        ({"address": "http://192.168.8.1"}, "address"),
        ({"minutes": "0"}, "minutes"),
        ({"up": "fast"}, "up"),
        ({"down": "-1"}, "down"),
        ({"faskey": "x"}, "faskey"),
    ],
)
def test_settings_that_will_not_do(changes: dict[str, str], where: str) -> None:
    with pytest.raises(BadSite) as caught:
        site(**changes)
    assert [problem.where for problem in caught.value.problems] == [where]
    assert all(str(problem) for problem in caught.value.problems)


def test_a_trial_needs_nothing_but_the_address() -> None:
    complete = MIKROTIK.check({"address": GATEWAY})
    assert complete["login"] == "trial"
    assert complete["username"] == complete["minutes"] == ""


# --- anything at all

NAMES = ["mac", "link-login-only", "link-login", "link-orig", "chap-id", "chap-challenge", "trial"]
VALUE = st.text(max_size=60) | st.sampled_from([LINK, MAC, "http://evil.example/login", "\\371"])


@given(st.text(max_size=300), st.sampled_from(LOGINS))
@example("link-orig=", "trial")
@example("link-login-only=http://[/login", "pap")
@example("chap-id=%ff%fe&link-login-only=%00", "chap")
def test_any_query_is_an_arrival_or_a_bad_one(text: str, login: str) -> None:
    check_any(text, login)


@given(st.dictionaries(st.sampled_from(NAMES), VALUE, max_size=3), st.sampled_from(LOGINS))
@example({"chap-id": "ế"}, "chap")
def test_any_field_is_an_arrival_or_a_bad_one(changes: dict[str, str], login: str) -> None:
    raw = "&".join(f"{name}={value}" for name, value in changes.items())
    check_any(f"{raw}&{query(login=login)}", login)
    check_any(query(login=login, **changes), login)


def check_any(text: str, login: str) -> None:
    where = site(login)
    try:
        arrival = MIKROTIK.arrive(where, text, NOTICE)
        if arrival is None:
            return
        release = MIKROTIK.release(where, arrival.release, LANDING)
    except (BadArrival, ReleaseRefused):
        return
    assert isinstance(release, Redirect)
    assert arrival.tier is Tier.NONE
    assert release.url.startswith((f"{LINK[:-6]}:80/login?", f"https://{GATEWAY}:443/login?"))
    assert release.url.isascii()
    assert release.url.isprintable()
