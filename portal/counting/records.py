"""How a record stands in a journal: one line of text, closed by its checksum."""

import re
from contextlib import suppress
from zlib import crc32

from portal.domain.devices import OS
from portal.domain.errors import PortalError
from portal.domain.events import Channel, Event, Kind, Reason, Tier
from portal.stores.base import Record

HEADER = b"#bluezone-portal journal 1\n"
"""First line of every segment. Another number is another layout of the lines below it."""

_SEPARATOR = "\t"
_FIELDS = 8
_BEGIN = re.compile(rb"(?<!\d)[1-9]\d*\t")  # of a record: its sequence
# Looking a word up costs a tenth of calling its class, five times for every record.
_KINDS = {str(kind): kind for kind in Kind}
_SYSTEMS = {str(os): os for os in OS}
_CHANNELS = {str(channel): channel for channel in Channel}
_TIERS = {str(tier): tier for tier in Tier}
_REASONS = {"": None} | {str(reason): reason for reason in Reason}


class Damaged(PortalError):
    """A line that is not a whole record: torn by a power cut, or altered."""


def encode(seq: int, event: Event) -> bytes:
    """Return the line of a record: eight fields and the CRC-32 over them."""
    kind = f"{event.kind}:{event.reason}" if event.reason else event.kind
    body = (
        f"{seq}\t{event.site}\t{event.hour}\t{kind}\t{event.os}\t{event.channel}"
        f"\t{event.tier}\t{event.nonce}\t"
    ).encode()
    return body + b"%08x\n" % crc32(body)


def decode(line: bytes) -> Record:
    """Return the record of one line, its newline included. Raise Damaged."""
    body, end = line[:-9], line[-9:]
    if len(line) < 10 or end[-1:] != b"\n" or b"%08x\n" % crc32(body) != end:
        raise Damaged
    try:
        fields = body.decode().split(_SEPARATOR)
        seq, site, hour, kind, os, channel, tier, nonce = fields[:_FIELDS]
        kind, _, reason = kind.partition(":")
        event = Event(
            site,
            hour,
            _KINDS[kind],
            _SYSTEMS[os],
            _CHANNELS[channel],
            _TIERS[tier],
            nonce,
            _REASONS[reason],
        )
        return Record(int(seq), event)
    except (KeyError, ValueError) as error:
        raise Damaged from error


def rescue(line: bytes) -> tuple[bytes, Record | None]:
    """Split a damaged line into what is lost and the whole record at its end, if there is one.

    So it is when the newline between them is what was damaged.
    """
    for begin in _BEGIN.finditer(line):
        with suppress(Damaged):
            return line[: begin.start()] + b"\n", decode(line[begin.start() :])
    return line, None
