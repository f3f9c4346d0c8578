"""The console with a year of counts at 500 sites: how long its pages take, on both stores.

Beside them, from the same run, a page that reads no counts (the account): what rendering and the
network cost anyway.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from shutil import which
from statistics import median, quantiles
from urllib.parse import urlencode

from portal.domain.areas import parse_areas
from portal.domain.events import Kind
from portal.domain.periods import today
from portal.gateways import gateways
from portal.people import PeopleBook
from portal.resources import read_text
from portal.settings import Settings, signing_keys
from portal.sitebook import SiteBook
from portal.stores import open_store
from portal.stores.base import Cell, SiteState, WriterRow
from portal.stores.rollup import Rollup
from portal.vault import Vault
from tests.servers import RedisServer
from tests.serving import serving

SITES = 500
DAYS = 365
TIMES = 60  # that each page is asked for
PASSWORD = "một câu thật dài"
PAGES = {
    "account": "/office/account",
    "overview, week": "/office/?range=week",
    "overview, 30 days": "/office/?range=month",
    "overview, a year": "/office/?from={first}&to={last}",
    "live": "/office/live.json?range=today",
}
_HOURS = (8, 11, 14, 18, 20)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        _measure("SQLite", "sqlite:", Path(folder) / "sqlite")
        if not which("redis-server"):
            sys.exit("This needs redis-server: apt-get install redis-server")
        server = RedisServer(Path(folder) / "server", "--save", "")
        try:
            _measure("Redis", server.url, Path(folder) / "redis")
        finally:
            server.kill()


def _measure(name: str, url: str, folder: Path) -> None:
    folder.mkdir()
    last = today(time.time())
    rows, seconds = _fill(url, folder, last)
    print(f"{name}: {SITES} sites, {DAYS} days, {rows} counters; rolled up in {seconds:.0f} s")
    portal_of = serving(folder, store=url, workers=1, log_level="error")
    with portal_of as portal, _inside(portal.port) as (connection, cookie):
        first = last - timedelta(DAYS - 1)
        times: dict[str, list[float]] = {page: [] for page in PAGES}
        sizes: dict[str, int] = {}
        for attempt in range(TIMES + 5):
            for page, path in PAGES.items():
                begin = time.perf_counter()
                sizes[page] = _get(connection, path.format(first=first, last=last), cookie)
                if attempt >= 5:  # what comes before warms up
                    times[page].append(time.perf_counter() - begin)
    plain = median(times["account"])
    for page, taken in times.items():
        middle, slow = median(taken), quantiles(taken, n=20)[-1]
        print(
            f"  {page:<18}{1000 * middle:7.1f} ms, p95 {1000 * slow:7.1f} ms"
            f"  {middle / plain:6.2f} of the account's{sizes[page] / 1024:8.1f} KB"
        )


def _fill(url: str, folder: Path, last: date) -> tuple[int, float]:
    """Write sites, a person and counts; return how many counters, and how long the roll-up took."""
    areas = parse_areas(read_text("areas.json"))
    chance, store = Random(2021), open_store(url, folder)
    book = SiteBook(store, areas, gateways(), Vault(signing_keys(Settings(data=folder))))
    communes = [area.code for area in areas.communes("042")]
    counters = 0
    for number in range(SITES):
        id = f"site-{number:03}"
        place = {"area": chance.choice(communes), "kind": "hotel"}
        book.add({"id": id, "name": f"Nhà nghỉ số {number}", **place}, last)
        cells = _cells(chance, last)
        counters += len(cells)
        total = sum(cells.values())
        writer = {"bench.0123456789abcdef": WriterRow(total, total, 0)}
        store.replace_state(SiteState(id, cells, writer, {}))
    people = PeopleBook(store, time.time)
    people.add({"id": "can-bo", "name": "Cán bộ", "role": "officer"})
    people.set_password("can-bo", PASSWORD)
    begin = time.perf_counter()
    rollup = Rollup(store, folder / "rollup.db")
    while rollup.refresh():
        pass
    rollup.close()
    store.close()
    return counters, time.perf_counter() - begin


def _cells(chance: Random, last: date) -> dict[Cell, int]:
    cells: dict[Cell, int] = {}
    for back in range(DAYS):
        day = f"{last - timedelta(back):%Y%m%d}"
        for hour in _HOURS:
            for kind in (Kind.PROBE, Kind.PAGE, Kind.SHOWN):
                system = chance.choice(("android", "ios"))
                cells[Cell(f"{day}{hour:02}", kind, system, "wifi", "3")] = chance.randint(1, 9)
        cells[Cell(f"{day}20", Kind.INSTALL, "android", "wifi", "3")] = chance.randint(1, 3)
    return cells


@contextmanager
def _inside(port: int) -> Iterator[tuple[HTTPConnection, str]]:
    """Yield a connection and the cookie of somebody who has signed in."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    form = urlencode({"id": "can-bo", "password": PASSWORD})
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
    connection.request("POST", "/office/sign-in", form, headers)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 303:
        raise RuntimeError(f"signing in was answered with {answer.status}")
    yield connection, str(answer.headers["Set-Cookie"]).partition(";")[0]
    connection.close()


def _get(connection: HTTPConnection, path: str, cookie: str) -> int:
    connection.request("GET", path, headers={"Cookie": cookie})
    answer = connection.getresponse()
    size = len(answer.read())
    if answer.status != 200:
        raise RuntimeError(f"{path} was answered with {answer.status}")
    return size


if __name__ == "__main__":
    main()
