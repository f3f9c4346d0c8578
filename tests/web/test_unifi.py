"""A visit through UniFi: its path, the controller's yes, its silence, and the way back."""

import logging
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from werkzeug.test import TestResponse

from portal.domain.sites import Site
from portal.gateways.controllers import Controllers
from portal.snapshot import Place
from portal.web.unifi_path import _is_called
from tests.counterparts.unifi import AP, FIELDS, KEY, MAC, PASSWORD, Controller, query
from tests.tls import Authority, Reply, Server, serving
from tests.web.conftest import ANDROID, IPHONE, World, links

SITE = "khach-san"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def tls(authority: Authority) -> ssl.SSLContext:
    return authority.context()


@pytest.fixture(params=["classic", "os", "key"])
def controller(request: pytest.FixtureRequest) -> Controller:
    return Controller(request.param)


@pytest.fixture
def server(
    world: World, controller: Controller, authority: Authority, tls: ssl.SSLContext
) -> Iterator[Server]:
    """The controller of a site that the portal knows."""
    with serving(controller.server(tls)) as server:
        fields = {
            **FIELDS,
            "gateway.kind": controller.kind,
            "gateway.key": KEY,
            "gateway.controller": server.url,
            "gateway.ca": authority.ca,
        }
        world.add(id=SITE, name="Khách sạn", **fields)
        yield server


@pytest.fixture
def impatient(world: World) -> None:
    """A portal that asks a controller again at once."""
    clock = iter(range(0, 10**9, 1000))
    services = replace(world.services, controllers=Controllers(lambda: next(clock)))
    world.app.extensions["portal"] = services


def arrive(world: World, origin: str = "", agent: str = ANDROID) -> TestResponse:
    """Follow the access point's redirect to the notice."""
    sent = query(origin) if origin else query()
    there = world.get(f"/guest/s/default/?{sent}", agent)
    assert there.status_code == 302
    return world.get(there.headers["Location"], agent)


def test_continue_tells_the_controller_and_lands_on_our_page(
    world: World, server: Server, controller: Controller
) -> None:
    landing = world.get(links(arrive(world))["continue"])
    assert landing.status_code == 303
    assert landing.headers["Location"].startswith("http://localhost/online/")
    assert len(controller.authorized) == 1
    assert world.get(landing.headers["Location"]).status_code == 200
    assert world.counts(SITE) == {"page": 1, "continue": 1, "viewable": 1, "online": 1}


def test_an_install_tap_goes_online_and_on_to_the_store(
    world: World, server: Server, controller: Controller
) -> None:
    landing = world.get(links(arrive(world, agent=IPHONE))["appstore"], IPHONE)
    store = world.get(landing.headers["Location"], IPHONE)
    assert store.headers["Location"].startswith("https://apps.apple.com/")
    assert len(controller.authorized) == 1
    assert world.counts(SITE) == {"page": 1, "install": 1, "viewable": 1, "online": 1}


def test_nobody_is_let_in_without_a_tap(
    world: World, server: Server, controller: Controller
) -> None:
    page = arrive(world)
    world.get(links(page)["beacon"])
    assert controller.authorized == []
    assert server.asked == []
    assert world.counts(SITE) == {"page": 1, "shown": 1}


def test_a_device_that_bounces_back_is_told_to_tap_once_more(
    world: World, server: Server, controller: Controller
) -> None:
    """The controller said yes, the access point takes seconds: UniFi-API-client, issue 9."""
    first = links(arrive(world))
    landing = world.get(first["continue"]).headers["Location"]
    back = arrive(world, landing)
    assert 'class="alert"' in back.text
    assert links(back)["beacon"] == first["beacon"]
    again = world.get(links(back)["continue"])
    assert (again.status_code, len(controller.authorized)) == (303, 2)
    assert world.get(again.headers["Location"]).status_code == 200
    counts = world.counts(SITE)
    assert (counts["page"], counts["continue"], counts["refused"], counts["online"]) == (1, 1, 1, 1)


@pytest.mark.parametrize("spelled", ["raw", "quoted", "twice"])
def test_the_way_back_in_each_spelling(
    world: World, server: Server, controller: Controller, spelled: str
) -> None:
    landing = world.get(links(arrive(world))["continue"]).headers["Location"]
    written = {"raw": landing, "quoted": quote(landing, safe=""), "twice": landing + "&x=1"}
    back = world.get(f"/s/{SITE}?ap={AP}&id={MAC}&t=1&url={written[spelled]}&ssid=a")
    assert 'class="alert"' in back.text


def test_a_controller_that_does_not_answer(
    world: World, server: Server, controller: Controller, impatient: None
) -> None:
    way = links(arrive(world))
    controller.broken = Reply(503)
    failed = world.get(way["continue"])
    assert failed.status_code == 200
    assert 'id="again"' in failed.text
    assert controller.authorized == []
    counts = world.counts(SITE)
    assert (counts["failed"], counts["continue"]) == (1, 1)
    assert "online" not in counts


def test_try_again_works_once_the_controller_is_back(
    world: World, server: Server, controller: Controller, impatient: None, authority: Authority
) -> None:
    """The tap keeps what it needs, an install tap too."""
    way = links(arrive(world))
    server.respond = lambda asked: Reply(500)
    failed = world.get(way["play"])
    again = failed.text.split('id="again" href="')[1].split('"')[0].replace("&amp;", "&")
    assert again.startswith("/go/")
    server.respond = controller.respond
    assert world.get(again).status_code == 303
    assert len(controller.authorized) == 1


