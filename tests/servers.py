"""Real servers that tests start for themselves, and end by their own process ids."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

_PATIENCE = 30.0  # seconds until a server that does not come up fails the test


def requires(binary: str) -> str:
    """Return the path of ``binary``; without it skip the test, or fail where CI=true."""
    if path := shutil.which(binary):
        return path
    if os.environ.get("CI") == "true":
        pytest.fail(f"{binary} is missing, and CI must not skip")
    pytest.skip(f"{binary} is missing")


def free_port() -> int:
    """Return a TCP port of the loopback that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(true: Callable[[], bool], what: str, patience: float = _PATIENCE) -> None:
    """Wait until ``true()``; fail the test when that takes longer than ``patience``."""
    end = time.monotonic() + patience
    while not true():
        if time.monotonic() > end:
            pytest.fail(f"waited in vain for {what}")
        time.sleep(0.01)


class RedisServer:
    """One redis-server in a folder of its own. It may be killed, paused and started again."""

    def __init__(self, folder: Path, *options: str, settings: Path | None = None) -> None:
        """Start it with ``options``; ``settings`` is the file of a Sentinel, which this then is."""
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._options = (
            ("--save", "", *options)
            if settings is None
            else (str(settings), "--sentinel", *options)
        )
        self._binary = requires("redis-server")
        self._process: subprocess.Popen[bytes] | None = None
        self.client = redis.Redis(port=self.port, socket_timeout=_PATIENCE)
        self.start()

    def start(self) -> None:
        """Start the server and wait until it has read its data."""
        usual = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        command = [self._binary, *self._options, *usual, "--daemonize", "no"]
        with (self.folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_until(self._answers, "redis-server")

    def kill(self) -> None:
        """End the server as a power cut ends it: without a word."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None
        self.client.close()

    def stop(self) -> None:
        """Stop the server in order."""
        assert self._process
        self._process.terminate()
        self._process.wait(_PATIENCE)
        self._process = None
        self.client.close()

    def pause(self) -> None:
        """Have the server stand still: it takes what is sent, and does not answer."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Have a paused server go on, with everything that was sent meanwhile."""
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    @property
    def runs(self) -> bool:
        """Whether the server was not killed."""
        return self._process is not None

    def _answers(self) -> bool:
        assert self._process
        if self._process.poll() is not None:
            pytest.fail((self.folder / "redis.log").read_text())
        try:
            return bool(self.client.ping())
        except redis.RedisError:
            return False
