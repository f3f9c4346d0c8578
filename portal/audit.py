"""The audit log: who changed what, and when. It is added to, never changed."""

import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from portal.domain.periods import HO_CHI_MINH
from portal.stores.base import Store

_PREFIX = "audit-"  # a collection for each month, so that none grows for ever


@dataclass(frozen=True, slots=True)
class Entry:
    """One change. ``details`` holds what became of which field, never a secret."""

    at: str  # ISO 8601 in Asia/Ho_Chi_Minh, to the second
    who: str  # a person's id; "-" for the command line and the service itself
    action: str  # what was done: "site.edit", "person.role" …
    subject: str  # the id of what it was done to
    details: dict[str, Any]


class AuditLog:
    """Keeps the log. Every method may raise StoreUnavailable."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock

    def note(self, who: str, action: str, subject: str, **details: Any) -> None:
        """Write down a change that was made."""
        now = datetime.fromtimestamp(self._clock(), HO_CHI_MINH)
        entry = Entry(now.isoformat(timespec="seconds"), who, action, subject, details)
        # Sorted by time; the rest keeps two changes of one moment apart.
        id = f"{now:%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"
        self._store.put(f"{_PREFIX}{now:%Y-%m}", id, asdict(entry), 0)

    def months(self) -> list[str]:
        """Return the months YYYY-MM that have entries, the latest first."""
        names = (name for name in self._store.collections() if name.startswith(_PREFIX))
        return sorted((name.removeprefix(_PREFIX) for name in names), reverse=True)

    def entries(self, month: str) -> list[Entry]:
        """Return the entries of a month, the latest first."""
        found = self._store.documents(f"{_PREFIX}{month}")
        return [Entry(**document.body) for _id, document in sorted(found.items(), reverse=True)]
