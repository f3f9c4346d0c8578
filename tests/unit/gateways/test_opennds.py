"""openNDS: real bytes of version 9.10.0, its traps, and everything that only looks like it."""

import base64
import hashlib
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlsplit

import pytest
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import example, given
from hypothesis import strategies as st

from portal import gunicorn_conf
from portal.domain.errors import BadArrival, BadSite, ReleaseRefused
from portal.domain.events import Tier
from portal.domain.garden import parse_garden
from portal.domain.probes import parse_probes
from portal.domain.sites import Site
from portal.gateways import opennds_kit
from portal.gateways.base import Arrival, Redirect
from portal.gateways.opennds import OpenNDS
from portal.resources import read_text

KEY = "abcdefghij0123456789"
LANDING = "http://portal.lab:8080/online/NONCE?lang=vi"
PROBE = "http://connectivitycheck.gstatic.com/generate_204"

# What Debian's openNDS 9.10.0 sent for a phone at 10.77.0.108, gateway "Lab Cafe", key as above.
LEVEL_1 = (
    "fas="
    "aGlkPTgzOWIyZWI0YTc2NjRiYjgyOTEyOWM4YzBjMDM3OWNkMDViZDFiY2RiNDM1NjczZWY4ZjE0Nzk2MzY1N2Y0"
    "OWYsIGNsaWVudGlwPTEwLjc3LjAuMTA4LCBjbGllbnRtYWM9MDI6MDA6NWU6MDA6NTM6MDEsIGNsaWVudF90eXBl"
    "PWNwZF9jYW4sIGdhdGV3YXluYW1lPUxhYiUyMENhZmUsIGdhdGV3YXl1cmw9aHR0cCUzYSUyZiUyZnN0YXR1cy5j"
    "bGllbnQsIHZlcnNpb249OS4xMC4wLCBnYXRld2F5YWRkcmVzcz0xMC43Ny4wLjE6MjA1MCwgZ2F0ZXdheW1hYz0w"
    "MjAwNWUwMDUzZmUsIG9yaWdpbnVybD1odHRwJTNhJTJmJTJmY29ubmVjdGl2aXR5Y2hlY2suZ3N0YXRpYy5jb20l"
    "MmZnZW5lcmF0ZV8yMDQsIGNsaWVudGlmPWJyLWxhbiwgdGhlbWVzcGVjPShudWxsKSwgKG51bGwpKG51bGwpKG51"
    "bGwpKG51bGwp"
)
LEVEL_2 = (
    "fas="
    "NTg3YmFyTHJLdk9BVW4xU0dwVTZXZE9mTm80djl5T2o0NVlZNzFSYlVZcWtPNjlnMDhXS1FHSmk2NmR6ejE4MXZn"
    "bVBJMlRSd3diODRtTFZtWWI4Z2FwQnlvK05vY0thT20vT0FBSk5XMTYvREFZbVQwUHc1ZkRabjFNRFlQaTRDaytF"
    "QUxlbXl0Vjk5bVNEcm1ZRkxXZkxHQWJQeTV0Z1hYQ3lrMEJmYWVZVmdEenhBTmVmY0IxRFJnZGdTMXJZNUpuTFF6"
    "UWNTNDlZemg2WnY2U0RKVEVxcS9QYldCdlJ5UDgyaTlqeWc0Ukx4YkdjUUNZWE15VnBidnRGL0kvOW1HRjk2UDVZ"
    "Nyt4dVJvMEthNTNkNXFoK2ZwOVZueVIrM3JtQkRZRG1kM1ZRcHBaMmFMTHp5OTYzdEExYXF1bHZCRWdvVEdEMEtU"
    "a0J5WjhRNzFOMEVmRHNRajViSWM0QzJZdmpwZTdLZmJKb2YvQ0VTb0dkZVUzU0ZVSUVvdk1ydGpmUG9WVXhhNXdt"
    "Ui9WVlV0QTZRV0ZDTEswcTh2WVM0R0dkOWJHM1MwQnRKT0JOOGtHUjNhVWtnMGtmbm12eXdmQTY1T0FKbFlOaksr"
    "aHRGMVJKLzd0ZnZpRStuV3RZWDlIajVxb2pNd25BOTdTRTdmS2VsOTdyRUdMaUVncHIrWEk5eHB6MHh1VWJUaHp1"
    "Z2pzd05HTXNqTUVQVCt1MndLbXh3OXFDWGFiM1k4Ni8zWTBoYXpyRWpaNkhUdWxO"
    "&iv=97162b12d37e378f"
)
HID_1 = "839b2eb4a7664bb829129c8c0c0379cd05bd1bcdb435673ef8f147963657f49f"
HID_2 = "409da11a1a496b6d000aac1ec2dec7161f44fcca454100bd5b9e7feab8ce19a4"
# The tokens with which that gateway then let the phone through.
TOK_1 = "4c0212a0fe230e076f4cefd6a94e1fdb6dd3ed5b5731f7812067a937d570cf15"
TOK_2 = "d97599f0b3d406bdd9dd9c420f933c7785beb355393f97d201e92b506e84526a"
LEVEL_0 = (
    "authaction=http://10.77.0.1:2050/opennds_auth/?clientip=10.77.0.108&gatewayname=Lab%20Cafe"
    "&tok=b4f456c4&redir=http%3a%2f%2fconnectivitycheck.gstatic.com%2fgenerate_204"
)
# A phone that had asked for http://a.example/~x+y?a=1&b=%26%20c,%20tok=1 at level 0.
LEVEL_0_ODD = (
    "authaction=http://10.77.0.1:2050/opennds_auth/?clientip=10.77.0.108&gatewayname=Lab%20Cafe"
    "&tok=f6aafbe0&redir=http%3a%2f%2fa.example%2f~x%2by%3fa%3d1%26b%3d%26%20c%2c%20tok%3d1"
)
# Level 3 sends what level 2 does, to https.
LEVEL_3 = (
    "fas="
    "ejBwYml4R0o3N1RsejRzUTE2Y3MzVmtoaEVUUTRYcnZUNUplNzNGUmdMRmwxWHF5WC9DdWpHTDlVRkg5ZlQ4RVhH"
    "dExkQTdjVEhJUWY4c0djVFlSRndnc3lmZlB0MEJtQytPekdMMW9WV0NQeStrNlUzNXZoVDg1dGxnTkF0WmR5ZUlT"
    "blRUMWg4N1UrWFFKSlQ3R2pBUWRPU2M4MzRrcFZlQUxIMnFVRjV3Y3FqVFRsK2xLODlGNlAyNE5FUDhYcW1GWm5M"
    "WXlMZ1RVek82RzVpSFB2bE4ybzMvOGdCNnRpUldlQ3BPc3JLWThVZzVvKzdvVFhYNm9hYnMvbEQ1emtXRGVXbnVZ"
    "VWF0TFNLUXJyWi9KUk03eVVqZE14a0thQkRHUDdwU2RoWFFadnc2Q003Rk9VaDA3RlJ6TmtKMmo0SkVWTENsVkFL"
    "YXl6NHkyTmJteEFUbEo5TzJTZlhDcGNYNmJ4VVFORUNXN0dBSGVhR0NiSVBLNGZmQ3VYMnZjK0JzdENQRi9kUmxT"
    "djV5RDNQVDJTRFlCbjlxcEdFemYvOTYzOVpYanBuSElJZDY1TEFnNTI5SkFSSlBmclNGUmZROWdmbHJWaW1IekZv"
    "a0JjaHREUXFkMXlNaHk4VE5nYkJlVEdlZlpZZ1ZJNVVtZHJxUklBWjFNNUpzM3AvNnJIMWdLZ2puSlhCWXZqT1ow"
    "RmRkWTdTZTRpWTRNNTcvd0tTekJyUm5Sc1ZuRWJLbzlWVlpZMEpXTGdhOHdJNkFS"
    "&iv=694c8b7ed626ab7f"
)
HID_3 = "e43648058d83fa25825a665557a04e02374aa548682ea932480269883bad806d"
# What that gateway's authmon acknowledged: level 3 proves the key in the same way.
TOK_3 = "d8318213e1ab05144f1f6d142a1cb37b70c336f52bdee48101fdc6130022fbb8"
# Once online, a second tap on the release link comes back like this.
AGAIN = (
    "tok=a0ca13613b7a2716e962d609c568151c03cf398d1279f5f887c94e320a68776c"
    "&redir=http://example.com/&status=authenticated"
)

