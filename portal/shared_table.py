"""A small table in memory that all workers of a machine share, with nobody's name in it.

It is mapped before the fork. What stands in it is a keyed hash of a name, and the key is drawn at
each start: nothing can be read out of it, and nothing is left when the service ends.
"""

import mmap
import secrets
import struct
from collections.abc import Callable
from hashlib import blake2s
from multiprocessing import Lock

_ROW = struct.Struct("<8sQQ")  # hash of the name, number, Unix seconds until which it counts
_NEAR = 16  # rows that a name may stand in

Change = Callable[[int], tuple[int, int]]
"""Given the number that counts now, returns the new one and for how many seconds it counts."""


class SharedTable:
    """A number for a name, for a while; what ends first makes room when the table is full."""

    def __init__(self, clock: Callable[[], float], rows: int = 4096) -> None:
        self._clock = clock
        self._rows = rows
        self._memory = mmap.mmap(-1, rows * _ROW.size)
        self._lock = Lock()
        self._key = secrets.token_bytes(32)

    def get(self, name: str) -> tuple[int, int]:
        """Return the number of ``name``, and for how many seconds it still counts; else (0, 0)."""
        own, places = self._places(name)
        now = int(self._clock())
        with self._lock:
            rows = [_ROW.unpack_from(self._memory, place) for place in places]
        found = [(number, until - now) for key, number, until in rows if key == own and until > now]
        return found[0] if found else (0, 0)

    def change(self, name: str, change: Change) -> None:
        """Change the number of ``name``; no other worker comes in between."""
        own, places = self._places(name)
        now = int(self._clock())
        with self._lock:
            rows = [(*_ROW.unpack_from(self._memory, place), place) for place in places]
            mine = [row for row in rows if row[0] == own]
            _key, number, until, place = mine[0] if mine else min(rows, key=lambda row: row[2])
            number, seconds = change(number if mine and until > now else 0)
            _ROW.pack_into(self._memory, place, own, number, now + seconds)

    def _places(self, name: str) -> tuple[bytes, list[int]]:
        digest = blake2s(name.encode("utf-8", "replace"), key=self._key, digest_size=16).digest()
        first = int.from_bytes(digest[8:]) % self._rows
        return digest[:8], [(first + step) % self._rows * _ROW.size for step in range(_NEAR)]
