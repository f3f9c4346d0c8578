"""Connectivity checks that a network sends to the portal itself."""

import pytest

from tests.web.conftest import World

CHECKS = [
    ("connectivitycheck.gstatic.com", "/generate_204", 204, b""),
    ("captive.apple.com", "/hotspot-detect.html", 200, b"Success"),
    ("www.msftconnecttest.com", "/connecttest.txt", 200, b"Microsoft Connect Test"),
    ("detectportal.firefox.com", "/success.txt", 200, b"success"),
]


@pytest.mark.parametrize(("host", "path", "status", "body"), CHECKS)
def test_a_check_succeeds_where_nobody_is_held(
    world: World, host: str, path: str, status: int, body: bytes
) -> None:
    answer = world.get(path, Host=host)
    assert answer.status_code == status
    assert body in answer.data
    assert world.counts("-") == {"probe": 1}


@pytest.mark.parametrize(("host", "path", "status", "body"), CHECKS)
def test_a_check_leads_to_the_notice_where_the_gateway_holds_visitors(
    world: World, host: str, path: str, status: int, body: bytes
) -> None:
    world.book.edit("nha-khach", {"egress": "127.0.0.1/32"})
    world.services.snapshot.refresh()
    answer = world.get(path, Host=host)
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith("/s/nha-khach")
    assert world.counts("nha-khach") == {"probe": 1}


def test_a_check_is_told_by_its_host_and_not_by_its_agent(world: World) -> None:
    world.get("/generate_204", "Dalvik/2.1.0", Host="connectivitycheck.gstatic.com:80")
    world.get("/generate_204", "Dalvik/2.1.0", Host="thongbao.example.vn")
    assert world.counts("-") == {"probe": 1}


def test_no_check_is_an_impression(world: World) -> None:
    for host, path, _status, _body in CHECKS:
        world.get(path, Host=host)
    assert set(world.counts("-")) == {"probe"}