OPENNDS = OpenNDS()
FIELDS = {
    "hid": HID_1,
    "clientip": "10.77.0.108",
    "clientmac": "02:00:5e:00:53:01",
    "client_type": "cpd_can",
    "gatewayname": "Lab%20Cafe",
    "gatewayurl": "http%3a%2f%2fstatus.client",
    "version": "9.10.0",
    "gatewayaddress": "10.77.0.1:2050",
    "gatewaymac": "02005e0053fe",
    "authdir": "opennds_auth",
    "originurl": quote(PROBE, safe=""),
    "clientif": "br-lan",
    "themespec": "(null)",
}
NOTICE = "http://portal.example/s/a"


def site(level: int, address: str = "10.77.0.1", key: str = KEY, **more: str) -> Site:
    settings = {"level": str(level), "faskey": key, "address": address} | more
    return Site("a", "A", gateway="opennds", gateway_settings=OPENNDS.check(settings))


def line(**changes: str | None) -> str:
    """The string that openNDS makes; a field of None is left out."""
    fields = {name: value for name, value in (FIELDS | changes).items() if value is not None}
    return ", ".join(f"{name}={value}" for name, value in fields.items()) + ", (null)(null)"


def plain(**changes: str | None) -> str:
    """The query of level 0; a parameter of None is left out."""
    given = dict(pair.split("=", 1) for pair in LEVEL_0.split("&")) | changes
    return "&".join(f"{name}={value}" for name, value in given.items() if value is not None)


