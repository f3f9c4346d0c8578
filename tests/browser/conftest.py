"""A browser and a portal for all tests of this folder, and a phone for each."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from portal.domain.periods import today
from portal.stores import open_store
from tests.browser.chromium import ANDROID, chromium
from tests.opennds import OPENNDS
from tests.servers import requires, wait_until
from tests.serving import Portal, add_site, serving

Phone = Callable[..., Page]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, started once.

    It ends with this folder: while it lives, its event loop runs in the thread of the tests, and
    no other can.
    """
    requires("chromium")
    with chromium() as started:
        yield started


@pytest.fixture(scope="package")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """A real portal; every test uses a site of its own."""
    data = tmp_path_factory.mktemp("portal")
    for number in range(38, 120):  # the first two are for tests that count nothing
        add_site(data, id=f"site-{number}", name="Bến xe khách Bảo Lâm")
    for number in range(40):
        add_site(data, id=f"gate-{number}", name="Nhà khách Bảo Lâm", **OPENNDS)
    with serving(data, workers=1) as running:
        yield running


_sites, _gates = iter(range(40, 120)), iter(range(40))


@pytest.fixture
def site(portal: Portal) -> str:
    """Return a site that nobody has visited yet."""
    return f"site-{next(_sites)}"


@pytest.fixture
def gate(portal: Portal) -> str:
    """Return a site behind an openNDS gateway that nobody has visited yet."""
    return f"gate-{next(_gates)}"


@pytest.fixture
def phone(browser: Browser) -> Iterator[Phone]:
    """Return a function that hands out a phone's tab; keywords are the browser context's."""
    contexts: list[BrowserContext] = []

    def hand_out(**options: Any) -> Page:
        given = {"viewport": {"width": 360, "height": 640}, "user_agent": ANDROID, "locale": "vi"}
        contexts.append(browser.new_context(**(given | options)))
        return contexts[-1].new_page()

    yield hand_out
    for context in contexts:
        context.close()


def counts(portal: Portal, site: str) -> dict[str, int]:
    """Return what is counted for ``site``, by kind."""
    store = open_store("sqlite:", portal.data)
    now = today(time.time())
    found: Counter[str] = Counter()
    for cells in store.counters(now - timedelta(1), now, [site]).values():
        for cell, number in cells.items():
            found[cell.kind] += number
    store.close()
    return dict(found)


def wait_for_counts(portal: Portal, site: str, wanted: dict[str, int]) -> None:
    """Wait until exactly ``wanted`` is counted: the flush runs every second."""
    wait_until(lambda: counts(portal, site) == wanted, f"{wanted} at {site}", 15)
