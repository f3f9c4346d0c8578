"""The store's contract, kept by every store: each record counts once, whatever happens."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from portal.domain.errors import VersionConflict
from portal.domain.events import NOWHERE, Kind, Reason
from portal.stores.base import Applied, Cell, Ledger, Record, Store
from tests.events import HOUR, by_kind, counts, event, pages, records

Open = Callable[[], Store]


# --- counting


def test_a_batch_is_counted_once(store: Store) -> None:
    assert store.apply("w1", pages(1, 3)) == Applied(counted=3)
    assert counts(store) == {"ben-xe": {Cell(HOUR, "page", "android", "wifi", "3"): 3}}


def test_a_repeated_batch_changes_nothing(store: Store) -> None:
    batch = records([event(Kind.SHOWN, "n1"), event(Kind.SHOWN, "n1"), event()])
    store.apply("w1", batch)
    before = counts(store), store.ledgers()
    assert store.apply("w1", batch) == Applied(known=3)
    assert (counts(store), store.ledgers()) == before


def test_of_a_partly_repeated_batch_only_the_rest_counts(store: Store) -> None:
    store.apply("w1", pages(1, 3))
    assert store.apply("w1", pages(2, 5)) == Applied(counted=2, known=2)
    assert by_kind(store) == {"page": 5}


def test_a_batch_below_the_watermark_does_not_count(store: Store) -> None:
    store.apply("w1", pages(5, 9))
    assert store.apply("w1", pages(1, 4)) == Applied(known=4)
    assert by_kind(store) == {"page": 5}


def test_an_empty_batch_is_allowed(store: Store) -> None:
    assert store.apply("w1", []) == Applied()
    assert counts(store) == {}


def test_writers_have_watermarks_of_their_own(store: Store) -> None:
    store.apply("w1", pages(1, 3))
    assert store.apply("w2", pages(1, 2)) == Applied(counted=2)
    assert by_kind(store) == {"page": 5}


def test_sites_of_one_writer_have_watermarks_of_their_own(store: Store) -> None:
    # As after a time-out between two sites of one batch: only the first one was applied.
    here, there = pages(1, 1, "a"), pages(2, 2, "b")
    store.apply("w1", there)
    assert store.apply("w1", here + there) == Applied(counted=1, known=1)
    assert by_kind(store, "a") == by_kind(store, "b") == {"page": 1}


@pytest.mark.parametrize(
    ("kind", "label"),
    [
        (Kind.SHOWN, "rejected:replayed"),
        (Kind.VIEWABLE, "seen_again"),
        (Kind.INSTALL, "rejected:repeated"),
        (Kind.CONTINUE, "rejected:repeated"),
        (Kind.ONLINE, "rejected:repeated"),
        (Kind.REFUSED, "rejected:repeated"),
    ],
)
@pytest.mark.parametrize("spread", ["batch", "batches", "writers", "clients"])
def test_a_view_counts_once_for_a_kind(open_one: Open, kind: Kind, label: str, spread: str) -> None:
    store, other = open_one(), open_one()
    first, again = Record(1, event(kind, "n1")), Record(2, event(kind, "n1"))
    twice = Applied(rejected=1) if label.startswith("rejected:") else Applied(counted=1)
    if spread == "batch":
        assert store.apply("w1", [first, again]) == Applied(counted=1) + twice
    else:
        store.apply("w1", [first])
        later = other if spread == "clients" else store
        writer = "w1" if spread == "batches" else "w2"
        assert later.apply(writer, [again]) == twice
    assert by_kind(store) == {str(kind): 1, label: 1}


@pytest.mark.parametrize("kind", [Kind.PAGE, Kind.RELOAD, Kind.PROBE])
def test_other_kinds_count_as_often_as_they_happen(store: Store, kind: Kind) -> None:
    store.apply("w1", records([event(kind, "n1")] * 3))
    assert by_kind(store) == {str(kind): 3}


def test_events_without_a_view_are_never_duplicates(store: Store) -> None:
    store.apply("w1", records([event(Kind.ONLINE)] * 3))
    assert by_kind(store) == {"online": 3}


def test_one_view_counts_for_each_kind_and_at_each_site(store: Store) -> None:
    kinds = [Kind.SHOWN, Kind.VIEWABLE, Kind.INSTALL]
    store.apply("w1", records([event(k, "n1", site) for k in kinds for site in ("a", "b")]))
    assert by_kind(store) == {"shown": 2, "viewable": 2, "install": 2}


@pytest.mark.parametrize("reason", Reason)
def test_a_rejected_event_counts_under_its_reason(store: Store, reason: Reason) -> None:
    batch = records([event(Kind.REJECTED, site=NOWHERE, reason=reason)] * 2)
    assert store.apply("w1", batch) == Applied(rejected=2)
    assert by_kind(store, NOWHERE) == {f"rejected:{reason}": 2}


# --- reading


def test_ledgers_say_what_was_applied_per_writer(store: Store) -> None:
    store.apply("w1", records([event(site="a"), event(Kind.SHOWN, "n1", "b")]))
    store.apply("w2", records([event(Kind.SHOWN, "n1", "b"), event(site="a")]))
    assert sorted(store.ledgers(), key=str) == [Ledger("w1", 2, 0), Ledger("w2", 1, 1)]


def test_a_retired_writer_is_folded_into_the_rest(store: Store) -> None:
    store.apply("w1", records([event(site="a"), event(site="b")]))
    store.apply("w2", pages(1, 3, "a"))
    store.apply("w3", records([event(Kind.SHOWN, "n", "a"), event(Kind.SHOWN, "n", "a")]))
    before = counts(store)
    for writer in ("w1", "w3", "w3", "never-was"):
        store.retire(writer)
    assert sorted(store.ledgers(), key=str) == [Ledger("", 3, 1), Ledger("w2", 3, 0)]
    assert counts(store) == before


def test_a_retired_writer_becomes_a_part_of_its_node(store: Store) -> None:
    store.apply("hotel.w1", pages(1, 3))
    store.apply("hotel.w2", pages(1, 2))
    store.apply("bus.station.w1", pages(1, 1, "b"))
    for writer in ("hotel.w1", "hotel.w2", "bus.station.w1"):
        store.retire(writer)
    assert sorted(store.ledgers(), key=str) == [Ledger("bus.station", 1, 0), Ledger("hotel", 5, 0)]


def test_a_batch_that_arrives_after_its_writer_was_retired_counts_nothing(store: Store) -> None:
    # As when a process dies while its last batch is on the way, and another adopts its journal.
    late = records([event(Kind.SHOWN, "n1"), event()])
    store.apply("hotel.w1", late)
    store.retire("hotel.w1")
    before = counts(store), store.ledgers()
    assert store.apply("hotel.w1", late) == Applied(known=2)
    store.retire("hotel.w1")
    assert (counts(store), store.ledgers()) == before


def test_a_retired_writer_may_go_on(store: Store) -> None:
    # As when a journal comes back from the disk of a dead machine.
    store.apply("hotel.w1", pages(1, 3))
    store.retire("hotel.w1")
    assert store.apply("hotel.w1", pages(2, 5)) == Applied(counted=2, known=2)
    assert sorted(store.ledgers(), key=str) == [Ledger("hotel", 3, 0), Ledger("hotel.w1", 2, 0)]
    store.retire("hotel.w1")
    assert store.ledgers() == [Ledger("hotel", 5, 0)]


def test_counters_are_read_by_days_and_sites(store: Store) -> None:
    hours = ["2021022823", "2021030100", "2021030123", "2021030200"]
    store.apply("w1", records([event(site=s, hour=h) for h in hours for s in ("a", "b")]))
    day = date(2021, 3, 1)
    found = store.counters(day, day)
    assert {site: sorted(cell.hour for cell in cells) for site, cells in found.items()} == {
        "a": hours[1:3],
        "b": hours[1:3],
    }
    assert set(store.counters(day, day, ["b", "unknown"])) == {"b"}
    assert store.counters(day, day, []) == {}
    assert store.counters(date(2022, 1, 1), date(2022, 1, 2)) == {}


def test_every_site_that_counted_is_listed(store: Store) -> None:
    assert store.counted_sites() == set()
    store.apply("w1", records([event(site=NOWHERE), event(site="a")]))
    assert store.counted_sites() == {NOWHERE, "a"}
    store.retire("w1")
    assert store.counted_sites() == {NOWHERE, "a"}


def test_the_clock_of_the_store_is_that_of_its_machine(store: Store) -> None:
    before = time.time()
    told = store.now()
    assert before - 0.1 <= told <= time.time() + 0.1  # all on one machine here
    assert store.now() >= told


# --- documents


def test_a_document_is_read_as_it_was_written(store: Store) -> None:
    body = {"tên": "Bến xe Bảo Lâm", "list": [1, None, True], "line": "a\nb \u2028 | ' \" \\"}
    assert store.put("sites", "a", body, 0) == 1
    assert store.document("sites", "a") == (1, body)
    assert store.documents("sites") == {"a": (1, body)}
    assert store.document("sites", "b") is None
    assert store.document("users", "a") is None
    assert store.documents("users") == {}


def test_a_change_names_the_version_it_was_made_from(store: Store) -> None:
    store.put("sites", "a", {"n": 1}, 0)
    assert store.put("sites", "a", {"n": 2}, 1) == 2
    for stale in (0, 1, 3):
        with pytest.raises(VersionConflict):
            store.put("sites", "a", {"n": 3}, stale)
    assert store.document("sites", "a") == (2, {"n": 2})


def test_a_new_document_cannot_have_a_version(store: Store) -> None:
    with pytest.raises(VersionConflict):
        store.put("sites", "a", {}, 1)
    assert store.document("sites", "a") is None


def test_of_writers_of_one_document_at_once_one_wins_each_version(open_one: Open) -> None:
    stores = [open_one() for _ in range(4)]

    def raise_it(store: Store) -> int:
        won = 0
        while won < 10:
            version, body = store.document("c", "n") or (0, {"n": 0})
            try:
                store.put("c", "n", {"n": body["n"] + 1}, version)
                won += 1
            except VersionConflict:
                continue
        return won

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(raise_it, stores))
    assert stores[0].document("c", "n") == (40, {"n": 40})