def test_a_controller_that_is_away_holds_up_nobody_else(world: World, authority: Authority) -> None:
    world.add(id=SITE, name="Khách sạn", **{**FIELDS, "gateway.ca": authority.ca})
    way = links(arrive(world))
    for _tap in range(3):
        assert 'id="again"' in world.get(way["continue"]).text
    assert world.counts(SITE)["failed"] == 3
    assert links(world.get("/s/ben-xe"))["beacon"]


def test_others_are_served_while_a_controller_keeps_silent(
    world: World, server: Server, controller: Controller
) -> None:
    gate, inside = threading.Event(), threading.Event()

    def respond(asked: object) -> Reply:
        inside.set()
        gate.wait(5)
        return Reply(500)

    way = links(arrive(world))
    server.respond = respond
    tap = threading.Thread(target=lambda: world.get(way["continue"]))
    tap.start()
    assert inside.wait(5)
    assert world.get("/s/ben-xe").status_code == 200
    gate.set()
    tap.join()


def test_nothing_of_the_visitor_and_no_secret_is_kept(
    world: World, server: Server, controller: Controller, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    way = links(arrive(world))
    world.get(way["beacon"])
    world.get(way["continue"])
    controller.broken = Reply(500)
    world.get(way["continue"])
    controller.broken = None
    world.services.recorder.flush()
    kept = [
        file.read_bytes()
        for file in Path(world.services.settings.data).rglob("*")
        if file.is_file()
    ]
    for text in (b"".join(kept).lower(), caplog.text.lower().encode()):
        for trace in (MAC, AP, MAC.replace(":", "-"), MAC.replace(":", ""), PASSWORD, KEY):
            assert trace.lower().encode() not in text
    assert "no release" in caplog.text  # that it failed is told


# --- the path


@pytest.mark.parametrize("path", ["/guest/s/default/", "/guest/s/default"])
def test_the_query_is_handed_on_as_it_came(world: World, path: str) -> None:
    world.add(id=SITE, name="Khách sạn", **FIELDS)
    sent = f"ap={AP}&id={MAC}&url=http://a/%3Fb%3Dc&ssid=B%E1%BA%BFn+xe&x=%zz"
    there = world.get(f"{path}?{sent}")
    assert (there.status_code, there.headers["Location"]) == (302, f"/s/{SITE}?{sent}")
    assert there.headers["Cache-Control"] == "no-store"
    assert there.headers["Referrer-Policy"] == "no-referrer"
    assert world.counts(SITE) == {}


def test_no_query_leads_anywhere_else(world: World) -> None:
    world.add(id=SITE, name="Khách sạn", **FIELDS)
    for sent in (
        b"\r\nSet-Cookie: a=b",
        b"\xff\xfe",
        b"\\\\evil\\",
        b'"<script>',
        b"//evil",
        b"#x",
        b" ",
    ):
        environ = {"QUERY_STRING": (b"url=" + sent).decode("latin-1")}
        there = world.visitor.get("/guest/s/default/", environ_overrides=environ)
        location = there.headers["Location"]
        assert location.startswith(f"/s/{SITE}?url=")
        assert location.isascii()
        assert not set(location) & set(' "<>\\\r\n#')


def test_without_query(world: World) -> None:
    world.add(id=SITE, name="Khách sạn", **FIELDS)
    there = world.get("/guest/s/default/")
    assert there.headers["Location"] == f"/s/{SITE}"
    assert world.get(there.headers["Location"]).status_code == 200


@pytest.mark.parametrize("name", ["3041y5wj", "DEFAULT", "default%2f..", "%00", "ế", "x" * 5000])
def test_a_site_that_nobody_entered(world: World, name: str) -> None:
    world.add(id=SITE, name="Khách sạn", **FIELDS)
    page = world.get(f"/guest/s/{name}/?{query()}")
    assert page.status_code == 404
    assert "play.google.com" in page.text  # and still nobody leaves empty-handed


def test_an_archived_site_and_one_of_another_brand(world: World) -> None:
    assert world.get(f"/guest/s/default/?{query()}").status_code == 404
    world.add(id="dong", name="Đóng", active=False, **FIELDS)
    assert world.get(f"/guest/s/default/?{query()}").status_code == 404
    world.add(id=SITE, name="Khách sạn", **FIELDS)
    assert world.get(f"/guest/s/default/?{query()}").headers["Location"].startswith(f"/s/{SITE}?")
    assert world.counts("-") == {"rejected:unknown_site": 2}


def test_only_unifi_is_called_by_unifis_names() -> None:
    """Another brand may come to have a setting of the same name."""
    for gateway, called in (("unifi", True), ("another", False)):
        site = Site("a", "A", gateway=gateway, gateway_settings={"site": "default"})
        assert _is_called(Place(site, None), "default") is called


def test_of_several_defaults_the_one_that_the_visitor_comes_from(world: World) -> None:
    world.add(id="mot", name="Một", egress="203.0.113.0/25", **FIELDS)
    world.add(id="hai", name="Hai", egress="203.0.113.128/25", **FIELDS)
    world.add(id="ba", name="Ba", **FIELDS)
    world.add(id="bon", name="Bốn", **{**FIELDS, "gateway.site": "3041y5wj"})

    def led(address: str, name: str = "default") -> str:
        environ = {"REMOTE_ADDR": address}
        there = world.visitor.get(f"/guest/s/{name}/", environ_overrides=environ)
        return there.headers.get("Location", "")

    assert led("203.0.113.9") == "/s/mot"
    assert led("203.0.113.200") == "/s/hai"
    assert led("::ffff:203.0.113.200") == "/s/hai"
    assert led("198.51.100.7") == ""  # better none than somebody else's
    assert led("198.51.100.7", "3041y5wj") == "/s/bon"
    world.add(id="nam", name="Năm", egress="203.0.113.128/25", **FIELDS)
    assert led("203.0.113.200") == ""
