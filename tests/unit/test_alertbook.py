"""The alert book: one open alert per cause, no flapping, and nobody overwritten unseen."""

from pathlib import Path

import pytest

from portal.alertbook import (
    QUIET,
    AlertBook,
    BadAcknowledgement,
    NoSuchAlert,
    opened_text,
)
from portal.domain.alerts import Cause, Finding, State
from portal.domain.errors import VersionConflict
from portal.stores.sqlite import SQLiteStore
from tests.web.conftest import Clock

CHECK = 300.0
SILENT = Finding(Cause.SILENT, "cho", 1.0, {"hours": 5})


class Desk:
    """A book whose clock a test moves from check to check."""

    def __init__(self, path: Path) -> None:
        self.clock = Clock()
        self.store = SQLiteStore(path / "store.db")
        self.book = AlertBook(self.store, self.clock)

    def check(self, *findings: Finding, patient: bool = False) -> list[str]:
        """Settle a check, 5 minutes after the last; return the ids that are open then."""
        self.clock.now += CHECK
        self.book.settle(findings, lambda alert: True, patient)
        return [alert.id for alert in self.book.open()]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_an_alert_opens_with_the_second_check_in_a_row(desk: Desk) -> None:
    assert desk.check(SILENT) == []
    assert desk.check(SILENT) == ["silent:cho"]
    assert desk.check(SILENT) == ["silent:cho"]
    (alert,) = desk.book.open("cho")
    assert (alert.state, alert.values) == (State.OPEN, {"hours": 5})
    assert desk.book.open("ben-xe") == []


def test_two_checks_with_one_between_them_open_nothing(desk: Desk) -> None:
    desk.check(SILENT)
    desk.check()
    assert desk.check(SILENT) == []


def test_what_is_no_longer_found_is_over_and_does_not_come_back_at_once(desk: Desk) -> None:
    desk.check(SILENT)
    desk.check(SILENT)
    assert desk.check() == []
    (over,) = desk.book.recent(9)
    assert over.state is State.RECOVERED
    for _n in range(3):
        assert desk.check(SILENT) == []
    desk.clock.now += QUIET
    desk.check(SILENT)
    assert desk.check(SILENT) == ["silent:cho"]
    assert len(desk.book.recent(9)) == 1  # the first one is kept


def test_what_late_counts_might_explain_is_not_opened_while_they_are_on_their_way(
    desk: Desk,
) -> None:
    late = Finding(Cause.SILENT, "cho", 1.0, late=True)
    for _n in range(3):
        assert desk.check(late, patient=True) == []
    desk.check(late)
    assert desk.check(late) == ["silent:cho"]


def test_one_person_looks_after_an_alert_and_says_what_is_done(desk: Desk) -> None:
    desk.check(SILENT)
    desk.check(SILENT)
    (alert,) = desk.book.open()
    with pytest.raises(BadAcknowledgement):
        desk.book.acknowledge(alert.id, opened_text(alert), "lan", " ")
    with pytest.raises(VersionConflict):
        desk.book.acknowledge(alert.id, "0.000000", "lan", "Đã gọi")
    made = desk.book.acknowledge(alert.id, opened_text(alert), "lan", "Đã gọi")
    assert (made.state, made.by, made.note) == (State.ACKNOWLEDGED, "lan", "Đã gọi")
    with pytest.raises(VersionConflict):
        desk.book.acknowledge(alert.id, opened_text(alert), "binh", "Tôi nữa")
    with pytest.raises(NoSuchAlert):
        desk.book.acknowledge("drop:cho", "1", "lan", "x")
    assert desk.check(SILENT) == ["silent:cho"]  # still there, once


def test_another_worker_that_finds_the_same_opens_no_second_one(desk: Desk) -> None:
    other = AlertBook(desk.store, desk.clock)
    for book in (desk.book, other):
        book.raise_(SILENT)
    desk.clock.now += CHECK
    assert desk.book.raise_(SILENT) == other.raise_(SILENT)
    assert len(desk.book.all()) == 1
