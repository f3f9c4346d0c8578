"""The book of second factors: whose app shows which codes, and which of them were used."""

import secrets
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TYPE_CHECKING

import pyotp

from portal.domain.errors import BadSite, VersionConflict
from portal.domain.second_factor import (
    LETTERS,
    OFFERED,
    RECOVERY_CODES,
    RECOVERY_LENGTH,
    SecondFactor,
    recovery_hash,
    second_factor_from,
    spend_code,
    spend_recovery,
)
from portal.stores.base import Store

if TYPE_CHECKING:
    from portal.vault import Vault  # cryptography costs 0,2 s

FACTORS = "second-factors"
_SECRET = "secret"  # noqa: S105  # the name that the vault knows it by
_TRIES = 20


class FactorBook:
    """Reads and writes second factors. Every method may raise StoreUnavailable."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock

    def of(self, id: str) -> SecondFactor:
        """Return a person's second factor; one that is not on where there is none."""
        return self._read(id)[0]

    def people(self) -> Collection[str]:
        """Return the ids of everybody who has a second factor."""
        found = self._store.documents(FACTORS)
        return {id for id, one in found.items() if second_factor_from(one.body).on}

    def offer(self, id: str, vault: "Vault") -> None:
        """Make a new key for a person, to be confirmed by a code of it."""
        made = pyotp.random_base32()
        sealed = vault.seal({_SECRET: made}, frozenset({_SECRET}))[_SECRET]
        now = self._clock()
        self._change(id, lambda factor: replace(factor, offered=sealed, offered_at=now))

    def offered(self, id: str, vault: "Vault") -> str:
        """Return the key that a person may confirm now; "" where there is none."""
        factor = self.of(id)
        old = self._clock() >= factor.offered_at + OFFERED
        return "" if old else _opened(factor.offered, vault)

    def switch_on(self, id: str, written: str, vault: "Vault") -> list[str] | None:
        """Put the offered key in force; return the recovery codes, which nobody can read again.

        None, and nothing has changed, where ``written`` is not a code of that key, or another key
        is in force.
        """
        now, codes = self._clock(), _recovery_codes()

        def confirm(factor: SecondFactor) -> SecondFactor | None:
            if factor.on or now >= factor.offered_at + OFFERED:
                return None
            made = SecondFactor(factor.offered, 0, tuple(map(recovery_hash, codes)), now)
            return self._spent(made, written, vault)

        return codes if self._change(id, confirm) else None

    def renew_recovery(self, id: str) -> list[str]:
        """Replace the recovery codes; return the new ones, which nobody can read again."""
        codes = _recovery_codes()
        hashes = tuple(map(recovery_hash, codes))
        self._change(id, lambda factor: replace(factor, recovery=hashes))
        return codes

    def switch_off(self, id: str) -> bool:
        """Take a person's second factor away; tell whether there was one."""
        found = self.of(id).on
        if found:
            self._change(id, lambda _factor: SecondFactor())
        return found

    def accept(self, id: str, written: str, vault: "Vault") -> bool:
        """Tell whether ``written`` is a code of the app or a recovery code; it is used up then."""

        def spend(factor: SecondFactor) -> SecondFactor | None:
            if not factor.on:
                return None
            return self._spent(factor, written, vault) or spend_recovery(factor, written)

        return self._change(id, spend) is not None

    def _spent(self, factor: SecondFactor, written: str, vault: "Vault") -> SecondFactor | None:
        secret = _opened(factor.secret, vault)
        if not secret:
            return None
        return spend_code(factor, written, pyotp.TOTP(secret).generate_otp, self._clock())

    def _read(self, id: str) -> tuple[SecondFactor, int]:
        document = self._store.document(FACTORS, id)
        if document is None:
            return SecondFactor(), 0
        return second_factor_from(document.body), document.version

    def _change(
        self, id: str, change: Callable[[SecondFactor], SecondFactor | None]
    ) -> SecondFactor | None:
        """Write what ``change`` makes of a factor and return it; None: it refused."""
        for _try in range(_TRIES):
            factor, version = self._read(id)
            changed = change(factor)
            if changed is None:
                return None
            try:
                self._store.put(FACTORS, id, changed.document(), version)
                return changed
            except VersionConflict:
                continue  # another code was used at the same moment: look again
        raise VersionConflict(id)


def app_address(key: str, id: str, issuer: str) -> str:
    """Return what an app reads from a QR code (Google's "Key Uri Format")."""
    return pyotp.TOTP(key).provisioning_uri(name=id, issuer_name=issuer)


def _opened(sealed: str, vault: "Vault") -> str:
    try:
        return vault.open({_SECRET: sealed})[_SECRET]
    except BadSite:  # sealed with a key that is not here any more: recovery codes still work
        return ""


def _recovery_codes() -> list[str]:
    return [
        "".join(secrets.choice(LETTERS) for _letter in range(RECOVERY_LENGTH))
        for _code in range(RECOVERY_CODES)
    ]
