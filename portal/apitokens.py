"""The book of tokens: what a program shows to read in a person's name, without their password."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

from portal.domain.errors import BadInput, PortalError, Problem, VersionConflict
from portal.domain.errors import message as _
from portal.stores.base import Store

TOKENS = "tokens"
LIVES = (30, 90, 365, 0)
"""Days that a token may live; 0: until it is revoked."""

MOST = 20
"""Tokens that a person may have at a time."""

_LONGEST = 60  # characters of a name
_SEEN_EVERY = 3600  # seconds after which another use is written down
_TOKEN = re.compile(r"bzp_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")


class BadToken(BadInput):
    """A token that nobody may make."""


class NoSuchToken(PortalError):
    """No token has this id."""


@dataclass(frozen=True, slots=True)
class Token:
    """What is kept of a token: nothing that could be shown in its place. Times: Unix seconds."""

    id: str
    person: str  # whose id it is; their role decides what can be read
    name: str
    hash: str  # SHA-256 of the whole token, 32 bytes of which are random
    made: float
    expires: float = 0  # 0: never
    revoked: float = 0  # 0: not
    used: float = 0  # about when it was last used; 0: never

    def good(self, now: float) -> bool:
        """Tell whether it opens anything at ``now``."""
        return not self.revoked and (not self.expires or now < self.expires)


class TokenBook:
    """Reads and writes tokens. Every method may raise StoreUnavailable."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock

    def all(self) -> list[Token]:
        """Return every token there ever was, the latest first."""
        found = [Token(**document.body) for document in self._store.documents(TOKENS).values()]
        return sorted(found, key=lambda token: (-token.made, token.id))

    def of(self, person: str) -> list[Token]:
        """Return the tokens of one person, the latest first."""
        return [token for token in self.all() if token.person == person]

    def add(self, person: str, name: str, days: int) -> tuple[Token, str]:
        """Make a token for ``person`` that lives for one of LIVES; return it and its text.

        Nobody can read the text again. Raise BadToken with every problem.
        """
        now, name = self._clock(), " ".join(name.split())
        problems: list[Problem] = []
        if not (name and len(name) <= _LONGEST and name.isprintable()):
            problems.append(Problem("name", _("write a name of at most 60 characters")))
        if days not in LIVES:
            problems.append(Problem("days", _("choose one of the times that are offered")))
        if sum(token.good(now) for token in self.of(person)) >= MOST:
            full = _("there are 20 tokens already, revoke one first")
            problems.append(Problem("name", full))
        if problems:
            raise BadToken(problems)
        id = secrets.token_hex(6)
        text = f"bzp_{id}_{secrets.token_urlsafe(32)}"
        made = Token(id, person, name, _hash(text), now, now + days * 86400 if days else 0)
        self._store.put(TOKENS, id, asdict(made), 0)
        return made, text

    def get(self, id: str) -> Token:
        """Return one token. Raise NoSuchToken."""
        return self._read(id)[0]

    def revoke(self, id: str) -> Token:
        """End a token for good; one that has ended before stays as it is. Raise NoSuchToken."""
        while True:
            token, version = self._read(id)
            if token.revoked:
                return token
            ended = replace(token, revoked=self._clock())
            try:
                self._store.put(TOKENS, id, asdict(ended), version)
                return ended
            except VersionConflict:
                continue  # it was used meanwhile

    def check(self, text: str) -> Token | None:
        """Return the token that ``text`` is, if it opens anything now."""
        match = _TOKEN.fullmatch(text)
        document = self._store.document(TOKENS, match[1]) if match else None
        if document is None:
            return None
        token, now = Token(**document.body), self._clock()
        if not hmac.compare_digest(token.hash, _hash(text)) or not token.good(now):
            return None
        if now > token.used + _SEEN_EVERY:
            try:
                self._store.put(
                    TOKENS, token.id, asdict(replace(token, used=now)), document.version
                )
            except VersionConflict:
                return self.check(text)  # it was revoked, or another request wrote the same
        return token

    def _read(self, id: str) -> tuple[Token, int]:
        document = self._store.document(TOKENS, id)
        if document is None:
            raise NoSuchToken(id)
        return Token(**document.body), document.version


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
