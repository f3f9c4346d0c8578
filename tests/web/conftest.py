"""The whole portal in one process, with a clock that a test may set and every count to be read."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.app import create_app
from portal.services import Services, open_services
from portal.settings import load_settings
from portal.sitebook import SiteBook
from tests.opennds import OPENNDS

ANDROID = (
    "Mozilla/5.0 (Linux; Android 10; SM-A105F) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/88.0.4324.93 Mobile Safari/537.36"
)
ANDROID_SHEET = ANDROID.replace("SM-A105F", "SM-A105F; wv").replace("Chrome", "Version/4.0 Chrome")
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 14_4 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/14.0.3 Mobile/15E148 Safari/604.1"
)
APPLE_SHEET = IPHONE.replace("Version/14.0.3 ", "").replace(" Safari/604.1", "")
NOON = 1614920400.0  # 05/03/2021 12:00 in Asia/Ho_Chi_Minh


@dataclass
class Clock:
    """A clock that stands still until a test moves it."""

    now: float = NOON

    def __call__(self) -> float:
        return self.now


@dataclass
class World:
    """A portal and its visitors."""

    app: Flask
    services: Services
    clock: Clock
    book: SiteBook
    visitor: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        self.visitor = self.app.test_client(use_cookies=False)

    def add(self, **fields: Any) -> None:
        """Add a site, known to the portal at once."""
        self.book.add(fields, date(2021, 3, 1))
        self.services.snapshot.refresh()

    def get(self, url: str, agent: str = ANDROID, **headers: str) -> TestResponse:
        """Ask as a phone's browser does."""
        sent = {"User-Agent": agent, "Accept": "text/html,*/*;q=0.8"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.visitor.get(url, headers=sent)

    def counts(self, site: str = "ben-xe") -> dict[str, int]:
        """Return what the store holds for ``site``, by kind."""
        self.services.recorder.flush()
        found: Counter[str] = Counter()
        days = self.services.store.counters(date(2021, 1, 1), date(2021, 12, 31), [site])
        for cell, number in days.get(site, {}).items():
            found[cell.kind] += number
        return dict(found)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A portal with a site reached by link and one behind openNDS at level 1."""
    clock = Clock()
    settings = load_settings({}, data=tmp_path)
    services = open_services(settings, clock=clock)
    book = SiteBook(services.store, services.areas, services.gateways, services.vault)
    world = World(create_app(settings, services), services, clock, book)
    world.add(id="ben-xe", name="Bến xe khách Bảo Lâm", kind="bus_station")
    world.add(
        id="nha-khach",
        name="Nhà khách",
        **OPENNDS,
    )
    yield world
    services.stop()


@pytest.fixture
def office(world: World) -> World:
    """The same, with one person of each role and counts at two sites."""
    from tests.web.office import furnish

    return furnish(world)


def links(page: TestResponse) -> dict[str, str]:
    """Return the addresses that a notice leads to, by what they are for."""
    text = page.get_data(as_text=True).replace("&amp;", "&")
    patterns = {
        "beacon": r'src="(/i/[^"]+)"',
        "viewable": r'data-viewable="([^"]+)"',
        "own": r'data-own="([^"]+)"',
        "play": r'id="install-play" href="([^"]+)"',
        "appstore": r'id="install-appstore" href="([^"]+)"',
        "continue": r'id="continue" href="([^"]+)"',
        "installed": r'id="installed" href="([^"]+)"',
    }
    found = {name: re.search(pattern, text) for name, pattern in patterns.items()}
    return {name: match[1] for name, match in found.items() if match}
