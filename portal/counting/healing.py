"""Healing: what the store may have forgotten of writers that have ended is sent again.

A living writer looks after itself. For the others the node remembers which generation of the
store it spoke with. They are sent from the oldest kept segment on: with less, the watermark would
pass over whatever else was forgotten.
"""

import fcntl
import logging
from collections.abc import Callable
from pathlib import Path

from portal.counting.kept import KEPT, kept_folder, kept_folders
from portal.counting.segments import Reader
from portal.stores.base import Store

_GENERATION = "generation"  # file among the kept: of the store that has everything
_LOCK = "lock"
_BATCH = 500

GoOn = Callable[[int], bool]
"""Told the number of records of each batch; answers whether to go on."""

log = logging.getLogger(__name__)


def heal(root: Path, store: Store, go_on: GoOn) -> int:
    """Send again what another generation of the store may lack; return how much it did lack.

    Raises StoreUnavailable; it is then tried again. Only one process of a node does it.
    """
    generation = store.generation()
    known = root / KEPT / _GENERATION
    if _read(known) == generation:
        return 0
    known.parent.mkdir(parents=True, exist_ok=True)
    with (known.parent / _LOCK).open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return 0
        healed, whole = send_again(ended(root), store, go_on)
        if whole:
            draft = known.with_suffix(".draft")
            draft.write_text(generation, encoding="ascii")
            draft.rename(known)
    if healed:
        log.warning("the store had forgotten %d events; they are counted again", healed)
    return healed


def ended(root: Path) -> list[Path]:
    """Return the journals, gone by now, of which something is kept."""
    journals = [root / folder.name for folder in kept_folders(root)]
    return [journal for journal in journals if not journal.exists()]


def send_again(journals: list[Path], store: Store, go_on: GoOn) -> tuple[int, bool]:
    """Send what is kept of ``journals``; return how much was news, and whether all was sent.

    Raises StoreUnavailable. It may be repeated, and a writer may live: it sends nothing new before
    the store has all that it knows to be applied.
    """
    news = 0
    for journal in journals:
        reader = Reader(kept_folder(journal))
        while records := reader.read(_BATCH):
            applied = store.apply(journal.name, records)
            news += applied.counted + applied.rejected
            if not go_on(len(records)):
                return news, False
        if not journal.exists():
            store.retire(journal.name)
    return news, True


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (FileNotFoundError, UnicodeDecodeError):
        return ""