def level_1(text: str | bytes) -> str:
    raw = text if isinstance(text, bytes) else text.encode()
    return "fas=" + base64.b64encode(raw).decode()


def level_2(text: str | bytes, key: str = KEY, iv: str = "f6c13250a810304c") -> str:
    """Encrypt as openNDS does: PHP's openssl_encrypt, its base64 once more in base64."""
    padder = padding.PKCS7(128).padder()
    padded = padder.update(text if isinstance(text, bytes) else text.encode()) + padder.finalize()
    secret = key.encode()[:32].ljust(32, b"\0")
    encryptor = Cipher(algorithms.AES(secret), modes.CBC(iv.encode())).encryptor()
    inner = base64.b64encode(encryptor.update(padded) + encryptor.finalize())
    return f"fas={base64.b64encode(inner).decode()}&iv={iv}"


def arrived(query: str, level: int) -> Arrival:
    arrival = OPENNDS.arrive(site(level), query, NOTICE)
    assert arrival is not None
    return arrival


def refused(query: str, level: int) -> str:
    with pytest.raises(BadArrival) as caught:
        OPENNDS.arrive(site(level), query, NOTICE)
    return caught.value.problem


# --- real bytes


def test_level_1_as_captured() -> None:
    arrival = arrived(LEVEL_1, 1)
    assert arrival == Arrival(
        tier=Tier.NONE,
        release={"hid": HID_1, "address": "10.77.0.1:2050", "authdir": "opennds_auth"},
        origin=PROBE,
    )
    url = OPENNDS.release(site(1), arrival.release, LANDING).url
    assert url.startswith(f"http://10.77.0.1:2050/opennds_auth/?tok={TOK_1}&redir=")


def test_level_2_as_captured() -> None:
    arrival = arrived(LEVEL_2, 2)
    assert arrival == Arrival(
        tier=Tier.SIGNED,
        release={"hid": HID_2, "address": "10.77.0.1:2050", "authdir": "opennds_auth"},
        origin=PROBE,
    )
    url = OPENNDS.release(site(2), arrival.release, LANDING).url
    assert url.startswith(f"http://10.77.0.1:2050/opennds_auth/?tok={TOK_2}&redir=")


def test_level_0_as_captured() -> None:
    arrival = arrived(LEVEL_0, 0)
    assert arrival == Arrival(
        tier=Tier.NONE,
        release={"tok": "b4f456c4", "address": "10.77.0.1:2050", "authdir": "opennds_auth"},
        origin=PROBE,
    )
    url = OPENNDS.release(site(0), arrival.release, LANDING).url
    assert url == (
        f"http://10.77.0.1:2050/opennds_auth/?tok=b4f456c4&redir={quote(LANDING, safe='')}"
    )
    assert arrived(LEVEL_0_ODD, 0).origin == "http://a.example/~x+y?a=1&b=& c, tok=1"


def test_level_3_as_captured() -> None:
    arrival = arrived(LEVEL_3, 3)
    assert (arrival.tier, arrival.origin) == (Tier.SIGNED, PROBE)
    assert set(arrival.release) == {"hid", "address", "authdir"}
    token = hashlib.sha256((arrival.release["hid"] + KEY).encode()).hexdigest()
    url = OPENNDS.release(site(3), arrival.release, LANDING).url
    assert url.startswith(f"http://10.77.0.1:2050/opennds_auth/?tok={token}&redir=")
    proven = {"hid": HID_3, "address": "10.77.0.1", "authdir": "opennds_auth"}
    assert f"?tok={TOK_3}&" in OPENNDS.release(site(3), proven, LANDING).url


@pytest.mark.parametrize("level", [0, 1, 2, 3])
@pytest.mark.parametrize("query", [LEVEL_0, LEVEL_1, LEVEL_2], ids=["0", "1", "2"])
def test_a_level_that_is_not_the_sites_own_is_refused(level: int, query: str) -> None:
    """Otherwise whoever likes would write what the key is there to prove."""
    sent = {LEVEL_0: (0,), LEVEL_1: (1,), LEVEL_2: (2, 3)}[query]
    if level in sent:
        assert arrived(query, level).captive
    else:
        assert refused(query, level) == "level"


def test_of_two_levels_at_once_the_keyed_one_counts() -> None:
    assert arrived(f"{LEVEL_0}&{LEVEL_2}", 2).release["hid"] == HID_2
    assert arrived(f"{LEVEL_2}&{LEVEL_0}", 2).release["hid"] == HID_2
    assert refused(f"{LEVEL_0}&{LEVEL_2}", 0) == "level"


def test_a_gateway_that_sends_back_who_is_online_already() -> None:
    for level in (0, 1, 2, 3):
        arrival = arrived(AGAIN, level)
        assert (arrival.captive, arrival.origin) == (False, "http://example.com/")
        assert not arrival.release
        assert arrival.tier is Tier.NONE


