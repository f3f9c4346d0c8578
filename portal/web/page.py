"""A rendered page with gaps: compressed once, filled in for every view."""

import re
import struct
import zlib
from collections.abc import Sequence
from typing import NamedTuple

NONCE = "\ue000"
"""Stands for the view's nonce in a rendered page; private use, so no text of ours holds it."""
SEALED = "\ue001"
"""Stands for the sealed arrival."""
SITE = "\ue002"
"""Stands for the site's id."""
NAME = "\ue003"
"""Stands for the site's name."""
GREETING = "\ue004"
"""Stands for the site's greeting."""
CODE = "\ue005"
"""Stands for the QR code with the notice's address."""

_GAPS = (NONCE, SEALED, SITE, NAME, GREETING, CODE)
_SPLIT = re.compile(f"([{''.join(_GAPS)}])")
_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"  # RFC 1952: no name, no time
_END = b"\x03\x00"  # RFC 1951: a last block with nothing in it
_LENGTHS = struct.Struct("<BHH")


class Filling(NamedTuple):
    """What stands in the gaps. The first three are URL-safe, the others are HTML."""

    nonce: str = ""
    sealed: str = ""
    site: str = ""
    name: str = ""
    greeting: str = ""
    code: str = ""


class Page:
    """A rendered page with gaps for what is one view's or one site's own.

    Rendering costs as much as a hundred answers, and compressing 12 KB for each visitor as much as
    everything else. So one rendering serves all sites that look alike, the parts between the gaps
    are compressed on their own, and what is filled in goes in as a stored block.
    """

    def __init__(self, text: str) -> None:
        parts = _SPLIT.split(text)
        self._plain = [part.encode() for part in parts]
        self._packed = [_deflated(part) for part in self._plain]
        places = ([n for n, part in enumerate(parts) if part == gap] for gap in _GAPS)
        self._places = [(which, found) for which, found in enumerate(places) if found]

    def fill(self, filling: Filling) -> bytes:
        """Return the page with its gaps filled."""
        return b"".join(self._filled(self._plain, [value.encode() for value in filling]))

    def fill_gzip(self, filling: Filling) -> bytes:
        """Return the same page, compressed with gzip (RFC 1952)."""
        body = self.fill(filling)
        blocks = self._filled(self._packed, [_stored(value.encode()) for value in filling])
        tail = struct.pack("<II", zlib.crc32(body), len(body))
        return b"".join((_HEAD, *blocks, _END, tail))

    def _filled(self, parts: Sequence[bytes], values: Sequence[bytes]) -> list[bytes]:
        filled = list(parts)
        for which, places in self._places:
            for place in places:
                filled[place] = values[which]
        return filled


def _deflated(part: bytes) -> bytes:
    """Return ``part`` as blocks that end on a byte and refer to nothing before them."""
    press = zlib.compressobj(9, zlib.DEFLATED, -15)
    return press.compress(part) + press.flush(zlib.Z_FULL_FLUSH)


def _stored(value: bytes) -> bytes:
    """Return ``value`` (at most 64 KB) as a block that is not compressed; RFC 1951, 3.2.4."""
    return _LENGTHS.pack(0, len(value), len(value) ^ 0xFFFF) + value
