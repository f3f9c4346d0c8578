"""R07: a store that has less than it acknowledged says so before it counts anything further."""

from pathlib import Path

import pytest

from portal.domain.errors import StoreForgot, StoreUnavailable
from portal.stores import open_store
from portal.stores.base import Applied, Store
from portal.stores.moving import parts, write
from tests.events import by_kind, pages
from tests.servers import RedisServer


def test_nothing_is_counted_after_a_gap(store: Store) -> None:
    store.apply("w1", pages(1, 3))
    with pytest.raises(StoreForgot) as forgot:
        store.apply("w1", pages(9, 9), {"ben-xe": 8})
    assert forgot.value.watermarks == {"ben-xe": 3}
    assert by_kind(store) == {"page": 3}
    assert store.apply("w1", pages(4, 9), {"ben-xe": 3}) == Applied(counted=6)


def test_an_unknown_writer_has_forgotten_everything(store: Store) -> None:
    with pytest.raises(StoreForgot) as forgot:
        store.apply("w1", pages(2, 2), {"ben-xe": 1})
    assert forgot.value.watermarks == {"ben-xe": 0}
    assert by_kind(store) == {}


def test_what_was_acknowledged_for_another_site_does_not_matter(store: Store) -> None:
    assert store.apply("w1", pages(2, 2), {"cho": 1}) == Applied(counted=1)


def test_more_than_was_acknowledged_is_no_gap(store: Store) -> None:
    store.apply("w1", pages(1, 5))
    assert store.apply("w1", pages(3, 6), {"ben-xe": 2}) == Applied(counted=1, known=3)


def test_watermarks_are_those_of_the_writer_at_the_sites(store: Store) -> None:
    store.apply("node.w1", pages(1, 3, "a") + pages(4, 7, "b"))
    store.apply("node.w2", pages(1, 9, "a"))
    assert store.watermarks("node.w1", ["a", "b", "c"]) == {"a": 3, "b": 7, "c": 0}
    assert store.watermarks("node.w1", []) == {}
    store.retire("node.w1")
    assert store.watermarks("node.w1", ["a", "b"]) == {"a": 3, "b": 7}


def test_the_generation_stays_as_long_as_nothing_happens(store: Store) -> None:
    before = store.generation()
    store.apply("w1", pages(1, 3))
    store.close()
    assert store.generation() == before != ""


def test_a_restart_is_another_generation(tmp_path: Path) -> None:
    server = RedisServer(tmp_path / "redis")
    store = open_store(server.url, tmp_path)
    try:
        before = store.generation()
        server.kill()
        with pytest.raises(StoreUnavailable):
            store.generation()
        server.start()
        assert store.generation() != before
    finally:
        server.kill()
        store.close()


def test_a_store_that_was_written_over_is_another_generation(store: Store) -> None:
    """R07: yesterday's backup was restored, so that every node must look at what is missing."""
    store.apply("w1", pages(1, 3))
    saved, seen = list(parts(store)), [store.generation()]
    for change in (lambda: write(saved, store), store.renew, store.renew):
        change()
        assert store.generation() not in seen
        seen.append(store.generation())


def test_another_file_is_another_generation(tmp_path: Path) -> None:
    """A backup that was copied over the file is what the next start meets."""
    first, second = (open_store(f"sqlite:{tmp_path / name}", tmp_path) for name in ("a", "b"))
    assert first.generation() != second.generation()
    for store in (first, second):
        store.close()
