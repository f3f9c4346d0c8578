"""A visit through openNDS, as far as the portal is concerned."""

import hashlib
from datetime import date
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from werkzeug.test import TestResponse

from tests.opennds import FASKEY, GATEWAY, OPENNDS, PROBE, Gateway, fas
from tests.web.conftest import ANDROID, ANDROID_SHEET, APPLE_SHEET, IPHONE, World, links

SITE = "nha-khach"
LEVELS = ("0", "1", "2", "3")


@pytest.fixture(params=LEVELS, ids=[f"level{level}" for level in LEVELS])
def gateway(request: pytest.FixtureRequest, world: World) -> Gateway:
    """A gateway at each level, and the site that it stands at."""
    level = str(request.param)
    world.add(id="cap", name="Nhà nghỉ", **OPENNDS | {"gateway.level": level})
    return Gateway(level, "/s/cap")


def lands(world: World, url: str, agent: str = ANDROID) -> TestResponse:
    """Follow the gateway's redirect to a page of ours."""
    parts = urlsplit(url)
    return world.get(f"{parts.path}?{parts.query}", agent)


def test_a_whole_visit_at_every_level(world: World, gateway: Gateway) -> None:
    way = links(world.get(gateway.sends()))
    world.get(way["beacon"])
    landing = gateway.answers(world.get(way["continue"]).location)
    assert gateway.online
    assert lands(world, landing).status_code == 200
    lands(world, landing)  # reloaded
    once = {"page": 1, "shown": 1, "continue": 1, "viewable": 1, "online": 1}
    assert world.counts("cap") == {**once, "rejected:repeated": 1}


def test_an_impression_is_signed_only_where_the_key_proves_it(
    world: World, gateway: Gateway
) -> None:
    world.get(links(world.get(gateway.sends()))["beacon"])
    world.services.recorder.flush()
    cells = world.services.store.state("cap").counters
    assert {cell.tier for cell in cells} == {"1" if gateway.level in ("2", "3") else "3"}
    assert {cell.channel for cell in cells} == {"wifi"}


def test_a_refusal_comes_back_as_the_same_view_at_every_level(
    world: World, gateway: Gateway
) -> None:
    first = links(world.get(gateway.sends()))
    gateway.token = "f6aafbe0"  # restarted meanwhile: it has forgotten the phone
    back = world.get(gateway.answers(world.get(first["continue"]).location))
    assert links(back)["beacon"] == first["beacon"]
    assert 'class="alert"' in back.text
    gateway.answers(world.get(links(back)["continue"]).location)  # what it sent now is right
    assert gateway.online
    assert world.counts("cap")["refused"] == 1


def test_a_second_tap_at_every_level_lands_on_our_page(world: World, gateway: Gateway) -> None:
    way = links(world.get(gateway.sends()))
    gateway.answers(world.get(way["continue"]).location)
    again = gateway.answers(world.get(way["continue"]).location)
    assert "status=authenticated" in again
    assert urlsplit(world.get(again).location).path.startswith("/online/")


def test_a_forged_address_is_never_followed_at_any_level(world: World, gateway: Gateway) -> None:
    url = gateway.sends()
    if gateway.level == "0":
        url = url.replace(GATEWAY, "203.0.113.66:2050")
    else:
        world.book.edit("cap", {"gateway.address": "192.168.9.1"})
        world.services.snapshot.refresh()
    page = world.get(url)
    assert page.status_code == 200
    assert "203.0.113.66" not in page.text
    assert "continue" not in links(page)


@pytest.mark.parametrize("length", [5000, 6000])
def test_no_address_of_the_phones_travels_on(
    world: World, gateway: Gateway, length: int, caplog: pytest.LogCaptureFixture
) -> None:
    """An original address of 6.000 letters in its own request would crash openNDS 9.10.0."""
    caplog.set_level("DEBUG")
    origin = "http://a.example/" + "x" * (length - 17)
    page = world.get(gateway.sends(origin))
    assert "xxxxxxxx" not in page.text
    if "continue" in links(page):  # encrypted twice it may be longer than an address can be
        release = world.get(links(page)["continue"]).location
        assert len(release) < 400
        gateway.answers(release)
    world.services.recorder.flush()
    for file in world.services.settings.data.rglob("*"):
        if file.is_file():
            kept = file.read_bytes().lower()
            for canary in (b"02:00:5e", b"192.168.8.108", b"xxxxxxxx"):
                assert canary not in kept, file
    for canary in ("02:00:5e", "192.168.8.108", "xxxxxxxx", gateway.token):
        assert canary not in caplog.text


def test_another_sites_key_is_not_this_ones(world: World, gateway: Gateway) -> None:
    world.book.edit("cap", {"gateway.faskey": "anothersitesownkey"})
    world.services.snapshot.refresh()
    page = world.get(gateway.sends(PROBE))
    if gateway.level in ("2", "3"):  # it cannot even be read
        assert world.counts("cap") == {"rejected:arrival": 1}
        return
    back = gateway.answers(world.get(links(page)["continue"]).location)
    # The gateway tells at level 1; at level 0 there is no key.
    assert gateway.online is (gateway.level == "0")
    assert back.startswith("/s/cap?") is (gateway.level == "1")


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
