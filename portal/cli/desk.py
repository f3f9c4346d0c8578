"""What the commands work with, each part opened when it is first needed."""

import time
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from portal.cli.words import Failure
from portal.domain.areas import Areas, parse_areas
from portal.domain.errors import message as _
from portal.domain.garden import Garden, parse_garden
from portal.domain.periods import today
from portal.domain.probes import Probes, parse_probes
from portal.resources import read_text
from portal.settings import Settings, load_settings, signing_keys
from portal.sitebook import SiteBook
from portal.snapshot import SITES
from portal.stores import open_store
from portal.stores.base import Store

if TYPE_CHECKING:
    from portal.people import PeopleBook
    from portal.vault import Vault


@dataclass
class Desk:
    """One run of the command line."""

    config: Path | None = None
    data: Path | None = None

    def read_settings(self, **given: Any) -> Settings:
        """Return the settings, ``given`` ones included. Raise BadSettings."""
        return load_settings(file=self.config, data=self.data, **given)

    @cached_property
    def settings(self) -> Settings:
        """The settings as they are configured."""
        return self.read_settings()

    @cached_property
    def store(self) -> Store:
        """The store, shared with a server that may run on the same data."""
        return open_store(self.settings.store, self.settings.data)

    @cached_property
    def areas(self) -> Areas:
        """The administrative tree."""
        return parse_areas(read_text("areas.json"))

    @cached_property
    def garden(self) -> Garden:
        """Which hosts must be open before a release, and which closed."""
        return parse_garden(read_text("walled_garden.json"), self.probes.hosts)

    @cached_property
    def probes(self) -> Probes:
        """The connectivity checks of systems and browsers."""
        return parse_probes(read_text("probes.json"))

    @cached_property
    def vault(self) -> "Vault":
        """What the secrets of gateways are encrypted with."""
        from portal.vault import Vault  # cryptography costs 0,2 s

        return Vault(signing_keys(self.settings))

    @cached_property
    def book(self) -> SiteBook:
        """The sites, read and written with every check."""
        from portal.gateways import gateways  # cryptography costs 0,2 s

        return SiteBook(self.store, self.areas, gateways(), self.vault)

    @cached_property
    def people(self) -> "PeopleBook":
        """Who may sign in."""
        from portal.people import PeopleBook  # argon2 costs time to load

        return PeopleBook(self.store, time.time)

    @cached_property
    def catalogue(self) -> SiteBook:
        """The sites, to read only, their secrets still encrypted."""
        return SiteBook(self.store, self.areas, {}, None)

    @property
    def today(self) -> date:
        """The present day in Viet Nam."""
        return today(time.time())

    def close(self) -> None:
        """Let go of the store, if it was opened."""
        if "store" in self.__dict__:
            self.store.close()

    def no_such_site(self, id: str) -> Failure:
        """Return the error for an unknown id, with ids that look like it."""
        near = get_close_matches(id.lower(), self.store.documents(SITES), 3, 0.5)
        if near:
            return Failure(
                _("There is no site “%(id)s”. Did you mean: %(near)s?"),
                id=id,
                near=", ".join(near),
            )
        return Failure(_("There is no site “%(id)s”."), id=id)


pass_desk = click.make_pass_decorator(Desk)
