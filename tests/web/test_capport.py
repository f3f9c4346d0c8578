"""RFC 8908: what a phone is told that found us by DHCP option 114."""

import re
from urllib.parse import urlsplit

import pytest
from werkzeug.test import TestResponse

from tests.web.conftest import ANDROID, World, links

HERE, THERE = "10.80.0.51", "10.80.0.52"


@pytest.fixture
def box(world: World) -> World:
    """A portal with a site in notice mode and a box without uplink."""
    world.add(id="cho", name="Chợ", gateway="notice")
    world.add(id="xe", name="Xe khách", gateway="standalone", egress="10.80.0.0/22")
    return world


def ask(world: World, url: str, address: str = HERE, **headers: str) -> TestResponse:
    sent = {"User-Agent": ANDROID, "Accept": "text/html"} | headers
    return world.visitor.get(url, headers=sent, environ_base={"REMOTE_ADDR": address})


def test_nobody_is_held_in_notice_mode_and_the_notice_is_offered(box: World) -> None:
    answer = ask(box, "/capport/cho")
    assert answer.content_type == "application/captive+json"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert set(answer.json) == {"captive", "venue-info-url"}
    assert answer.json["captive"] is False
    page = ask(box, answer.json["venue-info-url"].removeprefix("http://localhost"))
    ask(box, links(page)["beacon"])
    assert box.counts("cho") == {"page": 1, "shown": 1}


def test_a_notice_in_notice_mode_is_counted_as_wifi(box: World) -> None:
    ask(box, "/s/cho?venue=")
    ask(box, "/s/cho")
    box.services.recorder.flush()
    cells = box.services.store.state("cho").counters
    assert {cell.channel for cell in cells} == {"wifi", "link"}


@pytest.mark.parametrize("site", ["ben-xe", "nha-khach", "none"])
def test_where_we_do_not_know_we_say_nothing(box: World, site: str) -> None:
    answer = ask(box, f"/capport/{site}")
    assert (answer.status_code, answer.json) == (404, {})
    assert answer.content_type == "application/captive+json"


def test_a_box_holds_a_phone_until_it_has_seen_the_notice(box: World) -> None:
    held = ask(box, "/capport/xe").json
    assert held == {
        "captive": True,
        "user-portal-url": "http://localhost/s/xe",
        "can-extend-session": True,
    }
    check = ask(box, "/generate_204", Host="connectivitycheck.gstatic.com")
    assert (check.status_code, urlsplit(check.location).path) == (302, "/s/xe")
    way = links(ask(box, "/s/xe"))
    landed = ask(box, way["continue"])
    assert urlsplit(landed.location).path.startswith("/online/")
    assert ask(box, landed.location.removeprefix("http://localhost")).status_code == 200
    released = ask(box, "/capport/xe").json
    assert released["captive"] is False
    assert 0 < released["seconds-remaining"] <= 120 * 60
    check = ask(box, "/generate_204", Host="connectivitycheck.gstatic.com")
    assert (check.status_code, check.data) == (204, b"")
    assert ask(box, "/capport/xe", THERE).json["captive"] is True  # the others are still held
    assert box.counts("xe")["online"] == 1


def test_apples_check_succeeds_after_the_tap(box: World) -> None:
    host = {"Host": "captive.apple.com"}
    assert ask(box, "/hotspot-detect.html", **host).status_code == 302
    ask(box, links(ask(box, "/s/xe"))["continue"])
    assert b"Success" in ask(box, "/hotspot-detect.html", **host).data


def test_a_release_ends_and_the_notice_is_shown_again(box: World) -> None:
    ask(box, links(ask(box, "/s/xe"))["continue"])
    assert ask(box, "/capport/xe").json["captive"] is False
    box.clock.now += 121 * 60
    assert ask(box, "/capport/xe").json["captive"] is True


def test_a_poster_of_a_box_holds_nobody(box: World) -> None:
    page = ask(box, "/s/xe?c=poster")
    assert re.search(r'id="continue" href="[^"]+">Xem trang chính thức', page.text)


def test_no_address_is_kept(box: World) -> None:
    ask(box, links(ask(box, "/s/xe"))["continue"])
    ask(box, "/capport/xe")
    box.services.recorder.flush()
    for file in box.services.settings.data.rglob("*"):
        if file.is_file():
            assert HERE.encode() not in file.read_bytes()
