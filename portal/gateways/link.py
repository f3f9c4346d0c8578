"""No captive gateway: the page is opened by QR code or link, and nobody has to be released."""

from collections.abc import Mapping, Sequence

from portal.domain.garden import Garden
from portal.domain.sites import Site
from portal.gateways.base import Arrival, File, Option, Redirect, Release, checked


class Link:
    """The gateway of a site that has none."""

    name = "link"
    captive = False
    proofs = frozenset[str]()
    options: Sequence[Option] = ()

    def check(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Return no settings: there are none. Raise BadSite for any."""
        return checked(self.options, settings)

    def arrive(self, site: Site, query: str, address: str) -> Arrival | None:
        """Return None: no gateway speaks here."""
        return None

    def release(self, site: Site, release: Mapping[str, str], landing: str) -> Release:
        """Return ``landing``: the visitor is online already."""
        return Redirect(landing)

    def kit(self, site: Site, notice: str, garden: Garden) -> list[File]:
        """Return nothing: posters and screens carry the address."""
        return []
