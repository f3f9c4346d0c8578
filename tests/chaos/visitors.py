"""Visitors in processes of their own, who do not give up before they have an answer."""

import re
import time
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException
from typing import NamedTuple

AGENT = (
    "Mozilla/5.0 (Linux; Android 10; SM-A515F) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/88.0.4324.181 Mobile Safari/537.36"
)
_BEACON = re.compile(rb'"(/i/[\w-]+\.gif)"')
_PATIENCE = 120.0  # seconds for one answer; the service is away for a few at most


class Tally(NamedTuple):
    """What one visitor process asked for, and what it got."""

    views: list[str]  # beacons that were answered 200, one per view
    lost_pages: int  # requests without an answer: counted or not, nobody can know
    lost_beacons: int


class Phone:
    """A visitor's phone: a connection for each request, or one that is kept for all of them."""

    def __init__(self, port: int, *, keeps: bool = False) -> None:
        self._keeps = keeps
        self._headers = {"User-Agent": AGENT} | ({} if keeps else {"Connection": "close"})
        self._connection = HTTPConnection("127.0.0.1", port, timeout=30)

    def ask(self, path: str, method: str = "GET", body: bytes | None = None) -> tuple[int, bytes]:
        """Send one request; return the status and the body. Raise OSError, HTTPException."""
        try:
            self._connection.request(method, path, body, self._headers)
            response = self._connection.getresponse()
            return response.status, response.read()
        except BaseException:
            self.hang_up()
            raise
        finally:
            if not self._keeps:
                self.hang_up()

    def insist(self, path: str) -> tuple[bytes, int]:
        """Return the answer to ``path``, and how many requests got none before."""
        end = time.monotonic() + _PATIENCE
        for lost in range(1_000_000):
            try:
                status, body = self.ask(path)
            except (OSError, HTTPException):
                if time.monotonic() > end:
                    raise
                time.sleep(0.005)
                continue
            assert status == 200, (path, status, body)
            return body, lost
        raise AssertionError("unreachable")

    def hang_up(self) -> None:
        """Close the connection; the next request opens another."""
        self._connection.close()


def beacon(page: bytes) -> str:
    """Return the address of the beacon of a page."""
    found = _BEACON.search(page)
    assert found, page
    return found[1].decode()


def visit(
    port: int, site: str, views: int, replays: Sequence[str] = (), keeps: bool = False
) -> Tally:
    """See the notice of ``site`` so many times; fetch each view's beacon until it is answered.

    Then fetch ``replays``, which are beacons of other visits.
    """
    phone = Phone(port, keeps=keeps)
    beacons: list[str] = []
    lost_pages = lost_beacons = 0
    for _ in range(views):
        page, lost = phone.insist(f"/s/{site}")
        lost_pages += lost
        beacons.append(beacon(page))
        _gif, lost = phone.insist(beacons[-1])
        lost_beacons += lost
    for replay in replays:
        _gif, lost = phone.insist(replay)
        beacons.append(replay)
        lost_beacons += lost
    phone.hang_up()
    return Tally(beacons, lost_pages, lost_beacons)