def test_our_own_parameters_are_not_a_gateways() -> None:
    for query in ("", "v=nonce&g=sealed&lang=vi", "c=poster", "status=unknown&redir=x", "iv=1"):
        assert OPENNDS.arrive(site(2), query, NOTICE) is None


# --- the traps of version 9.10.0


@pytest.mark.parametrize(
    ("level", "query"), [(0, LEVEL_0), (1, LEVEL_1), (2, LEVEL_2), (3, LEVEL_3)]
)
def test_trap_1_a_release_always_has_tok_and_redir_and_never_the_origin(
    level: int, query: str
) -> None:
    """Without one of the two, or with an origin of 6.000 characters, the gateway crashes."""
    url = OPENNDS.release(site(level), arrived(query, level).release, LANDING).url
    parts = urlsplit(url)
    given = parse_qs(parts.query, strict_parsing=True)
    assert set(given) == {"tok", "redir"}
    assert given["redir"] == [LANDING]
    assert len(given["tok"][0]) == (64 if level else 8)
    assert given["tok"][0] == given["tok"][0].lower()
    assert parts.path == "/opennds_auth/"  # without the last slash: 404


def test_trap_2_a_raw_plus_in_level_1_is_no_blank() -> None:
    queries = [level_1(line(originurl=f"http%3a%2f%2fa.example%2f{'x' * n}~~~")) for n in range(3)]
    assert any("+" in query for query in queries)
    for n, query in enumerate(queries):
        assert arrived(query, 1).origin == f"http://a.example/{'x' * n}~~~"


def test_trap_2_lost_padding_is_restored() -> None:
    for n in range(3):
        query = level_1(line(originurl="x" * n)).rstrip("=")
        assert arrived(query, 1).origin == "x" * n


def test_trap_3_an_origin_of_5000_characters_fits() -> None:
    origin = "http://a.example/" + "x" * 4983
    query = level_1(line(originurl=quote(origin, safe="")))
    assert arrived(query, 1).origin == origin
    longest = f"GET /s/{'a' * 40}?{query} HTTP/1.1\r\n"
    assert len(longest) <= gunicorn_conf.limit_request_line


def test_trap_4_level_1_proves_nothing() -> None:
    """Anybody can write it, so it counts as unsigned, and leads only where the site allows."""
    forged = arrived(level_1(line(gatewayaddress="203.0.113.66:2050")), 1)
    assert forged.tier is Tier.NONE
    with pytest.raises(ReleaseRefused):
        OPENNDS.release(site(1), forged.release, LANDING)


def test_trap_4_custom_is_not_covered_by_the_token_so_it_is_never_sent() -> None:
    url = OPENNDS.release(site(1), arrived(LEVEL_1, 1).release, LANDING).url
    assert "custom" not in url


def test_trap_5_the_release_lands_on_our_page_and_not_at_the_origin() -> None:
    """Browsers reuse the connection that was redirected before, and end on an error page."""
    url = OPENNDS.release(site(1), arrived(LEVEL_1, 1).release, LANDING).url
    assert dict(parse_qsl(urlsplit(url).query))["redir"] == LANDING
    assert "gstatic" not in url


def test_trap_6_the_release_is_a_link_for_the_browsers_own_navigation() -> None:
    release = OPENNDS.release(site(2), arrived(LEVEL_2, 2).release, LANDING)
    assert isinstance(release, Redirect)
    assert urlsplit(release.url).scheme == "http"


def test_trap_7_debians_build_writes_null_for_what_it_lacks() -> None:
    text = line(authdir=None)
    assert text.endswith("themespec=(null), (null)(null)")
    assert arrived(level_1(text), 1).release["authdir"] == "opennds_auth"


# --- what only looks like it


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("fas=", "missing_hid"),
        ("fas=%%%", "not_base64"),
        ("fas=a", "not_base64"),
        ("fas=aGlk%00", "not_base64"),
        ("fas=aGlk%0d%0a", "not_base64"),
        ("fas=aGlk*", "not_base64"),
        ("fas=ẃ", "not_base64"),
        (level_1(b"\xff\xfe\x00"), "not_text"),
        (level_1("hid=" + HID_1), "missing_clientip"),
        (level_1(line())[:200], "missing_gatewayname"),
        (LEVEL_2, "level"),
    ],
)
def test_level_1_that_cannot_be_read(query: str, problem: str) -> None:
    assert refused(query, 1) == problem


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"authaction": ""}, "bad_authaction"),
        ({"authaction": "http://10.77.0.1:2050/opennds_auth/"}, "bad_authaction"),
        ({"authaction": "http://10.77.0.1:2050/opennds_auth?clientip=1.2.3.4"}, "bad_authaction"),
        ({"authaction": "https://10.77.0.1/opennds_auth/?clientip=1.2.3.4"}, "bad_authaction"),
        ({"authaction": "javascript:alert(1)//?clientip=1.2.3.4"}, "bad_authaction"),
        ({"authaction": "//10.77.0.1/opennds_auth/?clientip=1.2.3.4"}, "bad_authaction"),
        ({"authaction": "http://u@10.77.0.1/opennds_auth/?clientip=1.2.3.4"}, "bad_authaction"),
        ({"authaction": "http://10.77.0.1/a/../b/?clientip=1.2.3.4"}, "bad_authaction"),
        ({"authaction": "http://10.77.0.1/a%0d%0ab/?clientip=1.2.3.4"}, "bad_authaction"),
        ({"authaction": "http://10.77.0.1/opennds_auth/?clientip=x"}, "bad_authaction"),
        ({"authaction": "http://10.77.0.1/opennds_auth/?clientip=1.2.3.4%0a"}, "bad_authaction"),
        ({"authaction": f"http://{'x' * 271}/opennds_auth/?clientip=1.2.3.4"}, "bad_authaction"),
        ({"tok": None}, "missing_tok"),
        ({"tok": ""}, "bad_tok"),
        ({"tok": "B4F456C4"}, "bad_tok"),
        ({"tok": "b4f456c"}, "bad_tok"),
        ({"tok": "b4f456c4%0a"}, "bad_tok"),
        ({"tok": HID_1}, "bad_tok"),
        ({"redir": None}, "missing_redir"),
    ],
)
def test_level_0_that_cannot_be_read(changes: dict[str, str | None], problem: str) -> None:
    assert refused(plain(**changes), 0) == problem


