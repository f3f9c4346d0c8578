"""One SQLite file and its connections: one per thread, each transaction on the disk at its end."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.domain.errors import StoreUnavailable

_PATIENCE = 5.0  # seconds to wait for another process's transaction


class SQLiteFile:
    """The file, opened by each thread for itself. Every database error is StoreUnavailable."""

    def __init__(self, path: Path, schema: str, durable: bool = True) -> None:
        """``durable``: a transaction is on the disk when it ends; a copy needs that not."""
        self._path = path
        self._durable = durable
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailable(f"{path.parent}: {error.strerror}") from error
        with self.reading() as db:
            db.executescript(schema)

    def identity(self) -> str:
        """Return what tells this file from another that takes its place. Raise StoreUnavailable."""
        try:
            found = self._path.stat()
        except OSError as error:
            raise StoreUnavailable(f"{self._path}: {error.strerror}") from error
        return f"{found.st_dev}:{found.st_ino}"

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
            db.execute(f"PRAGMA synchronous = {'FULL' if self._durable else 'OFF'}")
            self._local.db = db
            with self._lock:
                self._open.append(db)
        return db

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Yield this thread's connection. Raise StoreUnavailable."""
        try:
            yield self._connection()
        except sqlite3.Error as error:
            raise StoreUnavailable(str(error)) from error

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection whose every query sees the same moment. Raise StoreUnavailable."""
        with self.reading() as db:
            db.execute("BEGIN")
            try:
                yield db
            finally:
                db.rollback()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection that may write: all of it, or nothing. Raise StoreUnavailable."""
        with self.reading() as db:
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
