"""A visit from the notice to the count."""

from datetime import date

import pytest

from tests.web.conftest import ANDROID, ANDROID_SHEET, APPLE_SHEET, IPHONE, World, links

PLAY = "https://play.google.com/store/apps/details?id=com.mic.bluezone"
APP_STORE = "https://apps.apple.com/vn/app/bluezone/id1508062685"
OFFICIAL = "https://www.bluezone.gov.vn/"
_DAY = date(2021, 3, 5)


def test_a_whole_visit_counts_everything_once(world: World) -> None:
    page = world.get("/s/ben-xe")
    way = links(page)
    assert page.status_code == 200
    assert world.get(way["beacon"]).mimetype == "image/gif"
    assert world.get(way["viewable"]).status_code == 200
    assert world.get(way["play"]).headers["Location"] == PLAY
    assert world.get(way["continue"]).headers["Location"] == OFFICIAL
    assert world.counts() == {
        "page": 1,
        "shown": 1,
        "viewable": 1,
        "install": 1,
        "continue": 1,
        "seen_again": 2,  # each tap says so too
    }


def test_a_page_without_its_beacon_is_no_impression(world: World) -> None:
    world.get("/s/ben-xe")
    assert world.counts() == {"page": 1}


def test_a_tap_alone_is_viewable(world: World) -> None:
    world.get(links(world.get("/s/ben-xe"))["play"])
    assert world.counts()["viewable"] == 1


def test_a_beacon_sent_twice_counts_once(world: World) -> None:
    beacon = links(world.get("/s/ben-xe"))["beacon"]
    for _again in range(3):
        assert world.get(beacon).status_code == 200
    assert world.counts() == {"page": 1, "shown": 1, "rejected:replayed": 2}


def test_a_reload_is_the_same_view(world: World) -> None:
    first = links(world.get("/s/ben-xe"))
    second = links(world.get(first["own"]))
    assert second["beacon"] == first["beacon"]
    world.get(first["beacon"])
    world.get(second["beacon"])
    assert world.counts() == {"page": 1, "reload": 1, "shown": 1, "rejected:replayed": 1}


def test_another_language_is_the_same_view(world: World) -> None:
    page = world.get("/s/ben-xe")
    other = page.get_data(as_text=True).replace("&amp;", "&").split('hreflang="en"')[0]
    address = other.rpartition('href="')[2].partition('"')[0]
    english = world.get(address)
    assert 'lang="en"' in english.get_data(as_text=True)
    assert links(english)["beacon"] == links(page)["beacon"]


def test_two_visits_are_two_views(world: World) -> None:
    beacons = {links(world.get("/s/ben-xe"))["beacon"] for _visit in range(2)}
    assert len(beacons) == 2
    for beacon in beacons:
        world.get(beacon)
    assert world.counts()["shown"] == 2


@pytest.mark.parametrize(
    ("agent", "offered", "withheld"),
    [
        (ANDROID, "play", "appstore"),
        (IPHONE, "appstore", "play"),
        (APPLE_SHEET, "appstore", "play"),
    ],
)
def test_each_phone_is_offered_its_store(
    world: World, agent: str, offered: str, withheld: str
) -> None:
    way = links(world.get("/s/ben-xe", agent))
    assert offered in way
    assert withheld not in way


def test_who_says_nothing_is_offered_both_stores(world: World) -> None:
    way = links(world.get("/s/ben-xe", ""))
    assert {"play", "appstore"} <= set(way)


def test_the_app_store_link_leads_there(world: World) -> None:
    way = links(world.get("/s/ben-xe", IPHONE))
    assert world.get(way["appstore"], IPHONE).headers["Location"] == APP_STORE


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("vi-VN,vi;q=0.9", "vi"), ("en-GB,en;q=0.8", "en"), ("zh-CN", "en"), ("", "vi")],
)
def test_the_notice_speaks_the_readers_language(world: World, accepted: str, language: str) -> None:
    page = world.get("/s/ben-xe", Accept_Language=accepted)
    assert f'<html lang="{language}">' in page.get_data(as_text=True)


@pytest.mark.parametrize("channel", ["poster", "screen", "link"])
def test_the_channel_is_the_one_of_the_link(world: World, channel: str) -> None:
    world.get(links(world.get(f"/s/ben-xe?c={channel}"))["beacon"])
    world.services.recorder.flush()
    cells = world.services.store.counters(*[_DAY] * 2, ["ben-xe"])["ben-xe"]
    assert {cell.channel for cell in cells} == {channel}


def test_a_link_cannot_pretend_to_be_wifi(world: World) -> None:
    world.get("/s/ben-xe?c=wifi")
    world.services.recorder.flush()
    (cell,) = world.services.store.counters(*[_DAY] * 2, ["ben-xe"])["ben-xe"]
    assert cell.channel == "link"


def test_a_view_of_before_midnight_belongs_to_its_own_day(world: World) -> None:
    world.clock.now += 12 * 3600 - 60  # 23:59
    beacon = links(world.get("/s/ben-xe"))["beacon"]
    world.clock.now += 120
    world.get(beacon)
    world.services.recorder.flush()
    cells = world.services.store.counters(*[_DAY] * 2, ["ben-xe"])["ben-xe"]
    assert {(cell.hour, cell.kind) for cell in cells} == {
        ("2021030523", "page"),
        ("2021030523", "shown"),
    }


def test_a_known_egress_address_raises_the_tier(world: World) -> None:
    world.add(id="cho", name="Chợ", egress="127.0.0.0/8")
    world.get(links(world.get("/s/cho"))["beacon"])
    world.services.recorder.flush()
    assert {c.tier for c in world.services.store.counters(*[_DAY] * 2, ["cho"])["cho"]} == {"2"}


def test_the_page_behind_the_release_offers_the_store_once_more(world: World) -> None:
    beacon = links(world.get("/s/ben-xe", ANDROID_SHEET))["beacon"]
    nonce = beacon.removeprefix("/i/").removesuffix(".gif")
    landed = world.get(f"/online/{nonce}", ANDROID_SHEET)
    assert landed.status_code == 200
    assert world.get(links(landed)["play"], ANDROID_SHEET).headers["Location"] == PLAY
    assert world.counts()["online"] == 1
