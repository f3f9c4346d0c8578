"""The service is stopped, reloaded and renewed in order while people visit: nobody notices."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from itertools import permutations
from pathlib import Path

import pytest

from tests.chaos.conftest import Start
from tests.chaos.fire import (
    assert_exact,
    bring_the_rest,
    in_turn,
    open_files,
    resident,
    threads,
    visits,
)
from tests.chaos.visitors import Tally, visit
from tests.servers import RedisServer, free_port, wait_until
from tests.serving import wait_listening

VIEWS = 2000
RELOADS = 50
RECYCLED = ("--max-requests", "300", "--max-requests-jitter", "100")


def test_stopped_in_every_order(start: Start, server: RedisServer) -> None:
    """R04: gunicorn before Redis and after it, down and up; and Redis alone."""
    portal = start(server.url)
    on, off = (portal.start, server.start), (portal.stop, server.stop)
    orders = [
        (off[first], off[1 - first], on[second], on[1 - second])
        for first in (0, 1)
        for second in (0, 1)
    ]
    # A portal counts as ready while its Redis is away, so either may come up first.
    alone = (server.stop, server.start)

    def go(steps: tuple[object, ...]) -> None:
        for step in steps:
            step()  # type: ignore[operator]

    harms = [(0.1 + 0.15 * n, lambda s=steps: go(s)) for n, steps in enumerate([*orders, alone])]
    tallies = visits(portal, in_turn(harms), VIEWS)
    portal.stop()
    server.stop()
    server.start()
    bring_the_rest(portal)
    assert_exact(portal, tallies, VIEWS)


class Front:
    """nginx before the portal. When it has nobody to ask it hangs up, so visitors try again."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, upstream: int) -> None:
        """Serve what the portal at the port ``upstream`` says."""
        self._folder.mkdir(exist_ok=True)
        (self._folder / "nginx.conf").write_text(f"""
            daemon off; pid {self._folder}/pid; error_log {self._folder}/log;
            events {{}}
            http {{
                access_log off; client_body_temp_path {self._folder}/body;
                proxy_temp_path {self._folder}/proxy; fastcgi_temp_path {self._folder}/fastcgi;
                uwsgi_temp_path {self._folder}/uwsgi; scgi_temp_path {self._folder}/scgi;
                server {{
                    listen 127.0.0.1:{self.port};
                    error_page 502 504 = @none;
                    location / {{ proxy_pass http://127.0.0.1:{upstream}; }}
                    location @none {{ return 444; }}
                }}
            }}
        """)
        command = ["nginx", "-p", str(self._folder), "-c", "nginx.conf"]
        self._process = subprocess.Popen([*command, "-e", "stderr"])
        wait_listening(self._process, self.port)

    def stop(self) -> None:
        """Stop as systemd does it, with SIGTERM."""
        if self._process and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(10)


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    """Return an nginx that a test starts and stops."""
    if not shutil.which("nginx"):
        assert not os.environ.get("CI"), "nginx is missing"
        pytest.skip("nginx is missing")
    made = Front(tmp_path / "nginx")
    yield made
    made.stop()


def _by_way_of(front: int, _portal: int, site: str, views: int) -> Tally:
    return visit(front, site, views)


def test_stopped_in_every_order_with_nginx(start: Start, server: RedisServer, front: Front) -> None:
    """R04: nginx, gunicorn and Redis, down and up in all six orders."""
    portal = start(server.url)
    front.start(portal.port)
    parts = [
        (front.stop, partial(front.start, portal.port)),
        (portal.stop, portal.start),
        (server.stop, server.start),
    ]

    def go(order: tuple[int, ...]) -> None:
        for part in order:
            parts[part][0]()
        for part in order:
            parts[part][1]()

    harms = [(0.1 + 0.12 * n, partial(go, order)) for n, order in enumerate(permutations(range(3)))]
    tallies = visits(portal, in_turn(harms), VIEWS, partial(_by_way_of, front.port))
    portal.stop()
    bring_the_rest(portal)
    assert_exact(portal, tallies, VIEWS)


def test_reloads_go_unnoticed(start: Start) -> None:
    """R08, R09: no request fails, no count is lost, and the master does not grow.

    Visitors keep their connections, straight at gunicorn: it answers what still comes on them
    with the word that it will close.
    """
    portal = start("sqlite:", options=RECYCLED)
    grown: list[tuple[int, int, float]] = []

    def reload(_chance: object, _done: float) -> None:
        if len(grown) < RELOADS:
            portal.reload()
            # While it makes a worker the master holds that one's pipes as well.
            wait_until(lambda: len(portal.workers()) == 2, "both workers")
            grown.append(
                (open_files(portal.master), threads(portal.master), resident(portal.master))
            )

    tallies = visits(portal, reload, VIEWS, partial(visit, keeps=True))
    while len(grown) < RELOADS:
        reload(None, 1)
    portal.stop()
    assert sum(tally.lost_pages + tally.lost_beacons for tally in tallies) == 0
    assert_exact(portal, tallies, VIEWS)
    files, running, memory = zip(*grown[5:], strict=True)
    assert len(set(running)) == 1
    assert max(files) - min(files) <= 2  # a worker's pipe may be counted while it changes
    assert max(memory) <= 1.05 * min(memory)
