"""A record is read as it was written, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.counting.records import HEADER, Damaged, decode, encode
from portal.domain.events import NOWHERE, Event, Kind, Reason
from portal.stores.base import Record
from tests.events import any_event, event


@given(st.integers(1, 10**19), any_event())
def test_any_record_is_read_as_it_was_written(seq: int, item: Event) -> None:
    line = encode(seq, item)
    assert decode(line) == Record(seq, item)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_and_reason_is_kept(kind: Kind) -> None:
    for reason in (None, *Reason):
        item = event(kind, "n1", NOWHERE, reason=reason)
        assert decode(encode(7, item)) == Record(7, item)


def test_no_flipped_bit_makes_another_record() -> None:
    line = encode(12, event(Kind.REJECTED, "abcDEF0123456789", reason=Reason.STALE))
    for place in range(len(line) * 8):
        altered = bytearray(line)
        altered[place // 8] ^= 1 << place % 8
        with pytest.raises(Damaged):
            decode(bytes(altered))


@given(any_event(), st.data())
def test_no_altered_line_makes_another_record(item: Event, data: st.DataObject) -> None:
    line = bytearray(encode(123456, item))
    places = st.integers(0, len(line) * 8 - 1)
    for place in data.draw(st.sets(places, min_size=1, max_size=3)):
        line[place // 8] ^= 1 << place % 8
    with pytest.raises(Damaged):
        decode(bytes(line))


def test_no_part_of_a_line_is_a_record() -> None:
    line = encode(12, event(Kind.SHOWN, "abcDEF0123456789"))
    for cut in range(1, len(line)):
        with pytest.raises(Damaged):
            decode(line[:cut])
        with pytest.raises(Damaged):
            decode(line[cut:])


@pytest.mark.parametrize("line", [b"", b"\n", b"\0" * 80, HEADER, b"00000000\n", b"\xff" * 20])
def test_what_is_no_record_is_damaged(line: bytes) -> None:
    with pytest.raises(Damaged):
        decode(line)
