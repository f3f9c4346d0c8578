"""The notice through nginx: one rendering for many, each with its own view, and all counted."""

import re
import socket
from itertools import product
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from portal.edge.config import HANDED_ON, VIEW
from portal.stores import open_store
from tests.edge.conftest import ANDROID, HOTEL, IPHONE, MAC, Edge
from tests.servers import wait_until
from tests.serving import add_site

ROBOT = "Googlebot/2.1 (+http://www.google.com/bot.html)"


def test_many_share_a_rendering_and_each_has_a_view(edge: Edge) -> None:
    views = {edge.see() for _ in range(20)}
    assert len(views) == 20
    counted = edge.counts()
    assert (counted["page"], counted["shown"], counted["viewable"]) == (20, 20, 20)
    assert len(edge.lines()) == 60  # nothing was left to the application
    assert len({view.split(".")[1] for view in views}) <= 2  # one proof a minute


@pytest.mark.parametrize("agent", [ANDROID, IPHONE], ids=["android", "iphone"])
def test_nobody_gets_another_s_notice(edge: Edge, agent: str) -> None:
    """Class, language, shape of the query and site decide together."""
    pages = set()
    for site, language, query in product(
        ("bus", "hotel"), ("vi", "en", "fr;q=0.4,ko"), ("", "c=poster", HOTEL)
    ):
        page, again = (
            edge.get(f"/s/{site}?{query}", agent, Accept_Language=language) for _ in range(2)
        )
        plain = page.text.replace(page.view, "")
        assert plain == again.text.replace(again.view, "")
        assert f'<html lang="{language[-2:]}' in plain
        assert ('id="install-play"' in plain) == (agent == ANDROID)
        assert ("AA%3ABB" in plain) == (site == "hotel" and query == HOTEL)
        pages.add(plain)
    # The channel is in the view's name alone, and a hotspot's parameters say nothing at the bus.
    assert len(pages) == 3 * (1 + 2)


def test_channels_and_systems_are_counted_apart(edge: Edge) -> None:

    for path, agent in (
        ("/s/bus", ANDROID),
        ("/s/bus?c=poster", IPHONE),
        (f"/s/hotel?{HOTEL}", IPHONE),
    ):
        edge.see(path, agent)
        edge.see(path, agent)
    edge.counts()
    store = open_store("sqlite:", edge.data)
    cells = [
        (site, cell.os, cell.channel, cell.tier, number)
        for site in ("bus", "hotel")
        for cell, number in store.state(site).counters.items()
        if cell.kind == "shown"
    ]
    store.close()
    assert sorted(cells) == [
        ("bus", "android", "link", "3", 2),
        ("bus", "ios", "poster", "3", 2),
        ("hotel", "ios", "wifi", "3", 2),
    ]


def test_a_tap_hands_on_what_the_gateway_sent(edge: Edge) -> None:
    page = edge.get(f"/s/hotel?{HOTEL}")
    answer = edge.get(page.link("continue"))
    assert answer.status == 303
    to = urlsplit(answer.headers["location"])
    given = parse_qs(to.query)
    assert (to.netloc, given["username"]) == ("10.5.50.1:80", [f"T-{MAC}"])
    landing = urlsplit(given["dst"][0])
    assert edge.get(f"{landing.path}?{landing.query}").status == 200
    counted = edge.counts()
    assert (counted["continue"], counted["online"], counted["viewable"]) == (1, 1, 1)


def test_another_language_keeps_view_and_gateway(edge: Edge) -> None:
    page = edge.get(f"/s/hotel?{HOTEL}")
    fields = re.findall(r'<input type="hidden" name="(v|g)" value="([^"]*)"', page.text)
    other = edge.get(f"/s/hotel?{urlencode([*fields, ('lang', 'en')])}")
    assert "Go online" in other.text
    assert other.view == page.view
    assert edge.get(other.link("continue")).headers["location"].startswith("http://10.5.50.1")


def test_what_is_proved_or_unusual_is_the_application_s(edge: Edge) -> None:
    """Its pages are this visitor's alone; nginx keeps none of them and writes nothing down."""
    for path, agent in (
        ("/s/cafe?fas=x&iv=y", ANDROID),
        (f"/s/hotel?{HOTEL}&v=x", ANDROID),
        (f"/s/hotel?{HOTEL}&link-orig=http%3A%2F%2Fx%2Fonline%2Fy", ANDROID),
        (f"/s/hotel?{HOTEL}&x=%22", ""),
        (f'/s/hotel?{HOTEL}&x="><b', ANDROID),
        (f"/s/hotel?{HOTEL}&lt_x=1", ANDROID),
        ("/s/bus?what", ANDROID),
        ("/s/bus", ROBOT),
        ("/s/bus", "Roku/DVP-9.10 (519.10E04111A)"),
    ):
        page = edge.get(path, agent)
        assert page.status == 200
        assert "." not in page.view
        assert "><b" not in page.text
    assert edge.lines() == []
    assert edge.counts()["rejected:bot"] == 2  # the robot, and who says nothing


