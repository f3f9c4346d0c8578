"""Reconciliation: what was journalled must be counted, rejected, or waiting. Nothing else."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from portal.counting.adoption import writers
from portal.counting.edge_log import edge_balances
from portal.counting.journal import acknowledged
from portal.counting.segments import last_sequence
from portal.stores.base import Store, node_of

_TRIES = 5
_PAUSE = 0.1  # seconds; longer than the moment between a flush and its acknowledgement


@dataclass(frozen=True, slots=True)
class Balance:
    """One account: of a writer, or the sum of all. Numbers of events."""

    journalled: int
    counted: int
    rejected: int
    waiting: int

    @property
    def difference(self) -> int:
        """Events that are unaccounted for: 0 when the books agree."""
        return self.journalled - self.counted - self.rejected - self.waiting

    def __add__(self, other: "Balance") -> "Balance":
        return Balance(
            self.journalled + other.journalled,
            self.counted + other.counted,
            self.rejected + other.rejected,
            self.waiting + other.waiting,
        )


def reconcile(root: Path, store: Store) -> dict[str, Balance]:
    """Return the balance per writer; ``root`` holds this node's journals.

    A writer whose journal is not here (another node's, or retired) is taken at its ledger's
    word. A flush in this very moment shows for an instant as a difference, so a difference is
    believed only when it stays.
    """
    balances: dict[str, Balance] = {}
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(_PAUSE)
        balances = dict(_balances(root, store))
        if not any(balance.difference for balance in balances.values()):
            break
    return balances


def by_node(balances: dict[str, Balance]) -> dict[str, Balance]:
    """Return the balances added up per node, by name.

    A writer is called after its node; the writers that a node retired are in the ledger that has
    the node's own name.
    """
    nodes: dict[str, Balance] = {}
    for writer, balance in sorted(balances.items()):
        node = node_of(writer) or writer
        nodes[node] = nodes.get(node, Balance(0, 0, 0, 0)) + balance
    return nodes


def total(balances: Mapping[str, Balance]) -> Balance:
    """Return the sum over all writers."""
    return sum(balances.values(), Balance(0, 0, 0, 0))


def _balances(root: Path, store: Store) -> Iterator[tuple[str, Balance]]:
    here = {folder.name: folder for folder in writers(root)}
    # The journal's end before the store's ledger: an event between the two only waits longer.
    journals = {name: _ends(folder) for name, folder in here.items()} | edge_balances(root)
    for ledger in store.ledgers():
        last, acked = journals.pop(ledger.writer, (None, 0))
        applied = ledger.counted + ledger.rejected
        if last is None:
            yield ledger.writer, Balance(applied, ledger.counted, ledger.rejected, 0)
        else:
            yield ledger.writer, Balance(last, ledger.counted, ledger.rejected, last - acked)
    for writer, (last, acked) in journals.items():  # nothing applied yet
        yield writer, Balance(last, 0, 0, last - acked)


def _ends(folder: Path) -> tuple[int, int]:
    """Return the sequence of a journal's last event, and of the last that the store has."""
    last, acked = last_sequence(folder), acknowledged(folder)
    return max(last, acked), acked  # with a full disk events go to the store from memory
