"""Who was let through by this service itself, in memory only, and without anybody's address.

A table that all workers of a machine share: it is mapped before the fork. What stands in it is a
keyed hash of an address, and the key is drawn at each start: nothing can be read out of it, and
nothing is left when the service ends.
"""

import mmap
import secrets
import struct
from collections.abc import Callable
from hashlib import blake2s
from multiprocessing import Lock

_ROW = struct.Struct("<8sQ")  # hash of the address, Unix seconds until which it is released
_NEAR = 16  # rows that an address may stand in


class Released:
    """Remembers addresses for a while; the one that ends first makes room when it is full."""

    def __init__(self, clock: Callable[[], float], rows: int = 4096) -> None:
        self._clock = clock
        self._rows = rows
        self._memory = mmap.mmap(-1, rows * _ROW.size)
        self._lock = Lock()
        self._key = secrets.token_bytes(32)

    def add(self, address: str, minutes: int) -> None:
        """Let ``address`` through for so many minutes."""
        name, places = self._places(address)
        with self._lock:
            rows = [(self._read(place), place) for place in places]
            own = [place for (found, _until), place in rows if found == name]
            place = own[0] if own else min(rows, key=lambda row: row[0][1])[1]
            _ROW.pack_into(self._memory, place, name, int(self._clock()) + minutes * 60)

    def seconds(self, address: str) -> int:
        """Return for how many seconds ``address`` is still let through; 0 if it is not."""
        name, places = self._places(address)
        with self._lock:
            ends = [until for found, until in map(self._read, places) if found == name]
        return max(0, max(ends, default=0) - int(self._clock()))

    def _places(self, address: str) -> tuple[bytes, list[int]]:
        digest = blake2s(address.encode(), key=self._key, digest_size=16).digest()
        first = int.from_bytes(digest[8:]) % self._rows
        return digest[:8], [(first + step) % self._rows * _ROW.size for step in range(_NEAR)]

    def _read(self, place: int) -> tuple[bytes, int]:
        name, until = _ROW.unpack_from(self._memory, place)
        return name, until
