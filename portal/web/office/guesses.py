"""How often somebody may guess a password or a code, at sign-in and after it."""

from dataclasses import dataclass

from flask import request

from portal.domain.errors import NoSuchPerson
from portal.domain.errors import message as _
from portal.web.requests import services

PER_NAME, PER_ADDRESS = 5, 30
"""Wrong guesses within a quarter of an hour, after which further ones are not even looked at."""

TOO_OFTEN = _("Too many attempts. Please try again in a quarter of an hour.")


@dataclass(frozen=True, slots=True)
class Guesses:
    """Guesses of one sort: per name, and all sorts together per address."""

    kind: str
    action: str  # what the audit log calls it when a name is locked

    def too_many(self, id: str) -> bool:
        """Tell whether nobody may guess for ``id``, or from this address, for now."""
        return self._of_name(id) >= PER_NAME or address_locked()

    def wrong(self, id: str) -> None:
        """Count a wrong guess; the one that locks the name is written to the audit log."""
        before = self._of_name(id)
        services().attempts.note(f"{self.kind} {id}")
        note_address()
        if before < PER_NAME <= self._of_name(id):
            services().audit.note("-", self.action, _known(id))

    def right(self, id: str) -> None:
        """Forget the wrong guesses for ``id``."""
        services().attempts.forget(f"{self.kind} {id}")

    def _of_name(self, id: str) -> int:
        return services().attempts.of(f"{self.kind} {id}")


SIGNING_IN = Guesses("name", "sign_in.locked")
"""By whoever has not signed in: of passwords and of second factors together."""

SIGNED_IN = Guesses("own", "account.locked")
"""In somebody's own account, whose session may have been stolen.

Apart from the others, so that nobody outside can keep a person from changing the password.
"""


def address_locked() -> bool:
    """Tell whether too many wrong guesses came from this address."""
    return services().attempts.of(f"address {request.remote_addr}") >= PER_ADDRESS


def note_address() -> None:
    """Count a wrong guess from this address."""
    services().attempts.note(f"address {request.remote_addr}")


def _known(id: str) -> str:
    """Return the id of a person, or "-": what else somebody typed may be a password."""
    try:
        return services().people.get(id).id
    except NoSuchPerson:
        return "-"
