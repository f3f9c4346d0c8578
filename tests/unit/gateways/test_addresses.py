"""Addresses of gateways: only what the site allows, in one spelling, ready for a URL."""

import string
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.domain.errors import ReleaseRefused
from portal.gateways.addresses import Allowed, parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.168.8.1", ("192.168.8.1", 2050)),
        ("192.168.8.1:80", ("192.168.8.1", 80)),
        ("status.client", ("status.client", 2050)),
        ("Status.Client:8080", ("status.client", 8080)),
        ("gateway", ("gateway", 2050)),
        ("[fd00::1]", ("fd00::1", 2050)),
        ("[FD00:0:0::0001]:2051", ("fd00::1", 2051)),
        ("xn--bo-lm-sqa.example.vn", ("xn--bo-lm-sqa.example.vn", 2050)),
    ],
)
def test_good_addresses(text: str, expected: tuple[str, int]) -> None:
    assert parse(text, 2050) == expected


ODD = [
    "",
    " ",
    "0x7f.1",
    "0x7f000001",
    "127.0.0.0x1",
    "gateway.0x",
    "2130706433",
    "017700000001",
    "010.0.0.1",
    "10.1",
    "10.0.0.1.",
    "10.0.0.256",
    "10.0.0.-1",
    "１０.0.0.1",
    "١٠.0.0.1",
    "10。0。0。1",
    "user@10.0.0.1",
    "user:secret@10.0.0.1",
    "10.0.0.1@evil.example",
    "10.0.0.1#@evil.example",
    "10.0.0.1/path",
    "10.0.0.1/..",
    "10.0.0.1?a=b",
    "10.0.0.1\\@evil.example",
    "http://10.0.0.1",
    "//10.0.0.1",
    "10.0.0.1 ",
    " 10.0.0.1",
    "10.0.0.1\n",
    "10.0.0.1\r\nSet-Cookie: a=b",
    "10.0.0.1\t",
    "10.0.0.1\0",
    "10.0.0.1%00",
    "10.0.0.1:",
    "10.0.0.1:0",
    "10.0.0.1:65536",
    "10.0.0.1:999999",
    "10.0.0.1:-1",
    "10.0.0.1:８０",
    "10.0.0.1:80:80",
    "10.0.0.1:http",
    "fd00::1",
    "[fd00::1",
    "fd00::1]",
    "[[fd00::1]]",
    "[fd00::1%eth0]",
    "[fd00::1%25eth0]",
    "[fd00::1]2050",
    "[]",
    "[gateway]",
    "gateway.",
    ".gateway",
    "a..b",
    "a_b",
    "gẃ.lan",
    "bảo-lâm.vn",
    "a" * 64,
    "a." * 130 + "vn",
    "status.client,10.0.0.1",
    "*",
    "*.client",
]


@pytest.mark.parametrize("text", ODD)
def test_odd_spellings_are_refused(text: str) -> None:
    with pytest.raises(ReleaseRefused):
        parse(text, 2050)


EVERYWHERE = " ".join(
    [*(f"{n}.0.0.0/8" for n in range(256)), *(f"{n:x}00::/8" for n in range(256))]
)


@pytest.mark.parametrize("text", ODD)
def test_odd_spellings_are_refused_even_where_everything_is_allowed(text: str) -> None:
    with pytest.raises(ReleaseRefused):
        Allowed(f"{EVERYWHERE} status.client 127.0.0.1 10.0.0.1 [fd00::1]", 2050).netloc(text)


@pytest.mark.parametrize(
    ("allowed", "text", "netloc"),
    [
        ("192.168.8.1", "192.168.8.1", "192.168.8.1:2050"),
        ("192.168.8.1", "192.168.8.1:2050", "192.168.8.1:2050"),
        ("192.168.8.1:80", "192.168.8.1:80", "192.168.8.1:80"),
        ("STATUS.client", "status.CLIENT", "status.client:2050"),
        ("192.168.8.1, status.client", "status.client", "status.client:2050"),
        ("10.77.0.0/16", "10.77.200.1:2050", "10.77.200.1:2050"),
        ("[fd00::1]", "[fd00:0::1]", "[fd00::1]:2050"),
        ("fd00::/64", "[fd00::ab]:2050", "[fd00::ab]:2050"),
    ],
)
def test_allowed_ones_in_their_one_spelling(allowed: str, text: str, netloc: str) -> None:
    assert Allowed(allowed, 2050).netloc(text) == netloc


@pytest.mark.parametrize(
    ("allowed", "text"),
    [
        ("192.168.8.1", "192.168.8.2"),
        ("192.168.8.1", "192.168.8.1:80"),
        ("192.168.8.1:80", "192.168.8.1"),
        ("status.client", "evil.status.client"),
        ("status.client", "status.client.evil.example"),
        ("10.77.0.0/16", "10.78.0.1"),
        ("10.77.0.0/16", "10.77.0.1:22"),
        ("10.77.0.0/16", "status.client"),
        ("10.77.0.0/16", "[::ffff:10.77.0.1]"),
        ("::/8", "[::ffff:10.77.0.1]"),
        ("::/8", "10.77.0.1"),
        ("fd00::/64", "[fd00:0:0:1::1]"),
    ],
)
def test_others_are_refused(allowed: str, text: str) -> None:
    with pytest.raises(ReleaseRefused):
        Allowed(allowed, 2050).netloc(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " , ",
        "0.0.0.0/0",
        "::/0",
        "8.0.0.0/7",
        "10.0.0.1/24",
        "10.0.0.0/33",
        "http://10.0.0.1",
        "10.0.0.1/path",
        "0x7f.1",
        "a b_c",
    ],
)
def test_a_list_that_cannot_be_understood(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Allowed(text, 2050)


NEAR = st.text(string.hexdigits + ".:[]@/#?%\\ \r\n\0x-", max_size=30) | st.text(max_size=30)


@given(NEAR)
@example("10.77.0.1")
@example("10.77.255.255:2050")
def test_what_passes_is_exactly_an_allowed_address(text: str) -> None:
    allowed = Allowed("10.77.0.0/16 status.client", 2050)
    try:
        netloc = allowed.netloc(text)
    except ReleaseRefused:
        return
    parts = urlsplit(f"http://{netloc}/")
    assert (parts.username, parts.port) == (None, 2050)
    assert parts.hostname
    assert parts.hostname == "status.client" or ip_address(parts.hostname) in ip_network(
        "10.77.0.0/16"
    )
