"""S20: Redis as the files in deploy/redis have it, with the portal's login and no other."""

import hashlib
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest
import redis

from portal.domain.errors import StoreUnavailable
from portal.stores import open_store
from portal.stores.sizes import used_bytes
from tests.contract.test_redis_nodes import use_everything
from tests.servers import free_port, requires, wait_until
from tests.serving import end

FILES = Path(__file__).parents[2] / "deploy" / "redis"
PASSWORD = "mật khẩu/@:"
ALLOWED = ("PING", "TIME", "SADD portal:x a", "HGETALL portal:{a}:w", "INFO memory")
FORBIDDEN = (
    "FLUSHALL",
    "FLUSHDB",
    "CONFIG GET x",
    "KEYS x",
    "RESTORE portal:x 0 x",
    "DEBUG SLEEP 0",
    "SHUTDOWN",
    "PFADD portal:x a",
    "SCRIPT FLUSH",
    "SCRIPT KILL",
    "ACL LIST",
    "MONITOR",
    "REPLICAOF NO ONE",
    "MODULE LIST",
    "SUBSCRIBE x",
    "RENAME portal:x portal:y",
    "GET portal:x",
    "SADD elsewhere:x a",
    "HGETALL elsewhere:x",
)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Run Redis with the files as they are, but for paths and the password; return its port."""
    digest = hashlib.sha256(PASSWORD.encode()).hexdigest()
    users = tmp_path / "users.acl"
    users.write_text((FILES / "users.acl").read_text().replace("0" * 64, digest) + SUPERVISOR)
    settings = tmp_path / "redis.conf"
    text = (FILES / "redis.conf").read_text()
    settings.write_text(text.replace("/etc/redis/bluezone-portal.acl", str(users)))
    chosen = free_port()
    command = [requires("redis-server"), str(settings), "--port", str(chosen)]
    process = subprocess.Popen([*command, "--dir", str(tmp_path)], start_new_session=True)
    try:
        wait_until(lambda: _answers(chosen), "redis-server")
        yield chosen
    finally:
        end(process)


SUPERVISOR = "user test on nopass +acl|dryrun +acl|log +config|get +ping\n"


def _answers(port: int) -> bool:
    with suppress(redis.ConnectionError):
        return bool(redis.Redis(port=port, username="test", password="-").ping())
    return False


def test_s20_the_portal_can_do_its_work(port: int, tmp_path: Path) -> None:
    url = f"redis://portal:{quote(PASSWORD, safe='')}@127.0.0.1:{port}/0"
    use_everything(open_store(url, tmp_path))
    assert used_bytes(url, tmp_path) > 0
    test = redis.Redis(port=port, username="test", password="-")
    assert test.acl_log() == []
    kept = test.config_get("append*") | test.config_get("maxmemory-policy")
    assert (kept["appendonly"], kept["appendfsync"]) == ("yes", "always")
    assert kept["maxmemory-policy"] == "noeviction"


def test_s20_nobody_else_comes_in(port: int, tmp_path: Path) -> None:
    for url in (f"redis://127.0.0.1:{port}/0", f"redis://portal:{'0' * 64}@127.0.0.1:{port}/0"):
        store = open_store(url, tmp_path)
        with pytest.raises(StoreUnavailable):
            store.counted_sites()
        store.close()


def test_s20_the_portal_s_login_can_do_no_harm(port: int) -> None:
    test = redis.Redis(port=port, username="test", password="-", decode_responses=True)
    said = {
        line: test.execute_command("ACL DRYRUN", "portal", *line.split())
        for line in (*ALLOWED, *FORBIDDEN)
    }
    assert {line for line, answer in said.items() if answer == "OK"} == set(ALLOWED)
