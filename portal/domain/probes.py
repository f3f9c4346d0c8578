"""Connectivity checks of operating systems and browsers: which requests they are, what they expect.

A check is told by its host and path and never by its user agent: bot lists miss most of them,
and Android's own check calls itself a desktop browser.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from portal.domain.errors import PortalError

ANY_PATH = "*"

_REQUIRED = {"family", "host", "path", "status"}
_KEYS = _REQUIRED | {"body", "content_type", "headers"}


class BadProbes(PortalError):
    """The table of checks is broken; ``problems`` says where and what is expected."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


@dataclass(frozen=True, slots=True)
class Probe:
    """One check and the answer that makes its sender believe it is online.

    ``path`` is ``ANY_PATH`` for a host that exists for nothing but checks. ``body`` is exact to
    the byte (UTF-8); ``headers`` come on top of Content-Type and Content-Length.
    """

    family: str
    host: str
    path: str
    status: int
    body: str = ""
    content_type: str = ""
    headers: tuple[tuple[str, str], ...] = ()


class Probes:
    """The table, ready to be asked on every request.

    ``hosts`` and ``paths`` route cheaply: a request to any other host, or with any other path to
    a host outside ``hosts``, is no check. ``paths`` holds "/" too, so ask for the host first.
    """

    def __init__(self, probes: Iterable[Probe]) -> None:
        rows = tuple(probes)
        self._table = {(probe.host, probe.path): probe for probe in rows}
        if len(self._table) < len(rows):
            seen = [(probe.host, probe.path) for probe in rows]
            twice = sorted({key for key in seen if seen.count(key) > 1})
            raise BadProbes(f"{host}{path}: appears twice" for host, path in twice)
        self.hosts = frozenset(probe.host for probe in rows)
        self.paths = frozenset(probe.path for probe in rows) - {ANY_PATH}

    def __iter__(self) -> Iterator[Probe]:
        return iter(self._table.values())

    def __len__(self) -> int:
        return len(self._table)

    def match(self, host: str, path: str) -> Probe | None:
        """Return the check that a request is, or None.

        ``host`` is the Host header as it came (any case, a port, the final dot that Ubuntu
        sends); ``path`` may still carry its query, which Firefox uses (``?ipv4``).
        """
        name = _bare_host(host)
        if name not in self.hosts:
            return None
        where = path.partition("?")[0] or "/"
        return self._table.get((name, where)) or self._table.get((name, ANY_PATH))

    def is_probe_url(self, url: str) -> bool:
        """Tell whether the address a gateway caught a client on is a check. Raise nothing."""
        try:
            parts = urlsplit(url)
            host = parts.hostname
        except ValueError:
            return False
        if host is None or parts.scheme not in ("http", "https"):
            return False
        return self.match(host, parts.path) is not None


def _bare_host(host: str) -> str:
    return host.partition(":")[0].lower().removesuffix(".")


def parse_probes(text: str) -> Probes:
    """Read the table: a JSON object whose "probes" is a list of rows. Raise BadProbes."""
    try:
        rows = json.loads(text)["probes"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadProbes([f'a JSON object with a list "probes" is expected: {error!r}']) from None
    if not isinstance(rows, list) or not rows:
        raise BadProbes(['"probes": a list of at least one row is expected'])
    problems: list[str] = []
    probes: list[Probe] = []
    for number, row in enumerate(rows, 1):
        found = list(_row_problems(row))
        problems += [f"row {number}: {problem}" for problem in found]
        if not found:
            headers = tuple(row.get("headers", {}).items())
            probes.append(Probe(**{**row, "headers": headers}))
    if problems:
        raise BadProbes(problems)
    return Probes(probes)


def _row_problems(row: object) -> Iterator[str]:
    if not isinstance(row, dict):
        yield "an object is expected"
        return
    for key in sorted(_REQUIRED - row.keys()):
        yield f'"{key}" is missing'
    for key in sorted(row.keys() - _KEYS):
        yield f'"{key}" is not a known key'
    for key in ("family", "host", "path", "body", "content_type"):
        if key in row and not isinstance(row[key], str):
            yield f'"{key}": a text is expected'
            return
    if row.keys() >= _REQUIRED:
        yield from _value_problems(row)


def _value_problems(row: dict[str, object]) -> Iterator[str]:
    host, path, status = str(row.get("host")), str(row.get("path")), row.get("status")
    if host != _bare_host(host) or "." not in host:
        yield '"host": a host name in lower case without port and final dot is expected'
    if path != ANY_PATH and (not path.startswith("/") or "?" in path):
        yield f'"path": a path that begins with / and has no query, or {ANY_PATH}, is expected'
    if type(status) is not int or not 200 <= status <= 399:
        yield '"status": a number from 200 to 399 is expected'
    elif status == 204 and row.get("body"):
        yield '"body": nothing is expected with status 204'
    headers = row.get("headers", {})
    if not isinstance(headers, dict) or any(not isinstance(v, str) for v in headers.values()):
        yield '"headers": an object of texts is expected'
