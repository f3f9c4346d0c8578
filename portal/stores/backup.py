"""A store in one file: gzip of one JSON object per line, closed by the totals.

The first line names the layout, then every part of the store follows, each whole; the last line
says how much there must be, so that half a file is never taken for a backup.
"""

import gzip
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from portal.domain.errors import BadInput, Problem
from portal.domain.errors import message as _
from portal.stores.base import Cell, Document, SiteState, WriterRow
from portal.stores.moving import Collection, Part, Totals

LAYOUT = "bluezone-portal backup 1"


class BadBackup(BadInput):
    """The file is no backup, or not a whole one."""

    def __init__(self, path: Path) -> None:
        super().__init__([Problem(path.name, _("this is no saved store, or not a whole one"))])


def write_backup(found: Iterable[Part], path: Path) -> Totals:
    """Write every part into ``path`` and return what they hold; the file appears when it is whole.

    Only its owner may read it: a site's settings hold the gateway's key. Raises OSError.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        total = Totals()
        with os.fdopen(fd, "wb") as raw:
            with gzip.GzipFile(fileobj=raw, mode="wb", filename="", mtime=0) as file:
                file.write(_line({"layout": LAYOUT}))
                for part in found:
                    file.write(_line(_as_json(part)))
                    total += Totals.of(part)
                file.write(_line({"end": asdict(total)}))
            raw.flush()
            os.fsync(raw.fileno())
        draft.replace(path)
        return total
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def read_backup(path: Path) -> Iterator[Part]:
    """Yield the parts of a backup. Raises BadBackup, at the latest at its end, and OSError."""
    total, end = Totals(), None
    for body in _bodies(path):
        if end is not None:
            raise BadBackup(path)
        try:
            if "end" in body:
                end = Totals(**body["end"])
                continue
            part = _from_json(body)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise BadBackup(path) from error
        total += Totals.of(part)
        yield part
    if end != total:
        raise BadBackup(path)


def check_backup(path: Path) -> Totals:
    """Read the whole file and return what it holds. Raises BadBackup, OSError."""
    return sum(map(Totals.of, read_backup(path)), Totals())


def _bodies(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects after the first line, which must name our layout."""
    with gzip.open(path, "rb") as file:
        try:
            if json.loads(file.readline(1000)) != {"layout": LAYOUT}:
                raise BadBackup(path)
            for line in file:
                yield json.loads(line)
        except (EOFError, gzip.BadGzipFile, zlib.error, ValueError) as error:
            raise BadBackup(path) from error


def _line(body: dict[str, Any]) -> bytes:
    return (
        json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode() + b"\n"
    )


def _as_json(part: Part) -> dict[str, Any]:
    if isinstance(part, Collection):
        return {"collection": part.name, "documents": part.documents}
    return {
        "site": part.site,
        "counters": [[*cell, n] for cell, n in sorted(part.counters.items())],
        "writers": part.writers,
        "nonces": {hour: sorted(uses) for hour, uses in part.nonces.items()},
    }


def _from_json(body: dict[str, Any]) -> Part:
    if "collection" in body:
        rows = body["documents"].items()
        documents = {id: Document(int(version), dict(kept)) for id, (version, kept) in rows}
        return Collection(str(body["collection"]), documents)
    return SiteState(
        str(body["site"]),
        {Cell(*map(str, cell)): int(n) for *cell, n in body["counters"]},
        {writer: WriterRow(*map(int, row)) for writer, row in body["writers"].items()},
        {
            hour: frozenset((str(id), str(kind)) for id, kind in uses)
            for hour, uses in body["nonces"].items()
        },
    )
