"""What a broken or hostile sender gets: a page in their language, and never a count."""

import time

import pytest

from portal.domain.devices import OS
from portal.domain.events import Channel, Tier
from portal.domain.nonces import Signer
from tests.opennds import fas
from tests.web.conftest import ANDROID, APPLE_SHEET, World, links

HOSTILE_AGENTS = [
    "",
    "A" * 8192,
    "Mozilla\x7f\x01/5.0",
    "() { :; }; x",
    "Điện thoại".encode().decode("latin-1"),
]
BAD_NONCES = ["x", "A" * 60, "A" * 5000, "....", "%00", "%F0%28", "é"]


@pytest.mark.parametrize("agent", HOSTILE_AGENTS)
def test_any_agent_gets_the_notice(world: World, agent: str) -> None:
    page = world.get("/s/ben-xe", agent)
    assert page.status_code == 200
    assert "beacon" in links(page)


def test_an_unknown_place_still_leads_to_the_store(world: World) -> None:
    page = world.get("/s/khong-co")
    assert page.status_code == 404
    assert 'href="https://play.google.com/' in page.get_data(as_text=True)
    assert world.counts("-") == {"rejected:unknown_site": 1}
    assert world.counts("khong-co") == {}


def test_an_archived_place_is_unknown_to_visitors(world: World) -> None:
    world.book.archive("ben-xe")
    world.services.snapshot.refresh()
    assert world.get("/s/ben-xe").status_code == 404
    assert world.counts() == {}


def test_a_view_of_a_place_that_was_archived_since_still_goes_on(world: World) -> None:
    way = links(world.get("/s/ben-xe"))
    world.book.archive("ben-xe")
    world.services.snapshot.refresh()
    assert world.get(way["beacon"]).status_code == 200
    assert world.get(way["play"]).status_code == 303
    assert world.get(way["continue"]).status_code == 404


@pytest.mark.parametrize("nonce", BAD_NONCES)
@pytest.mark.parametrize(
    "form", ["/i/%s.gif", "/v/%s.gif", "/go/%s/play", "/continue/%s", "/online/%s"]
)
def test_a_forged_nonce_counts_nothing(world: World, form: str, nonce: str) -> None:
    answer = world.get(form % nonce)
    assert answer.status_code == 404
    assert set(world.counts("-")) <= {"rejected:forged"}
    assert world.counts() == {}


@pytest.mark.parametrize("place", [0, 5, 20, 40, -1])
def test_an_altered_nonce_is_forged(world: World, place: int) -> None:
    beacon = links(world.get("/s/ben-xe"))["beacon"]
    letters = list(beacon.removeprefix("/i/").removesuffix(".gif"))
    letters[place] = "B" if letters[place] != "B" else "C"
    assert world.get(f"/i/{''.join(letters)}.gif").status_code == 404
    assert "shown" not in world.counts()
    assert world.counts("-") == {"rejected:forged": 1}


def test_a_nonce_signed_with_another_key_is_forged(world: World) -> None:
    other = Signer([b"k" * 32]).issue(
        "ben-xe", time.time(), OS.IOS, Channel.WIFI, Tier.SIGNED, b"r" * 12
    )
    assert world.get(f"/i/{other.nonce}.gif").status_code == 404


def test_a_stale_beacon_is_not_an_impression(world: World) -> None:
    beacon = links(world.get("/s/ben-xe"))["beacon"]
    world.clock.now += 15 * 60 + 1
    assert world.get(beacon).status_code == 410
    assert world.counts() == {"page": 1, "rejected:stale": 1}


def test_a_stale_tap_still_serves_but_does_not_count(world: World) -> None:
    way = links(world.get(f"/s/nha-khach?{fas()}"))
    world.clock.now += 3600
    assert world.get(way["play"]).status_code == 303
    assert world.get(way["continue"]).headers["Location"].startswith("http://192.168.8.1:2050/")
    assert world.counts("nha-khach") == {"page": 1, "rejected:stale": 2}


def test_a_beacon_of_a_time_to_come_is_not_an_impression(world: World) -> None:
    beacon = links(world.get("/s/ben-xe"))["beacon"]
    world.clock.now -= 3600
    assert world.get(beacon).status_code == 400
    assert world.counts()["rejected:future"] == 1


