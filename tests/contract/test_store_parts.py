"""The store's contract as a sum of parts: read whole, replaced whole, folded without a loss."""

from datetime import date

import pytest

from portal.domain.events import Kind, Reason
from portal.stores.base import Applied, Cell, Document, SiteState, Store, WriterRow
from tests.events import by_kind, counts, event, pages, records

DAY, NEXT = "20210305", "20210306"
EMPTY = SiteState("nowhere", {}, {}, {})


def fill(store: Store) -> None:
    """Count two days at one site and one day at another."""
    first = [event(Kind.SHOWN, "n1"), event(Kind.SHOWN, "n1"), event(), event(hour=f"{DAY}23")]
    later = [event(Kind.SHOWN, "n2", hour=f"{NEXT}00"), event(Kind.REJECTED, reason=Reason.BOT)]
    store.apply("node.w1", records(first + later))
    store.apply("node.w2", [*pages(1, 3), *pages(4, 4, "khach-san")])


# --- days and folding


def test_days_are_those_that_counted(store: Store) -> None:
    assert store.days("ben-xe") == set()
    fill(store)
    assert store.days("ben-xe") == {DAY, NEXT}
    assert store.days("khach-san") == {DAY}


def test_folding_a_day_keeps_every_sum_of_it(store: Store) -> None:
    fill(store)
    before = by_kind(store)
    assert store.fold("ben-xe", DAY) == 5
    assert by_kind(store) == before
    cells = counts(store)["ben-xe"]
    assert cells[Cell(DAY, "page", "android", "wifi", "3")] == 5
    assert {cell.hour for cell in cells} == {DAY, f"{NEXT}00"}
    assert store.days("ben-xe") == {DAY, NEXT}


def test_folding_again_changes_nothing(store: Store) -> None:
    fill(store)
    store.fold("ben-xe", DAY)
    before = counts(store), store.ledgers()
    assert store.fold("ben-xe", DAY) == 0
    assert store.fold("ben-xe", "20200101") == 0
    assert (counts(store), store.ledgers()) == before


def test_what_comes_late_for_a_folded_day_is_counted_and_can_be_folded(store: Store) -> None:
    fill(store)
    store.fold("ben-xe", DAY)
    store.apply("node.w3", pages(1, 2))
    assert by_kind(store, "ben-xe")["page"] == 7
    assert store.fold("ben-xe", DAY) == 1
    cell = Cell(DAY, "page", "android", "wifi", "3")
    assert store.counters(date(2021, 3, 5), date(2021, 3, 5))["ben-xe"][cell] == 7


# --- states


def test_a_state_says_everything_of_a_site(store: Store) -> None:
    fill(store)
    state = store.state("ben-xe")
    assert state.counters == counts(store)["ben-xe"]
    assert state.writers == {"node.w1": WriterRow(6, 4, 2), "node.w2": WriterRow(3, 3, 0)}
    assert state.nonces == {
        f"{DAY}08": frozenset({("n1", "shown")}),
        f"{NEXT}00": frozenset({("n2", "shown")}),
    }
    assert store.state("nowhere") == EMPTY


def test_a_replaced_state_is_that_state(store: Store) -> None:
    fill(store)
    kept, other = store.state("ben-xe"), store.state("khach-san")
    store.apply("node.w1", records([event(Kind.SHOWN, "n9", hour="2021031112"), event()], 7))
    store.fold("ben-xe", DAY)
    store.replace_state(kept)
    assert store.state("ben-xe") == kept
    assert store.state("khach-san") == other
    assert store.days("ben-xe") == {DAY, NEXT}


def test_counting_goes_on_where_the_state_was(store: Store) -> None:
    fill(store)
    kept = store.state("ben-xe")
    store.replace_state(EMPTY._replace(site="ben-xe"))
    assert by_kind(store, "ben-xe") == {}
    store.replace_state(kept)
    again = records([event(Kind.SHOWN, "n1"), event(Kind.SHOWN, "n3")], 6)
    assert store.apply("node.w1", again) == Applied(counted=1, known=1)
    assert store.apply("node.w4", records([event(Kind.SHOWN, "n1")])) == Applied(rejected=1)


def test_a_state_may_be_put_into_an_empty_store(store: Store) -> None:
    cell = Cell(DAY, "page", "android", "wifi", "3")
    state = SiteState("moi", {cell: 2**53 + 1}, {"": WriterRow(0, 2**53 + 1, 0)}, {})
    store.replace_state(state)
    assert store.state("moi") == state
    assert store.counted_sites() == {"moi"}


@pytest.mark.parametrize("n", [250, 5000])
def test_a_large_state_comes_back_whole(store: Store, n: int) -> None:
    uses = frozenset((f"nonce{k}", "shown") for k in range(n))
    cells = {Cell(f"{DAY}{k % 24:02d}", f"kind{k}", "ios", "wifi", "1"): k + 1 for k in range(n)}
    state = SiteState("lon", cells, {"node.w1": WriterRow(n, n, 0)}, {f"{DAY}07": uses})
    store.replace_state(state)
    assert store.state("lon") == state


# --- collections


def test_collections_are_those_that_hold_documents(store: Store) -> None:
    assert store.collections() == set()
    store.put("sites", "a", {"name": "A"}, 0)
    store.put("notes", "b", {"text": "B"}, 0)
    assert store.collections() == {"sites", "notes"}


def test_replaced_documents_keep_their_versions(store: Store) -> None:
    store.put("sites", "a", {"name": "A"}, 0)
    store.put("sites", "old", {}, 0)
    wanted = {"a": Document(7, {"name": "Bến xe"}), "b": Document(1, {})}
    store.replace_documents("sites", wanted)
    assert store.documents("sites") == wanted
    assert store.put("sites", "a", {"name": "C"}, 7) == 8
    store.replace_documents("sites", {})
    assert store.documents("sites") == {}
