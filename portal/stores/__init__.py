"""Where counts and documents are kept: one contract (base), two databases."""

from pathlib import Path

from portal.stores.base import Store

SCHEMES = ("sqlite:", "redis://", "rediss://", "unix://")


def open_store(url: str, data: Path) -> Store:
    """Open the store that ``url`` names.

    ``sqlite:`` is the embedded default, portal.db under ``data``; ``sqlite:PATH`` another file.
    Raises StoreUnavailable when the file cannot be opened; Redis is connected to when needed.
    """
    # Imported when needed: redis alone costs each worker several megabytes.
    if url.startswith("sqlite:"):
        from portal.stores.sqlite import SQLiteStore

        return SQLiteStore(Path(url.removeprefix("sqlite:") or data / "portal.db"))
    from portal.stores.redis import RedisStore

    return RedisStore(url)
