"""The store's contract under many threads and processes, and against a model."""

import multiprocessing
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.domain.errors import StoreForgot
from portal.domain.events import Event, Kind
from portal.stores import open_store
from portal.stores.base import Applied, SiteState, Store, by_site
from portal.stores.sqlite import SQLiteStore
from tests.events import Model, any_event, by_kind, counts, event, pages, records

Open = Callable[[], Store]


def test_a_closed_store_opens_again(store: Store) -> None:
    store.apply("w1", pages(1, 1))
    store.close()
    store.close()
    assert store.apply("w1", pages(1, 2)) == Applied(counted=1, known=1)


def test_threads_share_a_store(store: Store) -> None:
    start = threading.Barrier(6)

    def work(writer: int) -> None:
        start.wait()
        for first in range(1, 100, 10):
            batch = pages(first, first + 8) + records(
                [event(Kind.SHOWN, f"view{first}")], first + 9
            )
            store.apply(f"w{writer}", batch)
            store.apply(f"w{writer}", batch)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert by_kind(store) == {"page": 6 * 90, "shown": 10, "rejected:replayed": 50}
    assert {ledger.counted + ledger.rejected for ledger in store.ledgers()} == {100}


def test_one_batch_sent_by_many_at_once_counts_once(open_one: Open) -> None:
    """C02: once, whoever is first."""
    # As when a dead writer's last flush is still on its way while its journal is adopted.
    stores = [open_one() for _ in range(5)]
    start = threading.Barrier(5)
    batch = records([event(), event(Kind.SHOWN, "n1"), event(Kind.SHOWN, "n1"), event(site="b")])

    def send(store: Store) -> Applied:
        start.wait()
        return store.apply("w1", batch)

    with ThreadPoolExecutor(5) as pool:
        results = list(pool.map(send, stores))
    assert sum(results, Applied()) == Applied(counted=3, rejected=1, known=16)
    assert by_kind(stores[0]) == {"page": 2, "shown": 1, "rejected:replayed": 1}


def _work(store_url: str, folder: Path, writer: str, start: threading.Barrier) -> None:
    start.wait()
    store = open_store(store_url, folder)
    for first in range(1, 200, 10):
        store.apply(writer, pages(first, first + 8))
        store.apply(writer, records([event(Kind.SHOWN, f"view{first}")], first + 9))
    store.close()


def test_processes_share_a_new_database(store_url: str, open_one: Open, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(4)
    workers = [
        context.Process(target=_work, args=(store_url, tmp_path, f"w{n}", start)) for n in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 4
    store = open_one()
    assert by_kind(store) == {"page": 4 * 180, "shown": 20, "rejected:replayed": 60}


# --- against a model

# Whose batch, its first record and its length: any order of the writers, the same again, parts
# of it, later ones before earlier ones, and some never. And what the writer believes to be known.
_PLAYS = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.integers(0, 12),
        st.integers(1, 12),
        st.integers(0, 14) | st.just(0),
    ),
    max_size=20,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    journals=st.fixed_dictionaries(
        {w: st.lists(any_event(few=True), min_size=12, max_size=12) for w in "abc"}
    ),
    plays=_PLAYS,
)
def test_any_batches_with_any_repeats_count_as_the_model_says(
    store_url: str,
    tmp_path: Path,
    journals: dict[str, list[Event]],
    plays: list[tuple[str, int, int, int]],
) -> None:
    """R03, C02: also when a store has less than it once acknowledged, and says so."""
    store, model = open_store(store_url, tmp_path), Model()
    _empty(store)
    for writer, first, length, acked in plays:
        batch = records(journals[writer])[first : first + length]
        known = {site: model.watermark(writer, site) for site in by_site(batch)}
        forgot = {site for site, seq in known.items() if seq < acked}
        if forgot:
            with pytest.raises(StoreForgot) as error:
                store.apply(writer, batch, dict.fromkeys(known, acked))
            assert error.value.watermarks.items() <= {(site, known[site]) for site in forgot}
            acked = 0  # as it stands now; of the other sites it may have counted everything
        store.apply(writer, batch, dict.fromkeys(known, acked))
        model.apply(writer, batch)
    assert counts(store) == model.counts
    assert {row.writer: (row.counted, row.rejected) for row in store.ledgers()} == model.ledgers
    store.close()


def _empty(store: Store) -> None:
    for site in store.counted_sites():
        store.replace_state(SiteState(site, {}, {}, {}))


def test_a_new_file_is_opened_by_many_at_once(tmp_path: Path) -> None:
    # As when an installation's first workers start: SQLite itself does not wait in all of it.
    start = threading.Barrier(6)

    def open_and_count(path: Path, writer: int) -> Applied:
        start.wait()
        store = SQLiteStore(path)
        try:
            return store.apply(f"w{writer}", pages(1, 3))
        finally:
            store.close()

    with ThreadPoolExecutor(6) as pool:
        for n in range(60):
            path = tmp_path / f"{n}.db"
            results = pool.map(open_and_count, [path] * 6, range(6))
            assert list(results) == [Applied(counted=3)] * 6
