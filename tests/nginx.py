"""A real nginx for tests, with what ``bluezone-portal edge-config`` wrote."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers import requires
from tests.serving import end, environment, free_port, wait_listening

_MAIN = """
{user}
worker_processes {workers};
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log emerg;
pcre_jit on;
worker_rlimit_nofile 8192;
events {{ worker_connections 4096; }}
http {{
    sendfile on;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {http}
    server {{
        listen 127.0.0.1:{port} default_server backlog=4096;
        {server}
    }}
}}
"""


@dataclass
class Nginx:
    """A running nginx, or one that can be started."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def reopen(self) -> None:
        """Have it open its log anew, as logrotate does."""
        os.kill(int((self.folder / "nginx.pid").read_text()), signal.SIGUSR1)


@contextmanager
def nginx(
    folder: Path,
    http: str,
    server: str,
    *,
    port: int = 0,
    workers: int = 1,
    prefix: Sequence[str] = (),
) -> Iterator[Nginx]:
    """Run nginx with lines for its http and its server block."""
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    user = "" if os.geteuid() else "user root;"  # its workers read what only this user may
    text = _MAIN.format(
        user=user, folder=folder, http=http, server=server, port=port, workers=workers
    )
    (folder / "nginx.conf").write_text(text)
    command = [*prefix, requires("nginx"), "-c", str(folder / "nginx.conf")]
    process = subprocess.Popen([*command, "-e", str(folder / "start.log")], start_new_session=True)
    try:
        wait_listening(process, port)
        yield Nginx(folder, port, process)
    finally:
        end(process)


def edge_config(data: Path, folder: Path, upstream: int, url: str, **settings: object) -> Path:
    """Write the edge's configuration as the command does; return its folder.

    ``settings`` are the portal's own, without ``public_url``.
    """
    requires("nginx")
    to = folder / "edge"
    program = Path(sys.executable).with_name("bluezone-portal")
    command = [str(program), "edge-config", "--folder", str(to)]
    command += ["--cache", str(folder / "cache"), "--upstream", f"127.0.0.1:{upstream}"]
    settings = {"trusted_proxies": "127.0.0.1"} | settings | {"public_url": url}
    env = environment(data, **settings)
    subprocess.run(command, env=env, check=True, capture_output=True)
    return to


def includes(to: Path) -> tuple[str, str]:
    """Return the lines that include what edge_config wrote: for http, and for the server."""
    return f"include {to}/http.conf;", f"include {to}/visitor.conf;"
