"""A rendered page with gaps: compressed once, filled in for every view."""

import re
import struct
import zlib
from collections.abc import Sequence

NONCE = "\ue000"
"""Stands for the view's nonce in a rendered page; private use, so no text can hold it."""
SEALED = "\ue001"
"""Stands for the sealed arrival."""

_GAPS = re.compile(f"([{NONCE}{SEALED}])")
_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"  # RFC 1952: no name, no time
_END = b"\x03\x00"  # RFC 1951: a last block with nothing in it
_LENGTHS = struct.Struct("<BHH")


class Page:
    """A rendered page with gaps for the nonce and the sealed arrival of one view.

    Compressing 12 KB for each visitor would cost as much as everything else. So the parts between
    the gaps are compressed on their own, and what is filled in goes in as a stored block.
    """

    def __init__(self, text: str) -> None:
        parts = _GAPS.split(text)
        self._plain = [part.encode() for part in parts]
        self._packed = [_deflated(part) for part in self._plain]
        self._nonces = [n for n, part in enumerate(parts) if part == NONCE]
        self._sealed = [n for n, part in enumerate(parts) if part == SEALED]

    def fill(self, nonce: str = "", sealed: str = "") -> bytes:
        """Return the page for one view. Both are URL-safe, so nothing needs escaping."""
        return b"".join(self._filled(self._plain, nonce.encode(), sealed.encode()))

    def fill_gzip(self, nonce: str = "", sealed: str = "") -> bytes:
        """Return the same page, compressed with gzip (RFC 1952)."""
        body = self.fill(nonce, sealed)
        blocks = self._filled(self._packed, _stored(nonce.encode()), _stored(sealed.encode()))
        tail = struct.pack("<II", zlib.crc32(body), len(body))
        return b"".join((_HEAD, *blocks, _END, tail))

    def _filled(self, parts: Sequence[bytes], nonce: bytes, sealed: bytes) -> list[bytes]:
        filled = list(parts)
        for places, value in ((self._nonces, nonce), (self._sealed, sealed)):
            for place in places:
                filled[place] = value
        return filled


def _deflated(part: bytes) -> bytes:
    """Return ``part`` as blocks that end on a byte and refer to nothing before them."""
    press = zlib.compressobj(9, zlib.DEFLATED, -15)
    return press.compress(part) + press.flush(zlib.Z_FULL_FLUSH)


def _stored(value: bytes) -> bytes:
    """Return ``value`` (at most 64 KB) as a block that is not compressed; RFC 1951, 3.2.4."""
    return _LENGTHS.pack(0, len(value), len(value) ^ 0xFFFF) + value
