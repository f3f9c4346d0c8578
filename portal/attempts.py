"""How often somebody guessed: shared by all workers of a machine, in memory only.

What stands in the table is a keyed hash of a name or an address, with a key drawn at each start.
"""

import mmap
import secrets
import struct
from collections.abc import Callable
from hashlib import blake2s
from multiprocessing import Lock

_ROW = struct.Struct("<8sII")  # hash, attempts, Unix seconds until which they count
_NEAR = 16  # rows that a name may stand in
WINDOW = 15 * 60
"""Seconds for which an attempt counts."""


class Attempts:
    """Counts failed attempts per name; the one that ends first makes room when it is full."""

    def __init__(self, clock: Callable[[], float], rows: int = 4096) -> None:
        self._clock = clock
        self._rows = rows
        self._memory = mmap.mmap(-1, rows * _ROW.size)
        self._lock = Lock()
        self._key = secrets.token_bytes(32)

    def of(self, name: str) -> int:
        """Return how many attempts count for ``name`` now."""
        own, places = self._places(name)
        with self._lock:
            found = [row for row in map(self._read, places) if row[0] == own]
        return sum(number for _own, number, until in found if until > self._clock())

    def note(self, name: str) -> None:
        """Count one more attempt."""
        own, places = self._places(name)
        now = int(self._clock())
        with self._lock:
            rows = [(self._read(place), place) for place in places]
            mine = [(row, place) for row, place in rows if row[0] == own]
            row, place = mine[0] if mine else min(rows, key=lambda item: item[0][2])
            number = row[1] + 1 if mine and row[2] > now else 1
            _ROW.pack_into(self._memory, place, own, min(number, 2**31), now + WINDOW)

    def forget(self, name: str) -> None:
        """Let ``name`` begin anew."""
        own, places = self._places(name)
        with self._lock:
            for place in places:
                if self._read(place)[0] == own:
                    _ROW.pack_into(self._memory, place, bytes(8), 0, 0)

    def _places(self, name: str) -> tuple[bytes, list[int]]:
        digest = blake2s(name.encode("utf-8", "replace"), key=self._key, digest_size=16).digest()
        first = int.from_bytes(digest[8:]) % self._rows
        return digest[:8], [(first + step) % self._rows * _ROW.size for step in range(_NEAR)]

    def _read(self, place: int) -> tuple[bytes, int, int]:
        own, number, until = _ROW.unpack_from(self._memory, place)
        return own, number, until
