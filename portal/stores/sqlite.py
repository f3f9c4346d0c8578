"""The embedded store: one SQLite file, shared by the processes of one machine."""

import json
import sqlite3
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from portal.domain.errors import StoreForgot, VersionConflict
from portal.stores.base import (
    NONCE_DAYS,
    NONCE_HOURS,
    NOTHING,
    RETIRED_HOURS,
    Applied,
    Cell,
    Document,
    Ledger,
    Record,
    SiteState,
    WriterRow,
    by_site,
    cell_of,
    counts_once,
    dump,
    load,
    node_of,
    second_cell,
)
from portal.stores.sqlite_file import SQLiteFile
from portal.stores.sqlite_tables import ADD, FOLD, MOVE, RETIRE, SCHEMA, USE, stamp, touched


class SQLiteStore:
    """Counters and documents in one file."""

    def __init__(self, path: Path) -> None:
        self._file = SQLiteFile(path, SCHEMA)
        self._pruned = 0

    def apply(
        self, writer: str, records: Sequence[Record], acked: Mapping[str, int] = NOTHING
    ) -> Applied:
        """Count ``records``; see the contract. The whole batch is one transaction."""
        total = Applied()
        with self._file.transaction() as db:
            for site, group in by_site(records).items():
                total += self._apply_site(db, writer, site, group, acked.get(site, 0))
            self._prune(db)
        return total

    def _apply_site(
        self, db: sqlite3.Connection, writer: str, site: str, group: list[Record], acked: int
    ) -> Applied:
        seen = _watermark(db, writer, site)
        if seen < acked:
            raise StoreForgot({site: seen})
        fresh = [record for record in group if record.seq > seen]
        if not fresh:
            return Applied(known=len(group))
        sums: dict[Cell, int] = {}
        rejected = 0
        unused = self._use_nonces(db, site, fresh)
        for record in fresh:
            event = record.event
            cell = cell_of(event)
            if counts_once(event):
                if (use := (event.nonce, event.kind)) in unused:
                    unused.remove(use)
                else:
                    cell = second_cell(event)
            sums[cell] = sums.get(cell, 0) + 1
            rejected += cell.kind.startswith("rejected:")
        db.executemany(ADD, ((site, *cell, n) for cell, n in sums.items()))
        stamp(db, site, {cell.hour[:8] for cell in sums})
        counted = len(fresh) - rejected
        db.execute(MOVE, (writer, site, fresh[-1].seq, counted, rejected))
        return Applied(counted, rejected, len(group) - len(fresh))

    @staticmethod
    def _use_nonces(
        db: sqlite3.Connection, site: str, records: list[Record]
    ) -> set[tuple[str, str]]:
        """Remember the nonces of ``records``; return those (with kind) that were new."""
        once = (record.event for record in records if counts_once(record.event))
        uses = [(event.nonce, event.kind, event.hour) for event in once]
        hour = int(time.time()) // 3600  # no finer: when a single view was used is nobody's matter
        return set(db.execute(USE, (site, hour, json.dumps(uses)))) if uses else set()

    def _prune(self, db: sqlite3.Connection) -> None:
        """Forget old nonces, once in an hour."""
        hour = int(time.time()) // 3600
        if hour != self._pruned:
            db.execute("DELETE FROM nonces WHERE used < ?", (hour - NONCE_HOURS,))
            self._pruned = hour

    def watermarks(self, writer: str, sites: Sequence[str]) -> dict[str, int]:
        """Return per site the last sequence of ``writer`` that was applied; 0 for none."""
        with self._file.reading() as db:
            return {site: _watermark(db, writer, site) for site in sites}

    def generation(self) -> str:
        """Return the file's identity: what it has acknowledged it has, but it may be replaced."""
        with self._file.reading() as db:
            (times,) = db.execute("PRAGMA user_version").fetchone()
        return f"{self._file.identity()}:{times}"

    def renew(self) -> None:
        """Begin another generation."""
        with self._file.transaction() as db:
            (times,) = db.execute("PRAGMA user_version").fetchone()
            db.execute(f"PRAGMA user_version = {times + 1}")

    def ledgers(self) -> list[Ledger]:
        """Return what was applied per writer."""
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT writer, sum(counted), sum(rejected) FROM writers"
                " WHERE until = 0 GROUP BY writer"
            )
            return [Ledger(*row) for row in rows]

    def retire(self, writer: str) -> None:
        """Fold a finished writer's ledger into its node's; see the contract."""
        now = int(time.time())
        with self._file.transaction() as db:
            db.execute("DELETE FROM writers WHERE until BETWEEN 1 AND ?", (now,))
            db.execute(RETIRE, (node_of(writer), writer))
            db.execute(
                "UPDATE writers SET counted = 0, rejected = 0, until = ?"
                " WHERE writer = ? AND until = 0",
                (now + RETIRED_HOURS * 3600, writer),
            )

    def counters(
        self, first: date, last: date, sites: Iterable[str] | None = None
    ) -> dict[str, dict[Cell, int]]:
        """Return the counters of local days ``first`` to ``last`` per site."""
        wanted = self.counted_sites() if sites is None else set(sites)
        return self._cells((site, f"{first:%Y%m%d}", f"{last:%Y%m%d}") for site in wanted)

    def day_counters(self, days: Mapping[str, Collection[str]]) -> dict[str, dict[Cell, int]]:
        """Return per site the counters of the given local days."""
        return self._cells((site, day, day) for site, found in days.items() for day in found)

    def _cells(self, ranges: Iterable[tuple[str, str, str]]) -> dict[str, dict[Cell, int]]:
        found: dict[str, dict[Cell, int]] = {}
        with self._file.reading() as db:
            for site, first, last in ranges:
                rows = db.execute(
                    "SELECT hour, kind, os, channel, tier, n FROM counters"
                    " WHERE site = ? AND hour BETWEEN ? AND ?",
                    (site, first, f"{last}23"),  # a folded day has no hour
                )
                if cells := {Cell(*row[:5]): row[5] for row in rows}:
                    found.setdefault(site, {}).update(cells)
        return found

    def touched(self, since: Mapping[str, int]) -> dict[str, dict[str, int]]:
        """Return per site the days whose counters changed; see the contract."""
        sites = self.counted_sites()
        with self._file.reading() as db:
            return touched(db, sites, since)

    def counted_sites(self) -> set[str]:
        """Return every site that ever counted anything."""
        with self._file.reading() as db:
            return {site for (site,) in db.execute("SELECT DISTINCT site FROM writers")}

    def documents(self, collection: str) -> dict[str, Document]:
        """Return the documents of a collection by id."""
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT id, version, body FROM documents WHERE collection = ?", (collection,)
            )
            return {id: Document(version, load(body)) for id, version, body in rows}

    def document(self, collection: str, id: str) -> Document | None:
        """Return one document, or None."""
        with self._file.reading() as db:
            row = db.execute(
                "SELECT version, body FROM documents WHERE collection = ? AND id = ?",
                (collection, id),
            ).fetchone()
        return Document(row[0], load(row[1])) if row else None

    def put(self, collection: str, id: str, body: Mapping[str, Any], version: int) -> int:
        """Write a document whose stored version is ``version``; see the contract."""
        with self._file.transaction() as db:
            row = db.execute(
                "SELECT version FROM documents WHERE collection = ? AND id = ?", (collection, id)
            ).fetchone()
            if (row[0] if row else 0) != version:
                raise VersionConflict(id)
            db.execute(
                "INSERT INTO documents VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                " version = excluded.version, body = excluded.body",
                (collection, id, version + 1, dump(body)),
            )
        return version + 1

    def days(self, site: str) -> set[str]:
        """Return every local day YYYYMMDD for which the site has counters."""
        with self._file.reading() as db:
            rows = db.execute("SELECT day FROM days WHERE site = ?", (site,))
            return {day for (day,) in rows}

    def fold(self, site: str, day: str) -> int:
        """Add up the hours of a site's day; see the contract."""
        hours = (site, f"{day}00", f"{day}23")
        with self._file.transaction() as db:
            db.execute(FOLD, (day, *hours))
            gone = db.execute("DELETE FROM counters WHERE site = ? AND hour BETWEEN ? AND ?", hours)
            if gone.rowcount:
                stamp(db, site, [day])
            return gone.rowcount

    def state(self, site: str) -> SiteState:
        """Return everything of one site; see the contract."""
        nonces: dict[str, set[tuple[str, str]]] = {}
        with self._file.snapshot() as db:
            cells = db.execute(
                "SELECT hour, kind, os, channel, tier, n FROM counters WHERE site = ?", (site,)
            )
            counters = {Cell(*row[:5]): row[5] for row in cells}
            rows = db.execute(
                "SELECT writer, watermark, counted, rejected, until FROM writers WHERE site = ?",
                (site,),
            )
            writers = {writer: WriterRow(*row) for writer, *row in rows}
            days = sorted({cell.hour[:8] for cell in counters})[-NONCE_DAYS:]
            for hour, id, kind in db.execute(
                "SELECT hour, nonce, kind FROM nonces WHERE site = ? AND hour >= ?",
                (site, days[0] if days else ""),
            ):
                nonces.setdefault(hour, set()).add((id, kind))
        return SiteState(site, counters, writers, {h: frozenset(u) for h, u in nonces.items()})

    def replace_state(self, state: SiteState) -> None:
        """Make a site's state the given one; see the contract."""
        site, used = state.site, int(time.time()) // 3600
        with self._file.transaction() as db:
            for table in ("counters", "days", "writers", "nonces"):
                db.execute(f"DELETE FROM {table} WHERE site = ?", (site,))  # noqa: S608  # ours
            db.executemany(ADD, ((site, *cell, n) for cell, n in state.counters.items()))
            stamp(db, site, {cell.hour[:8] for cell in state.counters})
            db.executemany(
                "INSERT INTO writers VALUES (?, ?, ?, ?, ?, ?)",
                ((writer, site, *row) for writer, row in state.writers.items()),
            )
            db.executemany(
                "INSERT INTO nonces VALUES (?, ?, ?, ?, ?)",
                ((site, hour, *use, used) for hour, uses in state.nonces.items() for use in uses),
            )

    def collections(self) -> set[str]:
        """Return the name of every collection that holds a document."""
        with self._file.reading() as db:
            return {name for (name,) in db.execute("SELECT DISTINCT collection FROM documents")}

    def replace_documents(self, collection: str, documents: Mapping[str, Document]) -> None:
        """Make a collection's documents the given ones; see the contract."""
        with self._file.transaction() as db:
            db.execute("DELETE FROM documents WHERE collection = ?", (collection,))
            db.executemany(
                "INSERT INTO documents VALUES (?, ?, ?, ?)",
                (
                    (collection, id, document.version, dump(document.body))
                    for id, document in documents.items()
                ),
            )

    def now(self) -> float:
        """Return the time of this machine, which all who share the file are on."""
        return time.time()

    def close(self) -> None:
        """Close the connections of all threads."""
        self._file.close()


def _watermark(db: sqlite3.Connection, writer: str, site: str) -> int:
    row = db.execute(
        "SELECT watermark FROM writers WHERE writer = ? AND site = ?", (writer, site)
    ).fetchone()
    return row[0] if row else 0
