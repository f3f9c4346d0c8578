"""A thousand phones that read a kilobyte a second, and what the others notice of them."""

import selectors
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from tests.bench.agents import BUILT_IN
from tests.bench.load import Target
from tests.bench.results import Results, number_of
from tests.nginx import edge_config, includes, nginx
from tests.serving import add_site, free_port, serving

SLOW = 1000
ROUNDS = 5
SECONDS = 3


def main(results: Results) -> None:
    """Measure, and write it down."""
    table = results.table(
        "With slow phones",
        f"{SLOW} connections ask for the notice and read 1 KB a second, anew and anew; beside them"
        " 8 connections as fast as they can. Behind nginx, medians of rounds in turn.",
        "", "p99 ms alone", "p99 ms beside them", "ratio",
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        data, outside = folder / "data", free_port()
        add_site(data, id="demo", name="Bến xe khách Bảo Lâm")
        url = f"http://127.0.0.1:{outside}"
        settings = {"public_url": url, "trusted_proxies": "127.0.0.1", "workers": 1}
        with serving(data, **settings) as portal:  # type: ignore[arg-type]
            http, server = includes(edge_config(data, folder, portal.port, url))
            with nginx(folder / "nginx", http, server, port=outside):
                for title, path in (("edge notice", "/s/demo"), ("the application's", "/s/demo?x")):
                    target = Target(folder, title.replace(" ", "-"), outside, [path])
                    target.load(1, 8)
                    alone, beside = [], []
                    for _ in range(ROUNDS):
                        alone.append(target.load(SECONDS, 8).p99)
                        with _slow_phones(outside, path):
                            beside.append(target.load(SECONDS, 8).p99)
                    ratios = [b / a for a, b in zip(alone, beside, strict=True)]
                    table.add(
                        title,
                        number_of(median(alone), 2),
                        number_of(median(beside), 2),
                        number_of(median(ratios), 2),
                    )


@contextmanager
def _slow_phones(port: int, path: str) -> Iterator[None]:
    """Have slow phones visit meanwhile."""
    done = threading.Event()
    thread = threading.Thread(target=_crawl, args=(port, path, done))
    thread.start()
    time.sleep(2)  # until all are connected
    try:
        yield
    finally:
        done.set()
        thread.join()


def _crawl(port: int, path: str, done: threading.Event) -> None:
    asked = (
        f"GET {path} HTTP/1.1\r\nHost: x\r\nUser-Agent: {BUILT_IN[0]}\r\nAccept: text/html\r\n"
        "Connection: close\r\n\r\n"
    ).encode()
    selector = selectors.DefaultSelector()

    def connect() -> None:
        phone = socket.socket()
        phone.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        phone.connect(("127.0.0.1", port))
        phone.sendall(asked)
        phone.setblocking(False)
        selector.register(phone, selectors.EVENT_READ)

    for _ in range(SLOW):
        connect()
    while not done.wait(1.0):
        for key, _events in selector.select(0):
            phone = key.fileobj
            assert isinstance(phone, socket.socket)
            try:
                piece = phone.recv(1024)
            except OSError:
                piece = b""
            if not piece:
                selector.unregister(phone)
                phone.close()
                connect()
    for key in list(selector.get_map().values()):
        assert isinstance(key.fileobj, socket.socket)
        key.fileobj.close()
    selector.close()


if __name__ == "__main__":
    main(Results())
