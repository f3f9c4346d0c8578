"""How often somebody guessed a password: counted by all workers together, in memory only."""

from collections.abc import Callable

from portal.shared_table import SharedTable

WINDOW = 15 * 60
"""Seconds for which an attempt counts."""


class Attempts:
    """Counts failed attempts per name or address."""

    def __init__(self, clock: Callable[[], float], rows: int = 4096) -> None:
        self._table = SharedTable(clock, rows)

    def of(self, name: str) -> int:
        """Return how many attempts count for ``name`` now."""
        return self._table.get(name)[0]

    def note(self, name: str) -> None:
        """Count one more attempt."""
        self._table.change(name, lambda before: (before + 1, WINDOW))

    def forget(self, name: str) -> None:
        """Let ``name`` begin anew."""
        self._table.change(name, lambda _before: (0, 0))