def test_who_writes_our_marks_into_a_greeting_opens_nothing(edge: Edge) -> None:
    """An owner may: then only parameters that are harmless in a page are put there."""
    greeting = f"x {HANDED_ON} {VIEW} [~remote_addr~]"
    add_site(edge.data, id="marks", name="Chợ", greeting=greeting)
    wait_until(lambda: edge.get("/s/marks").status == 200, "the site")
    for query in ('a="><b>', "a=<b>", "&lt;b&gt;", "a=%3Cb%3E"):
        assert "<b>" not in edge.get(f"/s/marks?{query}").text
    page = edge.get("/s/marks")
    edge.leave()
    assert "127.0.0.1" not in re.sub(r"http://127\S+", "", edge.get(page.link("continue")).text)


def test_a_check_that_a_gateway_has_caught_is_no_notice(edge: Edge) -> None:
    """It does not say that it wants a page; whoever says nothing anywhere else gets a notice."""
    check = HOTEL.replace("example.com", "connectivitycheck.gstatic.com%2Fgenerate_204%3F")
    edge.get(f"/s/hotel?{check}")  # a login sheet does
    assert edge.get(f"/s/hotel?{check}", Accept="*/*").status == 200
    assert edge.get("/s/bus", Accept="*/*").view.startswith("bus.")
    counted = edge.counts()
    assert (counted["page"], counted["probe"]) == (2, 1)


def test_nothing_of_ours_leaves_and_nothing_of_theirs_stays(edge: Edge) -> None:
    page = edge.get(f"/s/hotel?{HOTEL}")
    assert not {name for name in page.headers if name.startswith("edge")}
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["vary"] == "Accept-Encoding"
    edge.get(f"/i/{page.view}.gif")
    edge.counts()
    kept = [path for root in (edge.data, edge.nginx.folder, edge.data.parent / "cache")
            for path in root.rglob("*") if path.is_file()]  # fmt: skip
    assert any("cache" in str(path) for path in kept)
    for path in kept:
        text = path.read_bytes().lower()
        for trace in (b"aa%3abb", MAC.lower().encode(), b"10.5.50.9", b"sm-a515f", b"124.0.0.0"):
            assert trace not in text, (path, trace)


def test_a_beacon_is_refused_for_every_reason(edge: Edge) -> None:
    view = edge.get("/s/bus").view
    for number, (headers, path) in enumerate((
        ({"Sec_Purpose": "prefetch"}, f"/i/{view}.gif"),
        ({"Purpose": "preview"}, f"/i/{view}.gif"),
        ({"X_Moz": "prefetch"}, f"/i/{view}.gif"),
        ({"Range": "bytes=0-1"}, f"/i/{view}.gif"),
        ({"Sec_Fetch_Site": "cross-site"}, f"/i/{view}.gif"),
        ({}, f"/i/{view[:-32]}{'f' * 32}.gif"),  # another id is another view
        ({}, f"/i/{view}.gif"),
        ({}, f"/i/{view}.gif"),
        ({}, f"/i/cho{view[3:]}.gif"),
    )):  # fmt: skip
        answer = edge.get(path, **headers)
        assert answer.status == 200, number
    edge.get(f"/i/{view}.gif", method="HEAD")
    counted = edge.counts()
    assert {kind: n for kind, n in counted.items() if kind.startswith("rejected")} == {
        "rejected:prefetch": 5,
        "rejected:cross_site": 1,
        "rejected:replayed": 1,
        "rejected:forged": 1,
    }
    assert counted["shown"] == 2


def test_what_the_application_refuses_becomes_a_notice(edge: Edge) -> None:
    for line in (
        "GET /s/bus?ssid=B\u1ebfn xe HTTP/1.1",
        "GET /s/bus?ssid=B\u1ebfn HTTP/1.1",
        f"GET /s/bus?url={'x' * 7900} HTTP/1.1",
        f"GET /s/bus?url={'x' * 9000} HTTP/1.1",
        "GET /s/bus?ssid=\udcff\udcfe HTTP/1.1",
        "GET /s/bus?a=%zz HTTP/1.1",
    ):
        status, text = raw(edge, line.encode("utf-8", "surrogateescape"))
        assert status == 200
        assert 'id="install-play"' in text
        if "ssid=B\u1ebfn HTTP" in line:  # a browser escapes what it is sent to, and comes again
            again = '<meta http-equiv="refresh" content="0;url=/s/bus?ssid=B\u1ebfn">'
            assert again in text


def raw(edge: Edge, line: bytes) -> tuple[int, str]:
    """Send a request line as it is; return status and text."""
    head = f"Host: x\r\nUser-Agent: {ANDROID}\r\nAccept: text/html\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", edge.nginx.port), timeout=10) as connection:
        connection.sendall(line + b"\r\n" + head.encode())
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return int(answer.split(b" ", 2)[1]), answer.decode("utf-8", "replace")
