"""Who works with the service: people, what their role lets them do, and what their names may be."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from portal.domain.errors import BadPerson, Problem
from portal.domain.errors import message as _

_HOST = r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+"
_ID = re.compile(rf"[a-z0-9](?:[a-z0-9._+-]{{0,62}}[a-z0-9])?(?:@{_HOST})?")
SHORTEST, LONGEST = 12, 200
"""Characters of a password: length is what counts (ASVS 5.0, 6.2.1, 6.2.9)."""

# What guessing begins with, and the words of this place: they do not make a password longer
# (ASVS 5.0, 6.2.4 and 6.2.11). The longer ones first, as one may be part of another.
_GUESSED = (
    *("qwertyuiop", "1234567890", "123456789", "987654321", "1q2w3e4r", "1qaz2wsx", "12345678"),
    *("mật khẩu", "mat khau", "matkhau", "password", "passw0rd", "iloveyou", "welcome"),
    *("bluezone", "bảo lâm", "bao lam", "baolam", "cao bằng", "cao bang", "caobang"),
    *("qwerty", "123456", "abcdef", "abc123", "letmein", "admin"),
)


class Right(StrEnum):
    """Something that a person may do."""

    READ = "read"  # see the counts of every site
    READ_OWN = "read_own"  # see the counts of the own sites
    ENTER = "enter"  # enter installs and notes, acknowledge alerts
    SITES = "sites"  # add and change sites
    CLOSE = "close"  # close weeks
    PEOPLE = "people"  # add and change people, read the audit log


class Role(StrEnum):
    """What a person is here."""

    ADMIN = "admin"  # quản trị
    OFFICER = "officer"  # cán bộ
    VIEWER = "viewer"  # xem
    OWNER = "owner"  # chủ điểm


ROLES: Mapping[Role, str] = {
    Role.ADMIN: _("administrator"),
    Role.OFFICER: _("officer"),
    Role.VIEWER: _("viewer"),
    Role.OWNER: _("owner of a site"),
}
"""What a role is called, as a message."""

RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.ADMIN: frozenset(Right),
    Role.OFFICER: frozenset(Right) - {Right.PEOPLE},
    Role.VIEWER: frozenset({Right.READ, Right.READ_OWN}),
    Role.OWNER: frozenset({Right.READ_OWN}),
}


@dataclass(frozen=True, slots=True)
class Person:
    """One person, as the store keeps them. Nothing in it is readable that has to be secret."""

    id: str  # what they sign in with: a name or an e-mail address, in small letters
    name: str
    role: Role
    sites: tuple[str, ...] = ()  # an owner's own
    password: str = ""  # its hash; empty: nobody can sign in until one is set
    active: bool = True

    def may(self, right: Right, site: str | None = None) -> bool:
        """Tell whether the person has ``right``; READ_OWN only at a site of their own."""
        if not self.active or right not in RIGHTS[self.role]:
            return False
        if right is Right.READ_OWN and Right.READ not in RIGHTS[self.role]:
            return site in self.sites
        return True

    def document(self) -> dict[str, Any]:
        """Return the person as a document for the store."""
        return asdict(self)


def parse_person(fields: Mapping[str, Any]) -> Person:
    """Return the person that ``fields`` describe. Raise BadPerson with every problem."""
    problems: list[Problem] = []
    id = str(fields.get("id", "")).strip().lower()
    if not _ID.fullmatch(id):
        problems.append(Problem("id", _("write a name of small letters and digits, or an e-mail")))
    name = " ".join(str(fields.get("name", "")).split())
    if not (name and len(name) <= 120 and name.isprintable()):
        problems.append(Problem("name", _("write a name of at most 120 characters")))
    role = str(fields.get("role", "")).strip()
    if role not in list(Role):
        wanted = _("write one of: %(choices)s")
        problems.append(Problem("role", wanted, {"choices": ", ".join(Role)}))
    sites = _sites(fields.get("sites", ()))
    if role == Role.OWNER and not sites:
        problems.append(Problem("sites", _("an owner needs at least one site")))
    if problems:
        raise BadPerson(problems)
    password, active = str(fields.get("password", "")), fields.get("active", True) is True
    return Person(id, name, Role(role), sites, password, active)


def changes(before: Person, after: Person) -> dict[str, list[Any]]:
    """Return what an edit changed, as the audit log keeps it: the value before and after."""
    old, new = before.document(), after.document()
    seen = ("name", "role", "sites", "active")
    return {name: [old[name], new[name]] for name in seen if old[name] != new[name]}


def plain_password(password: str) -> str:
    """Return a password in the one spelling that is hashed (NFKC, as NIST SP 800-63B asks for).

    Some keyboards write "ế" as one character, others as three.
    """
    return unicodedata.normalize("NFKC", password)


def password_problem(password: str, person: Person) -> str | None:
    """Return what is wrong with a new password, as a message; None if it will do."""
    password = plain_password(password)
    if len(password) < SHORTEST:
        return _("a password needs at least 12 characters; a short sentence is good")
    if len(password) > LONGEST:
        return _("a password has at most 200 characters")
    low = password.casefold()
    own = [part for part in (person.id.partition("@")[0], *person.name.casefold().split()) if part]
    left = low
    for part in (*own, *_GUESSED):
        left = left.replace(part, "")
    if len(set(low)) < 5 or len("".join(left.split())) < SHORTEST // 2:
        return _("this password is easily guessed, choose another")
    return None


def _sites(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        value = value.replace(",", " ").split()
    items = value if isinstance(value, Iterable) else ()
    return tuple(dict.fromkeys(str(item).strip() for item in items))
