"""Metrics: the reconciliation for a machine that watches, and for nobody else."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from portal.counting.journal import LOST
from portal.domain.errors import StoreUnavailable
from tests.web.conftest import World, links


def read(world: World) -> dict[str, float]:
    """Return every metric, with its labels behind its name."""
    answer = world.visitor.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    return {
        " ".join((sample.name, *sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_the_reconciliation_is_told_per_node(world: World) -> None:
    world.get(links(world.get("/s/ben-xe"))["beacon"])
    node = world.services.settings.node_name
    waiting = read(world)
    assert waiting[f"portal_events {node} journalled"] == 2
    assert waiting[f"portal_events {node} waiting"] == 2
    world.services.recorder.flush()
    told = read(world)
    assert told[f"portal_events {node} counted"] == 2
    assert told[f"portal_events {node} waiting"] == 0
    assert told[f"portal_events_difference {node}"] == 0
    assert told["portal_store_up"] == 1
    assert told["portal_journal_bytes"] > 0


def test_a_difference_and_a_loss_are_told(world: World) -> None:
    world.get("/s/ben-xe")
    world.services.recorder.flush()
    journal = world.services.settings.journal
    (journal / LOST).write_text("node.one\t17\n")
    for segment in journal.rglob("*.log"):
        segment.write_bytes(segment.read_bytes().split(b"\n")[0] + b"\n")
    for acked in journal.rglob("acked"):
        acked.write_bytes(b"0")
    told = read(world)
    assert told["portal_events_lost"] == 17
    assert told[f"portal_events_difference {world.services.settings.node_name}"] != 0


def test_a_store_that_is_away_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(world.services.store, "ledgers", away)
    told = read(world)
    assert told["portal_store_up"] == 0
    assert not any(name.startswith("portal_events ") for name in told)


@pytest.mark.parametrize("address", ["203.0.113.9", "10.0.0.1", "::2", "", "no address"])
def test_nobody_else_may_read_them(world: World, address: str) -> None:
    answer = world.visitor.get("/metrics", environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == 404
    assert "portal_events" not in answer.text


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_nor_whoever_comes_through_a_proxy(world: World, header: str) -> None:
    assert world.visitor.get("/metrics", headers={header: "127.0.0.1"}).status_code == 404


def test_an_address_in_the_form_of_both_protocols_is_known(world: World) -> None:
    answer = world.visitor.get("/metrics", environ_base={"REMOTE_ADDR": "::ffff:127.0.0.1"})
    assert answer.status_code == 200
