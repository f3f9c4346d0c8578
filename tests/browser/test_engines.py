"""The notice in the engines of iPhones and of Firefox, with the agents of several devices.

Nothing outside this machine can be reached, so where a tap leads is read in the address bar.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest

from portal.domain.events import ONCE, Kind
from tests.browser.chromium import APPLE_SHEET, DESKTOP, FENNEC, IPHONE, WEBVIEW
from tests.browser.conftest import counts
from tests.browser.engines import ENGINES, Refused, Window
from tests.opennds import GATEWAY, fas
from tests.servers import wait_until
from tests.serving import Portal

PLAY = "https://play.google.com/store/apps/details?id=com.mic.bluezone"
APPLE = "https://apps.apple.com/vn/app/bluezone/id1508062685"
OFFICIAL = "https://www.bluezone.gov.vn/"
SHOWN = {"page": 1, "shown": 1, "viewable": 1}


class Visitor(NamedTuple):
    """What a browser claims to be, and what its owner is to find."""

    agent: str
    button: str = ""
    store: str = ""  # where the button leads; from a sheet, only the portal's next page opens


# Chrome's agent is not here: it gets an address that only an Android phone understands.
VISITORS = {
    "android": Visitor(FENNEC, "#install-play", PLAY),
    "android-sheet": Visitor(WEBVIEW, "#install-play"),
    "iphone": Visitor(IPHONE, "#install-appstore", APPLE),
    "apple-sheet": Visitor(APPLE_SHEET, "#install-appstore"),
    "desktop": Visitor(DESKTOP),
}


@pytest.fixture(scope="module", params=list(ENGINES))
def engine(request: pytest.FixtureRequest) -> str:
    """Name the engine of all tests here, one after the other."""
    return str(request.param)


@pytest.fixture(scope="module", params=list(VISITORS))
def visitor(request: pytest.FixtureRequest) -> Visitor:
    """Return each kind of visitor; the tests of one share a browser."""
    return VISITORS[request.param]


@pytest.fixture(scope="module")
def window(
    engine: str, visitor: Visitor, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Window]:
    """Return a browser that says it is the visitor's."""
    with ENGINES[engine](tmp_path_factory.mktemp(engine), visitor.agent) as started:
        yield started


def view(window: Window) -> str:
    """Return the name of the view that the address bar holds."""
    return parse_qs(urlsplit(window.url).query)["v"][0]


def leads_to(window: Window, url: str) -> None:
    """Wait until the browser is, or tries to be, at an address that begins with ``url``."""
    wait_until(lambda: window.url.startswith(url), url, 10)


def wait_until_viewable(window: Window) -> None:
    """Wait for the beacon that the script sends after one second."""
    asked = "return performance.getEntriesByType('resource').map(entry => entry.name).join()"
    wait_until(lambda: "/v/" in str(said(window, asked)), "the second beacon", 10)


def said(window: Window, script: str) -> object:
    """Return what ``script`` returns, if there is a page just now."""
    with suppress(Refused):
        return window.run(script)
    return None


def once(portal: Portal, site: str) -> dict[str, int]:
    """Return what is counted of all that a view may count once; and how many pages there were."""
    return {
        kind: number
        for kind, number in counts(portal, site).items()
        if kind in ONCE or kind == Kind.PAGE
    }


def wait_for_once(portal: Portal, site: str, wanted: dict[str, int]) -> None:
    """Wait until exactly ``wanted`` is counted of that."""
    wait_until(lambda: once(portal, site) == wanted, f"{wanted} at {site}", 10)


def test_a_visit_counts_once_and_leads_to_the_store(
    portal: Portal, site: str, window: Window, visitor: Visitor
) -> None:
    window.open(f"{portal.url}/s/{site}")
    wait_until_viewable(window)
    first, wanted = view(window), SHOWN | {"continue": 1}
    if visitor.button:
        wanted |= {"install": 1} if visitor.store else {"install": 1, "online": 1}
        window.tap(visitor.button)
        leads_to(window, visitor.store or f"{portal.url}/online/{first}")
        window.back()
        assert view(window) == first
    window.tap("#continue")
    leads_to(window, OFFICIAL)
    wait_for_once(portal, site, wanted)


