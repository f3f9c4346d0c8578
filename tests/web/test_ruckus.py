"""A visit through a Ruckus controller: by its form, and by its northbound interface."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.counterparts.ruckus import (
    API,
    ENCRYPTED,
    FIELDS,
    KEY,
    PASSWORD,
    Controller,
    logged_in,
    query,
    smart_query,
)
from tests.tls import Authority, Server, serving
from tests.web.conftest import ANDROID_SHEET, World, links
from tests.web.test_form_post import posted

SITE = "nha-nghi"
WAY = {"page": 1, "continue": 1, "viewable": 1}


@pytest.fixture
def controller() -> Controller:
    return Controller()


@pytest.fixture
def server(world: World, controller: Controller, tmp_path: Path) -> Iterator[Server]:
    """The controller of a site that the portal knows."""
    folder = tmp_path / "ca"
    folder.mkdir()
    authority = Authority(folder)
    with serving(controller.server(authority.context())) as server:
        own = {"gateway.controller": server.url, "gateway.ca": authority.ca}
        world.add(id=SITE, name="Nhà nghỉ", **FIELDS | API | own)
        yield server


@pytest.mark.parametrize("sent", [query, smart_query])
def test_the_form_lets_the_visitor_in_and_brings_them_to_our_page(
    world: World, sent: type[query]
) -> None:
    world.add(id=SITE, name="Nhà nghỉ", **FIELDS)
    page = world.get(links(world.get(f"/s/{SITE}?{sent()}"))["continue"])
    landing = logged_in(*posted(page.text))
    assert landing.startswith("http://localhost/online/")
    for _visit in range(2):
        assert world.get(landing.removeprefix("http://localhost")).status_code == 200
    assert world.counts(SITE) == WAY | {"online": 1, "rejected:repeated": 1}


@pytest.mark.parametrize("sent", [query, smart_query])
def test_a_refused_login_comes_back_with_advice(world: World, sent: type[query]) -> None:
    world.add(id=SITE, name="Nhà nghỉ", **FIELDS | {"gateway.password": "cũ"})
    first = links(world.get(f"/s/{SITE}?{sent()}"))
    action, fields = posted(world.get(first["continue"]).text)
    assert logged_in(action, fields) == ""
    back = world.get(f"/s/{SITE}?{sent(fields['url'])}")
    assert links(back)["beacon"] == first["beacon"]
    assert 'class="alert"' in back.text
    assert world.counts(SITE) == WAY | {"refused": 1}


def test_the_call_lets_the_visitor_in(world: World, server: Server, controller: Controller) -> None:
    landing = world.get(links(world.get(f"/s/{SITE}?{smart_query()}"))["continue"])
    assert landing.status_code == 303
    assert controller.online == {ENCRYPTED["client_mac"]}
    assert world.get(landing.location.removeprefix("http://localhost")).status_code == 200
    assert world.counts(SITE) == WAY | {"online": 1}


def test_a_no_shows_the_way_to_try_again(
    world: World, server: Server, controller: Controller
) -> None:
    controller.code = 301
    way = links(world.get(f"/s/{SITE}?{smart_query()}"))
    page = world.get(way["continue"])
    assert page.status_code == 200
    assert way["continue"].partition("?")[0] in page.text
    assert world.counts(SITE) == WAY | {"failed": 1}
    controller.code = 0
    assert world.get(way["continue"]).status_code == 303
    assert controller.online


@pytest.mark.parametrize("sip", ["evil.example", "203.0.113.66", "192.168.8.1.evil.example"])
def test_a_forged_controller_gets_nothing(world: World, sip: str) -> None:
    world.add(id=SITE, name="Nhà nghỉ", **FIELDS)
    page = world.get(f"/s/{SITE}?{query(sip=sip)}", ANDROID_SHEET)
    assert page.status_code == 200
    assert sip not in page.text
    assert "continue" not in links(page)


@pytest.mark.parametrize(
    "sent", [query(client_mac=None), query(uip="<script>alert(1)</script>"), query() + "&" * 9000]
)
def test_what_cannot_be_read_gets_the_plain_notice(world: World, sent: str) -> None:
    world.add(id=SITE, name="Nhà nghỉ", **FIELDS)
    page = world.get(f"/s/{SITE}?{sent}")
    assert page.status_code == 200
    assert "play.google.com" in page.text
    assert "alert(1)" not in page.text
    assert world.counts(SITE) == {"rejected:arrival": 1}


@pytest.mark.parametrize("answer", [0, 301])
def test_what_the_controller_said_of_the_visitor_is_kept_nowhere(
    world: World,
    server: Server,
    controller: Controller,
    answer: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    controller.code = answer
    world.add(id="mau", name="Mẫu", **FIELDS)
    for place, sent in ((SITE, smart_query()), ("mau", query()), ("mau", query(uip="?"))):
        way = links(world.get(f"/s/{place}?{sent}"))
        for tap in ("beacon", "continue", "installed"):
            if tap in way:
                world.get(way[tap])
    world.services.recorder.flush()
    files = [f.read_bytes() for f in world.services.settings.data.rglob("*") if f.is_file()]
    assert files
    traces = ["02:00:5e:00:53", "02005e0053", "192.168.8.108", *ENCRYPTED.values(), KEY, PASSWORD]
    for kept in [*files, caplog.text.encode()]:
        for trace in traces:
            assert trace.lower().encode() not in kept.lower()
