"""Servers that speak TLS on this machine, with certificates good and bad."""

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HERE = ("127.0.0.1", "localhost")


class Authority:
    """One that signs certificates; ``ca`` is the path of its own."""

    def __init__(self, folder: Path, name: str = "Ours") -> None:
        self._folder, self._number = folder, 0
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._cert = self._signed(self._name, self._key, (), days=1, ca=True)
        self.ca = str(folder / f"{name}.pem")
        Path(self.ca).write_bytes(self._cert.public_bytes(serialization.Encoding.PEM))

    def context(self, hosts: Sequence[str] = HERE, days: int = 1) -> ssl.SSLContext:
        """Return a server's side with a certificate for ``hosts``; negative ``days``: expired."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.issue(hosts, days))
        return context

    def issue(self, hosts: Sequence[str] = HERE, days: int = 1) -> Path:
        """Return a file with the key and the certificate of a server for ``hosts``."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0])])
        return self._written(key, self._signed(name, key, hosts, days))

    def alone(self, hosts: Sequence[str] = HERE) -> tuple[ssl.SSLContext, str]:
        """Return a server's side that vouches for itself, as controllers do, and its path."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "controller")])
        key = ec.generate_private_key(ec.SECP256R1())
        self._name, self._key, issuer = name, key, (self._name, self._key)
        cert = self._signed(name, key, hosts, days=1)
        self._name, self._key = issuer
        path = self._folder / "alone.pem"
        path.write_bytes(cert.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._written(key, cert))
        return context, str(path)

    def _written(self, key: ec.EllipticCurvePrivateKey, cert: x509.Certificate) -> Path:
        self._number += 1
        path = self._folder / f"server{self._number}-{Path(self.ca).stem}.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + cert.public_bytes(serialization.Encoding.PEM)
        )
        return path

    def _signed(
        self,
        name: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        hosts: Sequence[str],
        days: int,
        ca: bool = False,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        names: list[x509.GeneralName] = []
        for host in hosts:
            try:
                names.append(x509.IPAddress(ip_address(host)))
            except ValueError:
                names.append(x509.DNSName(host))
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=9))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self._key, hashes.SHA256())


@dataclass
class Asked:
    """A request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Reply:
    """What is answered."""

    status: int = 200
    json: Any = None
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    type: str = "application/json"


class Server(ThreadingHTTPServer):
    """An HTTPS server that answers as ``respond`` says, and keeps what it was asked."""

    daemon_threads = True

    def __init__(self, context: ssl.SSLContext, respond: Callable[[Asked], Reply]) -> None:
        self.asked: list[Asked] = []
        self.respond = respond
        self._tls = context
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"https://127.0.0.1:{self.server_port}"

    def finish_request(self, request: Any, client_address: Any) -> None:
        request.settimeout(10)
        with self._tls.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: that a client goes away is what many tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def handle_any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, self.path, headers, self.rfile.read(length))
        self.server.asked.append(asked)
        reply = self.server.respond(asked)
        body = reply.body if reply.json is None else json.dumps(reply.json).encode()
        self.send_response(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        self.send_header("Content-Type", reply.type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = handle_any

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """Run ``server`` for as long as it takes."""
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def raw_server(behave: Callable[[socket.socket], None]) -> Iterator[tuple[str, list[int]]]:
    """Accept connections on this machine and do with each what ``behave`` does.

    Returns host:port, and a list that grows with each connection.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    accepted: list[int] = []

    def one(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            behave(connection)

    def run() -> None:
        while True:
            try:
                connection, _address = listener.accept()
            except OSError:
                return
            accepted.append(1)
            threading.Thread(target=one, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}", accepted
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
