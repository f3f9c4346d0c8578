"""A site's state as Redis keeps it: which keys it fills, and what they say."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from types import MappingProxyType

from portal.stores import keys
from portal.stores.base import (
    NONCE_DAYS,
    NONCE_HOURS,
    Cell,
    Document,
    Record,
    SiteState,
    WriterRow,
    cell_of,
    counts_once,
    dump,
    second_cell,
)

Call = tuple[list[str], list[str]]
"""Keys and arguments of a script."""


def field(cell: Cell) -> str:
    """Return the field that ``cell`` has among the counters of its day."""
    return "|".join((cell.hour[8:], *cell[1:]))


def cell(day: str, field: str) -> Cell:
    """Return the cell of a field among the counters of ``day``."""
    hour, *rest = field.split("|")
    return Cell(day + hour, *rest)


def writer_row(text: str) -> WriterRow:
    """Return the row that ``text`` in the writers' hash says."""
    return WriterRow(*map(int, text.split(" ")))


def apply_call(writer: str, site: str, records: Sequence[Record], acked: int) -> Call:
    """Return the keys and arguments of apply.lua for one site's records."""
    index: dict[str, int] = {keys.writers(site): 1, keys.days(site): 2}
    arguments = [writer, str(NONCE_HOURS * 3600), str(acked)]
    for seq, event in records:
        counter = index.setdefault(keys.counters(site, event.hour[:8]), len(index) + 1)
        once = counts_once(event)
        nonces = index.setdefault(keys.nonces(site, event.hour), len(index) + 1) if once else 0
        arguments += (
            str(seq),
            str(counter),
            field(cell_of(event)),
            str(nonces),
            f"{event.nonce}|{event.kind}",
            field(second_cell(event)),
        )
    return list(index), arguments


def state_call(site: str, days: Collection[str]) -> Call:
    """Return the call of state.lua for a site that has counters for ``days``."""
    names = [keys.writers(site), keys.days(site)]
    names += [keys.counters(site, day) for day in sorted(days)]
    names += [keys.nonces(site, hour) for hour in _hours(days)]
    return names, [str(len(days))]


def read_state(site: str, days: Collection[str], found: Sequence[Sequence[str]]) -> SiteState:
    """Return the state that state.lua found."""
    writers, *rest = found
    counters = {
        cell(day, name): int(n)
        for day, row in zip(sorted(days), rest, strict=False)
        for name, n in _pairs(row)
    }
    nonces = {
        hour: frozenset(_use(member) for member in members)
        for hour, members in zip(_hours(days), rest[len(days) :], strict=True)
        if members
    }
    rows = {writer: writer_row(row) for writer, row in _pairs(writers)}
    return SiteState(site, counters, rows, nonces)


def replace_call(state: SiteState, days: Iterable[str]) -> Call:
    """Return the call of replace.lua for a site that has counters for ``days`` until now."""
    site = state.site
    hashes: dict[str, list[str]] = {keys.writers(site): []}
    for writer, row in state.writers.items():
        hashes[keys.writers(site)] += [writer, " ".join(map(str, row if row.until else row[:3]))]
    for one, n in state.counters.items():
        hashes.setdefault(keys.counters(site, one.hour[:8]), []).extend((field(one), str(n)))
    present = {one.hour[:8] for one in state.counters}
    sets = {
        keys.nonces(site, hour): [f"{id}|{kind}" for id, kind in uses]
        for hour, uses in state.nonces.items()
    }
    old = [keys.counters(site, day) for day in days]
    old += [keys.nonces(site, hour) for hour in _hours(set(days))]
    return _replace(hashes, sets, old, {keys.days(site): sorted(present)})


def replace_documents_call(collection: str, documents: Mapping[str, Document]) -> Call:
    """Return the call of replace.lua for a collection."""
    rows = ((id, f"{document.version} {dump(document.body)}") for id, document in documents.items())
    return _replace({keys.documents(collection): list(chain.from_iterable(rows))}, {}, ())


def _replace(
    hashes: Mapping[str, list[str]],
    sets: Mapping[str, list[str]],
    old: Iterable[str],
    days: Mapping[str, list[str]] = MappingProxyType({}),
) -> Call:
    holding = [*hashes, *sets, *days]
    arguments = [str(len(holding)), str(NONCE_HOURS * 3600)]
    for kind, keyed in (("hash", hashes), ("set", sets), ("days", days)):
        for values in keyed.values():
            arguments += (kind, json.dumps(values))
    return [*holding, *(key for key in old if key not in holding)], arguments


def _hours(days: Iterable[str]) -> list[str]:
    last = sorted(days)[-NONCE_DAYS:]
    return [f"{day}{hour:02d}" for day in last for hour in range(24)]


def _pairs(row: Sequence[str]) -> Iterable[tuple[str, str]]:
    return zip(row[::2], row[1::2], strict=True)


def _use(member: str) -> tuple[str, str]:
    id, _, kind = member.rpartition("|")
    return id, kind
