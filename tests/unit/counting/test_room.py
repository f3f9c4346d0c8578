"""Room for the journals: the alert comes early and seldom, and the limit holds."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from portal.counting import flush
from portal.counting.inspection import lost_events
from portal.counting.journal import Journal
from portal.counting.recorder import Recorder
from portal.counting.room import Room, journal_bytes
from portal.domain.errors import StoreUnavailable
from portal.stores.base import NOTHING, Applied, Record
from portal.stores.sqlite import SQLiteStore
from tests.events import by_kind, event
from tests.servers import wait_until

LINE = 70  # bytes of a record, about


def test_it_tells_from_half_of_the_limit_on_and_once_a_minute(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    now = 0.0
    room = Room(tmp_path, 40 * LINE, clock=lambda: now)
    journal = Journal(tmp_path, "w1")
    said = []
    with caplog.at_level(logging.ERROR):
        for _ in range(60):
            journal.append(event())
            now += 10
            room.look()
            said.append((room.low, room.full))
    taken = journal_bytes(tmp_path)
    assert taken > 40 * LINE
    assert said[0] == (False, False)
    assert said[-1] == (True, True)
    assert (True, False) in said
    low = sum(low for low, _full in said)
    assert len(caplog.records) == -(-low // 6)
    assert "further events are counted as lost" in caplog.records[-1].message
    journal.close()


def test_a_store_that_stays_away_does_not_fill_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flush, "_TICK", 0.01)
    monkeypatch.setattr(flush, "_LONGEST_PAUSE", 0.02)

    class Away(SQLiteStore):
        away = True

        def apply(
            self, writer: str, records: Sequence[Record], acked: Mapping[str, int] = NOTHING
        ) -> Applied:
            if self.away:
                raise StoreUnavailable("away")
            return super().apply(writer, records, acked)

    store = Away(tmp_path / "portal.db")
    recorder = Recorder(tmp_path / "journal", store, limit=100 * LINE)
    recorded = 0

    def is_full() -> bool:
        nonlocal recorded
        recorder.record(event())
        recorded += 1
        return not recorder.writable

    wait_until(is_full, "the limit")
    assert recorder.room_low
    for _ in range(5):
        recorder.record(event())
    assert journal_bytes(tmp_path / "journal") < 400 * LINE
    store.away = False
    wait_until(lambda: recorder.writable, "the store to take it")
    recorder.record(event())
    recorder.stop()
    lost = lost_events(tmp_path / "journal")
    assert lost >= 5
    assert by_kind(store) == {"page": recorded + 5 + 1 - lost}
    store.close()
