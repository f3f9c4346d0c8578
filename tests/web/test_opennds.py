"""A visit through openNDS, as far as the portal is concerned."""

import hashlib
from datetime import date
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from tests.opennds import FASKEY, GATEWAY, fas
from tests.web.conftest import ANDROID_SHEET, APPLE_SHEET, IPHONE, World, links

SITE = "nha-khach"


def test_continue_asks_the_gateway_and_lands_on_our_page(world: World) -> None:
    way = links(world.get(f"/s/{SITE}?{fas()}"))
    release = urlsplit(world.get(way["continue"]).headers["Location"])
    query = parse_qs(release.query)
    landing = urlsplit(query["redir"][0])
    assert (release.scheme, release.netloc, release.path) == ("http", GATEWAY, "/opennds_auth/")
    assert query["tok"] == [hashlib.sha256((("5d0b0c1d" * 8) + FASKEY).encode()).hexdigest()]
    assert landing.netloc == "localhost"
    assert world.get(f"{landing.path}?{landing.query}").status_code == 200
    assert world.counts(SITE) == {"page": 1, "continue": 1, "viewable": 1, "online": 1}


def test_an_arrival_over_wifi_is_counted_as_wifi(world: World) -> None:
    world.get(f"/s/{SITE}?{fas()}")
    world.services.recorder.flush()
    day = world.services.store.counters(date(2021, 3, 5), date(2021, 3, 5), [SITE])
    assert {cell.channel for cell in day[SITE]} == {"wifi"}


def test_a_probe_is_not_a_page(world: World) -> None:
    world.get(f"/s/{SITE}?{fas()}", "Dalvik/2.1.0 (Linux; U; Android 10)", Accept="*/*")
    assert world.counts(SITE) == {"probe": 1}


def test_a_login_sheet_that_asks_for_a_probe_address_is_a_page(world: World) -> None:
    world.get(f"/s/{SITE}?{fas()}", APPLE_SHEET)
    assert world.counts(SITE) == {"page": 1}


@pytest.mark.parametrize("agent", [APPLE_SHEET, ANDROID_SHEET])
def test_a_sheet_goes_online_before_it_installs(world: World, agent: str) -> None:
    way = links(world.get(f"/s/{SITE}?{fas()}", agent))
    tap = way.get("play") or way["appstore"]
    assert urlsplit(world.get(tap, agent).headers["Location"]).netloc == GATEWAY
    assert world.counts(SITE)["install"] == 1


def test_a_browser_goes_online_and_on_to_the_store_with_one_tap(world: World) -> None:
    way = links(world.get(f"/s/{SITE}?{fas()}", IPHONE))
    release = urlsplit(world.get(way["appstore"], IPHONE).headers["Location"])
    landing = urlsplit(parse_qs(release.query)["redir"][0])
    store = world.get(f"{landing.path}?{landing.query}", IPHONE)
    assert (release.netloc, store.status_code) == (GATEWAY, 303)
    assert urlsplit(store.headers["Location"]).netloc == "apps.apple.com"
    assert world.counts(SITE) == {"page": 1, "install": 1, "viewable": 1, "online": 1}


@pytest.mark.parametrize("agent", [APPLE_SHEET, ANDROID_SHEET])
def test_a_sheet_is_told_what_to_do_instead_of_a_dead_button(world: World, agent: str) -> None:
    way = links(world.get(f"/s/{SITE}?{fas()}", agent))
    tap = way.get("play") or way["appstore"]
    landing = urlsplit(parse_qs(urlsplit(world.get(tap, agent).location).query)["redir"][0])
    page = world.get(f"{landing.path}?{landing.query}", agent)
    assert page.status_code == 200
    assert {"play", "appstore"} & set(links(page)) == set()
    store = "CH Play" if agent is ANDROID_SHEET else "App Store"
    assert f"<li>Mở {store}.</li>" in page.text
    assert 'class="note"' in page.text