def test_a_nonce_of_another_site_makes_a_view_of_its_own(world: World) -> None:
    own = links(world.get("/s/ben-xe"))["own"]
    page = world.get(own.replace("/s/ben-xe", "/s/nha-khach"))
    assert page.status_code == 200
    assert links(page)["beacon"].split("/")[2] not in own
    assert world.counts("nha-khach") == {"page": 1}


def test_a_sealed_arrival_serves_only_its_own_view(world: World) -> None:
    first = links(world.get(f"/s/nha-khach?{fas()}"))["continue"]
    second = links(world.get("/s/ben-xe"))["continue"]
    mixed = second.partition("?")[0] + "?" + first.partition("?")[2]
    answer = world.get(mixed)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"Sec-Purpose": "prefetch;prerender"}, "prefetch"),
        ({"Purpose": "prefetch"}, "prefetch"),
        ({"X-Moz": "prefetch"}, "prefetch"),
        ({"Range": "bytes=0-0"}, "prefetch"),
        ({"Sec-Fetch-Site": "cross-site"}, "cross_site"),
        ({"User-Agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"}, "bot"),
        ({"User-Agent": "curl/8.5.0"}, "bot"),
        ({"User-Agent": ""}, "bot"),
    ],
)
def test_what_nobody_looks_at_is_no_impression(
    world: World, headers: dict[str, str], reason: str
) -> None:
    beacon = links(world.get("/s/ben-xe"))["beacon"]
    answer = world.visitor.get(beacon, headers={"User-Agent": ANDROID} | headers)
    assert answer.status_code == 403
    assert world.counts() == {"page": 1, f"rejected:{reason}": 1}


def test_a_beacon_asked_for_by_head_is_no_impression(world: World) -> None:
    beacon = links(world.get("/s/ben-xe"))["beacon"]
    answer = world.visitor.head(beacon, headers={"User-Agent": ANDROID})
    assert answer.data == b""
    assert "shown" not in world.counts()


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_other_methods_are_refused_with_a_page(world: World, method: str) -> None:
    answer = getattr(world.visitor, method)("/s/ben-xe", data=b"x" * 100)
    assert answer.status_code == 405
    assert "Traceback" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("store", ["", "galaxy", "play%00", "..%2f"])
def test_an_unknown_store_leads_nowhere(world: World, store: str) -> None:
    way = links(world.get("/s/ben-xe"))["play"].partition("?")[0].rpartition("/")[0]
    answer = world.get(f"{way}/{store}")
    assert answer.status_code == 404
    assert "Location" not in answer.headers


@pytest.mark.parametrize("language", ["vi", "en"])
def test_errors_speak_the_readers_language(world: World, language: str) -> None:
    page = world.get("/nothing/here", Accept_Language=language).get_data(as_text=True)
    words = {"vi": "Không tìm thấy trang", "en": "Page not found"}
    assert words[language] in page


def test_a_failure_of_ours_is_a_page_without_a_traceback(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(id: str) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(world.services.snapshot, "place", broken)
    page = world.get("/s/ben-xe", APPLE_SHEET)
    assert page.status_code == 500
    assert "secret of the house" not in page.get_data(as_text=True)
    assert "apps.apple.com" in page.get_data(as_text=True)


def test_a_name_cannot_bring_markup_into_the_page(world: World) -> None:
    world.add(id="la", name='<script>alert(1)</script>"', greeting="<img src=x onerror=y>")
    text = world.get("/s/la").get_data(as_text=True)
    assert "<script>alert" not in text
    assert "<img src=x" not in text


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "[::1]", "x" * 300, "a b", "é"]
)
def test_no_redirect_leaves_for_a_host_that_the_sender_named(world: World, host: str) -> None:
    way = links(world.get(f"/s/nha-khach?{fas()}"))
    answer = world.get(way["continue"], Host=host)
    location = answer.headers.get("Location", "")
    assert answer.status_code < 500
    assert not location or location.startswith("http://192.168.8.1:2050/opennds_auth/?tok=")
