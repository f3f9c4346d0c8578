"""What the doctor reads: addresses, pages and DHCP's packets, however odd they are."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.doctor.dhcp import read_options
from portal.doctor.findings import BadAddress
from portal.doctor.pages import Form, Reading
from portal.doctor.way import read_notice

URL = "http://portal.test/s/nha-khach"
COOKIE = b"\x63\x82\x53\x63"


def test_a_notices_address_is_taken_apart() -> None:
    notice = read_notice(" https://portal.test:8443/s/nha-khach ")
    assert (notice.host, notice.port, notice.site) == ("portal.test", 8443, "nha-khach")
    assert notice.origin == "https://portal.test:8443"
    assert read_notice("https://portal.test/s/cho").port == 443


@pytest.mark.parametrize(
    "url",
    [
        "", "nha-khach", "portal.test/s/cho", "ftp://portal.test/s/cho", "http://portal.test/",
        "http://portal.test/s/", "http://portal.test/x/s/cho", "http://portal.test/s/cho?c=poster",
        "http:///s/cho", "http://portal.test:99999/s/cho", "http://[::1/s/cho", "http://a@b/s/cho",
    ],
)  # fmt: skip
def test_what_is_no_notices_address(url: str) -> None:
    with pytest.raises(BadAddress):
        read_notice(url)


@pytest.mark.parametrize(
    ("url", "is_portals"),
    [
        ("http://portal.test/s/cho", True),
        ("https://portal.test/s/cho", True),  # level 3 goes by https
        ("http://portal.test:8080/s/cho", False),
        ("http://other.test/s/cho", False),
        ("http://[::1/", False),
    ],
)
def test_which_addresses_are_the_portals(url: str, is_portals: bool) -> None:
    assert read_notice(URL).is_portal(url) is is_portals


@pytest.mark.parametrize(
    "content", [f"0; url={URL}", f"0;URL='{URL}'", f'1.5 , url = "{URL}"', f"0;{URL}"]
)
def test_a_page_that_leads_on(content: str) -> None:
    page = Reading("http://gate.test/", f"<META HTTP-EQUIV=Refresh content='{content}'>")
    if "'" in content:
        page = Reading("http://gate.test/", f'<meta http-equiv=refresh content="{content}">')
    assert page.refresh == URL


def test_what_can_be_tapped_and_sent() -> None:
    body = """<img src="/logo.png"><img src="/i/abc.gif">
    <a id=continue href="/continue/x?g=1&amp;b=2">
    <meta name="mishap" content="wrong_key">
    <form method=post action="/login"><input type=hidden name=a value="1"><input name=b></form>"""
    page = Reading("http://portal.test/s/cho", body)
    assert page.image("/i/") == "http://portal.test/i/abc.gif"
    assert page.link("continue") == "http://portal.test/continue/x?g=1&b=2"
    assert page.link("nothing") == page.image("/v/") == page.refresh == ""
    assert page.form == Form("http://portal.test/login", {"a": "1"})
    assert page.mishap == "wrong_key"


@given(st.text())
def test_any_page_is_read(body: str) -> None:
    page = Reading(URL, body)
    assert page.refresh is not None
    assert isinstance(page.link("continue"), str)


def packet(number: int, options: bytes, op: int = 2) -> bytes:
    head = struct.pack("!4BI", op, 1, 6, 0, number)
    return head.ljust(236, b"\0") + COOKIE + options


def test_options_of_the_answer() -> None:
    sent = packet(7, b"\x35\x01\x05\x00\x72\x03abc\x72\x02de\xff\x72\x01x")
    assert read_options(sent, 7) == {53: b"\x05", 114: b"abcde"}  # in pieces, as RFC 3396 has it
    assert read_options(sent, 8) == {}
    assert read_options(packet(7, b"\xff", op=1), 7) == {}


@given(st.binary(max_size=400))
def test_any_packet_is_read(sent: bytes) -> None:
    assert isinstance(read_options(sent, 1), dict)
    assert isinstance(read_options(packet(1, sent), 1), dict)