def test_level_0_proves_nothing_and_leads_only_where_the_site_allows() -> None:
    action = "http://203.0.113.66:2050/opennds_auth/?clientip=10.77.0.108"
    forged = arrived(plain(authaction=action), 0)
    assert forged.tier is Tier.NONE
    with pytest.raises(ReleaseRefused):
        OPENNDS.release(site(0), forged.release, LANDING)


def test_level_0_of_doubled_parameters_the_first_counts() -> None:
    arrival = arrived(f"{LEVEL_0}&tok=00000000&redir=x&authaction=y", 0)
    assert (arrival.release["tok"], arrival.origin) == ("b4f456c4", PROBE)


def test_what_was_sealed_at_another_level_is_refused() -> None:
    """A token for level 0 is no proof at level 1, and a hash is no token."""
    plain_one, hashed = arrived(LEVEL_0, 0).release, arrived(LEVEL_1, 1).release
    for level, release in ((0, hashed), (1, plain_one), (2, plain_one), (3, plain_one)):
        with pytest.raises(ReleaseRefused):
            OPENNDS.release(site(level), release, LANDING)
    for tok in ("", "b4f456c4\r\n", "x" * 8):
        with pytest.raises(ReleaseRefused):
            OPENNDS.release(site(0), plain_one | {"tok": tok}, LANDING)


def test_level_2_that_cannot_be_read() -> None:
    good = level_2(line())
    fas, iv = good.removeprefix("fas=").split("&iv=")
    assert refused(LEVEL_1, 2) == "level"
    assert refused(f"fas={fas}", 2) == "level"
    assert refused(f"fas=%%%&iv={iv}", 2) == "not_base64"
    for length in range(len(fas) - 8):
        assert refused(f"fas={fas[:length]}&iv={iv}", 2) in (
            "not_base64",
            "not_encrypted",
            "wrong_key",
        )
    once = base64.b64decode(fas).decode()
    assert refused(f"fas={quote(once, safe='')}&iv={iv}", 2) == "not_base64"
    for odd in ("", "0" * 15, "0" * 17, "0" * 32, "ư" * 16):
        assert refused(f"fas={fas}&iv={odd}", 2) == "not_encrypted"
    assert refused(f"fas=&iv={iv}", 2) == "not_encrypted"


def test_the_wrong_key_is_never_taken_for_the_right_one() -> None:
    for n in range(300):
        assert refused(level_2(line(), key=f"another{n:03d}key"), 2) in (
            "wrong_key",
            "missing_hid",  # about 1 in 256 unpads by chance, and is then no text or no field
        )


def test_a_tampered_ciphertext_never_changes_where_the_release_goes() -> None:
    """Encrypted is not authenticated: what passes must still be of its strict form."""
    good = level_2(line())
    fas, iv = good.removeprefix("fas=").split("&iv=")
    secret = base64.b64decode(base64.b64decode(fas))
    for position in range(0, len(secret), 3):
        altered = bytearray(secret)
        altered[position] ^= 1
        inner = base64.b64encode(base64.b64encode(altered)).decode()
        try:
            arrival = arrived(f"fas={inner}&iv={iv}", 2)
            url = OPENNDS.release(site(2), arrival.release, LANDING).url
        except (BadArrival, ReleaseRefused):
            continue
        assert url.startswith("http://10.77.0.1:2050/opennds_auth/?tok=")


@pytest.mark.parametrize("length", [10, 16, 31, 32, 33, 64])
def test_keys_shorter_and_longer_than_the_cipher_takes(length: int) -> None:
    key = ("k0" * 40)[:length]
    arrival = OPENNDS.arrive(site(2, key=key), level_2(line(), key=key), NOTICE)
    assert arrival is not None
    assert arrival.release["hid"] == HID_1
    token = hashlib.sha256((HID_1 + key).encode()).hexdigest()
    assert token in OPENNDS.release(site(2, key=key), arrival.release, LANDING).url


