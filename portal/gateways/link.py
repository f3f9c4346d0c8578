"""No captive gateway: the page is opened by QR code or link, and nobody has to be released."""

from collections.abc import Mapping

from portal.domain.errors import BadSite, Problem
from portal.domain.errors import message as _
from portal.domain.sites import Site
from portal.gateways.base import Arrival, Redirect, Release


class Link:
    """The gateway of a site that has none."""

    name = "link"
    captive = False

    def check(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Return no settings: there are none. Raise BadSite for any."""
        if settings:
            raise BadSite([Problem(name, _("there is no such setting")) for name in settings])
        return {}

    def arrive(self, site: Site, query: str) -> Arrival | None:
        """Return None: no gateway speaks here."""
        return None

    def release(self, site: Site, release: Mapping[str, str], landing: str) -> Release:
        """Return ``landing``: the visitor is online already."""
        return Redirect(landing)
