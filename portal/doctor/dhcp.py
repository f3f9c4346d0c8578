"""Asking the venue's DHCP server for option 114, as a phone does (RFC 2131, RFC 8910)."""

import secrets
import socket
import struct
import time
import uuid

from portal.gateways.dhcp import DHCP4

_SERVER, _CLIENT = 67, 68
_COOKIE = b"\x63\x82\x53\x63"
_TYPE, _WANTED, _END = 53, 55, 255
_INFORM, _ACK = 8, 5
_FIXED = struct.Struct("!4BIHH4s4s4s4s16s64s128s")


class NotAllowed(Exception):
    """Only root may ask, and only while no other DHCP client holds the port."""


def captive_portal_option(own: str, patience: float = 3.0) -> str | None:
    """Return the address that option 114 names, "" without one, None when no server answers.

    ``own``: this computer's address on the wifi. Raises NotAllowed.
    """
    number = secrets.randbits(32)
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
            asker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            asker.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            asker.bind(("", _CLIENT))
            asker.sendto(_question(number, own), ("255.255.255.255", _SERVER))
            return _answer(asker, number, patience)
    except OSError as error:
        raise NotAllowed(str(error)) from error


def own_address(towards: str) -> str:
    """Return this computer's address on the way to a host. Raise OSError."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((towards, 9))  # sends nothing
        return str(probe.getsockname()[0])


def _question(number: int, own: str) -> bytes:
    """Return DHCPINFORM: who has an address already asks for options only (RFC 2131, 3.4)."""
    nothing, address = bytes(4), socket.inet_aton(own)
    hardware = uuid.getnode().to_bytes(6, "big")
    head = _FIXED.pack(
        *(1, 1, 6, 0, number, 0, 0, address, nothing, nothing, nothing, hardware, b"", b"")
    )
    return head + _COOKIE + bytes([_TYPE, 1, _INFORM, _WANTED, 1, DHCP4, _END])


def _answer(asker: socket.socket, number: int, patience: float) -> str | None:
    end = time.monotonic() + patience
    while (left := end - time.monotonic()) > 0:
        asker.settimeout(left)
        try:
            packet = asker.recv(4096)
        except TimeoutError:
            break
        options = read_options(packet, number)
        if options.get(_TYPE) == bytes([_ACK]):
            return options.get(DHCP4, b"").rstrip(b"\0").decode("utf-8", "replace")
    return None


def read_options(packet: bytes, number: int) -> dict[int, bytes]:
    """Return the options of the answer to question ``number``; nothing of any other packet."""
    start = _FIXED.size + len(_COOKIE)
    if len(packet) < start or packet[_FIXED.size : start] != _COOKIE:
        return {}
    if packet[0] != 2 or struct.unpack_from("!I", packet, 4)[0] != number:
        return {}
    options: dict[int, bytes] = {}
    place = start
    while place < len(packet) and packet[place] != _END:
        if packet[place] == 0:  # padding
            place += 1
            continue
        if place + 1 >= len(packet):
            break
        code, length = packet[place], packet[place + 1]
        # An option of more than 255 bytes comes in several pieces (RFC 3396).
        options[code] = options.get(code, b"") + packet[place + 2 : place + 2 + length]
        place += 2 + length
    return options
