"""What a store does when its database is away, stalls, is full or damaged: say so, stay exact."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal.domain.errors import StoreUnavailable
from portal.domain.events import Kind
from portal.stores import keys, open_store
from portal.stores.address import parse_address
from portal.stores.base import Applied, Ledger, Store
from portal.stores.redis import RedisStore
from portal.stores.sqlite import SQLiteStore
from tests.events import FIRST, HOUR, LAST, by_kind, counts, event, pages, records
from tests.servers import RedisServer, free_port

CALLS: dict[str, Callable[[Store], object]] = {
    "apply": lambda store: store.apply("w1", pages(1, 2)),
    "ledgers": lambda store: store.ledgers(),
    "retire": lambda store: store.retire("w1"),
    "counters": lambda store: store.counters(FIRST, LAST),
    "counted_sites": lambda store: store.counted_sites(),
    "documents": lambda store: store.documents("sites"),
    "document": lambda store: store.document("sites", "a"),
    "put": lambda store: store.put("sites", "a", {}, 0),
}
each_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


@pytest.fixture
def redis_store(redis_server: RedisServer) -> Iterator[RedisStore]:
    """Return a store on the empty Redis."""
    store = RedisStore(parse_address(redis_server.url))
    yield store
    store.close()


# --- SQLite


@each_call
def test_a_damaged_file_is_unavailable(call: Callable[[Store], object], tmp_path: Path) -> None:
    path = tmp_path / "portal.db"
    store = SQLiteStore(path)
    store.apply("w1", pages(1, 1))
    store.close()
    path.write_bytes(os.urandom(path.stat().st_size))
    with pytest.raises(StoreUnavailable):
        call(store)


@pytest.mark.parametrize("place", ["file", "folder", "below-a-file"])
def test_a_file_that_cannot_be_opened_is_unavailable(place: str, tmp_path: Path) -> None:
    path = tmp_path / "portal.db"
    if place == "file":
        path.write_bytes(b"no database at all" * 100)
    elif place == "folder":
        path.mkdir()
    else:
        path.write_bytes(b"")
        path /= "portal.db"
    with pytest.raises(StoreUnavailable):
        open_store(f"sqlite:{path}", tmp_path)


def test_a_batch_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "portal.db")
    store.apply("w1", pages(1, 1))
    other = sqlite3.connect(tmp_path / "portal.db")
    other.execute(
        "CREATE TRIGGER broken BEFORE INSERT ON counters WHEN new.site = 'b'"
        " BEGIN SELECT raise(ABORT, 'no'); END"
    )
    before = counts(store), store.ledgers()
    batch = records([event(Kind.SHOWN, "n1", "a"), event(Kind.SHOWN, "n1", "b")], 2)
    with pytest.raises(StoreUnavailable):
        store.apply("w1", batch)
    assert (counts(store), store.ledgers()) == before
    other.execute("DROP TRIGGER broken")
    other.close()
    assert store.apply("w1", batch) == Applied(counted=2)
    store.close()


def test_a_lock_held_too_long_is_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.stores.sqlite_file._PATIENCE", 0.05)
    store = SQLiteStore(tmp_path / "portal.db")
    other = sqlite3.connect(tmp_path / "portal.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable):
        store.apply("w1", pages(1, 3))
    other.execute("COMMIT")
    other.close()
    assert store.apply("w1", pages(1, 3)) == Applied(counted=3)
    store.close()


def test_nonces_are_forgotten_after_their_time_only(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "portal.db")
    shown = event(Kind.SHOWN, "n1")
    store.apply("w1", records([shown]))
    store.close()
    _age_nonces(tmp_path / "portal.db", hours=47)
    again = SQLiteStore(tmp_path / "portal.db")
    assert again.apply("w2", records([shown])) == Applied(rejected=1)
    again.close()
    _age_nonces(tmp_path / "portal.db", hours=49)
    again = SQLiteStore(tmp_path / "portal.db")
    again.apply("w3", pages(1, 1))  # forgetting belongs to a batch and follows its records
    assert again.apply("w3", records([shown], 2)) == Applied(counted=1)
    again.close()


def _age_nonces(path: Path, hours: int) -> None:
    with sqlite3.connect(path) as db:
        db.execute("UPDATE nonces SET used = unixepoch() / 3600 - ?", (hours,))
    db.close()


# --- Redis


@each_call
def test_a_dead_port_is_unavailable(call: Callable[[Store], object]) -> None:
    with pytest.raises(StoreUnavailable):
        call(RedisStore(parse_address(f"redis://127.0.0.1:{free_port()}/0")))


@each_call
def test_a_missing_socket_is_unavailable(call: Callable[[Store], object], tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        call(RedisStore(parse_address(f"unix://{tmp_path}/none.sock")))


@each_call
def test_a_stalled_server_is_given_up(
    call: Callable[[Store], object], redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.stores.connections.TIMEOUT", 0.1)
    store = RedisStore(parse_address(redis_server.url))
    redis_server.pause()
    try:
        with pytest.raises(StoreUnavailable):  # while it still stands: nobody waits for its end
            call(store)
    finally:
        redis_server.resume()
    store.close()


@pytest.mark.parametrize("stall", ["before", "between"])
def test_a_batch_that_timed_out_counts_once_when_repeated(
    stall: str, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R03: whether Redis has done it or not."""
    monkeypatch.setattr("portal.stores.connections.TIMEOUT", 0.1)
    store = RedisStore(parse_address(redis_server.url))
    done = 0
    if stall == "between":
        store.apply("w1", pages(1, 5))
        done = 5
    batch = pages(done + 1, done + 10) + records(
        [event(Kind.SHOWN, "n1"), event(Kind.SHOWN, "n1")], done + 11
    )
    redis_server.pause()
    for _ in range(3):  # each of them may reach the server, which reads them all when it goes on
        with pytest.raises(StoreUnavailable):
            store.apply("w1", batch)
    redis_server.resume()
    redis_server.client.ping()
    assert store.apply("w1", batch).rejected <= 1
    assert by_kind(store) == {"page": done + 10, "shown": 1, "rejected:replayed": 1}
    assert store.ledgers() == [Ledger("w1", done + 11, 1)]
    store.close()


