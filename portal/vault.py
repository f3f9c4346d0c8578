"""The vault: keys and passwords of gateways are kept encrypted, with a key outside the store."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from portal.domain.errors import BadSite, Problem
from portal.domain.errors import message as _

_SEALED = "sealed:"


class Vault:
    """Encrypts with the first of ``keys`` (see settings.signing_keys), decrypts with any.

    Fernet is AES-128-CBC with HMAC-SHA-256 (https://github.com/fernet/spec).
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        fernets = [Fernet(_derived(key)) for key in keys]
        self._first, self._fernet = fernets[0], MultiFernet(fernets)

    def seal(self, settings: Mapping[str, str], secrets: frozenset[str]) -> dict[str, str]:
        """Return ``settings`` with those named in ``secrets`` encrypted."""
        return {
            name: self._encrypt(value) if name in secrets and value else value
            for name, value in settings.items()
        }

    def open(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Return ``settings`` in the clear. Raise BadSite for what another key has encrypted."""
        problems: list[Problem] = []
        opened = {}
        for name, value in settings.items():
            try:
                opened[name] = self._decrypt(value)
            except (InvalidToken, ValueError):  # the latter for what is no token at all
                wrong = _("it was encrypted with a key that is not here; enter it again")
                problems.append(Problem(name, wrong))
        if problems:
            raise BadSite(problems)
        return opened

    def renewed(self, value: Any) -> Any:
        """Return ``value``, a document or part of one, with what is sealed sealed by the first key.

        What it has sealed already stays as it is. Raise BadSite for what another key has sealed.
        """
        if isinstance(value, Mapping):
            return {name: self.renewed(part) for name, part in value.items()}
        if isinstance(value, list):
            return [self.renewed(part) for part in value]
        if not isinstance(value, str) or not value.startswith(_SEALED):
            return value
        token = value.removeprefix(_SEALED).encode()
        try:
            self._first.decrypt(token)
        except InvalidToken:
            self.open({"": value})
            return _SEALED + self._fernet.rotate(token).decode()
        return value

    def _encrypt(self, value: str) -> str:
        return _SEALED + self._fernet.encrypt(value.encode()).decode()

    def _decrypt(self, value: str) -> str:
        # What is not sealed was written before there was a vault.
        if not value.startswith(_SEALED):
            return value
        return self._fernet.decrypt(value.removeprefix(_SEALED)).decode()


def _derived(key: bytes) -> bytes:
    return base64.urlsafe_b64encode(hashlib.blake2s(key, person=b"vault").digest())
