"""The second factor: which codes are right, and the proof between the two steps."""

import hmac
from hashlib import sha1

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.people import Person, Role
from portal.domain.second_factor import (
    BETWEEN,
    LETTERS,
    RECOVERY_LENGTH,
    STEP,
    SecondFactor,
    first_step,
    in_fours,
    named_in,
    proven,
    recovery_hash,
    second_factor_from,
    spend_code,
    spend_recovery,
)

NOW = 1_614_920_400.0
PRESENT = int(NOW) // STEP
KEYS = [b"a" * 32, b"b" * 32]
LAN = Person("lan", "Lan", Role.OFFICER, password="$argon2id$lan")
ON = SecondFactor(secret="sealed:x", recovery=(recovery_hash("A" * 24), recovery_hash("B" * 24)))


def code(step: int) -> str:
    """As RFC 4226 makes it, from the key of its test vectors."""
    digest = hmac.new(b"12345678901234567890", step.to_bytes(8), sha1).digest()
    place = digest[-1] & 15
    return f"{(int.from_bytes(digest[place : place + 4]) & 0x7FFFFFFF) % 10**6:06d}"


def test_the_codes_of_the_standard() -> None:
    """RFC 6238, appendix B: the last six of eight digits at 59 s and 1111111109 s."""
    assert (code(59 // STEP), code(1_111_111_109 // STEP)) == ("287082", "081804")


@pytest.mark.parametrize(
    ("drift", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_clock_may_be_wrong_by_one_step(drift: int, right: bool) -> None:
    assert (spend_code(ON, code(PRESENT + drift), code, NOW) is not None) is right


def test_a_code_is_right_once_and_so_are_none_before_it() -> None:
    used = spend_code(ON, code(PRESENT), code, NOW)
    assert used is not None
    assert used.step == PRESENT
    for step in (PRESENT - 1, PRESENT):
        assert spend_code(used, code(step), code, NOW) is None
    assert spend_code(used, code(PRESENT + 1), code, NOW) is not None


@pytest.mark.parametrize("written", ["{0} ", " {0}", "{1} {2}", "{1}\u00a0{2}"])
def test_blanks_in_a_code_do_not_matter(written: str) -> None:
    digits = code(PRESENT)
    assert spend_code(ON, written.format(digits, digits[:3], digits[3:]), code, NOW) is not None


@given(st.text(max_size=40))
def test_nothing_else_is_a_code(written: str) -> None:
    allowed = {code(PRESENT + drift) for drift in (-1, 0, 1)}
    if "".join(written.split()) not in allowed:
        assert spend_code(ON, written, code, NOW) is None


def test_digits_of_another_script_are_not_a_code() -> None:
    arabic = "".join(chr(0x660 + int(digit)) for digit in code(PRESENT))
    assert spend_code(ON, arabic, code, NOW) is None


def test_a_recovery_code_is_good_once_however_it_is_written() -> None:
    left = spend_recovery(ON, "aaaa-AAAA aaaa\taaaa aaaaAAAA ")
    assert left is not None
    assert left.recovery == ON.recovery[1:]
    assert spend_recovery(left, "A" * 24) is None
    assert spend_recovery(left, "B" * 24) is not None


@given(st.text(max_size=60))
def test_nothing_else_is_a_recovery_code(written: str) -> None:
    assert spend_recovery(ON, written) is None
    assert spend_recovery(SecondFactor(), written) is None


def test_a_recovery_code_has_as_many_bits_as_a_plain_hash_needs() -> None:
    assert len(set(LETTERS)) == 32
    assert RECOVERY_LENGTH * 5 >= 112  # ASVS 5.0, 6.5.2


def test_a_factor_comes_back_from_the_store() -> None:
    assert second_factor_from({**ON.document(), "recovery": list(ON.recovery)}) == ON


def test_a_key_is_shown_in_fours() -> None:
    assert in_fours("ABCDEFGHIJ") == "ABCD EFGH IJ"


def test_the_proof_is_good_for_five_minutes() -> None:
    proof = first_step(KEYS, LAN, NOW)
    assert named_in(proof) == "lan"
    assert proven(KEYS, proof, LAN, NOW + BETWEEN - 1)
    assert not proven(KEYS, proof, LAN, NOW + BETWEEN)


def test_the_proof_ends_with_the_password_and_with_the_access() -> None:
    proof = first_step(KEYS, LAN, NOW)
    for changed in (
        Person("lan", "Lan", Role.OFFICER, password="$argon2id$another"),
        Person("lan", "Lan", Role.OFFICER, password=LAN.password, active=False),
        Person("minh", "Lan", Role.OFFICER, password=LAN.password),
    ):
        assert not proven(KEYS, proof, changed, NOW)


def test_an_old_key_still_proves_and_a_strange_one_does_not() -> None:
    assert proven(KEYS, first_step(KEYS[1:], LAN, NOW), LAN, NOW)
    assert not proven(KEYS[:1], first_step(KEYS[1:], LAN, NOW), LAN, NOW)


def test_nobody_can_make_a_proof_last_longer_or_name_another() -> None:
    id, until, signed = first_step(KEYS, LAN, NOW).split("|")
    for forged in (
        f"{id}|{int(until) + 1}|{signed}",
        f"{id}|{until}|{signed[:-1]}",
        f"{id}|{until}|",
        f"{id}|{until}|{signed}|",
        f"minh|{until}|{signed}",
        f"{id}|{until}|{signed}é",
        id,
        "",
        "||",
        "|" * 1000,
    ):
        assert not proven(KEYS, forged, LAN, NOW)


@given(st.text(max_size=200))
def test_nothing_else_is_a_proof(text: str) -> None:
    assert not proven(KEYS, text, LAN, NOW)
    assert not proven(KEYS, f"lan|{text}", LAN, NOW)