NEEDED = (
    "hid",
    "clientip",
    "clientmac",
    "gatewayname",
    "version",
    "gatewayaddress",
    "originurl",
)


@pytest.mark.parametrize("name", NEEDED)
def test_a_missing_field(name: str) -> None:
    assert refused(level_1(line(**{name: None})), 1) == f"missing_{name}"
    assert refused(level_2(line(**{name: None})), 2) == f"missing_{name}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hid", ""),
        ("hid", "b4f456c4"),  # the raw token of level 0
        ("hid", HID_1.upper()),
        ("hid", HID_1[:-1]),
        ("hid", HID_1 + "0"),
        ("hid", HID_1[:-1] + "\n"),
        ("hid", HID_1[:-1] + "&"),
        ("clientip", "10.77.0.108; rm"),
        ("clientip", ""),
        ("clientmac", "02-00-5e-00-53-01"),
        ("clientmac", "02:00:5e:00:53"),
        ("gatewayname", "Lab Cafe"),
        ("gatewayname", "x" * 601),
        ("version", "7.0.0"),
        ("version", "5"),
        ("version", "9.10.0\r\n"),
        ("version", ""),
        ("gatewayaddress", ""),
        ("gatewayaddress", "http://10.77.0.1:2050"),
        ("gatewayaddress", "10.77.0.1:2050/.."),
        ("gatewayaddress", "evil@10.77.0.1"),
        ("gatewayaddress", "10.77.0.1:2050\r\nX: y"),
        ("gatewayaddress", "10.77.0.1:2050\n"),
        ("gatewayaddress", "x" * 271),
        ("authdir", ""),
        ("authdir", "../admin"),
        ("authdir", "a/b"),
        ("authdir", "a?b"),
        ("authdir", "a\r\nb"),
        ("authdir", "%0d%0a"),
        ("authdir", "x" * 65),
        ("originurl", "http://a b/"),
        ("originurl", "a\r\nb"),
        ("originurl", "x" * 7001),
    ],
)
def test_a_field_of_the_wrong_form(name: str, value: str) -> None:
    text = line(**{name: value})
    if len(level_1(text)) <= 8192:
        assert refused(level_1(text), 1) == f"bad_{name}"
    if len(level_2(text)) <= 8192:
        assert refused(level_2(text), 2) == f"bad_{name}"


@pytest.mark.parametrize("version", ["8.0.0", "9.10.0", "10.1.3", "10.2.0beta"])
def test_later_versions_are_taken(version: str) -> None:
    assert arrived(level_2(line(version=version)), 2).release["hid"] == HID_1


def test_nothing_can_be_put_over_what_the_gateway_wrote() -> None:
    """The phone chooses the origin, which stands behind; a second field changes nothing."""
    evil = "x, gatewayaddress=10.77.0.66:2050, hid=" + "0" * 64 + ", authdir=evil"
    for arrival in (
        arrived(level_2(line(originurl=evil)), 2),
        arrived(level_1(line(originurl=evil)), 1),
    ):
        assert arrival.release == {
            "hid": HID_1,
            "address": "10.77.0.1:2050",
            "authdir": "opennds_auth",
        }
        assert arrival.origin == "x"


def test_of_doubled_parameters_the_first_counts() -> None:
    other = level_1(line(hid="0" * 64))
    assert arrived(f"{LEVEL_1}&{other}", 1).release["hid"] == HID_1
    assert arrived(f"{LEVEL_2}&{other}&iv=0", 2).release["hid"] == HID_2


def test_a_huge_query_is_refused_before_it_is_read() -> None:
    for level in (1, 2):
        assert refused("fas=" + "A" * 8189, level) == "too_long"
        assert refused("a=b&" * 20_000, level) == "too_long"
        assert refused("fas=" + "A" * 8188, level) != "too_long"


def test_errors_never_repeat_what_was_sent() -> None:
    """The problem is logged, and what was sent names a device."""
    for query in (level_1("hid=mallory"), level_1(line(clientmac="mallory")), "fas=mallory!"):
        assert "mallory" not in refused(query, 1)


# --- release


@pytest.mark.parametrize(
    "address",
    [
        "203.0.113.66:2050",
        "10.77.0.1:22",
        "0x0a4d0001",
        "172818433",
        "10.77.0.1@203.0.113.66",
        "203.0.113.66#10.77.0.1:2050",
        "10.77.0.1:2050\r\nX-Evil: 1",
        "[::ffff:10.77.0.1]:2050",
        "",
    ],
)
def test_an_address_of_the_senders_choosing_is_refused(address: str) -> None:
    release = {"hid": HID_1, "address": address, "authdir": "opennds_auth"}
    with pytest.raises(ReleaseRefused):
        OPENNDS.release(site(1), release, LANDING)


