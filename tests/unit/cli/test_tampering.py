"""C13: whoever alters a journal, a counter or a ledger by hand is found out by the other two."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result

from portal.counting import reconciliation
from portal.counting.flush import Flusher
from portal.counting.journal import Journal
from portal.counting.segments import segments
from portal.domain.events import Kind
from portal.stores import keys, open_store
from portal.stores.base import Store
from tests.events import HOUR, event
from tests.servers import RedisServer

Run = Callable[..., Result]
VIEWS = 7


@pytest.fixture(params=["sqlite", "redis"])
def url(request: pytest.FixtureRequest, data: Path) -> str:
    """Return the address of an empty store of each kind, which is the command line's."""
    data.mkdir()
    server: RedisServer | None = None
    if request.param == "redis":
        server = request.getfixturevalue("redis_server")
    found = server.url if server else f"sqlite:{data / 'portal.db'}"
    (data.parent / "portal.toml").write_text(f'store = "{found}"\n', encoding="utf-8")
    return found


@pytest.fixture
def store(url: str, data: Path) -> Iterator[Store]:
    opened = open_store(url, data)
    yield opened
    opened.close()


@pytest.fixture
def journal(data: Path) -> Iterator[Journal]:
    """Return the journal of a living process that has counted some views."""
    opened = Journal(data / "journal", "node.w1")
    for n in range(VIEWS):
        opened.append(event(Kind.SHOWN, f"n{n}"))
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciliation, "_PAUSE", 0.001)


def change(url: str, server: RedisServer, part: str, more: int) -> None:
    """Alter the counter or the ledger of the views by hand."""
    if url.startswith("sqlite:"):
        table, column = {"counter": ("counters", "n"), "ledger": ("writers", "counted")}[part]
        with closing(sqlite3.connect(url.removeprefix("sqlite:"))) as db, db:
            db.execute(f"UPDATE {table} SET {column} = {column} + ?", (more,))
    elif part == "counter":
        (field,) = server.client.hkeys(keys.counters("ben-xe", HOUR[:8]))
        server.client.hincrby(keys.counters("ben-xe", HOUR[:8]), field, more)
    else:
        row = f"{VIEWS} {VIEWS + more} 0"
        server.client.hset(keys.writers("ben-xe"), "node.w1", row)


def difference(run: Run) -> int:
    """Return what the reconciliation cannot account for."""
    found = json.loads(run("counts", "--format", "json").stdout)
    return int(found["reconciliation"]["difference"])


@pytest.mark.parametrize("more", [-3, 5])
@pytest.mark.parametrize("part", ["counter", "ledger"])
def test_a_number_in_the_store(
    part: str,
    more: int,
    run: Run,
    url: str,
    store: Store,
    journal: Journal,
    data: Path,
    redis_server: RedisServer,
) -> None:
    """C13: the site is named with both of its sums; an altered ledger is no more the journal's."""
    Flusher(journal, store, data / "journal").flush_now()
    assert (difference(run), run("store", "check").exit_code) == (0, 0)
    change(url, redis_server, part, more)
    counters, ledgers = (VIEWS + more, VIEWS) if part == "counter" else (VIEWS, VIEWS + more)
    said = run("store", "check", expect=1).output
    assert f"ben-xe: {counters} in the counters, {ledgers} in the ledgers" in said
    assert difference(run) == (0 if part == "counter" else -more)


def test_a_line_taken_out_of_a_journal(
    run: Run, store: Store, journal: Journal, data: Path
) -> None:
    """C13: it was journalled, and is neither counted nor rejected nor waiting."""
    (path,) = segments(journal.folder)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:3] + lines[4:]))
    Flusher(journal, store, data / "journal").flush_now()
    assert difference(run) == 1
    assert "DIFFERENCE of 1" in run("counts").stdout
    assert "line 4: lines are missing before this one" in run("journal", "verify", expect=1).output


def test_a_line_altered_in_a_journal(run: Run, store: Store, journal: Journal, data: Path) -> None:
    """C13: without its checksum it is no record; it is kept aside, and missing in the books."""
    (path,) = segments(journal.folder)
    path.write_bytes(path.read_bytes().replace(b"\tn3\t", b"\tn9\t"))
    Flusher(journal, store, data / "journal").flush_now()
    assert difference(run) == 1
    assert "1 damaged lines are kept" in run("journal", "status").stdout
