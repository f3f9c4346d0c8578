"""Servers that take what is sent to them: a web hook and a mail server, both real, on loopback."""

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Hook:
    """A web hook. ``status`` may be set to another than 200 to refuse."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.status = 200
        self.asked = 0
        self.got: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        """Its address, as apprise writes it."""
        return f"json://127.0.0.1:{self.port}/alerts"

    def texts(self) -> list[str]:
        """Return what was taken: title and text of each message."""
        return [f"{one['title']}\n{one['message']}" for one in self.got]


class Mailbox:
    """A mail server that takes everything for everybody."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.got: list[EmailMessage] = []

    @property
    def url(self) -> str:
        """Its address, as apprise writes it."""
        people = "from=portal@baolam.example&to=office@baolam.example"
        return f"mailto://127.0.0.1:{self.port}?{people}&mode=insecure"


@contextmanager
def hook() -> Iterator[Hook]:
    """Yield a web hook that runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.asked += 1
            if made.status == 200:
                made.got.append(json.loads(body))
            self.send_response(made.status)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Hook(server.server_port)
    with _running(server):
        yield made


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """Yield a mail server that runs (RFC 5321, as much of it as a client needs)."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 sink.example")
            while line := self.rfile.readline():
                command = line.strip().upper()
                if command.startswith(b"EHLO"):
                    self._say("250-sink.example", "250 8BITMIME")
                elif command == b"DATA":
                    self._say("354 go on")
                    self._take()
                elif command == b"QUIT":
                    self._say("221 bye")
                    return
                else:
                    self._say("250 ok")

        def _take(self) -> None:
            lines = list(iter(self.rfile.readline, b".\r\n"))
            found = message_from_bytes(b"".join(lines), policy=policy.default)
            assert isinstance(found, EmailMessage)
            made.got.append(found)
            self._say("250 taken")

        def _say(self, *lines: str) -> None:
            self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    made = Mailbox(server.server_address[1])
    with _running(server):
        yield made


@contextmanager
def _running(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
