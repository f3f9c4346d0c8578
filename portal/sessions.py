"""The book of sessions: who is signed in now. It knows no token, only what tokens hash to."""

import hashlib
import secrets
from collections.abc import Callable
from typing import Any

from portal.domain.errors import VersionConflict
from portal.domain.people import Person
from portal.stores.base import Store

SESSIONS = "sessions"
_HOURS, _IDLE = 10, 60  # of a session at most; minutes without a request
_MOST = 8  # sessions of one person; the oldest ends
_TRIES = 20


class SessionBook:
    """Reads and writes sessions. Every method may raise StoreUnavailable.

    A session belongs to a person with their present password: after another one was set it is
    not found any more, whatever else happens at that moment.
    """

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock

    def begin(self, person: Person) -> str:
        """Begin a session; return its token, which the store does not know."""
        token = secrets.token_urlsafe(32)
        now = self._clock()

        def add(sessions: dict[str, Any]) -> None:
            sessions[_name(person, token)] = [now, now]
            for name in sorted(sessions, key=lambda name: sessions[name][1])[:-_MOST]:
                del sessions[name]

        self._change(person.id, add)
        return token

    def alive(self, person: Person, token: str) -> bool:
        """Tell whether ``token`` is a session of this person that has not ended."""
        name, now = _name(person, token), self._clock()
        document = self._store.document(SESSIONS, person.id)
        times = document.body.get(name) if document else None
        if times is None:
            return False
        begun, seen = times
        if now > begun + _HOURS * 3600 or now > seen + _IDLE * 60:
            return False

        def touch(sessions: dict[str, Any]) -> None:
            if name in sessions:
                sessions[name] = [begun, now]

        if now > seen + 60:  # not with every request
            self._change(person.id, touch)
        return True

    def end(self, person: Person, token: str) -> None:
        """End one session: nobody can use its token any more."""
        self._change(person.id, lambda sessions: sessions.pop(_name(person, token), None))

    def end_all(self, id: str) -> None:
        """End every session of a person."""
        self._change(id, lambda sessions: sessions.clear())

    def last_seen(self) -> dict[str, float]:
        """Return per person when a session was last used (Unix seconds), as far as it is known.

        That is forgotten with the session, when somebody signs out.
        """
        found = self._store.documents(SESSIONS)
        times = {id: [seen for _b, seen in one.body.values()] for id, one in found.items()}
        return {id: max(seen) for id, seen in times.items() if seen}

    def _change(self, id: str, change: Callable[[dict[str, Any]], object]) -> None:
        for _try in range(_TRIES):
            document = self._store.document(SESSIONS, id)
            sessions = dict(document.body) if document else {}
            change(sessions)
            try:
                self._store.put(SESSIONS, id, sessions, document.version if document else 0)
                return
            except VersionConflict:
                continue  # another request of the same person
        raise VersionConflict(id)


def _name(person: Person, token: str) -> str:
    named = f"{token}|{person.password}"
    return hashlib.sha256(named.encode("utf-8", "replace")).hexdigest()