@pytest.mark.parametrize(
    "release",
    [
        {"chal": "of another brand"},
        {"hid": HID_1},
        {"address": "10.77.0.1"},
        {"hid": HID_1, "address": "10.77.0.1"},
        {"hid": HID_1, "address": "10.77.0.1", "authdir": "a\r\nX-Evil: 1"},
        {"hid": HID_1, "address": "10.77.0.1", "authdir": "../x"},
    ],
)
def test_what_was_sealed_for_another_brand_is_refused(release: dict[str, str]) -> None:
    with pytest.raises(ReleaseRefused):
        OPENNDS.release(site(1), release, LANDING)


def test_the_landing_is_wholly_quoted() -> None:
    landing = "http://portal.lab/online/N?lang=vi&x=1#f\r\nEvil: ế"
    release = {"hid": HID_1, "address": "10.77.0.1", "authdir": "opennds_auth"}
    url = OPENNDS.release(site(1), release, landing).url
    assert url.isascii()
    assert url.isprintable()
    assert dict(parse_qsl(urlsplit(url).query))["redir"] == landing


# --- anything at all

VALUE = st.text(max_size=80) | st.sampled_from([*FIELDS.values(), "10.77.3.4", "a\r\nb", "\0"])


@given(st.text(max_size=400), st.sampled_from([0, 1, 2, 3]))
@example("authaction=http://10.77.3.4/a/?clientip=1.1&tok=00000000&redir=", 0)
@example("fas=&iv=", 2)
@example("fas=====", 1)
@example("&" * 400, 1)
@example("fas=%ff%fe&iv=%ff", 2)
def test_any_query_is_an_arrival_or_a_bad_one(query: str, level: int) -> None:
    check_any(query, level)


@given(st.binary(max_size=400), st.sampled_from([1, 2]), st.booleans())
def test_any_content_is_an_arrival_or_a_bad_one(raw: bytes, level: int, twice: bool) -> None:
    fas = base64.b64encode(base64.b64encode(raw) if twice else raw).decode()
    check_any(f"fas={fas}" + ("&iv=0123456789abcdef" if level == 2 else ""), level)


@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), VALUE, max_size=3), st.sampled_from([1, 2]))
def test_any_field_is_an_arrival_or_a_bad_one(changes: dict[str, str], level: int) -> None:
    text = line(**changes).encode("utf-8", "replace")
    check_any(level_1(text) if level == 1 else level_2(text), level)


@given(
    st.dictionaries(st.sampled_from(["authaction", "tok", "redir", "gatewayname"]), VALUE),
    st.booleans(),
)
def test_any_parameter_of_level_0_is_an_arrival_or_a_bad_one(
    changes: dict[str, str], raw: bool
) -> None:
    check_any(plain(**{n: v if raw else quote(v, safe="") for n, v in changes.items()}), 0)


@given(
    st.dictionaries(st.sampled_from(["hid", "tok", "address", "authdir", "x"]), VALUE, min_size=1),
)
@example({"hid": "\r\n", "address": "10.77.3.4", "authdir": "opennds_auth"})
def test_any_sealed_release_is_a_safe_url_or_refused(release: dict[str, str]) -> None:
    for level in (0, 1):
        check_release(site(level, "10.77.0.0/16"), release)


def check_any(query: str, level: int) -> None:
    place = site(level, "10.77.0.0/16")
    try:
        arrival = OPENNDS.arrive(place, query, NOTICE)
    except BadArrival:
        return
    if arrival is not None:
        check_release(place, arrival.release)


def check_release(place: Site, release: Any) -> None:
    try:
        url = OPENNDS.release(place, release, LANDING).url
    except ReleaseRefused:
        return
    if not release:
        assert url == LANDING
        return
    assert url.startswith("http://10.77.")
    assert url.isascii()
    assert url.isprintable()
    parts = urlsplit(url)
    assert (parts.port, parts.username, parts.fragment) == (2050, None, "")
    assert [name for name, _value in parse_qsl(parts.query)] == ["tok", "redir"]


# --- settings


def test_settings_are_completed() -> None:
    assert OPENNDS.check({"faskey": KEY, "address": "10.77.0.1"}) == {
        "level": "2",
        "faskey": KEY,
        "address": "10.77.0.1",
        "minutes": "",
        "up": "",
        "down": "",
    }


