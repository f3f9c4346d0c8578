"""``bluezone-portal simulate``: every event that was played is in the store, on every store."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from portal.stores import open_store
from tests.events import pages
from tests.servers import RedisServer

Run = Callable[..., Result]
FEW = ("--sites", 20, "--rate", 400, "--seconds", 1)


def stored(url: str, data: Path) -> int:
    store = open_store(url, data)
    counters = store.counters(date.today().replace(month=1, day=1), date(2999, 1, 1), None)
    store.close()
    return sum(sum(cells.values()) for cells in counters.values())


def outcome(run: Run, *args: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("simulate", *args, "--json").stdout)
    return found


def check(found: dict[str, Any]) -> None:
    assert found["journalled"] > 0
    assert found["difference"] == 0
    assert found["stored"] == found["journalled"]
    balance = found["balance"]
    assert balance["counted"] + balance["rejected"] == balance["journalled"] == found["journalled"]
    assert balance["waiting"] == 0
    assert 0 <= found["lag_median"] <= found["lag_p99"] <= found["lag_max"]
    assert 40 < found["event_bytes"] < 200
    assert found["site_days"] > 0
    assert found["site_day_bytes"] > 0


def test_a_file_holds_exactly_what_was_journalled(run: Run, tmp_path: Path) -> None:
    url = f"sqlite:{tmp_path / 'sim.db'}"
    found = outcome(run, *FEW, "--writers", 2, "--days", 3, "--store", url)
    check(found)
    assert found["site_days"] <= 60
    assert found["counters_bytes"] is None


def test_redis_holds_exactly_what_was_journalled(
    run: Run, redis_server: RedisServer, tmp_path: Path
) -> None:
    found = outcome(run, *FEW, "--store", redis_server.url)
    check(found)
    assert found["counters_bytes"] > 0
    store = open_store(redis_server.url, tmp_path)
    ledgers = store.ledgers()
    store.close()
    assert sum(one.counted + one.rejected for one in ledgers) == found["journalled"]


def test_a_store_with_counts_is_refused(run: Run, tmp_path: Path) -> None:
    url = f"sqlite:{tmp_path / 'used.db'}"
    store = open_store(url, tmp_path)
    store.apply("node.w1", pages(1, 7))
    before = store.state("khach-san"), store.counted_sites()
    said = run("simulate", *FEW, "--store", url, expect=1).output
    assert "This store holds counts." in said
    assert (store.state("khach-san"), store.counted_sites()) == before
    store.close()
    check(outcome(run, *FEW, "--store", url, "--among-others"))
    assert store.state("khach-san") == before[0]
    store.close()


def test_nothing_is_left_behind(run: Run, data: Path) -> None:
    run("simulate", *FEW)
    assert not list(data.glob("*"))


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("--sites", 0), 2, "0 is not in the range"),
        (("--sites", 10**9), 2, "is not in the range"),
        (("--rate", -1), 2, "is not in the range"),
        (("--rate", "nan"), 2, "“nan” is no number of events."),
        (("--rate", "inf"), 2, "is not in the range"),
        (("--seconds", "long"), 2, "'long' is not a valid"),
        (("--writers", 65), 2, "is not in the range"),
        (("--days", 401), 2, "is not in the range"),
        (("--rate", 100_000, "--seconds", 3600), 1, "at most 20,000,000 go in one run"),
        (("--store", "mysql://x"), 1, "write an address that begins with one of"),
        (("--store", "redis://127.0.0.1:1/0"), 1, "The store cannot be reached"),
    ],
)
def test_options_that_make_no_sense(
    run: Run, args: tuple[object, ...], code: int, said: str
) -> None:
    output = run("simulate", *args, expect=code).output
    assert said in output
    assert "Traceback" not in output


def test_the_table_says_that_the_books_agree(run: Run) -> None:
    lines = run("simulate", *FEW).stdout.splitlines()
    values = {line[:37].strip(): line[37:].strip() for line in lines}
    assert values["Difference"] == "0"
    assert int(values["Counted"]) + int(values["Rejected"]) == int(values["Journalled"]) > 0


def test_help_in_vietnamese(run: Run) -> None:
    said = run("simulate", "-h", lang="vi_VN.UTF-8").stdout
    for name in ("--sites", "--rate", "--seconds", "--days", "--writers", "--store", "--json"):
        assert name in said
    assert "Cách dùng" in said
