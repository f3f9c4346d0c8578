"""A console with a month of counts and one person of each role, served to real browsers."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from random import Random

from playwright.sync_api import Page

from portal.domain.events import Kind
from portal.domain.periods import today
from portal.services import Services, open_services
from portal.settings import load_settings
from portal.stores.base import Cell, SiteState, WriterRow
from tests.serving import Portal, serving
from tests.web.office import PASSWORD, PEOPLE
from tests.web.rights import RIGHTS, add_samples

SITES = {
    "ben-xe": ("Bến xe khách Bảo Lâm", "bus_station", "01290", 40),
    "cho": ("Chợ Lý Bôn", "market", "01294", 25),
    "nha-nghi": ("Nhà nghỉ Mông Ân", "guesthouse", "01312", 8),
    "cua-khau": ("Trạm Đức Hạnh", "office", "01291", 2),
}
"""Name, kind, commune, and impressions on a usual day, by id."""
_DAYS = 40


@contextmanager
def console(data: Path) -> Iterator[tuple[Portal, dict[str, str]]]:
    """Serve a furnished console; yield it with something there is for each part of an address."""
    held = open_services(load_settings({}, data=data))
    try:
        samples = _furnish(held)
    finally:
        held.stop()
    with serving(data, workers=1) as portal:
        yield portal, samples


def addresses(role: str, samples: dict[str, str]) -> list[str]:
    """Return every address of the console that ``role`` may open."""
    found = []
    for route, roles in RIGHTS.items():
        *methods, path = route.split()
        if "GET" in methods and role in roles.split():
            for part, value in samples.items():
                path = path.replace(part, value)
            if "." not in path.rpartition("/")[2]:  # a file, to be saved
                found.append(path)
    return found


def sign_in(tab: Page, portal: Portal, id: str, password: str = PASSWORD) -> None:
    """Sign in as a person does."""
    tab.goto(f"{portal.url}/office/sign-in")
    tab.fill("#id", id)
    tab.fill("#password", password)
    tab.click("main button")
    tab.wait_for_url(f"{portal.url}/office/")


def _furnish(held: Services) -> dict[str, str]:
    chance, last = Random(2021), today(time.time())
    for id, (name, kind, area, usual) in SITES.items():
        held.sites.add({"id": id, "name": name, "kind": kind, "area": area}, last)
        cells = _cells(chance, last, usual)
        total = sum(cells.values())
        rows = {"furnished.0123456789abcdef": WriterRow(total, total, 0)}
        held.store.replace_state(SiteState(id, cells, rows, {}))
    for id, fields in PEOPLE.items():
        held.people.add({"id": id, "name": id.title(), **fields})
        held.people.set_password(id, PASSWORD)
    return add_samples(held)


def _cells(chance: Random, last: date, usual: int) -> dict[Cell, int]:
    """Return the counters of some weeks until yesterday."""
    cells: dict[Cell, int] = {}
    for back in range(1, _DAYS):
        day = last - timedelta(back)
        for _n in range(max(0, int(chance.gauss(usual, usual / 4)))):
            hour = f"{day:%Y%m%d}{chance.choice((6, 7, 8, 8, 9, 11, 14, 17, 18, 18, 19, 20)):02}"
            system = chance.choice(("android", "android", "ios"))
            for kind in (Kind.PROBE, Kind.PAGE, Kind.SHOWN, *[Kind.INSTALL] * (_n % 5 == 0)):
                cell = Cell(hour, kind, system, "wifi", "3")
                cells[cell] = cells.get(cell, 0) + 1
    return cells
