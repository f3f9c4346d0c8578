"""Kept segments: what the store has acknowledged stays on this disk for a while.

A store may forget what it acknowledged: Redis lost power, a replica took over that had not got
everything, yesterday's backup was restored. Then the kept segments are sent again; every record
that the store still has is known by its sequence and does not count twice.
"""

import logging
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from portal.counting.segments import segments

KEPT = ".kept"
"""Folder beside the journals: one folder per writer, with the segments that it is done with."""
_GONE = ".gone"  # ends the hidden name under which a finished journal is taken apart

log = logging.getLogger(__name__)


def keep(path: Path) -> None:
    """Put a segment of a journal aside; on a disk that has no room even for that, remove it."""
    writer = path.parent.name
    _keep(path, path.parent.parent / KEPT / writer)


def kept_folder(folder: Path) -> Path:
    """Return where the segments of the writer of the journal ``folder`` are kept."""
    return folder.parent / KEPT / folder.name


def kept_folders(root: Path) -> list[Path]:
    """Return a folder for every writer of which something is kept."""
    try:
        return sorted(path for path in (root / KEPT).iterdir() if path.is_dir())
    except FileNotFoundError:
        return []


def kept_events(root: Path) -> int:
    """Return how many records the kept segments under ``root`` hold."""
    found = (path for folder in kept_folders(root) for path in segments(folder))
    return sum(path.read_bytes().count(b"\n") - 1 for path in found)  # without the header


def finish(folder: Path) -> None:
    """End a journal that the store has wholly, in one step: half of it would look like loss."""
    gone = folder.with_name(f".{folder.name}{_GONE}")
    folder.rename(gone)
    _take_apart(gone)


def finish_the_rest(root: Path) -> None:
    """Take apart what somebody has left who died while taking it apart."""
    for gone in root.glob(f".*{_GONE}"):
        _take_apart(gone)


def prune(root: Path, hours: int, most: int) -> int:
    """Remove what is older than ``hours``, then the oldest beyond ``most`` bytes.

    Returns the bytes that stay.
    """
    oldest = time.time() - hours * 3600
    stays = 0
    for written, size, path in sorted(_found(root), reverse=True):
        if written < oldest or stays + size > most:
            path.unlink(missing_ok=True)
            most = min(most, stays)  # what is older goes as well: a hole helps nobody
        else:
            stays += size
    for folder in kept_folders(root):
        try:
            folder.rmdir()
        except OSError:
            continue  # not empty
    return stays


def _found(root: Path) -> Iterator[tuple[float, int, Path]]:
    for folder in kept_folders(root):
        for path in segments(folder):
            try:
                status = path.stat()
            except FileNotFoundError:
                continue  # pruned at this moment
            yield status.st_mtime, status.st_size, path


def _take_apart(gone: Path) -> None:
    writer = gone.name.removeprefix(".").removesuffix(_GONE)
    for path in segments(gone):
        _keep(path, gone.parent / KEPT / writer)
    shutil.rmtree(gone, ignore_errors=True)


def _keep(path: Path, folder: Path) -> None:
    while path.exists():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.rename(folder / path.name)
        except FileNotFoundError:
            continue  # the folder was empty, and pruned at this moment; or another one was faster
        except OSError as error:
            log.error("%s is not kept: %s", path.name, error.strerror)
            path.unlink(missing_ok=True)
