"""A visit through OPNsense, as far as the portal is concerned; the page: tests/browser."""

import logging
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.counterparts.opnsense import FIELDS, GATEWAY, query
from tests.web.conftest import ANDROID_SHEET, APPLE_SHEET, IPHONE, World, links

SITE = "nha-nghi"
WAY = {"page": 1, "continue": 1, "viewable": 1}


@pytest.fixture(autouse=True)
def zone(world: World) -> None:
    world.add(id=SITE, name="Nhà nghỉ", **FIELDS)


def landing(release: str) -> str:
    """Take the release as the zone's page does; return where it goes after the login."""
    parts = urlsplit(release)
    assert (parts.scheme, parts.netloc, parts.path) == ("http", f"{GATEWAY}:8000", "/index.html")
    (where,) = parse_qs(parts.query, strict_parsing=True)["landing"]
    assert parts.query.startswith("landing=")  # the page looks there and nowhere else
    assert where.startswith("http://localhost/online/")
    return where.removeprefix("http://localhost")


@pytest.mark.parametrize("agent", [ANDROID_SHEET, APPLE_SHEET, IPHONE])
def test_a_visit_from_the_notice_to_the_page_behind_it(world: World, agent: str) -> None:
    way = links(world.get(f"/s/{SITE}?{query()}", agent))
    where = landing(world.get(way["continue"], agent).location)
    for _visit in range(2):
        assert world.get(where, agent).status_code == 200
    counts = world.counts(SITE)
    assert {kind: counts[kind] for kind in (*WAY, "online")} == WAY | {"online": 1}


def test_a_login_that_fails_comes_back_with_advice(world: World) -> None:
    first = links(world.get(f"/s/{SITE}?{query()}"))
    where = landing(world.get(first["continue"]).location)
    back = world.get(f"/s/{SITE}?{query(redirurl=f'localhost{where}', state='refused')}")
    assert links(back)["beacon"] == first["beacon"]
    assert 'class="alert"' in back.text
    assert world.counts(SITE) == WAY | {"refused": 1}


def test_who_is_online_already_is_not_sent_through_the_gateway(world: World) -> None:
    way = links(world.get(f"/s/{SITE}?{query(state='online')}"))
    assert urlsplit(world.get(way["continue"]).location).hostname != GATEWAY


def test_a_probe_is_not_a_page(world: World) -> None:
    world.get(f"/s/{SITE}?{query()}", "Dalvik/2.1.0 (Linux; U; Android 10)", Accept="*/*")
    assert world.counts(SITE) == {"probe": 1}


@pytest.mark.parametrize("page", ["http://evil.example:8000", f"http://{GATEWAY}.evil.example"])
def test_a_forged_gateway_is_never_followed(world: World, page: str) -> None:
    shown = world.get(f"/s/{SITE}?{query(opnsense=page)}")
    assert shown.status_code == 200
    assert "evil.example" not in shown.text
    assert "continue" not in links(shown)


@pytest.mark.parametrize("page", ["", "javascript:alert(1)", f"http://{GATEWAY}:8000/x", "ế"])
def test_what_cannot_be_read_gets_the_plain_notice(world: World, page: str) -> None:
    shown = world.get(f"/s/{SITE}?{query(opnsense=page)}")
    assert shown.status_code == 200
    assert "play.google.com" in shown.text
    assert "alert(1)" not in shown.text
    assert world.counts(SITE) == {"rejected:arrival": 1}


def test_what_the_gateway_said_of_the_visitor_is_kept_nowhere(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    way = links(world.get(f"/s/{SITE}?{query('http://benh-vien.example/x')}"))
    for tap in ("beacon", "continue", "installed"):
        world.get(way[tap])
    world.services.recorder.flush()
    files = [f.read_bytes() for f in world.services.settings.data.rglob("*") if f.is_file()]
    assert files
    for kept in [*files, caplog.text.encode()]:
        assert b"benh-vien" not in kept
