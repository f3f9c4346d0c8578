"""Controllers: whatever one does, a visitor soon has an answer, and nobody else learns anything."""

import gzip
import logging
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import urllib3
from urllib3.exceptions import NewConnectionError

from portal.domain.errors import ReleaseFailed
from portal.gateways import controllers
from portal.gateways.controllers import Controllers
from tests.tls import Asked, Authority, Reply, Server, raw_server, serving

SECRETS = ("02:00:5e:00:53:01", "hunter2", "KEY-123", "127.0.0.1")


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def tls(authority: Authority) -> ssl.SSLContext:
    return authority.context()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Wait tenths of seconds where a visitor would wait seconds."""
    monkeypatch.setattr(controllers, "_TIMEOUT", urllib3.Timeout(connect=0.4, read=0.6))
    monkeypatch.setattr(controllers, "_WHOLE", 1.2)
    controllers._pool.cache_clear()
    yield
    controllers._pool.cache_clear()


def failure(talk: Controllers, url: str, ca: str, method: str = "POST") -> tuple[str, float]:
    """The word that a call fails with, and after how many seconds."""
    start = time.monotonic()
    with pytest.raises(ReleaseFailed) as caught:
        talk(method, url, json={"password": "hunter2"}, headers={"X-API-KEY": "KEY-123"}, ca=ca)
    assert str(caught.value) == caught.value.problem
    assert caught.value.__cause__ is None
    return caught.value.problem, time.monotonic() - start


def secured(
    tls: ssl.SSLContext, behave: Callable[[ssl.SSLSocket], None]
) -> Callable[[socket.socket], None]:
    """Do the handshake, read the request, and then misbehave."""

    def run(connection: socket.socket) -> None:
        with tls.wrap_socket(connection, server_side=True) as channel:
            channel.recv(65536)
            behave(channel)

    return run


# --- answers


def test_an_answer_as_it_came(authority: Authority, tls: ssl.SSLContext) -> None:
    def respond(asked: Asked) -> Reply:
        cookies = [
            ("Set-Cookie", "TOKEN=a.b=c; Path=/; HttpOnly; Secure; SameSite=None; Partitioned"),
            ("Set-Cookie", "other=; Max-Age=1"),
        ]
        return Reply(418, {"a": "ế"}, [*cookies, ("X-Two", "1"), ("X-Two", "2")])

    with serving(Server(tls, respond)) as server:
        answer = Controllers()(
            "POST", f"{server.url}/x?y=z", json={"b": "ế"}, headers={"X-Own": "1"}, ca=authority.ca
        )
    assert (answer.status, answer.json()) == (418, {"a": "ế"})
    assert answer.cookies == {"TOKEN": "a.b=c", "other": ""}
    assert answer.headers["x-two"] == "1, 2"
    [asked] = server.asked
    assert (asked.method, asked.path, asked.json()) == ("POST", "/x?y=z", {"b": "ế"})
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["x-own"] == "1"
    assert asked.headers["connection"] == "close"
    assert "gzip" not in asked.headers.get("accept-encoding", "")


def test_a_get_without_body(authority: Authority, tls: ssl.SSLContext) -> None:
    with serving(Server(tls, lambda asked: Reply(204))) as server:
        assert Controllers()("GET", server.url, ca=authority.ca).body == b""
    assert "content-type" not in server.asked[0].headers


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_error_is_an_answer_at_once_and_asked_for_once(
    authority: Authority, tls: ssl.SSLContext, status: int, method: str
) -> None:
    wait = [("Retry-After", "3600")]
    talk = Controllers()
    with serving(Server(tls, lambda asked: Reply(status, {}, wait))) as server:
        for _again in range(2):  # and the controller does not rest: it answered
            assert talk(method, server.url, ca=authority.ca).status == status
    assert len(server.asked) == 2


def test_what_is_no_json() -> None:
    for body in (b"", b"<html>", b"{", b"\xff", b"[" * 100_000):
        with pytest.raises(ReleaseFailed, match=r"^answer$"):
            controllers.Answer(200, {}, {}, body).json()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(authority: Authority, tls: ssl.SSLContext, status: int) -> None:
    with ExitStack() as stack:
        other = stack.enter_context(serving(Server(tls, lambda asked: Reply())))
        to = [("Location", other.url), ("Set-Cookie", "a=b")]
        server = stack.enter_context(serving(Server(tls, lambda asked: Reply(status, {}, to))))
        for method in ("GET", "POST"):
            answer = Controllers()(method, server.url, ca=authority.ca)
            assert answer.status == status
    assert (len(server.asked), other.asked) == (2, [])


# --- whom we trust


def test_a_stranger_gets_nothing(
    authority: Authority, tls: ssl.SSLContext, tmp_path: Path, quick: None
) -> None:
    stranger = Authority(tmp_path, "Stranger")
    expired, elsewhere = authority.context(days=-1), authority.context(("unifi.example.vn",))
    cases = [
        (stranger.context(), authority.ca),
        (expired, authority.ca),
        (elsewhere, authority.ca),
        (tls, stranger.ca),
        (tls, ""),  # not known to the system either
    ]
    for context, ca in cases:
        with serving(Server(context, lambda asked: Reply())) as server:
            assert failure(Controllers(), server.url, ca)[0] == "certificate"
            assert server.asked == []


def test_who_is_known_under_this_name_is_spoken_to(authority: Authority) -> None:
    for host in ("127.0.0.1", "localhost"):
        context = authority.context((host,))
        with serving(Server(context, lambda asked: Reply())) as server:
            url = server.url.replace("127.0.0.1", host)
            assert Controllers()("GET", url, ca=authority.ca).status == 200


def test_a_controllers_own_certificate_can_be_trusted(authority: Authority) -> None:
    context, path = authority.alone()
    with serving(Server(context, lambda asked: Reply())) as server:
        assert Controllers()("GET", server.url, ca=path).status == 200
        assert failure(Controllers(), server.url, authority.ca)[0] == "certificate"


def test_new_certificates_in_the_same_file(tmp_path: Path, tls: ssl.SSLContext) -> None:
    old, new = (tmp_path / name for name in ("old", "new"))
    old.mkdir()
    new.mkdir()
    first, second = Authority(old), Authority(new)
    with serving(Server(second.context(), lambda asked: Reply())) as server:
        assert failure(Controllers(), server.url, first.ca)[0] == "certificate"
        Path(first.ca).write_bytes(Path(second.ca).read_bytes())
        assert Controllers()("GET", server.url, ca=first.ca).status == 200


def test_a_file_of_certificates_that_is_gone_or_none(tmp_path: Path) -> None:
    url = "https://127.0.0.1:1/"
    assert failure(Controllers(), url, str(tmp_path / "gone.pem"))[0] == "unreachable"
    (tmp_path / "bad.pem").write_text("no certificate")
    assert failure(Controllers(), url, str(tmp_path / "bad.pem"))[0] == "tls"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "ftp://127.0.0.1/", "127.0.0.1", ""])
def test_nothing_is_said_in_the_clear(url: str) -> None:
    assert failure(Controllers(), url, "")[0] == "not_https"


@pytest.mark.parametrize(
    "url", ["https://", "https://[::1/", "https://a b/", "https://127.0.0.1:x/"]
)
def test_addresses_that_are_none(url: str) -> None:
    assert failure(Controllers(), url, "")[0] in ("address", "unreachable")


def test_a_server_without_tls(quick: None) -> None:
    with raw_server(lambda c: c.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as (host, _):
        assert failure(Controllers(), f"https://{host}/", "")[0] == "tls"


# --- time


def silent(channel: socket.socket) -> None:
    channel.recv(1)
    time.sleep(5)


def drip(start: bytes, drop: bytes) -> Callable[[ssl.SSLSocket], None]:
    def behave(channel: ssl.SSLSocket) -> None:
        channel.sendall(start)
        while True:
            channel.sendall(drop)
            time.sleep(0.05)

    return behave


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "behave",
    [
        silent,
        drip(b"", b"H"),
        drip(HEAD, b"X: y\r\n"),
        drip(HEAD + b"X: ", b"y"),
        drip(HEAD + b"Content-Length: 1000000\r\n\r\n", b"x"),
        drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        drip(HEAD + b"\r\n", b"x"),
        drip(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["silence", "status", "headers", "header", "body", "chunks", "endless", "continue"],
)
def test_silence_and_slow_drops_end(
    authority: Authority, tls: ssl.SSLContext, quick: None, behave: Callable[[ssl.SSLSocket], None]
) -> None:
    with raw_server(secured(tls, behave)) as (host, accepted):
        word, seconds = failure(Controllers(), f"https://{host}/", authority.ca)
    assert word in ("timeout", "unreachable")  # a hundred headers are too many before that
    assert seconds < 2.5
    assert len(accepted) == 1  # asked once


def test_silence_before_the_handshake(authority: Authority, quick: None) -> None:
    with raw_server(lambda connection: time.sleep(5)) as (host, _):
        word, seconds = failure(Controllers(), f"https://{host}/", authority.ca)
    assert word == "timeout"
    assert seconds < 2


def test_a_port_where_nobody_takes_the_call(authority: Authority, quick: None) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        waiting = [socket.socket() for _number in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        word, seconds = failure(Controllers(), f"https://127.0.0.1:{port}/", authority.ca)
        for one in waiting:
            one.close()
    assert word == "timeout"
    assert seconds < 2


def test_the_real_times_are_short() -> None:
    assert controllers._TIMEOUT.connect_timeout is not None
    whole = (controllers._TRIES + 2) * float(controllers._TIMEOUT.connect_timeout)
    assert whole + controllers._WHOLE < 20
    assert controllers._WHOLE <= 10


# --- what goes wrong on the way


def reset(channel: socket.socket) -> None:
    channel.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    channel.close()


@pytest.mark.parametrize(
    "behave",
    [
        reset,
        lambda channel: None,
        lambda channel: channel.sendall(b"\0\1\2\3\r\n\r\n"),
        lambda channel: channel.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"),
        lambda channel: (channel.sendall(HEAD + b"X: " + b"y" * 70_000), channel.recv(1)),
        lambda channel: channel.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
    ],
    ids=["reset", "closed", "garbage", "cut", "long header", "bad chunk"],
)
def test_a_broken_answer_is_not_asked_for_again(
    authority: Authority, tls: ssl.SSLContext, quick: None, behave: Callable[[ssl.SSLSocket], None]
) -> None:
    """The controller may have done it already: only where nothing was asked is there a retry."""
    for method in ("GET", "POST"):
        with raw_server(secured(tls, behave)) as (host, accepted):
            word, seconds = failure(Controllers(), f"https://{host}/", authority.ca, method)
        assert word in ("unreachable", "timeout")
        assert seconds < 2.5
        assert len(accepted) == 1


def test_who_refuses_the_connection_is_called_twice(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    tries: list[str] = []
    genuine = controllers._exchange

    def exchange(method: str, url: str, *rest: object) -> object:
        tries.append(url)
        return genuine(method, url, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(controllers, "_exchange", exchange)
    assert failure(Controllers(), f"https://127.0.0.1:{port}/", authority.ca)[0] == "unreachable"
    assert len(tries) == 2
    tries.clear()
    assert failure(Controllers(), "https://controller.invalid/", "")[0] in (
        "unreachable",
        "timeout",
    )
    assert len(tries) == 1  # the resolver has tried enough by itself


def test_a_second_try_that_comes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    def exchange(*_arguments: object) -> controllers.Answer:
        tries.append(1)
        if len(tries) == 1:
            raise NewConnectionError(None, "refused")  # type: ignore[arg-type]
        return controllers.Answer(200, {}, {}, b"{}")

    monkeypatch.setattr(controllers, "_exchange", exchange)
    assert Controllers()("POST", "https://127.0.0.1/").status == 200


def flood(head: bytes, piece: bytes, sent: list[int]) -> Callable[[ssl.SSLSocket], None]:
    def behave(channel: ssl.SSLSocket) -> None:
        channel.sendall(HEAD + head)
        for _number in range((1 << 30) // len(piece)):
            channel.sendall(piece)
            sent.append(len(piece))

    return behave


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"Content-Length: 1073741824\r\n\r\n", b" " * 65536),
        (b"\r\n", b" " * 65536),
        (b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b" " * 65536 + b"\r\n"),
    ],
    ids=["announced", "endless", "chunks"],
)
def test_a_gigabyte_is_not_read(
    authority: Authority, tls: ssl.SSLContext, head: bytes, piece: bytes
) -> None:
    sent: list[int] = []
    with raw_server(secured(tls, flood(head, piece, sent))) as (host, _):
        word, seconds = failure(Controllers(), f"https://{host}/", authority.ca)
    assert word == "too_long"
    assert seconds < 5
    time.sleep(0.2)
    assert sum(sent) < 16 << 20


def test_what_is_packed_stays_packed(authority: Authority, tls: ssl.SSLContext) -> None:
    packed = gzip.compress(b" " * (64 << 20))
    bomb = Reply(200, body=packed, headers=[("Content-Encoding", "gzip")])
    with serving(Server(tls, lambda asked: bomb)) as server:
        assert Controllers()("GET", server.url, ca=authority.ca).body == packed


# --- others


def test_who_failed_rests_and_others_do_not(authority: Authority, tls: ssl.SSLContext) -> None:
    clock = Clock()
    talk = Controllers(clock)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        dead = f"https://127.0.0.1:{closed.getsockname()[1]}/"
    with serving(Server(tls, lambda asked: Reply())) as server:
        assert failure(talk, dead, authority.ca)[0] == "unreachable"
        assert failure(talk, dead, authority.ca)[0] == "resting"
        assert talk("GET", server.url, ca=authority.ca).status == 200
        clock.now += controllers._REST - 0.1
        assert failure(talk, dead, authority.ca)[0] == "resting"
        clock.now += 0.2
        assert failure(talk, dead, authority.ca)[0] == "unreachable"
        assert failure(talk, dead, authority.ca)[0] == "resting"


def test_after_the_rest_one_call_goes_alone(authority: Authority, tls: ssl.SSLContext) -> None:
    """Else a dead controller holds all places, over and over, and no other site gets one."""
    clock, gate, entered = Clock(), threading.Event(), threading.Event()
    talk = Controllers(clock)

    def respond(asked: Asked) -> Reply:
        entered.set()
        gate.wait(5)
        return Reply()

    with serving(Server(tls, respond)) as server:
        host = server.url.removeprefix("https://")
        talk._rest((host, authority.ca), 5.0)
        clock.now += 5.1
        got: list[int] = []
        first = threading.Thread(
            target=lambda: got.append(talk("GET", server.url, ca=authority.ca).status)
        )
        first.start()
        assert entered.wait(5)
        assert failure(talk, server.url, authority.ca)[0] == "resting"
        gate.set()
        first.join()
        assert got == [200]
        assert talk("GET", server.url, ca=authority.ca).status == 200  # all is well again


def test_a_neighbour_with_wrong_certificates_is_no_harm(
    authority: Authority, tls: ssl.SSLContext, tmp_path: Path
) -> None:
    """Two sites at one controller."""
    talk, wrong = Controllers(), Authority(tmp_path, "Wrong").ca
    with serving(Server(tls, lambda asked: Reply())) as server:
        assert failure(talk, server.url, wrong)[0] == "certificate"
        assert failure(talk, server.url, wrong)[0] == "resting"
        assert talk("GET", server.url, ca=authority.ca).status == 200
        assert failure(talk, server.url, wrong)[0] == "resting"


def test_three_at_once_and_no_more(authority: Authority, tls: ssl.SSLContext) -> None:
    gate, inside, most = threading.Event(), [0], [0]
    lock = threading.Lock()

    def respond(asked: Asked) -> Reply:
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        gate.wait(5)
        with lock:
            inside[0] -= 1
        return Reply()

    talk, words = Controllers(), []

    def call() -> None:
        try:
            words.append(str(talk("GET", server.url, ca=authority.ca).status))
        except ReleaseFailed as failed:
            words.append(failed.problem)

    with serving(Server(tls, respond)) as server:
        threads = [threading.Thread(target=call) for _number in range(8)]
        for thread in threads:
            thread.start()
        start = time.monotonic()
        while len(words) < 5 and time.monotonic() - start < 4:
            time.sleep(0.02)
        gate.set()
        for thread in threads:
            thread.join()
        assert sorted(words) == ["200"] * 3 + ["busy"] * 5
        assert most == [3]
        # Nobody was called to account for it: the controller itself did nothing wrong.
        assert talk("GET", server.url, ca=authority.ca).status == 200


def test_many_threads_leave_no_place_taken(authority: Authority) -> None:
    talk = Controllers()
    with socket.create_server(("127.0.0.1", 0)) as closed:
        dead = f"https://127.0.0.1:{closed.getsockname()[1]}/"

    def call() -> None:
        for _number in range(20):
            with pytest.raises(ReleaseFailed):
                talk("GET", dead, ca=authority.ca)

    threads = [threading.Thread(target=call) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for _number in range(controllers._AT_ONCE):
        assert talk._places.acquire(blocking=False)


# --- what is said of it


def test_no_log_holds_a_secret_or_an_address(
    authority: Authority, tls: ssl.SSLContext, quick: None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    path = "/clients?filter=macAddress.eq('02:00:5e:00:53:01')"
    malformed = HEAD + b"nonsense hunter2\r\nSet-Cookie: KEY-123=KEY-123\r\n\r\n"
    with socket.create_server(("127.0.0.1", 0)) as closed:
        dead = f"127.0.0.1:{closed.getsockname()[1]}"
    words = [failure(Controllers(), f"https://{dead}{path}", authority.ca)[0]]
    for behave in (reset, silent, lambda channel: channel.sendall(malformed)):
        with raw_server(secured(tls, behave)) as (host, _):
            try:
                Controllers()("GET", f"https://{host}{path}", ca=authority.ca)
            except ReleaseFailed as failed:
                words.append(failed.problem)
    with serving(Server(tls, lambda asked: Reply(500))) as server:
        Controllers()("GET", server.url + path, ca=authority.ca)
    for secret in SECRETS:
        assert secret not in caplog.text
        assert secret not in " ".join(words)
