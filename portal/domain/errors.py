"""Facts that go wrong, named; only the edges (web, cli) turn them into answers."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class PortalError(Exception):
    """The root of everything this service raises on purpose."""


class BadNonce(PortalError):
    """A nonce that is not one of ours: malformed, altered, or signed with another key."""


class BadArrival(PortalError):
    """What a gateway sent cannot be read or verified.

    ``problem`` is a short fixed word (never the sender's text), so it may be logged and counted.
    """

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class ReleaseRefused(PortalError):
    """A release would go to an address that the site's configuration does not allow."""


class ReleaseFailed(PortalError):
    """A controller did not let the visitor through. ``problem`` is a short fixed word."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class NoSuchPerson(PortalError):
    """Nobody has this name."""


class NoSuchSite(PortalError):
    """No site has this id."""


class Problem(NamedTuple):
    """What is wrong with one value: the sentence is a message of the catalogues."""

    where: str  # the setting, field or row, as the person who wrote it knows it
    text: str
    values: Mapping[str, object] = {}

    def __str__(self) -> str:
        return f"{self.where}: {self.text % self.values}"


class BadInput(PortalError):
    """Something a person wrote cannot be used; ``problems`` holds every reason at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = list(problems)


class BadSettings(BadInput):
    """Settings that cannot be used."""


class BadSite(BadInput):
    """A site's description that is not acceptable."""


class BadPerson(BadInput):
    """A person's description, or a new password, that is not acceptable."""


def message(text: str) -> str:
    """Mark ``text`` for the catalogues; it is translated where it is shown."""
    return text


class StoreUnavailable(PortalError):
    """The store did not answer in time; nothing is known about what it did."""


class StoreForgot(PortalError):
    """The store has less of a writer than it once acknowledged; nothing was counted there.

    ``watermarks``: per site the last sequence that it still has. It was restored from a backup,
    or another server took over that had not got everything.
    """

    def __init__(self, watermarks: Mapping[str, int]) -> None:
        super().__init__(", ".join(f"{site}: {seq}" for site, seq in watermarks.items()))
        self.watermarks = dict(watermarks)


class VersionConflict(PortalError):
    """Somebody else changed the document since it was read."""