def test_a_gateway_lets_the_visitor_through_to_the_page_behind(
    portal: Portal, gate: str, window: Window, visitor: Visitor
) -> None:
    window.open(f"{portal.url}/s/{gate}?{fas()}")
    first = view(window)
    window.tap(visitor.button or "#continue")
    leads_to(window, f"http://{GATEWAY}/opennds_auth/")
    behind = parse_qs(urlsplit(window.url).query)["redir"][0]
    assert behind.startswith(f"{portal.url}/online/{first}")
    window.open(behind)
    leads_to(window, visitor.store or behind)
    if not visitor.store:
        assert window.text("h1") == "You are online"


ONE = pytest.mark.parametrize("visitor", ["iphone"], indirect=True)


@ONE
def test_a_reload_and_a_way_back_are_the_same_view(
    portal: Portal, site: str, window: Window
) -> None:
    window.open(f"{portal.url}/s/{site}")
    wait_until_viewable(window)
    first = view(window)
    window.reload()
    wait_until_viewable(window)
    window.open(f"{portal.url}/healthz")
    window.back()
    assert view(window) == first
    wait_until(lambda: "reload" in counts(portal, site), "the reload", 10)
    assert once(portal, site) == SHOWN


@ONE
def test_another_language_is_the_same_view(portal: Portal, site: str, window: Window) -> None:
    window.open(f"{portal.url}/s/{site}")
    first, before, button = view(window), window.attribute("html", "lang"), "button[name=lang]"
    wanted = window.attribute(button, "value")
    window.tap(".languages summary")
    window.tap(button)
    wait_until(lambda: said(window, "return document.documentElement.lang") == wanted, wanted, 10)
    assert wanted != before
    assert view(window) == first
    wait_until_viewable(window)
    wait_for_once(portal, site, SHOWN)


@ONE
def test_an_impatient_visitor_counts_once(portal: Portal, site: str, window: Window) -> None:
    window.open(f"{portal.url}/s/{site}")
    wait_until_viewable(window)
    window.tap_twice("#continue")
    leads_to(window, OFFICIAL)
    wait_for_once(portal, site, SHOWN | {"continue": 1})


@ONE
@pytest.mark.parametrize("width", [360, 390, 800])
def test_the_page_never_scrolls_sideways(portal: Portal, window: Window, width: int) -> None:
    window.resize(width, 740)
    wait_until(lambda: window.run("return innerWidth") == width, f"a width of {width}", 10)
    for path in ("/s/site-39?lang=vi", "/s/site-39?lang=en", "/s/none"):
        window.open(f"{portal.url}{path}")
        assert window.run("return document.documentElement.scrollWidth") <= width


def test_the_notice_needs_no_storage(
    portal: Portal, site: str, engine: str, tmp_path: Path
) -> None:
    with ENGINES[engine](tmp_path, IPHONE, storage=False) as window:
        window.open(f"{portal.url}/s/{site}")
        use = "try { localStorage.setItem('a', 'b'); return 'kept' } catch (e) { return 'no' }"
        assert window.run(use) == "no"
        wait_until_viewable(window)
        window.tap("#continue")
        leads_to(window, OFFICIAL)
        wait_for_once(portal, site, SHOWN | {"continue": 1})


def test_the_notice_works_without_script(
    portal: Portal, site: str, engine: str, tmp_path: Path
) -> None:
    with ENGINES[engine](tmp_path, IPHONE, script=False) as window:
        window.open(f"{portal.url}/s/{site}")
        assert "Bluezone" in window.text("h1")
        for button, target in (("#install-appstore", APPLE), ("#continue", OFFICIAL)):
            window.tap(button)
            leads_to(window, target)
            window.back()
        wait_until(lambda: once(portal, site).get("continue") == 1, "the tap", 10)

    def no_view_is_lost() -> bool:  # each way back may be a view of its own
        found = once(portal, site)
        return found["install"] == found["continue"] == 1 and found["shown"] == found["page"]

    wait_until(no_view_is_lost, "a beacon of each page", 10)
