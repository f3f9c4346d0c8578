"""The store's contract: what every store promises, whichever database keeps it."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from portal.domain.events import ONCE, Event

NOTHING: Mapping[str, int] = MappingProxyType({})

NONCE_HOURS = 48
"""Hours for which a counted nonce is remembered after it was last used.

Far longer than a nonce lives (15 minutes), because two nodes may deliver the same view late: a
journal that waits longer than this for its store may count a replay that crossed nodes twice.
"""


RETIRED_HOURS = 72
"""Hours for which a retired writer's watermark is kept.

Longer than its segments are kept on its node (48 hours at most), because whatever may be sent
again must find that it was counted.
"""

NONCE_DAYS = 15
"""The last days of a site whose nonces belong to its state; older views are stale everywhere."""


class Record(NamedTuple):
    """An event with its place in its writer's journal."""

    seq: int  # 1, 2, 3 … per writer, no gaps
    event: Event


class Cell(NamedTuple):
    """What a counter counts: everything about an event but its nonce."""

    hour: str  # YYYYMMDDHH; YYYYMMDD where a day's hours were folded
    kind: str  # a Kind, or rejected:<Reason>
    os: str
    channel: str
    tier: str


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a batch: ``counted + rejected + known`` is its length."""

    counted: int = 0  # added to a counter of its own kind
    rejected: int = 0  # added to a rejected:<reason> counter
    known: int = 0  # at or below the watermark: applied before, nothing done

    def __add__(self, other: "Applied") -> "Applied":
        return Applied(
            self.counted + other.counted,
            self.rejected + other.rejected,
            self.known + other.known,
        )


@dataclass(frozen=True, slots=True)
class Ledger:
    """What one writer has had applied at all its sites, since it began."""

    writer: str
    counted: int
    rejected: int


class WriterRow(NamedTuple):
    """What one writer has had applied at one site."""

    watermark: int  # the last sequence that was applied
    counted: int
    rejected: int
    until: int = 0  # Unix seconds: how long a retired writer's watermark is kept; 0 for the others


class SiteState(NamedTuple):
    """Everything that a store keeps of one site, as of one moment."""

    site: str
    counters: Mapping[Cell, int]
    writers: Mapping[str, WriterRow]
    nonces: Mapping[str, frozenset[tuple[str, str]]]  # by hour of issue: id and kind


class Document(NamedTuple):
    """A stored object with the version that a change of it has to name."""

    version: int
    body: dict[str, Any]


class Store(Protocol):
    """Counters and documents, shared by all workers and nodes.

    Every method raises StoreUnavailable when the database does not answer in time; the caller
    then knows nothing about what happened and may repeat the call with the same arguments.
    """

    def apply(
        self, writer: str, records: Sequence[Record], acked: Mapping[str, int] = NOTHING
    ) -> Applied:
        """Count ``records`` (ascending ``seq``) of ``writer``, each exactly once.

        Atomic per site: for each site either all of its records in the batch are counted and the
        writer's watermark there moved to the last of them, or nothing changed. A record at or
        below the watermark is skipped, so a batch may be repeated any number of times, also in
        part or after a time-out. An event of a kind in ONCE whose nonce the site has counted for
        this kind goes to the counter of its second label instead.

        ``acked`` is what the writer knows: per site the last sequence that was acknowledged. Where
        the store has less, it has forgotten something: nothing is counted for that site, and
        StoreForgot is raised, so that the writer sends again from there on.

        Durable when it returns as far as the database is: SQLite runs with synchronous=FULL;
        Redis as its appendfsync says.
        """
        ...

    def watermarks(self, writer: str, sites: Sequence[str]) -> dict[str, int]:
        """Return per site the last sequence of ``writer`` that was applied; 0 for none."""
        ...

    def generation(self) -> str:
        """Return a text that differs as soon as the store may have forgotten something.

        Another server answers than before, the same one after a restart, or one into which
        somebody has written what was saved earlier.
        """
        ...

    def renew(self) -> None:
        """Begin another generation: what was here was replaced, perhaps by something older."""
        ...

    def ledgers(self) -> list[Ledger]:
        """Return what was applied per writer, for the reconciliation with the journals.

        A writer that was retired is part of the ledger that has its node's name.
        """
        ...

    def retire(self, writer: str) -> None:
        """Fold a finished writer's ledger into the one that has its node's name.

        The writer's watermarks are kept for RETIRED_HOURS: a batch that was under way when its
        process died must not count when it arrives late. Call it only after the journal is gone.
        """
        ...

    def counters(
        self, first: date, last: date, sites: Iterable[str] | None = None
    ) -> dict[str, dict[Cell, int]]:
        """Return the counters of local days ``first`` to ``last`` per site (None: every site)."""
        ...

    def day_counters(self, days: Mapping[str, Collection[str]]) -> dict[str, dict[Cell, int]]:
        """Return per site the counters of the given local days YYYYMMDD."""
        ...

    def touched(self, since: Mapping[str, int]) -> dict[str, dict[str, int]]:
        """Return per site the days whose counters changed after its stamp in ``since``.

        Each day comes with its own stamp. A site that ``since`` does not name is asked from the
        beginning. A site's stamps only rise, and a day's counters are never older than its stamp:
        whoever reads the stamps first and the counters then misses nothing. They begin anew, so
        that all days must be compared, where the generation is another.
        """
        ...

    def counted_sites(self) -> set[str]:
        """Return every site that ever counted anything, NOWHERE among them."""
        ...

    def days(self, site: str) -> set[str]:
        """Return every local day YYYYMMDD for which the site has counters."""
        ...

    def fold(self, site: str, day: str) -> int:
        """Add up the hours of a site's day; return how many counters of hours went.

        Atomic, and safe to repeat: sums over the day stay what they were. What comes later for
        the same day is counted by the hour again.
        """
        ...

    def state(self, site: str) -> SiteState:
        """Return everything of one site, as of one moment between two batches."""
        ...

    def replace_state(self, state: SiteState) -> None:
        """Make a site's state the given one. Atomic per site; what was there before is gone."""
        ...

    def collections(self) -> set[str]:
        """Return the name of every collection that ever held a document."""
        ...

    def replace_documents(self, collection: str, documents: Mapping[str, Document]) -> None:
        """Make a collection's documents the given ones, their versions included. Atomic."""
        ...

    def documents(self, collection: str) -> dict[str, Document]:
        """Return the documents of a collection by id."""
        ...

    def document(self, collection: str, id: str) -> Document | None:
        """Return one document, or None."""
        ...

    def put(self, collection: str, id: str, body: Mapping[str, Any], version: int) -> int:
        """Write a document and return its new version.

        ``version`` is the one that was read, 0 for a new document. Raise VersionConflict when
        the stored version is another: nothing is overwritten unseen.
        """
        ...

    def now(self) -> float:
        """Return the time of the store's own clock (Unix seconds), which all nodes share."""
        ...

    def close(self) -> None:
        """Let go of all connections. The next call opens new ones."""
        ...


def node_of(writer: str) -> str:
    """Return the node of a writer: what stands before the last dot of its name."""
    return writer.rpartition(".")[0]


def cell_of(event: Event) -> Cell:
    """Return the counter that ``event`` belongs to."""
    return Cell(event.hour, event.label, event.os, event.channel, event.tier)


def second_cell(event: Event) -> Cell:
    """Return the counter for ``event`` when its view has counted for this kind before."""
    return Cell(event.hour, event.second_label, event.os, event.channel, event.tier)


def counts_once(event: Event) -> bool:
    """Tell whether the store must remember the event's nonce."""
    return event.kind in ONCE and bool(event.nonce)


def by_site(records: Sequence[Record]) -> dict[str, list[Record]]:
    """Return ``records`` grouped by site, order kept."""
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(record.event.site, []).append(record)
    return groups


def dump(body: Mapping[str, Any]) -> str:
    """Return a document as text: sorted keys, so equal documents are equal texts."""
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def load(text: str | bytes) -> dict[str, Any]:
    """Return the document that ``dump`` wrote."""
    body: dict[str, Any] = json.loads(text)
    return body
