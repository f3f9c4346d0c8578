"""The counts on the command line are those that were recorded, in every form."""

import csv
import io
import json
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from portal.counting.journal import Journal
from portal.counting.recorder import Recorder
from portal.domain.devices import OS
from portal.domain.events import NOWHERE, Channel, Event, Kind, Reason, Tier
from portal.domain.periods import hour_of, today
from portal.domain.views import RULES
from portal.stores.base import Record
from portal.stores.sqlite import SQLiteStore

Run = Callable[..., Result]
FRIDAY = ("2021030508", "2021030523")
SATURDAY = ("2021030600",)


@pytest.fixture
def store(data: Path) -> Iterator[SQLiteStore]:
    data.mkdir()
    opened = SQLiteStore(data / "portal.db")
    yield opened
    opened.close()


def events(site: str, hour: str, **numbers: int) -> list[Event]:
    """Return so many events of each kind; shown ones are half from Android, half from iOS."""
    made = []
    for kind, number in numbers.items():
        for index in range(number):
            system = OS.ANDROID if index % 2 else OS.IOS
            nonce = f"{site}{hour}{kind}{index}"
            made.append(Event(site, hour, Kind(kind), system, Channel.POSTER, Tier.EGRESS, nonce))
    return made


def rejected(site: str, hour: str, reason: Reason) -> Event:
    return Event(site, hour, Kind.REJECTED, reason=reason)


@pytest.fixture
def recorded(run: Run, store: SQLiteStore) -> list[Event]:
    """Two sites of the book, one that is not in it, one archived, and events of no site."""
    for id, name in (("cho", "Chợ"), ("ga", "=Ga"), ("cu", "Cũ"), ("trong", "Trống")):
        run("site", "add", id, "--name", name)
    run("site", "archive", "cu")
    made = [
        *events("cho", FRIDAY[0], page=1300, shown=1234, viewable=900, install=40),
        *events("cho", FRIDAY[1], shown=3, reload=2, online=1, **{"continue": 5}),
        *events("cho", SATURDAY[0], shown=7),
        *events("ga", SATURDAY[0], shown=11, refused=1, seen_again=2),
        *events("la", FRIDAY[0], shown=1),
        *events(NOWHERE, FRIDAY[0], probe=6),
        rejected("cho", FRIDAY[0], Reason.BOT),
        rejected("cho", SATURDAY[0], Reason.STALE),
        rejected(NOWHERE, FRIDAY[1], Reason.FORGED),
    ]
    store.apply("writer", [Record(seq, event) for seq, event in enumerate(made, 1)])
    return made


def read(run: Run, *args: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("counts", "--format", "json", *args).stdout)
    return found


def test_json_is_what_was_recorded(run: Run, recorded: list[Event]) -> None:
    found = read(run, "--from", "2021-03-05", "--to", "06/03/2021")
    assert found["period"] == {"first": "2021-03-05", "last": "2021-03-06"}
    assert found["rules"] == RULES
    assert [site["id"] for site in found["sites"]] == ["cho", "ga", "la", "trong", "-"]
    cho, ga, la, empty, nowhere = found["sites"]
    assert cho == {
        "id": "cho",
        "name": "Chợ",
        "impressions": 1244,
        "viewable": 900,
        "installs": 40,
        "installed": 0,
        "continues": 5,
        "online": 1,
        "pages": 1300,
        "reloads": 2,
        "seen_again": 0,
        "refused": 0,
        "failed": 0,
        "probes": 0,
        "rejections": 2,
        "os": {"android": 621, "ios": 623},
        "channels": {"poster": 1244},
        "tiers": {"2": 1244},
        "rejected": {"bot": 1, "stale": 1},
    }
    assert (ga["impressions"], ga["refused"], ga["seen_again"]) == (11, 1, 2)
    assert (la["name"], la["impressions"]) == ("", 1)
    assert (empty["impressions"], nowhere["probes"], nowhere["rejected"]) == (0, 6, {"forged": 1})
    kinds = [name for name in cho if isinstance(cho[name], int)]
    assert sum(found["totals"][name] for name in kinds) == len(recorded)
    for name in kinds:
        assert found["totals"][name] == sum(site[name] for site in found["sites"])
    assert found["reconciliation"] == {
        "journalled": len(recorded),
        "counted": len(recorded) - 3,
        "rejected": 3,
        "waiting": 0,
        "difference": 0,
    }


