"""The embedded store: one SQLite file, shared by the processes of one machine."""

import json
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from portal.domain.errors import StoreUnavailable, VersionConflict
from portal.stores.base import (
    NONCE_HOURS,
    Applied,
    Cell,
    Document,
    Ledger,
    Record,
    by_site,
    cell_of,
    counts_once,
    dump,
    load,
    second_cell,
)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS counters (
  site TEXT, hour TEXT, kind TEXT, os TEXT, channel TEXT, tier TEXT, n INTEGER NOT NULL,
  PRIMARY KEY (site, hour, kind, os, channel, tier)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS nonces (
  site TEXT, nonce TEXT, kind TEXT, used INTEGER NOT NULL,
  PRIMARY KEY (site, nonce, kind)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS writers (
  writer TEXT, site TEXT, watermark INTEGER NOT NULL, counted INTEGER NOT NULL,
  rejected INTEGER NOT NULL, PRIMARY KEY (writer, site)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS documents (
  collection TEXT, id TEXT, version INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (collection, id)) WITHOUT ROWID;
"""
_USE = """
INSERT INTO nonces SELECT ?1, json_extract(value, '$[0]'), json_extract(value, '$[1]'), ?2
FROM json_each(?3) WHERE true ON CONFLICT DO NOTHING RETURNING nonce, kind"""
_ADD = """
INSERT INTO counters VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET n = n + excluded.n"""
_MOVE = """
INSERT INTO writers VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
  watermark = max(watermark, excluded.watermark),
  counted = counted + excluded.counted, rejected = rejected + excluded.rejected"""
_PATIENCE = 5.0  # seconds to wait for another process's transaction


class SQLiteStore:
    """Counters and documents in one file. One connection per thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._pruned = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailable(f"{path.parent}: {error.strerror}") from error
        with self._reading() as db:
            db.executescript(_SCHEMA)

    def apply(self, writer: str, records: Sequence[Record]) -> Applied:
        """Count ``records``; see the contract. The whole batch is one transaction."""
        total = Applied()
        with self._transaction() as db:
            for site, group in by_site(records).items():
                total += self._apply_site(db, writer, site, group)
            self._prune(db)
        return total

    def _apply_site(
        self, db: sqlite3.Connection, writer: str, site: str, group: list[Record]
    ) -> Applied:
        row = db.execute(
            "SELECT watermark FROM writers WHERE writer = ? AND site = ?", (writer, site)
        ).fetchone()
        fresh = [record for record in group if record.seq > (row[0] if row else 0)]
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
        db.executemany(_ADD, ((site, *cell, n) for cell, n in sums.items()))
        counted = len(fresh) - rejected
        db.execute(_MOVE, (writer, site, fresh[-1].seq, counted, rejected))
        return Applied(counted, rejected, len(group) - len(fresh))

    @staticmethod
    def _use_nonces(
        db: sqlite3.Connection, site: str, records: list[Record]
    ) -> set[tuple[str, str]]:
        """Remember the nonces of ``records``; return those (with kind) that were new."""
        uses = [(r.event.nonce, r.event.kind) for r in records if counts_once(r.event)]
        hour = int(time.time()) // 3600  # no finer: when a single view was used is nobody's matter
        return set(db.execute(_USE, (site, hour, json.dumps(uses)))) if uses else set()

    def _prune(self, db: sqlite3.Connection) -> None:
        """Forget old nonces, once in an hour."""
        hour = int(time.time()) // 3600
        if hour != self._pruned:
            db.execute("DELETE FROM nonces WHERE used < ?", (hour - NONCE_HOURS,))
            self._pruned = hour

    def ledgers(self) -> list[Ledger]:
        """Return what was applied per writer."""
        with self._reading() as db:
            rows = db.execute(
                "SELECT writer, sum(counted), sum(rejected) FROM writers GROUP BY writer"
            )
            return [Ledger(*row) for row in rows]

    def retire(self, writer: str) -> None:
        """Fold a finished writer's ledger into the writer ''."""
        with self._transaction() as db:
            db.execute(
                "INSERT INTO writers SELECT '', site, 0, counted, rejected FROM writers"
                " WHERE writer = ? ON CONFLICT DO UPDATE SET"
                " counted = counted + excluded.counted, rejected = rejected + excluded.rejected",
                (writer,),
            )
            db.execute("DELETE FROM writers WHERE writer = ?", (writer,))

    def counters(
        self, first: date, last: date, sites: Iterable[str] | None = None
    ) -> dict[str, dict[Cell, int]]:
        """Return the counters of local days ``first`` to ``last`` per site."""
        bounds = (f"{first:%Y%m%d}00", f"{last:%Y%m%d}23")
        wanted = self.counted_sites() if sites is None else set(sites)
        found: dict[str, dict[Cell, int]] = {}
        with self._reading() as db:
            for site in wanted:
                rows = db.execute(
                    "SELECT hour, kind, os, channel, tier, n FROM counters"
                    " WHERE site = ? AND hour BETWEEN ? AND ?",
                    (site, *bounds),
                )
                if cells := {Cell(*row[:5]): row[5] for row in rows}:
                    found[site] = cells
        return found

    def counted_sites(self) -> set[str]:
        """Return every site that ever counted anything."""
        with self._reading() as db:
            return {site for (site,) in db.execute("SELECT DISTINCT site FROM writers")}

    def documents(self, collection: str) -> dict[str, Document]:
        """Return the documents of a collection by id."""
        with self._reading() as db:
            rows = db.execute(
                "SELECT id, version, body FROM documents WHERE collection = ?", (collection,)
            )
            return {id: Document(version, load(body)) for id, version, body in rows}

    def document(self, collection: str, id: str) -> Document | None:
        """Return one document, or None."""
        with self._reading() as db:
            row = db.execute(
                "SELECT version, body FROM documents WHERE collection = ? AND id = ?",
                (collection, id),
            ).fetchone()
        return Document(row[0], load(row[1])) if row else None

    def put(self, collection: str, id: str, body: Mapping[str, Any], version: int) -> int:
        """Write a document whose stored version is ``version``; see the contract."""
        with self._transaction() as db:
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

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._lock:
            for db in self._open:
                db.close()
            self._open.clear()
        self._local = threading.local()

    def _connection(self) -> sqlite3.Connection:
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None:
            db = sqlite3.connect(
                self._path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
            )
            _use_wal(db)
            # FULL: what is acknowledged must survive a power cut, because the journal forgets it.
            db.execute("PRAGMA synchronous = FULL")
            self._local.db = db
            with self._lock:
                self._open.append(db)
        return db

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self._connection()
        except sqlite3.Error as error:
            raise StoreUnavailable(str(error)) from error

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._reading() as db:
            db.execute("BEGIN IMMEDIATE")  # a later upgrade of the lock could fail half way
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                db.rollback()
                raise


def _use_wal(db: sqlite3.Connection) -> None:
    """Switch the file to WAL. SQLite does not wait here for others who do the same, so we do."""
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
        time.sleep(0.005)
