"""The service is stopped, reloaded and renewed in order while people visit: nobody notices."""

from functools import partial

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
from tests.chaos.visitors import visit
from tests.servers import RedisServer

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
