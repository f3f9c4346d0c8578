"""What tests share: a real Redis, started once and empty for each test."""

from collections.abc import Iterator

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.servers import RedisServer

# A busy machine is no reason to fail: no test here is about its own duration.
settings.register_profile("portal", deadline=None)
settings.load_profile("portal")


class _SideBySide(LoadScopeScheduling):
    """Has the tests of a file run in one process, and all of the lab: it is one network."""

    def _split_scope(self, nodeid: str) -> str:
        path: str = nodeid.partition("::")[0]
        return "lab" if path.startswith("tests/lab/") else path


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Say which tests go together."""
    return _SideBySide(config, log)


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
