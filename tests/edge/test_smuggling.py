"""S15: what is ambiguous is one request or none; whoever comes next gets their own answer."""

import socket
from contextlib import suppress
from itertools import product

from tests.edge.conftest import ANDROID, Edge

SECOND = "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKS = "0\r\n\r\n"
AMBIGUOUS = {
    "length and chunks": ("Content-Length: 6\r\nTransfer-Encoding: chunked", CHUNKS),
    "chunks, written oddly": ("Transfer-Encoding : chunked", CHUNKS),
    "chunks, with a tab": ("Transfer-Encoding:\tchunked\r\nContent-Length: 5", CHUNKS),
    "chunks of another name": ("Transfer-Encoding: xchunked\r\nContent-Length: 5", CHUNKS),
    "chunks twice": ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", CHUNKS),
    "two lengths": (f"Content-Length: 0\r\nContent-Length: {len(SECOND)}", ""),
    "a length with a sign": ("Content-Length: +0", ""),
    "a folded header": ("X: a\r\n Content-Length: 0\r\nContent-Length: 0", ""),
    "bare line feeds": (f"X: a\nContent-Length: {len(SECOND)}\nX: b", ""),
    "two hosts": ("Host: evil.example\r\nContent-Length: 0", ""),
    "a length that hides one": ("Content_Length: 0", ""),
}


def answers(port: int, raw: str) -> list[bytes]:
    """Send ``raw`` and what could be taken for a second request; return the heads of answers."""
    with socket.create_connection(("127.0.0.1", port), timeout=1.5) as line:
        line.sendall((raw + SECOND).encode("latin-1"))
        got = b""
        with suppress(TimeoutError, ConnectionError):
            while some := line.recv(65536):
                got += some
    return [part[:3] for part in got.split(b"HTTP/1.1 ")[1:]]


BEGINS = ("POST /office/sign-in", "POST /nothing", "GET /s/bus")


def test_s15_one_request_has_one_answer_and_poisons_nobody_s(edge: Edge) -> None:
    for begin, (name, (headers, body)) in product(BEGINS, AMBIGUOUS.items()):
        usual = f"{begin} HTTP/1.1\r\nHost: a.vn\r\nConnection: close\r\nUser-Agent: {ANDROID}\r\n"
        heads = answers(edge.nginx.port, f"{usual}{headers}\r\n\r\n{body}")
        assert len(heads) <= 1, name
        for _next in range(3):
            after = edge.get("/nothing")
            assert (after.status, "ready" in after.text) == (404, False), name
    plain = edge.get("/nothing")
    for name in ("Script_Name", "Script-Name", "Path_Info", "X-Original-URL", "X-Rewrite-URL"):
        sent = f"GET /nothing HTTP/1.1\r\nHost: a.vn\r\nConnection: close\r\n{name}: /x\r\n\r\n"
        assert answers(edge.nginx.port, sent)[0] == str(plain.status).encode(), name
