"""A portal with a real nginx in front, as deploy/nginx describes it."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path

import pytest

from portal.counting.edge_log import edge_log
from portal.counting.reconciliation import reconcile, total
from portal.stores import open_store
from tests.nginx import Nginx, edge_config, includes, nginx
from tests.servers import wait_until
from tests.serving import Portal, add_site, free_port, serving

ANDROID = (
    "Mozilla/5.0 (Linux; Android 12; SM-A515F) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/124.0.0.0 Mobile Safari/537.36"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 15_4 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/15.0 Mobile/15E148 Safari/604.1"
)
MAC = "AA:BB:CC:DD:EE:FF"
HOTEL = (
    "mac=AA%3ABB%3ACC%3ADD%3AEE%3AFF&ip=10.5.50.9"
    "&link-login-only=http%3A%2F%2F10.5.50.1%2Flogin&link-orig=http%3A%2F%2Fexample.com%2F"
)


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def view(self) -> str:
        """The name of the view that the page is."""
        found = re.search(r'src="/i/([^"]+)\.gif"', self.text)
        return found[1] if found else ""

    def link(self, id: str) -> str:
        """Return where the button ``id`` leads."""
        found = re.search(rf'id="{id}" href="([^"]*)"', self.text)
        assert found, f"no {id} in the page"
        return found[1].replace("&amp;", "&")


@dataclass
class Edge:
    """The portal, which may be away, and nginx."""

    data: Path
    port: int
    nginx: Nginx
    settings: dict[str, object]
    stack: ExitStack = field(default_factory=ExitStack)
    portal: Portal | None = None

    def begin(self) -> None:
        """Start the application."""
        running = serving(self.data, port=self.port, **self.settings)
        self.portal = self.stack.enter_context(running)

    def leave(self) -> None:
        """End the application."""
        self.stack.close()
        self.portal = None

    def get(self, path: str, agent: str = ANDROID, method: str = "GET", **headers: str) -> Answer:
        """Ask nginx as a browser does; names of headers with _ for -."""
        sent = {"User-Agent": agent, "Accept": "text/html,*/*", "Accept-Language": "vi"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = HTTPConnection("127.0.0.1", self.nginx.port, timeout=20)
        try:
            connection.putrequest(method, path, skip_accept_encoding=True, skip_host="Host" in sent)
            for name, value in sent.items():
                connection.putheader(name, value)
            connection.endheaders()
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        names = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, names, body.decode("utf-8", "replace"))

    def see(self, path: str = "/s/bus", agent: str = ANDROID) -> str:
        """Look at a notice, as far as its beacons; return the view's name."""
        page = self.get(path, agent)
        assert page.status == 200
        for kind in ("i", "v"):
            beacon = self.get(f"/{kind}/{page.view}.gif", agent)
            assert (beacon.status, beacon.text[:6]) == (200, "GIF89a")
        return page.view

    @property
    def log(self) -> Path:
        """The file that nginx writes events to."""
        return edge_log(self.data / "journal")

    def lines(self) -> list[list[str]]:
        """Return the fields of what it wrote."""
        found = sorted(self.log.parent.glob("edge.log*"))
        return [line.split("\t") for path in found for line in path.read_text().splitlines()]

    def counts(self) -> Counter[str]:
        """Return what was counted so far, by kind; first wait until the books agree."""
        store = open_store("sqlite:", self.data)
        try:
            wait_until(lambda: _agree(self.data / "journal", store), "books that agree")
            found: Counter[str] = Counter()
            day = datetime.now(UTC).date()
            for cells in store.counters(day - timedelta(1), day + timedelta(1)).values():
                for cell, number in cells.items():
                    found[cell.kind] += number
            return found
        finally:
            store.close()


def _agree(journals: Path, store: object) -> bool:
    balance = total(reconcile(journals, store))  # type: ignore[arg-type]
    return balance.waiting == 0 and balance.difference == 0


@contextmanager
def running(place: Path, **settings: object) -> Iterator[Edge]:
    """Run the portal with three sites, and nginx in front."""
    data = place / "data"
    data.mkdir(parents=True)
    port, outside = free_port(), free_port()
    url = f"http://127.0.0.1:{outside}"
    settings = {"public_url": url, "trusted_proxies": "127.0.0.1", "workers": 2} | settings
    add_site(data, id="bus", name="Bến xe khách Bảo Lâm")
    add_site(data, id="hotel", name="Khách sạn", gateway="mikrotik",
             gateway_settings={"address": "10.5.50.1"})  # fmt: skip
    add_site(data, id="cafe", name="Cà phê", gateway="opennds",
             gateway_settings={"address": "192.168.8.1", "faskey": "abcdefghijkl12"})  # fmt: skip
    http, server = includes(edge_config(data, place, port, url, **settings))
    with nginx(place / "nginx", http, server, port=outside) as front:
        edge = Edge(data, port, front, settings)
        try:
            edge.begin()
            yield edge
        finally:
            edge.leave()


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[Edge]:
    """Return a portal with nginx in front, for one test alone."""
    with running(tmp_path) as started:
        yield started
