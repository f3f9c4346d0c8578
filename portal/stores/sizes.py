"""How much room a store takes: of a file on the disk, of Redis in memory."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis

from portal.domain.errors import StoreUnavailable
from portal.stores import keys
from portal.stores.address import SQLITE, parse_address
from portal.stores.connections import Connections


def used_bytes(url: str, data: Path) -> int:
    """Return the bytes that the store's server or files take.

    Redis: ``used_memory`` of INFO, over all primaries of a Cluster. Raise StoreUnavailable.
    """
    if url.startswith(SQLITE):
        path = Path(url.removeprefix(SQLITE) or data / "portal.db")
        return path.stat().st_size if path.exists() else 0
    with _client(url) as client:
        if not isinstance(client, redis.RedisCluster):
            return int(client.info("memory")["used_memory"])
        rows: Any = client.info("memory", target_nodes=redis.RedisCluster.PRIMARIES)
        # One node answers with its row alone, several with a row for each.
        nodes = [rows] if "used_memory" in rows else rows.values()
        return sum(int(row["used_memory"]) for row in nodes)


def counters_bytes(url: str, days: Iterable[tuple[str, str]]) -> float | None:
    """Return the mean size of the counters of ``days`` (site, YYYYMMDD): MEMORY USAGE.

    None for SQLite, whose sites share pages. Raise StoreUnavailable.
    """
    if url.startswith(SQLITE):
        return None
    with _client(url) as client:
        sizes = [client.memory_usage(keys.counters(*day), samples=0) for day in days]
        known = [size for size in sizes if size]
        return sum(known) / len(known) if known else None


@contextmanager
def _client(url: str) -> Iterator[Any]:
    connections = Connections(parse_address(url))
    try:
        yield connections.client
    except redis.RedisError as error:
        raise StoreUnavailable(f"{type(error).__name__}: {error}") from error
    finally:
        connections.close()