def test_a_batch_that_the_server_applies_after_the_time_out_counts_once(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R03: Redis has done it, later."""
    # The script is loaded and the connection open, so the batch itself lies at the server.
    monkeypatch.setattr("portal.stores.connections.TIMEOUT", 0.1)
    store = RedisStore(parse_address(redis_server.url))
    store.apply("w1", pages(1, 1))
    redis_server.pause()
    with pytest.raises(StoreUnavailable):
        store.apply("w1", pages(2, 4))
    redis_server.resume()
    redis_server.client.ping()
    assert store.apply("w1", pages(2, 4)) == Applied(known=3)
    assert by_kind(store) == {"page": 4}
    store.close()


def test_flushed_scripts_are_loaded_again(
    redis_store: RedisStore, redis_server: RedisServer
) -> None:
    calls: list[Callable[[], object]] = [
        lambda: redis_store.apply("w1", pages(1, 3, "a") + pages(4, 6, "b")),
        lambda: redis_store.apply("w1", pages(3, 4, "a")),
        lambda: redis_store.put("c", "a", {"n": 1}, 0),
        lambda: redis_store.put("c", "a", {"n": 2}, 1),
        lambda: redis_store.retire("w1"),
        lambda: redis_store.retire("w1"),
    ]
    for call in calls:
        call()
        redis_server.client.script_flush()
    assert by_kind(redis_store) == {"page": 7}
    assert redis_store.document("c", "a") == (2, {"n": 2})
    assert redis_store.ledgers() == [Ledger("", 7, 0)]


@pytest.mark.parametrize(
    "key",
    [
        keys.counters("a", HOUR[:8]),
        keys.counters("a", "20210306"),
        keys.nonces("a", HOUR),
        keys.nonces("a", "2021030600"),
        keys.writers("a"),
        keys.SITES,
    ],
)
def test_a_key_of_another_type_leaves_a_batch_whole(
    redis_store: RedisStore, redis_server: RedisServer, key: str
) -> None:
    batch = records(
        event(kind, nonce, "a", hour)
        for kind, nonce in ((Kind.SHOWN, "n"), (Kind.PAGE, ""))
        for hour in (HOUR, "2021030600")
    )
    redis_server.client.set(key, "what is this")
    with pytest.raises(StoreUnavailable):
        redis_store.apply("w1", batch)
    redis_server.client.delete(key)
    redis_store.apply("w1", batch)
    assert by_kind(redis_store) == {"shown": 2, "page": 2}
    assert redis_store.ledgers() == [Ledger("w1", 4, 0)]


def test_a_full_server_leaves_a_batch_whole(
    redis_store: RedisStore, redis_server: RedisServer
) -> None:
    redis_store.apply("w1", records([event(Kind.SHOWN, "n1")]))
    batch = records([event(Kind.SHOWN, "n2"), event(Kind.SHOWN, "n2"), event(site="new")], 2)
    redis_server.client.config_set("maxmemory", 1)
    for call in (lambda: redis_store.apply("w1", batch), lambda: redis_store.put("c", "a", {}, 0)):
        with pytest.raises(StoreUnavailable):
            call()
    assert by_kind(redis_store) == {"shown": 1}
    redis_server.client.config_set("maxmemory", 0)
    assert redis_store.apply("w1", batch) == Applied(counted=2, rejected=1)
    assert redis_store.put("c", "a", {}, 0) == 1


def test_a_read_only_replica_counts_nothing(
    redis_store: RedisStore, redis_server: RedisServer
) -> None:
    redis_store.apply("w1", pages(1, 1))
    redis_server.client.config_set("min-replicas-to-write", 1)  # refuses writes with NOREPLICAS
    with pytest.raises(StoreUnavailable):
        redis_store.apply("w1", pages(1, 3))
    redis_server.client.config_set("min-replicas-to-write", 0)
    assert redis_store.apply("w1", pages(1, 3)) == Applied(counted=2, known=1)


def test_sites_are_listed_again_after_the_server_lost_its_data(
    redis_store: RedisStore, redis_server: RedisServer
) -> None:
    redis_store.apply("w1", pages(1, 3))
    redis_server.client.flushall()
    redis_store.apply("w1", pages(4, 5))
    assert redis_store.counted_sites() == {"ben-xe"}
    assert by_kind(redis_store) == {"page": 2}


def test_counted_nonces_expire_and_nothing_else_does(
    redis_store: RedisStore, redis_server: RedisServer
) -> None:
    redis_store.apply("w1", records([event(Kind.SHOWN, "n1"), event()]))
    redis_store.put("c", "a", {}, 0)
    lives = {key.decode(): redis_server.client.ttl(key) for key in redis_server.client.scan_iter()}
    assert {key for key, life in lives.items() if life != -1} == {keys.nonces("ben-xe", HOUR)}
    assert 47 * 3600 < lives[keys.nonces("ben-xe", HOUR)] <= 48 * 3600
