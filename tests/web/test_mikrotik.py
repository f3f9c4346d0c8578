"""A visit through MikroTik's hotspot, as far as the portal is concerned."""

import logging
from datetime import date
from urllib.parse import urlsplit

import pytest

from tests.counterparts.mikrotik import ACCOUNT, FIELDS, GATEWAY, PASSWORD, Hotspot, query
from tests.web.conftest import ANDROID_SHEET, APPLE_SHEET, IPHONE, World, links

SITE = "nha-nghi"


@pytest.fixture(params=["trial", "chap", "pap"])
def router(world: World, request: pytest.FixtureRequest) -> Hotspot:
    """A hotspot of a site, for each way to log in."""
    account = {} if request.param == "trial" else ACCOUNT
    world.add(id=SITE, name="Nhà nghỉ", **FIELDS | account | {"gateway.login": request.param})
    return Hotspot(request.param)


def path(url: str) -> str:
    """The part of one of our own addresses that a test asks for."""
    parts = urlsplit(url)
    assert parts.netloc in ("", "localhost")
    return f"{parts.path}?{parts.query}"


def held(router: Hotspot) -> str:
    """Where the hotspot sends a visitor that it holds."""
    return path(router.page()[1]["Location"])


@pytest.mark.parametrize("agent", [ANDROID_SHEET, APPLE_SHEET, IPHONE])
def test_a_visit_from_the_notice_to_the_page_behind_it(
    world: World, router: Hotspot, agent: str
) -> None:
    way = links(world.get(held(router), agent))
    world.get(way["beacon"], agent)
    landing = router.login(world.get(way["continue"], agent).location)
    assert router.online
    page = world.get(path(landing), agent)
    assert page.status_code == 200
    assert 'class="alert"' not in page.text
    assert world.counts(SITE) == {
        "page": 1,
        "shown": 1,
        "continue": 1,
        "viewable": 1,
        "online": 1,
    }
    world.get(path(landing), agent)  # the page once more
    assert world.counts(SITE)["online"] == 1


@pytest.mark.parametrize("router", ["chap", "pap"], indirect=True)
def test_a_refused_release_brings_the_same_view_back_with_advice(
    world: World, router: Hotspot
) -> None:
    router.password = "changed at the router"
    first = links(world.get(held(router)))
    again = world.get(path(router.login(world.get(first["continue"]).location)))
    assert links(again)["beacon"] == first["beacon"]
    assert 'class="alert"' in again.text
    assert world.counts(SITE) == {"page": 1, "continue": 1, "viewable": 1, "refused": 1}
    # With the new challenge and the right password the next tap succeeds.
    router.password = PASSWORD
    router.login(world.get(links(again)["continue"]).location)
    assert router.online


def test_a_second_tap_after_the_release_lands_on_our_page(world: World, router: Hotspot) -> None:
    way = links(world.get(held(router)))
    for _tap in range(2):
        landing = router.login(world.get(way["continue"]).location)
        assert world.get(path(landing)).status_code == 200
    assert world.counts(SITE)["online"] == 1
    assert "refused" not in world.counts(SITE)


def test_a_browser_goes_online_and_on_to_the_store_with_one_tap(
    world: World, router: Hotspot
) -> None:
    way = links(world.get(held(router), IPHONE))
    landing = router.login(world.get(way["appstore"], IPHONE).location)
    assert router.online
    assert urlsplit(world.get(path(landing), IPHONE).location).netloc == "apps.apple.com"


def test_nothing_is_signed_so_the_tier_is_by_address_or_none(world: World) -> None:
    world.add(id=SITE, name="Nhà nghỉ", **FIELDS)
    world.add(id="quen", name="Quen", egress="127.0.0.0/8", **FIELDS)
    world.get(f"/s/{SITE}?{query()}")
    world.get(f"/s/quen?{query()}")
    world.services.recorder.flush()
    for site, tier in ((SITE, "3"), ("quen", "2")):
        day = world.services.store.counters(date(2021, 3, 5), date(2021, 3, 5), [site])
        assert {(cell.kind, cell.channel, cell.tier) for cell in day[site]} == {
            ("page", "wifi", tier)
        }


def test_a_probe_is_not_a_page(world: World, router: Hotspot) -> None:
    world.get(held(router), "Dalvik/2.1.0 (Linux; U; Android 10)", Accept="*/*")
    assert world.counts(SITE) == {"probe": 1}


@pytest.mark.parametrize(
    "link",
    [
        "http://203.0.113.66/login",
        "https://evil.example/login",
        f"http://{GATEWAY}:22/login",
        "http://3232237569/login",
    ],
)
def test_a_forged_gateway_address_is_never_followed(
    world: World, router: Hotspot, link: str
) -> None:
    page = world.get(f"/s/{SITE}?{query(login=router.login_by, **{'link-login-only': link})}")
    assert page.status_code == 200
    assert urlsplit(link).netloc not in page.text
    assert "continue" not in links(page)


@pytest.mark.parametrize(
    "sent",
    [
        query(**{"link-login-only": "javascript:alert(1)"}),
        query(**{"link-login-only": None}),
        query(mac="---"),
        query(mac="<script>"),
        query(**{"link-orig": "a b"}),
        "link-orig=%ff",
        query() + "&" * 8000,
    ],
)
def test_what_cannot_be_read_gets_the_plain_notice(world: World, sent: str) -> None:
    world.add(id=SITE, name="Nhà nghỉ", **FIELDS)
    page = world.get(f"/s/{SITE}?{sent}")
    assert page.status_code == 200
    assert "play.google.com" in page.text
    assert "alert(1)" not in page.text
    assert world.counts(SITE) == {"rejected:arrival": 1}


@pytest.mark.parametrize("extra", ["ssid=B\xe1\xba\xbfn%20xe", "x=%zz", "y=%00", "z=%ed%a0%80"])
def test_names_that_no_page_can_show_change_nothing(
    world: World, router: Hotspot, extra: str
) -> None:
    way = links(world.get(f"{held(router)}&{extra}"))
    router.login(world.get(way["continue"]).location)
    assert router.online


def test_what_the_gateway_said_of_the_visitor_is_kept_nowhere(
    world: World, router: Hotspot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    way = links(world.get(held(router)))
    for tap in ("beacon", "continue", "installed"):
        world.get(way[tap])
    world.get(f"/s/{SITE}?{query(mac='02:00:5e:00:53:01x')}")  # what is refused is not, either
    world.services.recorder.flush()
    files = [f.read_bytes() for f in world.services.settings.data.rglob("*") if f.is_file()]
    assert files
    for kept in [*files, caplog.text.encode()]:
        for trace in (b"02:00:5e:00:53", b"02%3a00%3a5e", b"192.168.8.108", "mật khẩu".encode()):
            assert trace not in kept.lower()


def test_a_password_of_chap_is_in_nothing_that_the_visitor_gets(world: World) -> None:
    fields = FIELDS | ACCOUNT | {"gateway.login": "chap", "gateway.password": "matkhauquan"}
    world.add(id=SITE, name="Nhà nghỉ", **fields)
    page = world.get(f"/s/{SITE}?{query(login='chap')}")
    release = world.get(links(page)["continue"]).location
    assert urlsplit(release).hostname == GATEWAY
    assert "matkhauquan" not in page.text + release
