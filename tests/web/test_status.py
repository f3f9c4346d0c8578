"""For the machines that watch this one."""

from pathlib import Path

from tests.web.conftest import World


def test_a_healthy_portal_says_so(world: World) -> None:
    assert world.get("/healthz").data == b"ok\n"
    answer = world.get("/readyz")
    assert answer.status_code == 200
    assert answer.json == {"ready": True, "journal": True, "journal_room": "enough"}


def test_a_portal_that_cannot_journal_is_not_ready(world: World, tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("a file where the folder should be")
    answer = world.get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {"ready": False, "journal": False, "journal_room": "enough"}


def test_watching_is_not_counted(world: World) -> None:
    world.get("/healthz")
    world.get("/readyz")
    assert world.counts("-") == {}
