"""What every gateway adapter does, and the plain values it does it with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from portal.domain.events import Tier
from portal.domain.sites import Site


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a gateway told us when it sent a visitor here. It lives as long as the request."""

    tier: Tier = Tier.NONE
    captive: bool = True
    """False: the gateway says that the visitor is online already."""
    release: Mapping[str, str] = field(default_factory=dict)
    """What the release will need; it travels sealed in the continue link, and nowhere else."""
    origin: str = ""
    """The address the phone had asked for. Never stored, never redirected to."""


@dataclass(frozen=True, slots=True)
class Redirect:
    """A release by sending the visitor's browser to the gateway."""

    url: str


Release = Redirect


class Gateway(Protocol):
    """How one brand of gateway hands a visitor over, and how it is told to let them through.

    Adapters know neither Flask nor a store: query string in, plain values out.
    """

    name: str
    captive: bool
    """Whether visitors are held until they are released."""

    def check(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Return the site's gateway settings, completed. Raise BadSite with every problem."""
        ...

    def arrive(self, site: Site, query: str) -> Arrival | None:
        """Read and verify the raw query string; None when there is nothing of a gateway in it.

        Raise BadArrival when there is something, but it cannot be read or is not genuine.
        """
        ...

    def release(self, site: Site, release: Mapping[str, str], landing: str) -> Release:
        """Return how to let the visitor through and have them land on our page ``landing``.

        ``release`` is empty for a visitor whom no gateway brought. Raise ReleaseRefused when it
        would go to an address that the site's settings do not allow.
        """
        ...
