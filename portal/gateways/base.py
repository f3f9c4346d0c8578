"""What every gateway adapter does, and the plain values it does it with."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, runtime_checkable

from portal.domain.errors import BadSite, Problem, ReleaseFailed
from portal.domain.errors import message as _
from portal.domain.events import Tier
from portal.domain.garden import Garden
from portal.domain.sites import Site


@dataclass(frozen=True, slots=True)
class Option:
    """One setting of a brand of gateway."""

    name: str
    fits: Callable[[str], bool]
    wrong: str  # what to write instead, as a message
    default: str | None = None  # None: it has to be given
    secret: bool = False
    values: Mapping[str, object] = field(default_factory=dict)  # for the gaps in ``wrong``


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a gateway told us when it sent a visitor here. It lives as long as the request."""

    tier: Tier = Tier.NONE
    captive: bool = True
    """False: the gateway says that the visitor is online already, or holds nobody."""
    release: Mapping[str, str] = field(default_factory=dict)
    """What the release will need; it travels sealed in the continue link, and nowhere else."""
    origin: str = ""
    """The address the phone had asked for. Never stored, never redirected to."""


@dataclass(frozen=True, slots=True)
class Redirect:
    """A release by sending the visitor's browser to the gateway."""

    url: str


@dataclass(frozen=True, slots=True)
class FormPost:
    """A release by having the visitor's browser post a form to the gateway."""

    url: str
    fields: Mapping[str, str]


class Answer(NamedTuple):
    """What a controller answered."""

    status: int
    headers: Mapping[str, str]  # names in small letters; several of one name joined by ", "
    cookies: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body, read as JSON. Raise ReleaseFailed when it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise ReleaseFailed("answer") from None


class Talk(Protocol):
    """Sends one request to a controller; see controllers.Controllers."""

    def __call__(
        self,
        method: str,
        url: str,
        *,
        json: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        ca: str = "",
    ) -> Answer:
        """Return the answer, whatever its status. Raise ReleaseFailed when there is none."""
        ...


@dataclass(frozen=True, slots=True)
class ApiCall:
    """A release by telling the site's controller; then the visitor goes to ``landing``."""

    tell: Callable[[Talk], None]
    """Raises ReleaseFailed when the controller does not let the visitor through."""
    landing: str


@dataclass(frozen=True, slots=True)
class Local:
    """A release by this service itself: it answers the visitor's connectivity checks."""

    landing: str
    minutes: int


Release = Redirect | FormPost | ApiCall | Local


class File(NamedTuple):
    """A file of a kit: what is entered at the gateway."""

    name: str
    text: str


class Gateway(Protocol):
    """How one brand of gateway hands a visitor over, and how it is told to let them through.

    Adapters know neither Flask nor a store: query string in, plain values out.
    """

    name: str
    captive: bool
    """Whether visitors are held until they are released."""
    proofs: frozenset[str]
    """Names of parameters that have to be verified or decrypted before a notice is shown."""
    options: Sequence[Option]
    """The settings of a site with this gateway."""

    def check(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Return the site's gateway settings, completed. Raise BadSite with every problem."""
        ...

    def arrive(self, site: Site, query: str, address: str) -> Arrival | None:
        """Read and verify the raw query string; None when there is nothing of a gateway in it.

        ``address`` is the notice's own, without the query, as the visitor's browser sent it: some
        gateways sign the whole of it. Raise BadArrival when there is something, but it cannot be
        read or is not genuine.
        """
        ...

    def release(self, site: Site, release: Mapping[str, str], landing: str) -> Release:
        """Return how to let the visitor through and have them land on our page ``landing``.

        ``release`` is empty for a visitor whom no gateway brought. Raise ReleaseRefused when it
        would go to an address that the site's settings do not allow.
        """
        ...

    def kit(self, site: Site, notice: str, garden: Garden) -> list[File]:
        """Return what to enter at the gateway, the walled garden in its own syntax included.

        ``notice`` is the address of the site's notice, without a query.
        """
        ...


@runtime_checkable
class PlainRelease(Protocol):
    """A gateway whose release may be a link that a server without any knowledge can make."""

    def plain_release(self, site: Site, landing: str) -> str | None:
        """Return the link; ``{name}`` stands for the parameter ``name`` as the gateway sent it.

        Nothing else may be of the gateway's choosing. None where the site's settings need more.
        """
        ...


def checked(options: Sequence[Option], settings: Mapping[str, str]) -> dict[str, str]:
    """Return ``settings`` completed by defaults. Raise BadSite with every problem."""
    known = {option.name for option in options}
    unknown = _("there is no such setting")
    problems = [Problem(name, unknown) for name in sorted(set(settings) - known)]
    complete = {}
    for option in options:
        value = settings.get(option.name) or option.default
        if value is None or (value and not option.fits(value)):
            problems.append(Problem(option.name, option.wrong, option.values))
        else:
            complete[option.name] = value
    if problems:
        raise BadSite(problems)
    return complete


def secrets_of(gateway: Gateway) -> frozenset[str]:
    """Return the names of the settings that nobody may read."""
    return frozenset(option.name for option in gateway.options if option.secret)
