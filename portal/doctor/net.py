"""The doctor's network: names, certificates and pages, each bounded in time, nothing followed."""

import socket
import ssl
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from typing import NamedTuple
from urllib.parse import urlencode, urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError

AGENT = "Mozilla/5.0 (compatible; bluezone-portal-doctor)"
"""Counted as a robot (``portal.domain.devices.ROBOTS``): the doctor's visits are no impressions."""

_LARGEST = 1 << 18  # bytes of a page


class NoName(Exception):
    """The name server knows no such name, or does not answer."""


class NoAnswer(Exception):
    """Nobody answered, or not in time, or not over TLS as it has to be."""


class Answer(NamedTuple):
    """A response as it came."""

    url: str
    status: int
    headers: Mapping[str, str]  # names as they came; found in any case
    body: str
    seconds: float

    @property
    def location(self) -> str:
        """Where a redirect leads, "" without one."""
        target = self.headers.get("Location", "") if 300 <= self.status < 400 else ""
        return urljoin(self.url, target) if target else ""


class Net:
    """Asks, with ``patience`` seconds for each step."""

    def __init__(self, patience: float = 5.0) -> None:
        self.patience = patience
        self._known: dict[str, bool] = {}
        self._threads = ThreadPoolExecutor(1, "names")
        self._trusting = self._pool(ssl.create_default_context())
        blind = ssl.create_default_context()
        blind.check_hostname = False
        blind.verify_mode = ssl.CERT_NONE
        self._blind = self._pool(blind)

    def _pool(self, context: ssl.SSLContext) -> urllib3.PoolManager:
        timeout = urllib3.Timeout(connect=self.patience, read=self.patience)
        return urllib3.PoolManager(
            timeout=timeout, retries=False, ssl_context=context, assert_hostname=None
        )

    def look_up(self, host: str) -> None:
        """Have the name server resolve a name. Raise NoName."""
        if host not in self._known:
            self._known[host] = self._resolves(host)
        if not self._known[host]:
            raise NoName(host)

    def _resolves(self, host: str) -> bool:
        # The system's resolver takes its own time; nobody waits for it longer than for the rest.
        asked = self._threads.submit(socket.getaddrinfo, host, None)
        try:
            return bool(asked.result(2 * self.patience))
        except (OSError, UnicodeError):
            return False
        except TookTooLong:
            self._threads.shutdown(wait=False)
            self._threads = ThreadPoolExecutor(1, "names")
            return False

    def fetch(
        self,
        url: str,
        accept: str = "*/*",
        form: Mapping[str, str] | None = None,
        *,
        blind: bool = False,
    ) -> Answer:
        """Fetch a page, or post a ``form``; ``blind``: whatever the certificate.

        Raise NoName, NoAnswer.
        """
        try:
            host = urlsplit(url).hostname or ""
        except ValueError:
            raise NoAnswer(url) from None
        self.look_up(host)
        headers = {"User-Agent": AGENT, "Accept": accept, "Connection": "close"}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        pool, begun = self._blind if blind else self._trusting, time.monotonic()
        try:
            response = pool.request(
                "GET" if form is None else "POST",
                url,
                urlencode(form) if form else None,
                headers=headers,
                redirect=False,
                preload_content=False,
            )
            body = response.read(_LARGEST).decode("utf-8", "replace")
        except (HTTPError, OSError, ValueError) as error:
            raise NoAnswer(str(error)) from error
        taken = time.monotonic() - begun
        response.release_conn()
        return Answer(url, response.status, response.headers, body, taken)

    def certificate(self, host: str, port: int) -> float:
        """Return when the certificate of a server ends, in seconds since 1970.

        Raise ssl.SSLCertVerificationError when it is not to be trusted, NoName, NoAnswer.
        """
        self.look_up(host)
        context = ssl.create_default_context()
        try:
            with (
                socket.create_connection((host, port), self.patience) as plain,
                context.wrap_socket(plain, server_hostname=host) as wrapped,
            ):
                ends = (wrapped.getpeercert() or {}).get("notAfter")
        except ssl.SSLCertVerificationError:
            raise
        except OSError as error:
            raise NoAnswer(str(error)) from error
        return float(ssl.cert_time_to_seconds(str(ends)))
