"""The audit log: added to, month by month, and read the latest first."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from portal.audit import AuditLog, Entry
from portal.domain.periods import HO_CHI_MINH
from portal.stores.sqlite import SQLiteStore


class Clock:
    now = 1_614_920_400.0  # 05/03/2021 12:00 in Asia/Ho_Chi_Minh

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteStore]:
    made = SQLiteStore(tmp_path / "portal.db")
    yield made
    made.close()


@pytest.fixture
def log(store: SQLiteStore, clock: Clock) -> AuditLog:
    return AuditLog(store, clock)


def test_an_entry_says_who_did_what_to_what_and_when(log: AuditLog) -> None:
    log.note("lan", "site.edit", "ben-xe", name=["Bến", "Bến xe"])
    assert log.entries("2021-03") == [
        Entry(
            "2021-03-05T12:00:00+07:00", "lan", "site.edit", "ben-xe", {"name": ["Bến", "Bến xe"]}
        )
    ]


def test_entries_come_the_latest_first_also_within_a_second(log: AuditLog, clock: Clock) -> None:
    for number in range(12):
        clock.now += 0.01
        log.note("lan", "note.add", str(number))
    assert [entry.subject for entry in log.entries("2021-03")] == [str(n) for n in range(12)][::-1]


def test_two_changes_of_one_moment_are_both_kept(log: AuditLog) -> None:
    for _n in range(3):
        log.note("lan", "note.add", "a")
    assert len(log.entries("2021-03")) == 3


def test_a_month_is_one_of_ho_chi_minh_city(log: AuditLog, clock: Clock) -> None:
    for day, hour in ((31, 23), (1, 0)):
        month = 3 if day == 31 else 4
        clock.now = datetime(2021, month, day, hour, 30, tzinfo=HO_CHI_MINH).timestamp()
        log.note("lan", "note.add", f"{day}")
    assert log.months() == ["2021-04", "2021-03"]
    assert [entry.subject for entry in log.entries("2021-04")] == ["1"]
    assert [entry.subject for entry in log.entries("2021-03")] == ["31"]


def test_a_month_without_entries_is_empty(log: AuditLog) -> None:
    assert log.months() == []
    assert log.entries("1999-01") == []


def test_what_is_noted_is_a_copy(log: AuditLog) -> None:
    sites = ["a"]
    log.note("lan", "person.add", "minh", sites=sites)
    sites.append("b")
    assert log.entries("2021-03")[0].details == {"sites": ["a"]}
