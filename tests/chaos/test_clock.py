"""R13: the clock of a whole service jumps while people visit, as on a box without a battery."""

import time
from collections import Counter
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from portal.domain.periods import hour_of
from portal.stores import open_store
from tests.chaos.conftest import Start
from tests.chaos.fire import PROCESSES, SITE, VIEWS, Portal, in_turn, visits
from tests.chaos.visitors import Phone, Tally, beacon

HOUR = 3600
ROOT = Path(__file__).parents[2]


def test_an_hour_back_and_forth(tmp_path: Path, start: Start) -> None:
    """R13: 5.000 views; each counts in the hour of its issue, or is refused as of another time."""
    clock = tmp_path / "clock"
    _set(clock, 0)
    env = {"CLOCK": str(clock), "PYTHONPATH": str(ROOT)}
    portal = start("sqlite:", options=("-c", "python:tests.chaos.clock_conf"), env=env)
    first = time.time()
    steps = [
        (0.05 + 0.09 * n, partial(_set, clock, hours))
        for n, hours in enumerate((-1, 0, 1, 0, -1, 1, -1, 0, 1, 0))
    ]
    tallies = visits(portal, in_turn(steps), visitor=_visit)
    portal.stop()
    views = [view for tally in tallies for view in tally.views]
    assert len(views) >= PROCESSES * VIEWS
    hours, refused = _by_hour(portal), sum(tally.lost_beacons for tally in tallies)
    assert hours.keys() == {"page", "shown", "rejected:stale", "rejected:future"}
    assert hours["shown"].total() == len(views)
    # In the middle of a request the clock may jump, too: then the page itself is of another time.
    assert hours["page"].total() <= len(views) + refused
    assert sum(kind.total() for kind in hours.values()) == 2 * (len(views) + refused)
    now = range(int(first), int(time.time()) + HOUR, HOUR)
    allowed = {hour_of(moment + jump) for moment in now for jump in (-HOUR, 0, HOUR)}
    assert 3 <= len(hours["shown"]) <= len(hours["shown"].keys() & allowed)


def _set(clock: Path, hours: int) -> None:
    draft = clock.with_suffix(".draft")
    draft.write_text(f"{hours * HOUR:+d}\n")
    draft.rename(clock)


def _visit(port: int, site: str, views: int) -> Tally:
    """See so many notices whose beacons count; the others are in ``lost_beacons``."""
    phone, shown, refused = Phone(port), list[str](), 0
    while len(shown) < views:
        page, _lost = phone.insist(f"/s/{site}")
        status, _gif = phone.ask(beacon(page))
        assert status in (200, 400, 410)
        if status == 200:
            shown.append(beacon(page))
        else:
            refused += 1
    return Tally(shown, 0, refused)


def _by_hour(portal: Portal) -> dict[str, Counter[str]]:
    """Return what was counted by kind and hour."""
    store, found = open_store(portal.store, portal.data), dict[str, Counter[str]]()
    days = timedelta(days=2)
    cells = store.counters(date.today() - days, date.today() + days)[SITE]
    store.close()
    for cell, n in cells.items():
        found.setdefault(cell.kind, Counter())[cell.hour] += n
    return found