def test_level_0_needs_no_key_and_no_other_level_goes_without() -> None:
    assert OPENNDS.check({"level": "0", "address": "10.77.0.1"})["faskey"] == ""
    assert OPENNDS.check({"level": "0", "address": "10.77.0.1", "faskey": KEY})["faskey"] == KEY
    for level in ("1", "2", "3"):
        with pytest.raises(BadSite) as caught:
            OPENNDS.check({"level": level, "address": "10.77.0.1"})
        assert [problem.where for problem in caught.value.problems] == ["faskey"]
    with pytest.raises(BadSite):  # one that is given is a good one at level 0, too
        OPENNDS.check({"level": "0", "address": "10.77.0.1", "faskey": "1234567890"})


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"level": "4"}, ["level"]),
        ({"level": "-1"}, ["level"]),
        ({"level": "02"}, ["level"]),
        ({"minutes": "0"}, ["minutes"]),
        ({"minutes": "1.5"}, ["minutes"]),
        ({"up": "fast", "down": "-1"}, ["up", "down"]),
        ({"faskey": ""}, ["faskey"]),
        ({"faskey": "short"}, ["faskey"]),
        ({"faskey": "x" * 65}, ["faskey"]),
        ({"faskey": "with blanks in it"}, ["faskey"]),
        ({"faskey": "1234567890"}, ["faskey"]),  # openNDS's default, known to everybody
        ({"address": ""}, ["address"]),
        ({"address": "http://10.77.0.1"}, ["address"]),
        ({"address": "10.77.0.1/16"}, ["address"]),
        ({"fas_key": "x"}, ["fas_key"]),
        (
            {"level": "9", "faskey": "1", "address": "?", "x": "y"},
            ["x", "level", "faskey", "address"],
        ),
    ],
)
def test_settings_that_cannot_be_used(changes: dict[str, str], where: list[str]) -> None:
    with pytest.raises(BadSite) as caught:
        OPENNDS.check({"level": "2", "faskey": KEY, "address": "10.77.0.1"} | changes)
    assert [problem.where for problem in caught.value.problems] == where
    key = changes.get("faskey", "")
    assert len(key) < 5 or key not in str(caught.value)


# --- kit


def kit(level: int = 2, notice: str = "http://portal.example/s/a", **more: str) -> dict[str, str]:
    place = site(level, **more)
    return {file.name: file.text for file in OPENNDS.kit(place, notice, GARDEN)}


PROBES = parse_probes(read_text("probes.json"))
GARDEN = parse_garden(read_text("walled_garden.json"), PROBES.hosts)


@pytest.mark.parametrize(
    ("level", "notice", "port"),
    [
        (0, "http://portal.example/s/a", "80"),
        (1, "http://portal.example:8080/s/a", "8080"),
        (2, "https://portal.example:8443/s/a", "80"),  # that port speaks https, level 2 does not
        (3, "https://portal.example/s/a", "443"),
        (3, "https://portal.example:8443/s/a", "8443"),
        (3, "http://portal.example:8080/s/a", "443"),
    ],
)
def test_the_kit_names_the_notice_as_the_level_reaches_it(
    level: int, notice: str, port: str
) -> None:
    files = kit(level, notice)
    for line in (
        f"fas_secure_enabled '{level}'",
        "fasremotefqdn 'portal.example'",
        f"fasport '{port}'",
        "faspath '/s/a'",
        f"faskey '{KEY}'",
    ):
        assert f"\toption {line}\n" in files["opennds"]
        assert line.replace("'", "") + "\n" in files["opennds.conf"]


def test_the_kit_of_level_0_has_no_key() -> None:
    place = Site("a", "A", gateway_settings=OPENNDS.check({"level": "0", "address": "10.77.0.1"}))
    assert all("faskey" not in f.text for f in OPENNDS.kit(place, NOTICE, GARDEN))


def test_a_portal_without_a_name_is_reached_by_its_address() -> None:
    text = kit(notice="http://203.0.113.10/s/a")["opennds"]
    assert "fasremoteip '203.0.113.10'" in text
    assert "fasremotefqdn" not in text


def test_the_kit_limits_time_and_speed_only_where_the_site_says_so() -> None:
    limits = ("sessiontimeout", "uploadrate", "downloadrate")
    assert not any(name in kit()["opennds"] for name in limits)
    text = kit(minutes="90", up="1000", down="3000")["opennds.conf"]
    assert "sessiontimeout 90\nuploadrate 1000\ndownloadrate 3000\n" in text


@pytest.mark.parametrize("name", ["Bill's WiFi", 'a"b', "$(reboot)", "`reboot`", "a\\b"])
def test_a_sites_name_cannot_break_out_of_its_line(name: str) -> None:
    place = replace(site(2), name=name)
    for file in OPENNDS.kit(place, NOTICE, GARDEN):
        for line in file.text.splitlines():
            if "gatewayname" in line:
                value = line.split("gatewayname ", 1)[1].removeprefix("'").removesuffix("'")
                assert not set(value) & set("'\"`$\\")


def test_the_kits_walled_garden_opens_no_connectivity_check() -> None:
    """dnsmasq opens every name below one that is listed, so even "*.x" is written as "x"."""
    opened = opennds_kit.names(GARDEN)
    assert "play.google.com" in opened
    assert "gvt1.com" in opened
    assert not any("*" in host for host in opened)
    for name in GARDEN.closed:
        assert not any(name == host or name.endswith(f".{host}") for host in opened), name
    text = kit()["opennds"]
    assert f"list walledgarden_fqdn_list '{' '.join(opened)}'" in text
    assert "list walledgarden_port_list '443'" in text  # checks by http stay captured
