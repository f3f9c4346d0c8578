"""A real portal for tests: gunicorn with its own data folder, on a free port of this machine."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from portal.domain.areas import parse_areas
from portal.gateways import gateways
from portal.resources import read_text
from portal.settings import Settings, signing_keys
from portal.sitebook import SiteBook
from portal.stores import open_store
from portal.vault import Vault


@dataclass(frozen=True)
class Portal:
    """A running portal."""

    process: subprocess.Popen[bytes]
    port: int
    data: Path

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"


def add_site(data: Path, store: str = "sqlite:", **fields: Any) -> None:
    """Write a site into the store as the command line does."""
    opened = open_store(store, data)
    vault = Vault(signing_keys(Settings(data=data)))
    book = SiteBook(opened, parse_areas(read_text("areas.json")), gateways(), vault)
    book.add(fields, date(2021, 3, 5))
    opened.close()


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(data: Path, *, port: int = 0, **settings: object) -> Iterator[Portal]:
    """Run gunicorn as ``bluezone-portal serve`` does; ``settings`` are the portal's own."""
    port = port or free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-c", "python:portal.gunicorn_conf"],
        env=environment(data, bind=f"127.0.0.1:{port}", **settings),
        start_new_session=True,
    )
    try:
        wait_ready(process, port)
        yield Portal(process, port, data)
    finally:
        end(process)


def environment(data: Path, **settings: object) -> dict[str, str]:
    """Return this process's environment with the portal's settings and no others of its kind."""
    kept: Mapping[str, str] = {k: v for k, v in os.environ.items() if not k.startswith("PORTAL_")}
    # All visitors of tests come from one address, some by the thousand.
    settings = {"burst_limit": 10_000_000} | settings
    given = {f"PORTAL_{name.upper()}": str(value) for name, value in settings.items()}
    return {**kept, "PORTAL_DATA": str(data), **given}


def wait_ready(process: subprocess.Popen[bytes], port: int, patience: float = 30) -> None:
    """Return once /readyz says 200; raise when the process ends or patience does."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the portal ended with {process.returncode}")
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.05)
    raise TimeoutError("the portal is not ready")


def wait_listening(process: subprocess.Popen[bytes], port: int, patience: float = 30) -> None:
    """Return once somebody listens on ``port``; raise when the process ends or patience does."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"nobody listens on {port}")


def end(process: subprocess.Popen[bytes]) -> None:
    """End the portal in order, or by force when it does not."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(5)
