"""Where counts and documents are kept: one contract (base), two databases."""

from pathlib import Path

from portal.stores.address import SQLITE, parse_address
from portal.stores.base import Store


def check_url(url: str) -> None:
    """Raise BadAddress unless ``url`` names a store."""
    if not url.startswith(SQLITE):
        parse_address(url)


def open_store(url: str, data: Path) -> Store:
    """Open the store that ``url`` names.

    ``sqlite:`` is the embedded default, portal.db under ``data``; ``sqlite:PATH`` another file.
    Raises BadAddress, and StoreUnavailable when the file cannot be opened; Redis is connected to
    when needed.
    """
    # Imported when needed: redis alone costs each worker several megabytes.
    if url.startswith(SQLITE):
        from portal.stores.sqlite import SQLiteStore

        return SQLiteStore(Path(url.removeprefix(SQLITE) or data / "portal.db"))
    from portal.stores.redis import RedisStore

    return RedisStore(parse_address(url))