def test_csv_has_a_row_for_each_site_and_day(run: Run, recorded: list[Event]) -> None:
    raw = run("counts", "--week", "2021-W09", "--format", "csv").stdout_bytes
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8"))))
    assert [(row["day"], row["site"]) for row in rows] == [
        ("2021-03-05", "cho"),
        ("2021-03-06", "cho"),
        ("2021-03-06", "ga"),
        ("2021-03-05", "la"),
        ("2021-03-05", ""),
    ]
    kinds = [kind for kind in Kind if kind is not Kind.REJECTED]
    reasons = [f"rejected:{reason}" for reason in Reason]
    assert sum(int(row[name]) for row in rows for name in (*kinds, *reasons)) == len(recorded)
    assert [row["shown"] for row in rows] == ["1237", "7", "11", "1", "0"]
    assert [row["rejected"] for row in rows] == ["1", "1", "0", "0", "1"]
    assert rows[2]["name"] == "'=Ga"


def test_csv_says_zero_for_a_day_without_visitors(run: Run, store: SQLiteStore) -> None:
    run("site", "add", "cho", "--name", "Chợ")
    now = today(time.time())
    begin, end = now - timedelta(days=3), now + timedelta(days=3)
    raw = run("counts", "--from", begin, "--to", end, "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(raw)))
    # Not before it was added, and not in the days to come.
    assert {date.fromisoformat(row["day"]) for row in rows} <= {now, today(time.time())}
    assert [row["shown"] for row in rows] == ["0"]


def test_the_table_in_both_languages(run: Run, recorded: list[Event]) -> None:
    args = ("counts", "--day", "5/3/2021")
    english = run(*args).stdout
    assert "Counts of 2021-03-05" in english
    assert "1,237" in english
    assert "agrees" in english
    assert "(no site)" in english
    vietnamese = run(*args, lang="vi_VN.UTF-8").stdout
    assert "Số liệu ngày 05/03/2021" in vietnamese
    assert "Đối soát" in vietnamese
    assert "khớp" in vietnamese
    assert "1.237" in vietnamese
    assert "1,237" not in vietnamese


def test_a_narrow_terminal_cuts_no_number(
    run: Run, store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("site", "add", "cho", "--name", "Chợ trung tâm thị trấn Pác Miầu")
    made = [event for kind in Kind for event in events("cho", FRIDAY[0], **{str(kind): 1})]
    store.apply("writer", [Record(seq, event) for seq, event in enumerate(made, 1)])
    state = store.state("cho")  # millions, without the wait for them
    store.replace_state(state._replace(counters=dict.fromkeys(state.counters, 1234567)))
    found = run("counts", "--site", "cho", "--day", "2021-03-05", columns=40).stdout
    assert found.count("1,234,567") >= 9


def test_only_the_sites_that_are_asked_for(run: Run, recorded: list[Event]) -> None:
    day = ("--day", "2021-03-05")
    found = read(run, "--site", "cho", "--site", "la", *day)
    assert [(site["id"], site["impressions"]) for site in found["sites"]] == [
        ("cho", 1237),
        ("la", 1),
    ]
    assert found["totals"]["impressions"] == 1238
    assert [site["id"] for site in read(run, "--site", "-", *day)["sites"]] == ["-"]
    assert [site["id"] for site in read(run, "--site", "cu", *day)["sites"]] == ["cu"]
    assert "There is no site “zzzz”.\n" in run("counts", "--site", "zzzz", expect=1).stderr
    assert "Did you mean: cho?" in run("counts", "--site", "choo", expect=1).stderr


def test_without_options_it_is_today(run: Run, store: SQLiteStore) -> None:
    now = time.time()
    made = [*events("cho", hour_of(now), shown=3), *events("cho", hour_of(now - 86400), shown=4)]
    store.apply("writer", [Record(seq, event) for seq, event in enumerate(made, 1)])
    found = [read(run), read(run, "--day", "today"), read(run, "--day", "yesterday")]
    if today(now) == today(time.time()):  # midnight did not pass meanwhile
        assert [one["totals"]["impressions"] for one in found] == [3, 3, 4]
        assert found[0]["period"]["first"] == found[0]["period"]["last"] == str(today(now))


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--day", "today", "--week", "2021-W09"], "Name one period"),
        (["--day", "today", "--from", "2021-03-05"], "Name one period"),
        (["--week", "2021-W09", "--to", "2021-03-05"], "Name one period"),
        (["--to", "2021-03-05"], "--to needs --from"),
        (["--from", "2021-03-06", "--to", "2021-03-05"], "ends before it begins"),
        (["--from", "2999-01-01"], "ends before it begins"),
        (["--day", "31/02/2021"], "“31/02/2021” is no day"),
        (["--day", ""], "“” is no day"),
        (["--week", "2021-W54"], "“2021-W54” is no week"),
        (["--week", ""], "“” is no week"),
        (["--format", "xml"], "'xml'"),
    ],
)
def test_what_is_no_period(run: Run, args: list[str], said: str) -> None:
    assert said in run("counts", *args, expect=2).stderr


