"""A visit through Omada: the controller's yes, its no, its silence, and the way back."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from portal.gateways.controllers import Controllers
from tests.counterparts.omada import (
    AP,
    FIELDS,
    GATEWAY,
    MAC,
    PASSWORD,
    Controller,
    query,
    wired_query,
)
from tests.tls import Authority, Reply, Server, serving
from tests.web.conftest import ANDROID_SHEET, World, links

SITE = "nha-nghi"


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
        world.add(id=SITE, name="Nhà nghỉ", **{**FIELDS, **own})
        yield server


@pytest.mark.parametrize("sent", [query(), wired_query()])
def test_continue_tells_the_controller_and_lands_on_our_page(
    world: World, server: Server, controller: Controller, sent: str
) -> None:
    landing = world.get(links(world.get(f"/s/{SITE}?{sent}"))["continue"])
    assert landing.status_code == 303
    assert landing.headers["Location"].startswith("http://localhost/online/")
    assert len(controller.authorized) == 1
    assert world.get(landing.headers["Location"]).status_code == 200
    assert world.counts(SITE) == {"page": 1, "continue": 1, "viewable": 1, "online": 1}


def test_a_sheet_goes_online_before_it_installs(
    world: World, server: Server, controller: Controller
) -> None:
    way = links(world.get(f"/s/{SITE}?{query()}", ANDROID_SHEET))
    assert world.get(way["play"], ANDROID_SHEET).headers["Location"].startswith("http://localhost/")
    assert len(controller.authorized) == 1


def test_who_comes_back_is_told_to_tap_once_more(
    world: World, server: Server, controller: Controller
) -> None:
    first = links(world.get(f"/s/{SITE}?{query()}"))
    landing = world.get(first["continue"]).headers["Location"]
    back = world.get(f"/s/{SITE}?{query(landing)}")
    assert 'class="alert"' in back.text
    assert links(back)["beacon"] == first["beacon"]
    assert world.get(links(back)["continue"]).status_code == 303
    assert len(controller.authorized) == 2
    counts = world.counts(SITE)
    assert (counts["page"], counts["continue"], counts["refused"]) == (1, 1, 1)


def test_a_no_and_a_silence_show_the_way_to_try_again(
    world: World, server: Server, controller: Controller
) -> None:
    way = links(world.get(f"/s/{SITE}?{query()}"))
    controller.connected.clear()
    assert 'id="again"' in world.get(way["continue"]).text
    controller.connected.add(MAC)
    assert world.get(way["continue"]).status_code == 303
    server.shutdown()
    server.socket.close()
    assert 'id="again"' in world.get(way["continue"]).text
    counts = world.counts(SITE)
    assert (counts["failed"], counts["continue"]) == (2, 1)


def test_after_a_silence_the_controller_rests(
    world: World, server: Server, controller: Controller, caplog: pytest.LogCaptureFixture
) -> None:
    now = [0.0]
    services = replace(world.services, controllers=Controllers(lambda: now[0]))
    world.app.extensions["portal"] = services
    way = links(world.get(f"/s/{SITE}?{query()}"))
    place = world.services.snapshot.place(SITE)
    assert place is not None
    address = f"127.0.0.1:{server.server_port}"
    services.controllers._rest((address, place.site.gateway_settings["ca"]), 5.0)
    assert 'id="again"' in world.get(way["continue"]).text
    assert server.asked == []
    assert f"site {SITE}: no release: resting" in caplog.text
    now[0] = 6.0
    assert world.get(way["continue"]).status_code == 303


@pytest.mark.parametrize("change", [{"clientMac": None}, {"apMac": "x"}, {"site": ""}])
def test_what_cannot_be_read_gets_the_plain_notice(
    world: World, server: Server, change: dict[str, str | None]
) -> None:
    page = world.get(f"/s/{SITE}?{query(**change)}")
    assert page.status_code == 200
    assert "play.google.com" in page.text
    assert world.counts(SITE) == {"rejected:arrival": 1}


def test_nothing_of_the_visitor_and_no_secret_is_kept(
    world: World, server: Server, controller: Controller, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for sent in (query(), wired_query()):
        way = links(world.get(f"/s/{SITE}?{sent}"))
        world.get(way["beacon"])
        world.get(way["continue"])
    controller.broken = Reply(500)
    world.get(way["continue"])
    world.services.recorder.flush()
    data = Path(world.services.settings.data)
    files = [file for file in data.rglob("*") if file.is_file() and file.suffix != ".pem"]
    kept = b"".join(file.read_bytes().lower() for file in files) + caplog.text.lower().encode()
    for mac in (MAC, AP, GATEWAY):
        for spelled in (mac, mac.replace("-", ":"), mac.replace("-", "")):
            assert spelled.lower().encode() not in kept
    assert PASSWORD.lower().encode() not in kept
    assert "no release" in caplog.text
