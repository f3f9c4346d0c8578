"""The second factor: codes of an app (TOTP, RFC 6238), and recovery codes on paper."""

import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any

from portal.domain.people import Person

STEP = 30
"""Seconds for which an app shows a code."""

DRIFT = 1
"""Steps by which the clock of a phone may be wrong, either way."""

RECOVERY_CODES = 10
OFFERED = 15 * 60
"""Seconds for which a new key may be confirmed."""

BETWEEN = 5 * 60
"""Seconds that may pass between the two steps of signing in."""

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
"""What keys and recovery codes are written with (base 32, RFC 4648)."""

RECOVERY_LENGTH = 24
"""Letters of a recovery code: 120 bits, so that a plain hash keeps it (ASVS 5.0, 6.5.2)."""

Code = Callable[[int], str]
"""Returns the code that an app shows in a step of time."""


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """What is kept of a person's second factor. Moments are Unix seconds."""

    secret: str = ""  # the app's key, sealed by the vault; "": there is no second factor
    step: int = 0  # of the last code that was accepted: it and all before it are used up
    recovery: tuple[str, ...] = ()  # hashes of the recovery codes that are left
    since: float = 0
    offered: str = ""  # a key, sealed, that was shown and is not confirmed yet
    offered_at: float = 0

    @property
    def on(self) -> bool:
        """Whether signing in asks for it."""
        return bool(self.secret)

    def document(self) -> dict[str, Any]:
        """Return it as a document for the store."""
        return asdict(self)


def second_factor_from(body: Mapping[str, Any]) -> SecondFactor:
    """Return what ``SecondFactor.document`` made a document of."""
    return SecondFactor(**{**body, "recovery": tuple(body["recovery"])})


def spend_code(factor: SecondFactor, written: str, code: Code, now: float) -> SecondFactor | None:
    """Return the factor once the code of an app is used up; None where it is not right.

    Each step is accepted once, and none before one that was: a code that somebody looked at
    over a shoulder is worth nothing any more (RFC 6238, 5.2).
    """
    digits = "".join(written.split())
    if not re.fullmatch(r"[0-9]{6}", digits):
        return None
    present = int(now) // STEP
    for step in range(present - DRIFT, present + DRIFT + 1):
        if step > factor.step and hmac.compare_digest(code(step), digits):
            return replace(factor, step=step)
    return None


def spend_recovery(factor: SecondFactor, written: str) -> SecondFactor | None:
    """Return the factor without the recovery code that was used; None where there is no such."""
    used = recovery_hash(written)
    left = tuple(kept for kept in factor.recovery if not hmac.compare_digest(kept, used))
    return replace(factor, recovery=left) if len(left) < len(factor.recovery) else None


def recovery_hash(written: str) -> str:
    """Return what is kept of a recovery code, however its letters are grouped."""
    letters = re.sub(r"[\s-]", "", written).upper()
    return sha256(letters.encode("utf-8", "replace")).hexdigest()


def in_fours(text: str) -> str:
    """Return a key or a recovery code in groups of four, so that one finds the place again."""
    return " ".join(text[place : place + 4] for place in range(0, len(text), 4))


def first_step(keys: Sequence[bytes], person: Person, now: float) -> str:
    """Return the proof that ``person`` has shown the right password at ``now``.

    It stands in a form for BETWEEN seconds, and ends with the password. ``keys``: the first
    signs, all verify.
    """
    until = str(int(now) + BETWEEN)
    return f"{person.id}|{until}|{_signed(keys[0], person, until)}"


def named_in(proof: str) -> str:
    """Return whose proof it claims to be; "" where it claims nothing."""
    return proof.partition("|")[0][:200]


def proven(keys: Sequence[bytes], proof: str, person: Person, now: float) -> bool:
    """Tell whether ``proof`` is one that ``first_step`` made for ``person``, and not too old."""
    parts = proof.split("|")
    if len(parts) != 3 or parts[0] != person.id or not person.active or not proof.isascii():
        return False
    if not any(hmac.compare_digest(_signed(key, person, parts[1]), parts[2]) for key in keys):
        return False
    return now < int(parts[1])


def _signed(key: bytes, person: Person, until: str) -> str:
    # One key per purpose, as in the nonces: nothing else that is signed can pass for this.
    own = sha256(b"first step of signing in|" + key).digest()
    message = f"{person.id}|{until}|{person.password}"
    return hmac.new(own, message.encode(), sha256).hexdigest()
