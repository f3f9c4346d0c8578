"""R13: the clock jumps, as on a box without a battery; no count is lost or on a wrong day."""

import re
from datetime import date

import pytest

from portal.domain.periods import hour_of
from portal.jobs.retention import fold_old
from tests.web.conftest import NOON, World

HOUR, DAY = 3600.0, 86400.0
STEPS = {
    "an hour back": -HOUR,
    "an hour on": HOUR,
    "a day on": DAY,
    "into the next month": 30 * DAY,
    "ten years on": 3652 * DAY,
    "to 1970": -NOON,
}


def beacon(world: World) -> str:
    """See the notice; return the address of its beacon."""
    page = world.get("/s/ben-xe")
    assert page.status_code == 200
    found = re.search(r'"(/i/[\w-]+\.gif)"', page.text)
    assert found
    return found[1]


def shown(world: World) -> dict[str, int]:
    """Return the impressions by hour."""
    world.services.recorder.flush()
    cells = world.services.store.state("ben-xe").counters
    return {cell.hour: n for cell, n in cells.items() if cell.kind == "shown"}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_every_impression_is_booked_on_the_hour_of_its_view(world: World, step: float) -> None:
    before = beacon(world)

    world.clock.now += step
    assert world.get(before).status_code in (400, 410)  # too late, or of a time to come
    during = beacon(world)
    assert world.get(during).status_code == 200
    assert shown(world) == {hour_of(NOON + step): 1}

    world.clock.now -= step  # right again
    assert world.get(before).status_code == 200
    assert shown(world) == {hour_of(NOON + step): 1, hour_of(NOON): 1}
    assert world.get(beacon(world)).status_code == 200
    assert shown(world)[hour_of(NOON)] == 2


def test_nothing_is_folded_by_a_jump_of_ten_years(world: World) -> None:
    world.get(beacon(world))
    before = shown(world)
    store, today = world.services.store, date(2021, 3, 5)
    fold_old(store, today, 400)
    fold_old(store, today.replace(year=2031), 400)
    assert shown(world) == before
