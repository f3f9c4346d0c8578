"""Adoption: a journal whose writer died is brought to the store by whoever finds it."""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.counting.journal import ACKED, acknowledge
from portal.counting.kept import finish, finish_the_rest, kept_folder
from portal.counting.segments import Reader
from portal.stores.base import Store

DAMAGED = "damaged.lines"
"""File beside the journals that keeps every line that could not be read, for a person to see."""

_BATCH = 500

log = logging.getLogger(__name__)


def adopt_all(root: Path, store: Store) -> int:
    """Bring every dead writer's records to the store; return how many journals were adopted.

    Raises StoreUnavailable; the journals then stay as they are.
    """
    adopted = 0
    finish_the_rest(root)
    for folder in writers(root):
        with _locked(folder) as fd:
            if fd is None:
                continue  # its writer lives, or somebody else is at it
            _adopt(folder, fd, store, root)
            adopted += 1
        # Only now: without its watermark a journal that still lay there would count twice.
        store.retire(folder.name)
    return adopted


def writers(root: Path) -> list[Path]:
    """Return the folders of all writers, living and dead."""
    if not root.is_dir():
        return []
    return sorted(path for path in root.iterdir() if path.is_dir() and path.name[0] != ".")


def lives(folder: Path) -> bool:
    """Tell whether the writer of a journal still runs: then it holds the lock."""
    with _locked(folder) as fd:
        return fd is None and folder.exists()


def _adopt(folder: Path, fd: int, store: Store, root: Path) -> None:
    reader = Reader(folder, kept=kept_folder(folder))  # the store may have forgotten any of it
    total = 0
    while records := reader.read(_BATCH):
        store.apply(folder.name, records)
        acknowledge(fd, records[-1].seq)
        total += len(records)
    reader.end()
    keep_damaged(root, reader)
    finish(folder)
    log.warning("adopted journal %s with %d records", folder.name, total)


def keep_damaged(root: Path, reader: Reader) -> None:
    """Keep the lines that ``reader`` could not read, before their segment goes."""
    if not reader.damaged:
        return
    with (root / DAMAGED).open("ab") as file:
        file.writelines(reader.damaged)
    name, lines = reader.folder.name, len(reader.damaged)
    log.error("journal %s: %d damaged lines kept in %s", name, lines, DAMAGED)
    reader.damaged.clear()


@contextmanager
def _locked(folder: Path) -> Iterator[int | None]:
    """Hold the lock of a writer's journal; yield None when it is taken or the journal is gone."""
    try:
        fd = os.open(folder / ACKED, os.O_RDWR)
    except FileNotFoundError:
        yield None
        return
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        yield fd if _is_of(fd, folder) else None
    finally:
        os.close(fd)


def _is_of(fd: int, folder: Path) -> bool:
    """Tell whether the journal still stands, or was adopted between our open and our lock."""
    try:
        return os.path.samestat(os.fstat(fd), os.stat(folder / ACKED))
    except FileNotFoundError:
        return False
