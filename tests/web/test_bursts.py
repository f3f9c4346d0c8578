"""C04, C07, C10, R11: a loop of curl fills no report, and nobody behind it goes without."""

from collections import Counter
from datetime import date

from tests.web.conftest import World, links

HOTEL = {"REMOTE_ADDR": "203.0.113.7"}


def visit(world: World, address: str = "203.0.113.7", site: str = "ben-xe", **headers: str) -> int:
    """Open the notice and its beacon as somebody behind ``address``; return the status."""
    behind = {"REMOTE_ADDR": address}
    page = world.visitor.get(f"/s/{site}", environ_base=behind, headers=headers)
    beacon = world.visitor.get(links(page)["beacon"], environ_base=behind, headers=headers)
    assert page.status_code == 200
    return beacon.status_code


def test_r11_a_full_hotel_behind_one_address_counts_whole(world: World) -> None:
    assert {visit(world) for _guest in range(300)} == {200}
    assert world.counts() == {"page": 300, "shown": 300}


def test_c07_what_is_beyond_is_kept_apart_and_every_page_is_served(world: World) -> None:
    """Of 3.000 in ten minutes the limit counts and what it gets back; the rest is told as such."""
    for _turn in range(10):
        for _loop in range(300):
            visit(world)
        world.clock.now += 60
    found = world.counts()
    assert found["page"] == 3000
    assert 300 + 130 <= found["shown"] <= 300 + 150
    assert found["shown"] + found["rejected:burst"] == 3000
    assert visit(world, "198.51.100.1") == 200  # somebody else at the same site
    assert world.counts()["shown"] == found["shown"] + 1


def test_c04_no_header_makes_a_network_of_its_own(world: World) -> None:
    names = ("X-Forwarded-For", "X-Real-IP", "True-Client-IP", "CF-Connecting-IP")
    for number in range(400):
        claimed = f"10.{number // 250}.{number % 250}.9"
        visit(world, Forwarded=f"for={claimed}", **dict.fromkeys(names, claimed))
    found = world.counts()
    assert (found["shown"], found["rejected:burst"]) == (300, 100)


def test_c10_a_flood_at_one_site_takes_nothing_from_it_or_another(world: World) -> None:
    for _loop in range(400):
        visit(world)
    before = world.counts()["shown"]
    assert visit(world, site="nha-khach") == 200
    for guest in range(20):
        visit(world, f"198.51.100.{guest}")
    assert world.counts()["shown"] == before + 20
    assert world.counts("nha-khach")["shown"] == 1


def test_taps_are_capped_like_impressions_and_still_lead_online(world: World) -> None:
    statuses: Counter[int] = Counter()
    for _loop in range(320):
        page = world.visitor.get("/s/ben-xe", environ_base=HOTEL)
        link = links(page)["continue"]
        statuses[world.visitor.get(link, environ_base=HOTEL).status_code] += 1
    assert set(statuses) <= {200, 302, 303}
    found = world.counts()
    assert (found["continue"], found["rejected:burst"]) == (300, 20)


def test_the_site_s_numbers_show_it(world: World) -> None:
    for _loop in range(301):
        visit(world)
    world.services.recorder.flush()
    cells = world.services.store.counters(date(2021, 1, 1), date(2021, 12, 31), ["ben-xe"])
    assert "rejected:burst" in {cell.kind for cell in cells["ben-xe"]}
