"""The people book: who may sign in, with which password, and who is signed in now."""

import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from portal.domain.errors import BadPerson, NoSuchPerson, Problem, VersionConflict
from portal.domain.errors import message as _
from portal.domain.people import Person, Right, parse_person, password_problem, plain_password
from portal.factorbook import FactorBook
from portal.sessions import SessionBook
from portal.stores.base import Store

PEOPLE, LINKS = "people", "reset-links"
LINK_HOURS = 24
"""Hours for which a link to set a password is good."""

_TRIES = 20
# OWASP's parameters for argon2id; two at once, or a flood of sign-ins would starve the notices.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_HASHING = threading.BoundedSemaphore(2)
_NOBODY = _HASHER.hash("nobody's password")  # checked when there is no such person: as slow


class PeopleBook:
    """Reads and writes people. Every method may raise StoreUnavailable."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self.sessions = SessionBook(store, clock)
        self.factors = FactorBook(store, clock)

    def all(self) -> list[Person]:
        """Return everybody, by id."""
        return [
            parse_person(document.body)
            for _id, document in sorted(self._store.documents(PEOPLE).items())
        ]

    def get(self, id: str) -> Person:
        """Return one person. Raise NoSuchPerson."""
        return self.find(id)[0]

    def find(self, id: str) -> tuple[Person, int]:
        """Return a person and their version. Raise NoSuchPerson."""
        document = self._store.document(PEOPLE, id)
        if document is None:
            raise NoSuchPerson(id)
        return parse_person(document.body), document.version

    def add(self, fields: Mapping[str, Any]) -> Person:
        """Write a new person. Raise BadPerson, also when the id is taken."""
        person = parse_person(fields)
        try:
            self._store.put(PEOPLE, person.id, person.document(), 0)
        except VersionConflict:
            raise BadPerson([Problem("id", _("somebody has this name already"))]) from None
        return person

    def edit(self, id: str, fields: Mapping[str, Any], version: int | None = None) -> Person:
        """Change some fields of a person; whoever is no longer active is signed out.

        ``version``: the one that the change was made from; None for the present one. Raise
        NoSuchPerson, BadPerson, also where no administrator would be left, or VersionConflict.
        """
        person, current = self.find(id)
        changed = parse_person({**person.document(), **fields, "id": id})
        resigns = person.may(Right.PEOPLE) and not changed.may(Right.PEOPLE)
        where = "active" if person.active != changed.active else "role"
        if resigns and not self._administrators() - {id}:
            raise _last(where)
        version = current if version is None else version
        written = self._store.put(PEOPLE, id, changed.document(), version)
        if resigns and not self._administrators():
            # Another one resigned at the same moment.
            self._store.put(PEOPLE, id, person.document(), written)
            raise _last(where)
        if not changed.active:
            self.sign_out_everywhere(id)
        return changed

    def set_password(self, id: str, password: str) -> None:
        """Give a person another password, and sign them out everywhere. Raise BadPerson."""
        hashed = ""
        for _try in range(_TRIES):
            person, version = self.find(id)
            if wrong := password_problem(password, person):
                raise BadPerson([Problem("password", wrong)])
            hashed = hashed or _hashed(password)
            try:
                self._store.put(PEOPLE, id, replace(person, password=hashed).document(), version)
                break
            except VersionConflict:
                continue  # something else about the person was changed
        else:
            raise VersionConflict(id)
        self.sign_out_everywhere(id)

    def check(self, id: str, password: str) -> Person | None:
        """Return the person if the password is theirs. It takes as long when it is not."""
        document = self._store.document(PEOPLE, id.strip().lower()[:200])
        person = parse_person(document.body) if document else None
        hashed = person.password if person and person.password and person.active else _NOBODY
        with _HASHING:
            right = _fits(hashed, password[:1000])
        return person if right and hashed != _NOBODY else None

    def make_link(self, id: str, hours: int = LINK_HOURS) -> str:
        """Return the token of a link that sets a password once; earlier ones are worth nothing.

        ``hours``: for how long it is good. Raise NoSuchPerson.
        """
        person, token = self.get(id), secrets.token_urlsafe(32)
        until = self._clock() + hours * 3600
        body = {"hash": _hash(token), "password": _hash(person.password), "until": until}
        for _try in range(_TRIES):
            document = self._store.document(LINKS, id)
            try:
                self._store.put(LINKS, id, body, document.version if document else 0)
                return token
            except VersionConflict:
                continue  # another administrator made one: the later is good
        raise VersionConflict(id)

    def link_until(self, person: Person) -> float:
        """Return until when a person's link is good (Unix seconds); 0: there is none."""
        document = self._store.document(LINKS, person.id)
        good = document is not None and self._good(document.body, person)
        return float(document.body["until"]) if document and good else 0

    def by_link(self, token: str) -> Person | None:
        """Return whose password the link of ``token`` sets, if it is good now."""
        found = self._link(token)
        return found[0] if found else None

    def use_link(self, token: str, password: str) -> Person | None:
        """Set a password by a link, this once; None where the link is not good. Raise BadPerson."""
        found = self._link(token)
        if found is None:
            return None
        person, version = found
        if wrong := password_problem(password, person):
            raise BadPerson([Problem("password", wrong)])
        try:
            self._store.put(LINKS, person.id, {"hash": "", "password": "", "until": 0}, version)
        except VersionConflict:
            return None  # somebody else used it, or it was replaced
        self.set_password(person.id, password)
        return person

    def sign_in(self, person: Person) -> str:
        """Begin a session; return what the browser keeps, which the store does not know."""
        return f"{person.id}:{self.sessions.begin(person)}"

    def signed_in(self, cookie: str) -> Person | None:
        """Return whose session ``cookie`` names, if it has not ended."""
        person, token = self._named(cookie)
        if person is None or not person.active:
            return None
        return person if self.sessions.alive(person, token) else None

    def sign_out(self, cookie: str) -> None:
        """End one session: nobody can use its cookie any more."""
        person, token = self._named(cookie)
        if person is not None:
            self.sessions.end(person, token)

    def sign_out_everywhere(self, id: str) -> None:
        """End every session of a person."""
        self.sessions.end_all(id)

    def _named(self, cookie: str) -> tuple[Person | None, str]:
        """Return who a cookie claims to belong to, and its token."""
        id, _colon, token = cookie.partition(":")
        document = self._store.document(PEOPLE, id[:200]) if token else None
        return (parse_person(document.body) if document else None), token

    def _link(self, token: str) -> tuple[Person, int] | None:
        """Return whose a link is, with the version of what is kept of it."""
        hashed = _hash(token)
        for id, document in self._store.documents(LINKS).items():
            if hmac.compare_digest(document.body["hash"], hashed):
                person = self.get(id)
                return (person, document.version) if self._good(document.body, person) else None
        return None

    def _good(self, link: Mapping[str, Any], person: Person) -> bool:
        same = hmac.compare_digest(link["password"], _hash(person.password))
        return same and person.active and self._clock() < link["until"]

    def _administrators(self) -> set[str]:
        return {person.id for person in self.all() if person.may(Right.PEOPLE)}


def _last(where: str) -> BadPerson:
    wanted = _("this is the last administrator: make somebody else one first")
    return BadPerson([Problem(where, wanted)])


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _hashed(password: str) -> str:
    with _HASHING:
        return _HASHER.hash(plain_password(password))


def _fits(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, plain_password(password))
    except (VerificationError, InvalidHashError):
        return False
