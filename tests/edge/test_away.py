"""While the application is away: the notice, the way online, and counts that wait in the log."""

import re
import time
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from portal.domain.probes import parse_probes
from portal.resources import read_text
from tests.edge.conftest import ANDROID, HOTEL, IPHONE, MAC, Edge, running
from tests.serving import add_site


def test_the_notice_stays_and_its_counts_wait(edge: Edge) -> None:
    edge.see()
    edge.counts()
    edge.leave()
    views = {edge.see() for _ in range(10)}
    assert len(views) == 10
    waiting = len(edge.lines())
    edge.begin()
    counted = edge.counts()
    assert (counted["shown"], counted["viewable"], counted["page"]) == (11, 11, 11)
    assert waiting == 33


def test_an_old_rendering_counts_for_as_long_as_it_is_shown(edge: Edge) -> None:
    """Its proof is hours old then; that it was shown stands in the log."""
    view = edge.see()
    edge.counts()
    edge.leave()
    late = time.time() + 3 * 3600
    other = view[:-32] + "e" * 32
    lines = [
        f"{late:.3f}\ts\t{other}\t\n",
        f"{late + 5:.3f}\ti\t{other}\t\n",
        f"{late + 6:.3f}\ti\t{view[:-32]}{'d' * 32}\t\n",  # shown to another one, in that moment
        f"{late + 2000:.3f}\ti\t{view[:-32]}{'c' * 32}\t\n",  # and much later to nobody
    ]
    with edge.log.open("a") as file:
        file.writelines(lines)
    edge.begin()
    counted = edge.counts()
    assert (counted["shown"], counted["rejected:stale"]) == (3, 1)


def test_a_tap_leads_to_the_gateway_itself(edge: Edge) -> None:
    page = edge.get(f"/s/hotel?{HOTEL}")
    edge.leave()
    for id, step in (("continue", ""), ("installed", "/installed"), ("install-play", "/play")):
        tapped = edge.get(page.link(id))
        assert tapped.status == 200
        found = re.search(r'<meta http-equiv="refresh" content="0;url=([^"]*)">', tapped.text)
        assert found, id
        assert "<!--~away" not in tapped.text
        to = urlsplit(unescape(found[1]))
        given = parse_qs(to.query)
        assert (to.scheme, to.netloc, to.path) == ("http", "10.5.50.1:80", "/login")
        assert given["username"] == [f"T-{MAC}"]
        landing = urlsplit(given["dst"][0])
        assert landing.path == f"/online/{page.view}{step}"
        online = edge.get(f"{landing.path}?{landing.query}")
        assert (online.status, "<h1>Quý khách đã vào mạng" in online.text) == (200, True)
        assert tapped.view == page.view  # what the page shows on its way counts nothing new
    edge.begin()
    counted = edge.counts()
    assert (counted["continue"], counted["installed"], counted["install"]) == (1, 1, 1)
    assert (counted["online"], counted["shown"]) == (1, 0)


def test_an_open_network_leads_on(edge: Edge) -> None:
    page = edge.get("/s/bus")
    edge.leave()
    official = edge.get(page.link("continue"))
    assert (official.status, urlsplit(official.headers["location"]).scheme) == (303, "https")
    store = edge.get(page.link("install-play"))
    assert store.headers["location"].startswith("https://play.google.com/")
    edge.begin()
    counted = edge.counts()
    assert (counted["continue"], counted["install"], counted["viewable"]) == (1, 1, 1)


def test_who_cannot_be_let_through_waits(edge: Edge) -> None:
    """A page that asks again by itself, until the application is back; nothing is counted."""
    fas = edge.get("/s/cafe")
    edge.leave()
    for path in (
        f"/continue/{fas.view}?g=x",
        "/continue/AQdrB0NpYWwzvIVa16p6h9UAAAADYnVzuF_OVKJY92",
    ):
        waits = edge.get(path)
        assert (waits.status, waits.headers["refresh"]) == (200, "5")
        assert "install-play" in waits.text
    assert not [line for line in edge.lines() if line[1] == "continue"]


def test_a_gateway_that_needs_us_says_so(tmp_path: Path) -> None:
    with running(tmp_path) as edge:
        add_site(
            edge.data,
            id="inn",
            name="Nhà nghỉ",
            gateway="mikrotik",
            gateway_settings={"address": "10.5.50.1", "login": "chap", "username": "guest"},
        )
        query = f"{HOTEL}&chap-id=%5C001&chap-challenge={'a' * 16}"
        deadline = time.monotonic() + 20
        while edge.get(f"/s/inn?{query}").status != 200 and time.monotonic() < deadline:
            time.sleep(0.5)
        page = edge.get(f"/s/inn?{query}")
        assert page.view.startswith("inn.")
        edge.leave()
        waits = edge.get(page.link("continue"))
        assert '<meta http-equiv="refresh" content="5">' in waits.text
        assert '<p class="alert" role="status">Máy chưa vào được mạng' in waits.text
        assert not [line for line in edge.lines() if line[1] == "continue"]


def test_who_was_never_here_gets_the_notice_without_the_place(edge: Edge) -> None:
    edge.leave()
    for agent, store in ((ANDROID, "play"), (IPHONE, "appstore")):
        for path in (
            f"/s/hotel?{HOTEL}",
            "/s/nowhere",
            "/s/cafe?fas=x&iv=y",
            "/",
            "/guest/s/default/",
        ):
            page = edge.get(path, agent, Accept_Language="en-GB,en;q=0.8")
            assert page.status == 200
            assert page.headers["refresh"] == "10"
            assert f'id="install-{store}"' in page.text
            assert '<html lang="en"' in page.text
            assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert edge.get("/i/AQdrB0NpYWwzvIVa16p6h9UAAAADYnVzuF_OVKJY92.gif").text[:6] == "GIF89a"
    edge.begin()
    assert edge.counts()["rejected:forged"] == 1


def test_every_check_of_the_connection_succeeds(edge: Edge) -> None:
    """A phone must not be told that it is held when nobody could let it through."""
    edge.leave()
    for probe in parse_probes(read_text("probes.json")):
        path = "/anything" if probe.path == "*" else probe.path
        answer = edge.get(f"{path}?x", Host=probe.host)
        assert answer.status == probe.status, probe
        if probe.status != 302:  # nginx says in words, too, where it leads
            assert answer.text == probe.body, probe
            assert answer.headers.get("content-type", "") == probe.content_type
        for name, value in probe.headers:
            assert answer.headers[name.lower()] == value
    assert edge.get("/generate_204", Host="www.example.com").headers["refresh"] == "10"