def test_who_has_the_app_already_goes_online_with_one_tap(world: World) -> None:
    way = links(world.get(f"/s/{SITE}?{fas()}"))
    release = urlsplit(world.get(way["installed"]).location)
    landing = urlsplit(parse_qs(release.query)["redir"][0])
    page = world.get(f"{landing.path}?{landing.query}")
    assert release.netloc == GATEWAY
    assert world.services.campaign.texts("vi").thanks in page.text
    assert "play" not in links(page)
    assert world.counts(SITE) == {"page": 1, "installed": 1, "viewable": 1, "online": 1}


def test_a_release_that_is_refused_after_an_install_tap_keeps_the_view(world: World) -> None:
    first = links(world.get(f"/s/{SITE}?{fas()}"))
    landing = parse_qs(urlsplit(world.get(first["play"]).location).query)["redir"][0]
    back = world.get(f"/s/{SITE}?{fas(quote(landing, safe=''))}")
    assert links(back)["beacon"] == first["beacon"]
    assert world.counts(SITE)["refused"] == 1


def test_a_refused_release_brings_the_same_view_back_with_advice(world: World) -> None:
    first = links(world.get(f"/s/{SITE}?{fas()}"))
    release = urlsplit(world.get(first["continue"]).headers["Location"])
    landing = parse_qs(release.query)["redir"][0]
    back = world.get(f"/s/{SITE}?{fas(quote(landing, safe=''))}")
    assert links(back)["beacon"] == first["beacon"]
    assert 'class="alert"' in back.get_data(as_text=True)
    assert world.counts(SITE) == {"page": 1, "continue": 1, "viewable": 1, "refused": 1}


def test_a_second_tap_after_the_release_lands_on_our_page(world: World) -> None:
    first = links(world.get(f"/s/{SITE}?{fas()}"))
    release = urlsplit(world.get(first["continue"]).headers["Location"])
    landing = parse_qs(release.query)["redir"][0]
    again = world.get(f"/s/{SITE}?tok=abc&redir={quote(landing, safe='')}&status=authenticated")
    assert again.status_code == 303
    assert urlsplit(again.headers["Location"]).path.startswith("/online/")


def test_the_notice_opened_without_a_gateway_holds_nobody(world: World) -> None:
    page = world.get(f"/s/{SITE}?c=poster")
    assert world.get(links(page)["continue"]).headers["Location"] == "https://www.bluezone.gov.vn/"


def test_a_forged_gateway_address_is_never_followed(world: World) -> None:
    page = world.get(f"/s/{SITE}?{fas(gatewayaddress='203.0.113.66:2050')}")
    assert page.status_code == 200
    assert "203.0.113.66" not in page.get_data(as_text=True)
    assert "continue" not in links(page)


@pytest.mark.parametrize(
    "query",
    [
        "fas=%%%",
        "fas=bm90IGEgZmllbGQ",
        "fas=",
        f"{fas()}&iv=0123456789abcdef",  # level 2 at a site of level 1
        fas(version="1.0"),
        fas(hid="short"),
        fas(gatewayaddress="user@192.168.8.1"),
        fas(clientmac="x"),
        "fas=" + "A" * 8000,
    ],
)
def test_what_cannot_be_read_gets_the_plain_notice(world: World, query: str) -> None:
    page = world.get(f"/s/{SITE}?{query}")
    assert page.status_code == 200
    assert "play.google.com" in page.get_data(as_text=True)
    assert world.counts(SITE) == {"rejected:arrival": 1}


def test_what_the_gateway_said_of_the_visitor_is_kept_nowhere(world: World) -> None:
    way = links(world.get(f"/s/{SITE}?{fas()}"))
    world.get(way["beacon"])
    world.get(way["continue"])
    world.services.recorder.flush()
    for file in world.services.settings.data.rglob("*"):
        if file.is_file():
            kept = file.read_bytes().lower()
            assert b"02:00:5e" not in kept
            assert b"192.168.8.108" not in kept
            assert b"samsung" not in kept
            assert b"sm-a105f" not in kept
