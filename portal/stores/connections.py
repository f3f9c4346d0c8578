"""Connections to Redis: one server, the one that Sentinels name, or a Cluster.

redis-py resends a command up to ten times after a time-out, which counts twice what the server
had done already. Here nothing is resended: repeating is ours, as apply() is safe to repeat.
"""

import threading
from collections.abc import Iterable
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import ConnectionError as NotConnected
from redis.retry import Retry
from redis.sentinel import Sentinel

from portal.stores.address import RedisAddress

TIMEOUT = 2.0  # seconds; only background threads and the command line wait for the store


class Connections:
    """The clients of one Redis, made when they are first needed, as a Redis may be away."""

    def __init__(self, address: RedisAddress) -> None:
        self._address = address
        self._lock = threading.Lock()
        self._client: Any = None

    @property
    def client(self) -> Any:
        """What any command may be given to. Raise RedisError."""
        with self._lock:
            if self._client is None:
                self._client = _connect(self._address)
            return self._client

    def by_node(self, keys: Iterable[str]) -> list[tuple[Any, list[int]]]:
        """Return clients of single nodes, each with the places of the ``keys`` it owns."""
        client = self.client
        if not self._address.cluster:
            return [(client, list(range(len(list(keys)))))]
        places: dict[str, tuple[Any, list[int]]] = {}
        for place, key in enumerate(keys):
            node = client.get_node_from_key(key)
            if node is None:
                raise NotConnected("nobody owns the slot")
            if node.name not in places:
                places[node.name] = client.get_redis_connection(node), []
            places[node.name][1].append(place)
        return list(places.values())

    def primaries(self) -> list[Any]:
        """Return a client of every server that is written to. Raise RedisError."""
        client = self.client
        if not self._address.cluster:
            return [client]
        return [client.get_redis_connection(node) for node in client.get_primaries()]

    def forget(self) -> None:
        """Learn anew who owns what, before the next call: nodes have changed their roles."""
        if self._address.cluster:
            self.close()

    def close(self) -> None:
        """Close everything. The next call connects again."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()


def _connect(address: RedisAddress) -> Any:
    options: dict[str, Any] = {
        "username": address.username,
        "password": address.password,
        "socket_timeout": TIMEOUT,
        "socket_connect_timeout": TIMEOUT,
        "decode_responses": True,
    }
    if address.tls:
        options |= {"ssl": True, **address.files}
    never = Retry(NoBackoff(), 0)
    if address.cluster:
        nodes: list[Any] = [ClusterNode(*host) for host in address.hosts]  # type: ignore[no-untyped-call]
        return RedisCluster(startup_nodes=nodes, retry=never, **options)
    options |= {"retry": never, "db": address.db}
    if address.path:
        return redis.Redis(unix_socket_path=address.path, **options)
    if address.service:
        # The Sentinels are asked without the login of the server that they watch.
        plain = {k: v for k, v in options.items() if k not in ("username", "password", "db")}
        watching: Any = Sentinel(list(address.hosts), sentinel_kwargs=plain)  # type: ignore[no-untyped-call]
        return watching.master_for(address.service, **options)
    host, port = address.hosts[0]
    return redis.Redis(host, port, **options)
