"""The people book: who may sign in, with which password, and who is signed in now."""

import hashlib
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from portal.domain.errors import BadPerson, NoSuchPerson, Problem, VersionConflict
from portal.domain.errors import message as _
from portal.domain.people import Person, parse_person, password_problem
from portal.stores.base import Store

PEOPLE, SESSIONS = "people", "sessions"
_HOURS, _IDLE = 10, 60  # of a session at most; minutes without a request
_MOST = 8  # sessions of one person; the oldest ends
# OWASP's parameters for argon2id; two at once, or a flood of sign-ins would starve the notices.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_HASHING = threading.BoundedSemaphore(2)
_NOBODY = _HASHER.hash("nobody's password")  # checked when there is no such person: as slow


class PeopleBook:
    """Reads and writes people. Every method may raise StoreUnavailable."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock

    def all(self) -> list[Person]:
        """Return everybody, by id."""
        return [
            parse_person(document.body)
            for _id, document in sorted(self._store.documents(PEOPLE).items())
        ]

    def get(self, id: str) -> Person:
        """Return one person. Raise NoSuchPerson."""
        return self._read(id)[0]

    def add(self, fields: Mapping[str, Any]) -> Person:
        """Write a new person. Raise BadPerson, also when the id is taken."""
        person = parse_person(fields)
        try:
            self._store.put(PEOPLE, person.id, person.document(), 0)
        except VersionConflict:
            raise BadPerson([Problem("id", _("somebody has this name already"))]) from None
        return person

    def edit(self, id: str, fields: Mapping[str, Any]) -> Person:
        """Change some fields of a person; whoever is no longer active is signed out."""
        person, version = self._read(id)
        changed = parse_person({**person.document(), **fields, "id": id})
        self._store.put(PEOPLE, id, changed.document(), version)
        if not changed.active:
            self.sign_out_everywhere(id)
        return changed

    def set_password(self, id: str, password: str) -> None:
        """Give a person another password, and sign them out everywhere. Raise BadPerson."""
        person, version = self._read(id)
        if wrong := password_problem(password, person):
            raise BadPerson([Problem("password", wrong)])
        with _HASHING:
            hashed = _HASHER.hash(password)
        self._store.put(PEOPLE, id, replace(person, password=hashed).document(), version)
        self.sign_out_everywhere(id)

    def check(self, id: str, password: str) -> Person | None:
        """Return the person if the password is theirs. It takes as long when it is not."""
        document = self._store.document(PEOPLE, id.strip().lower()[:200])
        person = parse_person(document.body) if document else None
        hashed = person.password if person and person.password and person.active else _NOBODY
        with _HASHING:
            right = _fits(hashed, password[:1000])
        return person if right and hashed != _NOBODY else None

    def sign_in(self, person: Person) -> str:
        """Begin a session; return its token, which the store does not know."""
        token = secrets.token_urlsafe(32)
        now = self._clock()

        def begin(sessions: dict[str, list[float]]) -> None:
            sessions[_name(token)] = [now, now]
            for name in sorted(sessions, key=lambda name: sessions[name][1])[:-_MOST]:
                del sessions[name]

        self._change_sessions(person.id, begin)
        return f"{person.id}:{token}"

    def signed_in(self, cookie: str) -> Person | None:
        """Return whose session ``cookie`` names, if it has not ended."""
        id, _colon, token = cookie.partition(":")
        document = self._store.document(SESSIONS, id[:200]) if token else None
        times = document.body.get(_name(token)) if document else None
        if times is None:
            return None
        (begun, seen), now = times, self._clock()
        if now > begun + _HOURS * 3600 or now > seen + _IDLE * 60:
            return None
        if now > seen + 60:  # not with every request
            self._change_sessions(id, lambda sessions: _touch(sessions, token, now))
        try:
            person = self.get(id)
        except NoSuchPerson:
            return None
        return person if person.active else None

    def sign_out(self, cookie: str) -> None:
        """End one session: nobody can use its cookie any more."""
        id, _colon, token = cookie.partition(":")
        self._change_sessions(id, lambda sessions: sessions.pop(_name(token), None))

    def sign_out_everywhere(self, id: str) -> None:
        """End every session of a person."""
        self._change_sessions(id, lambda sessions: sessions.clear())

    def _read(self, id: str) -> tuple[Person, int]:
        document = self._store.document(PEOPLE, id)
        if document is None:
            raise NoSuchPerson(id)
        return parse_person(document.body), document.version

    def _change_sessions(self, id: str, change: Callable[[dict[str, Any]], object]) -> None:
        for _try in range(20):
            document = self._store.document(SESSIONS, id)
            sessions = dict(document.body) if document else {}
            change(sessions)
            try:
                self._store.put(SESSIONS, id, sessions, document.version if document else 0)
                return
            except VersionConflict:
                continue  # another request of the same person


def _fits(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def _name(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _touch(sessions: dict[str, Any], token: str, now: float) -> None:
    if begun := sessions.get(_name(token)):
        sessions[_name(token)] = [begun[0], now]
