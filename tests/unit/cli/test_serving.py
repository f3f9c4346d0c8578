"""``serve`` and ``demo``, really started on a free port."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from portal.cli.visitors import play
from portal.counting.adoption import writers
from portal.stores.sqlite import SQLiteStore
from tests.serving import add_site, end, environment, free_port, serving, wait_ready

COMMAND = (sys.executable, "-c", "from portal.cli import main; main()")


def english(data: Path, **settings: object) -> dict[str, str]:
    return {**environment(data, **settings), "LANGUAGE": "en", "PYTHONUNBUFFERED": "1"}


@contextmanager
def started(
    *args: str, data: Path, cwd: Path | None = None, **settings: object
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [*COMMAND, *args],
        env=english(data, **settings),
        cwd=cwd,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        end(process)
        assert process.stdout is not None
        process.stdout.close()


def run(*args: str, data: Path, **settings: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *args],
        env=english(data, **settings),
        capture_output=True,
        text=True,
        timeout=60,
    )


def until(process: subprocess.Popen[bytes], wanted: str) -> str:
    """Return what the process says up to the line that holds ``wanted``."""
    said = ""
    assert process.stdout is not None
    for line in process.stdout:
        said += line.decode()
        if wanted in said:
            return said
    raise AssertionError(f"ended without saying {wanted!r}: {said}")


def get(port: int, path: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"User-Agent": "Mozilla/5.0 (Linux; Android 10)"})
        return connection.getresponse().status
    finally:
        connection.close()


def counted(data: Path, site: str = "demo") -> dict[str, Any]:
    done = run("counts", "--site", site, "--from", "2021-01-01", "--format", "json", data=data)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["reconciliation"]["difference"] == 0
    return {**found["totals"], "waiting": found["reconciliation"]["waiting"]}


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def test_what_is_played_is_what_is_counted(tmp_path: Path) -> None:
    add_site(tmp_path, id="demo", name="Nhà khách mẫu")
    with serving(tmp_path, workers=2) as portal:
        played = play("127.0.0.1", portal.port, "demo", 60)
    assert played.failed == 0
    store = SQLiteStore(tmp_path / "portal.db")
    found: dict[str, dict[str, int]] = {}
    for site, cells in store.counters(date(2021, 1, 1), date(2999, 12, 31)).items():
        for cell, number in cells.items():
            sums = found.setdefault(site, {})
            sums[cell.kind] = sums.get(cell.kind, 0) + number
    store.close()
    assert found == {"demo": dict(played.here), "-": dict(played.nowhere)}
    # Every kind of visit was among them, or the comparison would prove little.
    assert played.here["page"] + played.here["rejected:bot"] == 60
    for kind in ("shown", "viewable", "install", "continue", "reload", "rejected:replayed"):
        assert played.here[kind]


def test_visits_to_nobody_fail_and_are_told() -> None:
    played = play("127.0.0.1", free_port(), "demo", 3)
    assert played.failed == 3
    assert not played.here


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_demo(tmp_path: Path, sign: signal.Signals) -> None:
    port = free_port()
    args = ("--data", "d", "demo", "--visitors", "20", "--bind", f"127.0.0.1:{port}")
    with started(*args, data=tmp_path / "ignored", cwd=tmp_path) as demo:
        said = until(demo, "Ctrl-C")
        assert f"http://127.0.0.1:{port}/s/demo\n" in said
        assert "bluezone-portal --data d counts\n" in said
        assert "failed" not in said
        first = counted(tmp_path / "d")
        assert first["pages"] + first["rejected"].get("bot", 0) == 20
        assert f"Nhà khách mẫu {first['impressions']} " in " ".join(said.split())
        assert get(port, "/s/demo") == 200
        os.kill(demo.pid, sign)  # what the last visitor did is not flushed yet
        assert demo.wait(30) == 0
    last = counted(tmp_path / "d")
    assert last["pages"] == first["pages"] + 1
    assert last["waiting"] == 0
    assert writers(tmp_path / "d" / "journal") == []
    assert not (tmp_path / "ignored").exists()
    with pytest.raises(OSError, match="refused"):
        get(port, "/healthz")


def test_demo_brings_an_archived_sample_back(tmp_path: Path) -> None:
    add_site(tmp_path, id="demo", name="Tên khác")
    assert run("site", "archive", "demo", data=tmp_path).returncode == 0
    port = free_port()
    with started("demo", "--bind", f"127.0.0.1:{port}", data=tmp_path) as demo:
        until(demo, "Ctrl-C")
        assert get(port, "/s/demo") == 200
    assert "Tên khác" in run("site", "show", "demo", data=tmp_path).stdout


def test_demo_says_how_a_phone_gets_there(tmp_path: Path) -> None:
    port = free_port()
    with started("demo", "--bind", f"127.0.0.1:{port}", data=tmp_path) as demo:
        assert f"--bind 0.0.0.0:{port}" in until(demo, "Ctrl-C")


def test_demo_takes_another_port_unless_one_was_named(tmp_path: Path) -> None:
    with taken_port() as taken:
        bind = f"127.0.0.1:{taken}"
        done = run("demo", "--bind", bind, data=tmp_path)
        assert done.returncode == 1
        assert f"{bind} is in use already" in done.stderr
        with started("demo", data=tmp_path, bind=bind) as demo:
            said = until(demo, "Ctrl-C")
        assert f"Port {taken} is in use" in said
        assert f"http://127.0.0.1:{taken}/s/" not in said


@pytest.mark.parametrize("visitors", ["-1", "5001", "many"])
def test_demo_plays_a_bounded_number(tmp_path: Path, visitors: str) -> None:
    done = run("demo", "--visitors", visitors, data=tmp_path)
    assert done.returncode == 2
    assert "'--visitors'" in done.stderr


def test_a_service_that_dies_ends_the_demo(tmp_path: Path) -> None:
    with started("demo", "--bind", f"127.0.0.1:{free_port()}", data=tmp_path) as demo:
        until(demo, "Ctrl-C")
        children = Path(f"/proc/{demo.pid}/task/{demo.pid}/children").read_text().split()
        assert len(children) == 1
        os.kill(int(children[0]), signal.SIGTERM)
        assert demo.wait(30) == 1


def test_serve_becomes_the_server(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "p.toml").write_text('log_level = "warning"\ntrusted_proxies = "10.0.0.0/8"\n')
    args = ("--config", "p.toml", "--data", "d", "serve", "--bind", f"127.0.0.1:{port}")
    sizes = ("--workers", "1", "--threads", "3")
    with started(*args, *sizes, data=tmp_path / "ignored", cwd=tmp_path) as server:
        wait_ready(server, port)
        environ = Path(f"/proc/{server.pid}/environ").read_bytes().decode().split("\0")
        given = {line for line in environ if line.startswith("PORTAL_")}
        assert given == {
            f"PORTAL_CONFIG={tmp_path}/p.toml",
            f"PORTAL_DATA={tmp_path}/d",
            f"PORTAL_BIND=127.0.0.1:{port}",
            "PORTAL_WORKERS=1",
            "PORTAL_THREADS=3",
            "PORTAL_BURST_LIMIT=10000000",  # of tests.serving
        }
        add_site(tmp_path / "d", id="cho", name="Chợ")  # beside the running server
        deadline = time.monotonic() + 30
        while get(port, "/s/cho") != 200:  # until the server has read its sites again
            assert time.monotonic() < deadline
            time.sleep(0.1)
        os.kill(server.pid, signal.SIGTERM)
        assert server.wait(30) == 0
    assert counted(tmp_path / "d", "cho")["pages"] == 1


def test_serve_says_what_is_wrong(tmp_path: Path) -> None:
    with taken_port() as taken:
        done = run("serve", "--bind", f"127.0.0.1:{taken}", data=tmp_path)
        assert f"127.0.0.1:{taken} is in use already" in done.stderr
        assert done.returncode == 1
    for args, settings, said in (
        (["--bind", "nonsense:x"], {}, "“nonsense:x” is no address"),
        (["--bind", "127.0.0.1:99999"], {}, "“127.0.0.1:99999” is no address"),
        (["--threads", "0"], {}, "threads: write a whole number from 1 to 256"),
        (["--bind", "192.0.2.77:80"], {}, "192.0.2.77:80 cannot be listened on"),
        (["--bind", f"127.0.0.1:{free_port()}"], {"campaign": "none.toml"}, "campaign: cannot"),
    ):
        done = run("serve", *args, data=tmp_path, **settings)
        assert said in done.stderr
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