def test_a_dead_journal_is_counted_first(run: Run, store: SQLiteStore, data: Path) -> None:
    journal = Journal(data / "journal", "dead")
    for event in events("cho", FRIDAY[0], shown=5):
        journal.append(event)
    assert not journal.close()  # as after a kill: nothing had reached the store
    found = read(run, "--day", "2021-03-05")
    assert found["totals"]["impressions"] == 5
    assert found["reconciliation"]["journalled"] == 5
    assert found["reconciliation"]["waiting"] == 0
    assert read(run, "--day", "2021-03-05") == found


def test_several_nodes_are_reconciled_one_by_one(run: Run, store: SQLiteStore, data: Path) -> None:
    store.apply("hotel.w1", [Record(1, event) for event in events("cho", FRIDAY[0], shown=1)])
    store.apply("station.w2", [Record(1, event) for event in events("cho", FRIDAY[0], page=1)])
    run("site", "add", "cho", "--name", "Chợ")
    store.retire("hotel.w1")
    dead = Journal(data / "journal", "hotel.w3")
    dead.append(next(iter(events("cho", FRIDAY[0], page=1))))
    found = read(run, "--day", "2021-03-05")
    assert {name: node["journalled"] for name, node in found["nodes"].items()} == {
        "hotel": 2,
        "station": 1,
    }
    assert found["nodes"]["hotel"]["waiting"] == 1
    said = run("counts", "--day", "2021-03-05").stdout
    assert "hotel: agrees" in said
    assert "station: agrees" in said
    dead.close()


def test_what_was_lost_is_said(run: Run, data: Path) -> None:
    assert read(run)["lost"] == 0
    (data / "journal").mkdir(parents=True, exist_ok=True)
    (data / "journal" / "lost.events").write_text("hotel.w1\t1200\nhotel.w2\t34\n")
    assert read(run)["lost"] == 1234
    said = "1,234 events were lost: the disk was full, and the memory."
    assert said in run("counts").stdout
    assert said in run("journal", "status").stdout
    assert json.loads(run("journal", "status", "--format", "json").stdout)["lost_events"] == 1234


def test_a_living_journal_is_left_alone(run: Run, store: SQLiteStore, data: Path) -> None:
    journal = Journal(data / "journal", "living")
    try:
        for event in events("cho", FRIDAY[0], shown=5):
            journal.append(event)
        journal.sync()
        found = read(run, "--day", "2021-03-05")
        assert found["totals"]["impressions"] == 0
        assert found["reconciliation"] == {
            "journalled": 5,
            "counted": 0,
            "rejected": 0,
            "waiting": 5,
            "difference": 0,
        }
        assert "5 waiting" in run("counts").stdout
    finally:
        journal.close()


def test_it_works_beside_a_recorder(run: Run, store: SQLiteStore, data: Path) -> None:
    recorder = Recorder(data / "journal", store)
    recorder.start()
    try:
        for event in events("cho", FRIDAY[0], shown=50):
            recorder.record(event)
            if event.nonce.endswith("0"):
                run("site", "list")
        recorder.flush()
        assert read(run, "--day", "2021-03-05")["totals"]["impressions"] == 50
    finally:
        recorder.stop()


def test_a_difference_is_told(run: Run, store: SQLiteStore, data: Path) -> None:
    journal = Journal(data / "journal", "odd")
    try:
        for event in events("cho", FRIDAY[0], shown=5):
            journal.append(event)
        journal.acknowledge(5)  # a lie: the store has nothing
        assert read(run)["reconciliation"]["difference"] == 5
        assert "DIFFERENCE of 5" in run("counts").stdout
    finally:
        journal.close()
