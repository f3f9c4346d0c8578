"""A visit from the notice to the count."""

import re
from datetime import date
from urllib.parse import quote, urlencode

import pytest
from werkzeug.test import TestResponse

from portal.domain.sites import LANGUAGES
from tests.web.conftest import ANDROID, ANDROID_SHEET, APPLE_SHEET, IPHONE, World, links

PLAY = "https://play.google.com/store/apps/details?id=com.mic.bluezone"
INTENT = (
    "intent://details?id=com.mic.bluezone#Intent;scheme=market;package=com.android.vending;"
    f"S.browser_fallback_url={quote(PLAY, safe='')};end"
)
APP_STORE = "https://apps.apple.com/vn/app/bluezone/id1508062685"
OFFICIAL = "https://www.bluezone.gov.vn/"
_DAY = date(2021, 3, 5)


def test_a_whole_visit_counts_everything_once(world: World) -> None:
    page = world.get("/s/ben-xe")
    way = links(page)
    assert page.status_code == 200
    assert world.get(way["beacon"]).mimetype == "image/gif"
    assert world.get(way["viewable"]).status_code == 200
    assert world.get(way["play"]).headers["Location"] == INTENT
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
    form = page.text.partition("<form")[2].partition("</form>")[0]
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    assert re.findall(r'name="lang" value="(\w+)"', form) == list(LANGUAGES[1:])
    (action,) = re.findall(r'action="([^"]+)"', form)
    english = world.get(f"{action}?{urlencode(fields | {'lang': 'en'})}")
    assert '<html lang="en"' in english.text
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
    [
        ("vi-VN,vi;q=0.9", "vi"),
        ("en-GB,en;q=0.8", "en"),
        ("zh-CN", "zh-Hans"),
        ("zh-TW,zh;q=0.8", "zh-Hans"),
        ("ko-KR", "ko"),
        ("ja", "ja"),
        ("fr-CA,fr;q=0.9,en;q=0.1", "fr"),
        ("ru-RU,ru;q=0.9", "ru"),
        ("th-TH", "th"),
        ("de-DE,de;q=0.9", "en"),
        ("", "vi"),
    ],
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


def nonce_of(page: TestResponse) -> str:
    return links(page)["beacon"].removeprefix("/i/").removesuffix(".gif")


def test_the_page_behind_the_release_offers_the_store_once_more(world: World) -> None:
    landed = world.get(f"/online/{nonce_of(world.get('/s/ben-xe', IPHONE))}", IPHONE)
    assert landed.status_code == 200
    assert world.get(links(landed)["appstore"], IPHONE).headers["Location"] == APP_STORE
    assert world.counts()["online"] == 1


@pytest.mark.parametrize("agent", [ANDROID_SHEET, APPLE_SHEET])
def test_a_sheet_that_nobody_holds_is_led_to_the_steps(world: World, agent: str) -> None:
    way = links(world.get("/s/ben-xe", agent))
    answer = world.get(way.get("play") or way["appstore"], agent)
    assert answer.location.startswith("/online/")
    page = world.get(answer.location, agent)
    assert page.status_code == 200
    assert 'class="how"' in page.text
    assert {"play", "appstore"} & set(links(page)) == set()


def test_who_has_the_app_already_is_thanked_and_counted_once(world: World) -> None:
    tap = links(world.get("/s/ben-xe"))["installed"]
    for _again in range(2):
        page = world.get(world.get(tap).location)
        assert world.services.campaign.texts("vi").thanks in page.text
    counted = world.counts()
    assert (counted["installed"], counted["rejected:repeated"]) == (1, 2)  # and "online" again


@pytest.mark.parametrize("after", ["nowhere", "play/..", "%0d%0a", "installed2"])
def test_behind_the_release_there_is_nothing_else(world: World, after: str) -> None:
    nonce = nonce_of(world.get("/s/ben-xe"))
    assert world.get(f"/online/{nonce}/{after}").status_code == 404


def test_only_a_browser_that_knows_intents_gets_one(world: World) -> None:
    agents = {
        ANDROID: INTENT,
        ANDROID.replace(" Chrome", " SamsungBrowser/13.0 Chrome"): INTENT,
        ANDROID + " OPR/62.0": PLAY,
        "Mozilla/5.0 (Android 11; Mobile; rv:86.0) Gecko/86.0 Firefox/86.0": PLAY,
        ANDROID.replace("Chrome", "Version/4.0 Chrome") + " XiaoMi/MiuiBrowser/12.7": PLAY,
    }
    for agent, address in agents.items():
        assert world.get(links(world.get("/s/ben-xe", agent))["play"], agent).location == address
