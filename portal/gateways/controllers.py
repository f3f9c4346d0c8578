"""Talking to controllers: bounded in time, in tries and in number, and never to a stranger.

A controller that is slow or away must not take the threads that show notices: few calls at once,
and after a failure nobody asks it again for a few seconds, and then one call alone.
"""

import json as jsonlib
import logging
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    SSLError,
)
from urllib3.util.ssl_ import create_urllib3_context

from portal.domain.errors import ReleaseFailed
from portal.gateways.base import Answer

_TIMEOUT = urllib3.Timeout(connect=3.0, read=6.0)  # seconds for each step; a visitor is waiting
_WHOLE = 8.0  # seconds after which no more of an answer is read, however steadily it drips
_TRIES = 1  # further ones, when no connection came about: then nothing has been asked yet
_AT_ONCE = 3  # calls per process
_REST = 5.0  # seconds for which a controller that did not answer is left alone
_LARGEST = 1 << 20  # bytes of an answer

# It warns with the whole address of a request, and so with the visitor's device.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)

_call = threading.local()  # .until: when the call that this thread makes has to be over


class Controllers:
    """Sends requests to controllers; one for a process, shared by its threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._places = threading.BoundedSemaphore(_AT_ONCE)
        self._lock = threading.Lock()
        self._resting: dict[tuple[str, str], float] = {}

    def __call__(
        self,
        method: str,
        url: str,
        *,
        json: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        ca: str = "",
    ) -> Answer:
        """Return the answer, whatever its status; redirects are not followed.

        ``ca``: path of the certificates to trust instead of the system's. Raises ReleaseFailed.
        """
        place = _host(url), ca  # a site's wrong certificates are no matter of its neighbours
        if not self._places.acquire(timeout=1.0):
            raise ReleaseFailed("busy")
        try:
            self._enter(place)
            answer = _ask(method, url, json, dict(headers or {}), ca)
        except ReleaseFailed as failed:
            if failed.problem != "resting":
                self._rest(place, _REST)
            raise
        finally:
            self._places.release()
        with self._lock:
            self._resting.pop(place, None)
        return answer

    def _enter(self, place: tuple[str, str]) -> None:
        """Raise ReleaseFailed while ``place`` rests. The first call afterwards goes alone.

        Else one dead controller would hold up every other one, again and again.
        """
        with self._lock:
            until = self._resting.get(place)
            if until is None:
                return
            if until > self._clock():
                raise ReleaseFailed("resting")
            self._resting[place] = self._clock() + _WHOLE

    def _rest(self, place: tuple[str, str], seconds: float) -> None:
        with self._lock:
            self._resting[place] = self._clock() + seconds


class _BoundedSocket(ssl.SSLSocket):
    """A socket whose answer has to be there in time: steady drops reset an ordinary time-out."""

    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:
        left = _call.until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.settimeout(min(left, self.gettimeout() or left))
        return super().recv_into(buffer, nbytes, flags)


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ReleaseFailed("address") from None
    if parts.scheme != "https":
        raise ReleaseFailed("not_https")
    return parts.netloc


def _ask(
    method: str, url: str, json: Mapping[str, Any] | None, headers: dict[str, str], ca: str
) -> Answer:
    # No connection is kept: a firewall on the way forgets a silent one without telling us.
    headers |= {"Accept": "application/json", "Connection": "close"}
    body = None
    if json is not None:
        body = jsonlib.dumps(json).encode()
        headers["Content-Type"] = "application/json"
    _call.until = time.monotonic() + _WHOLE
    tries = _TRIES
    while True:
        try:
            return _exchange(method, url, body, headers, ca)
        except (HTTPError, OSError, ValueError) as error:
            unconnected = isinstance(error, NewConnectionError | ConnectTimeoutError)
            if not (tries and unconnected) or isinstance(error, NameResolutionError):
                # Without its text: it may hold the address, and so the visitor.
                raise ReleaseFailed(_word(error)) from None
            tries -= 1


def _exchange(
    method: str, url: str, body: bytes | None, headers: dict[str, str], ca: str
) -> Answer:
    pool = _pool(ca, Path(ca).stat().st_mtime_ns if ca else 0)
    response = pool.request(
        method, url, body=body, headers=headers, preload_content=False, redirect=False
    )
    try:
        content = _read(response)
    finally:
        response.close()
    named = {name.lower(): value for name, value in response.headers.itermerged()}
    return Answer(response.status, named, _cookies(response.headers.getlist("Set-Cookie")), content)


def _read(response: urllib3.BaseHTTPResponse) -> bytes:
    content = bytearray()
    # Not decoded: a compressed megabyte unfolds into a thousand. To the end, so that one which
    # is cut off is noticed.
    while piece := response.read(65536, decode_content=False):
        content += piece
        if len(content) > _LARGEST:
            raise ReleaseFailed("too_long")
    return bytes(content)


@lru_cache(maxsize=64)
def _pool(ca: str, changed: int) -> urllib3.PoolManager:
    """Return what connects to controllers that ``ca`` vouches for; anew when it has changed."""
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    context.sslsocket_class = _BoundedSocket
    if ca:
        context.load_verify_locations(ca)
    else:
        context.load_default_certs()
    return urllib3.PoolManager(
        num_pools=16,
        timeout=_TIMEOUT,
        retries=False,
        ssl_context=context,
        cert_reqs="CERT_REQUIRED",
    )


def _word(error: Exception) -> str:
    """Name what went wrong by a short fixed word, which may be logged."""
    inner = error.args[0] if isinstance(error, SSLError) and error.args else error
    if isinstance(inner, ssl.SSLCertVerificationError):
        return "certificate"
    if isinstance(inner, ssl.SSLEOFError | NewConnectionError):  # a time-out to urllib3
        return "unreachable"
    if isinstance(inner, ssl.SSLError | SSLError):
        return "tls"
    timed_out = isinstance(inner, urllib3.exceptions.TimeoutError | TimeoutError)
    return "timeout" if timed_out else "unreachable"


def _cookies(lines: list[str]) -> dict[str, str]:
    """Return names and values. Not http.cookies: an attribute it does not know loses them all."""
    pairs = (line.partition(";")[0].partition("=") for line in lines)
    return {name.strip(): value.strip() for name, _equals, value in pairs}
