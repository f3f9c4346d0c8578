"""How much one network may count at one site at once, shared by all workers of a machine.

A full hotel stands behind one address, and so does somebody with a loop of curl. Nobody is kept
from the notice; what goes beyond ``limit``, and beyond as much again in every ``REFILL`` seconds,
is kept apart from what counts. Nothing here says who came: a table of times, at places that a hash
with a key chooses, and the key is drawn at each start.
"""

import mmap
import secrets
import struct
from collections.abc import Callable
from hashlib import blake2s
from ipaddress import IPv6Address

REFILL = 20 * 60
"""Seconds in which a network that has used up its limit gets all of it again."""
_PREFIX = 80  # bits of an IPv6 address that its user may choose, where a provider gives a /48
_ROWS = 1 << 16
_PLACES = struct.Struct("4H")  # each below _ROWS
_SECOND = 1_000_000_000  # in whole numbers, so that a sum of many loses nothing


class Bursts:
    """Tells what is within the limit, by the generic cell rate algorithm (ITU-T I.371).

    Each network has four places, and what the emptiest of them says holds: to be taken for a crowd,
    somebody would have to share all with crowds. Workers may change a place at the same moment;
    then one event more than the limit passes.
    """

    def __init__(self, clock: Callable[[], float], limit: int) -> None:
        """``limit``: events at once; 0: all are within it."""
        self._clock = clock
        self._limit = limit
        self._step = REFILL * _SECOND // limit if limit else 0
        self._full = memoryview(mmap.mmap(-1, 8 * _ROWS)).cast("q")  # when each place is empty
        self._key = secrets.token_bytes(32)

    def within(self, what: str, address: str | None) -> bool:
        """Take one event of ``what`` (a site and a kind) from ``address``; tell if it counts.

        Without an address, on a unix socket, everything does.
        """
        if not self._limit or not address:
            return True
        name = f"{what} {network(address)}".encode("utf-8", "replace")
        digest = blake2s(name, key=self._key, digest_size=8).digest()
        places = _PLACES.unpack(digest)
        now = int(self._clock() * _SECOND)
        # What is fuller than full stems from before the clock was set back.
        latest = now + REFILL * _SECOND
        empty = [at if now < (at := self._full[place]) <= latest else now for place in places]
        if min(empty) + self._step > latest:
            return False
        for place, at in zip(places, empty, strict=True):
            self._full[place] = min(at + self._step, latest)
        return True


def network(address: str) -> str:
    """Return what stands for all addresses of whoever has ``address``: of IPv6 its /48."""
    if ":" not in address:
        return address
    try:
        found = IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    return str(found.ipv4_mapped or (int(found) >> _PREFIX))
