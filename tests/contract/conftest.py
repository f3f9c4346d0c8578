"""The fixtures of the store's contract: an empty database of each kind."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal.stores import open_store
from portal.stores.base import Store
from tests.redis_nodes import RedisCluster
from tests.servers import RedisServer

Open = Callable[[], Store]


@pytest.fixture(scope="session")
def session_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisCluster]:
    """Return the Redis Cluster of this run, six nodes on the loopback."""
    cluster = RedisCluster(tmp_path_factory.mktemp("cluster"))
    yield cluster
    cluster.kill()


@pytest.fixture(params=["sqlite", "redis", "cluster"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty database, once per kind."""
    if request.param == "sqlite":
        return f"sqlite:{tmp_path / 'portal.db'}"
    if request.param == "cluster":
        cluster: RedisCluster = request.getfixturevalue("session_cluster")
        cluster.flush()
        return cluster.url
    server: RedisServer = request.getfixturevalue("redis_server")
    return server.url


@pytest.fixture
def open_one(store_url: str, tmp_path: Path) -> Iterator[Open]:
    """Return what opens one more client of the same database."""
    opened: list[Store] = []

    def opener() -> Store:
        opened.append(open_store(store_url, tmp_path))
        return opened[-1]

    yield opener
    for store in opened:
        store.close()


@pytest.fixture
def store(open_one: Open) -> Store:
    """Return a store with an empty database."""
    return open_one()
