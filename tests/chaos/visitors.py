"""Visitors in processes of their own, who do not give up before they have an answer."""

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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


def visit(port: int, site: str, views: int, replays: Sequence[str] = ()) -> Tally:
    """See the notice of ``site`` so many times; fetch each view's beacon until it is answered.

    Then fetch ``replays``, which are beacons of other visits.
    """
    beacons: list[str] = []
    lost_pages = lost_beacons = 0
    for _ in range(views):
        page, lost = _insist(port, f"/s/{site}")
        lost_pages += lost
        found = _BEACON.search(page)
        assert found, page
        beacons.append(found[1].decode())
        _gif, lost = _insist(port, beacons[-1])
        lost_beacons += lost
    for beacon in replays:
        _gif, lost = _insist(port, beacon)
        beacons.append(beacon)
        lost_beacons += lost
    return Tally(beacons, lost_pages, lost_beacons)


def _insist(port: int, path: str) -> tuple[bytes, int]:
    """Return the answer to ``path``, and how many requests got none before."""
    end = time.monotonic() + _PATIENCE
    for lost in range(1_000_000):
        try:
            with _connection(port) as connection:
                connection.request(
                    "GET", path, headers={"User-Agent": AGENT, "Connection": "close"}
                )
                response = connection.getresponse()
                body = response.read()
        except (OSError, HTTPException):
            if time.monotonic() > end:
                raise
            time.sleep(0.005)
            continue
        assert response.status == 200, (path, response.status, body)
        return body, lost
    raise AssertionError("unreachable")


@contextmanager
def _connection(port: int) -> Iterator[HTTPConnection]:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        yield connection
    finally:
        connection.close()
