"""Who was let through by this service itself, in memory only, and without anybody's address."""

from collections.abc import Callable

from portal.shared_table import SharedTable


class Released:
    """Remembers addresses for a while."""

    def __init__(self, clock: Callable[[], float], rows: int = 4096) -> None:
        self._table = SharedTable(clock, rows)

    def add(self, address: str, minutes: int) -> None:
        """Let ``address`` through for so many minutes."""
        self._table.change(address, lambda _before: (1, minutes * 60))

    def seconds(self, address: str) -> int:
        """Return for how many seconds ``address`` is still let through; 0 if it is not."""
        return self._table.get(address)[1]
