"""What tests share: a real Redis, started once and empty for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.servers import RedisServer

# A busy machine is no reason to fail: no test here is about its own duration.
settings.register_profile("portal", deadline=None)
settings.load_profile("portal")


_TESTS = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the marks in this same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have the tests of a file run in one process, and all of the lab: it is one network."""
    for item in items:
        path = item.path.relative_to(_TESTS)
        group = "lab" if path.parts[0] == "lab" else path.with_suffix("").as_posix()
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session")
def session_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """Return the Redis server of this run. Ask for ``redis_server``, which is empty."""
    server = RedisServer(tmp_path_factory.mktemp("redis"), "--enable-debug-command", "yes")
    yield server
    server.kill()


@pytest.fixture
def redis_server(session_redis: RedisServer) -> RedisServer:
    """Return a running, empty Redis server. A test may stall it, not kill it."""
    session_redis.client.flushall()
    session_redis.client.script_flush()
    session_redis.client.config_set("maxmemory", 0)
    return session_redis
