"""The sites as this process knows them: no visitor ever waits for the store."""

import json
import logging
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from portal.domain.errors import BadInput, StoreUnavailable
from portal.domain.sites import Site, parse_site
from portal.gateways.base import Gateway
from portal.stores.base import Store, dump
from portal.vault import Vault

SITES = "sites"
_REFRESH = 3.0  # seconds

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """A site with its gateway; None when the gateway or its settings cannot be used."""

    site: Site
    gateway: Gateway | None


class Snapshot:
    """All sites, refreshed in the background and kept in a file for a start without the store."""

    def __init__(
        self, store: Store, gateways: Mapping[str, Gateway], vault: Vault, file: Path
    ) -> None:
        self._store = store
        self._gateways = gateways
        self._vault = vault
        self._file = file
        self._text = ""
        self._places: dict[str, Place] = {}
        self._senders: list[Place] = []
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def place(self, id: str) -> Place | None:
        """Return the active site ``id``, or None."""
        place = self._places.get(id)
        return place if place and place.site.active else None

    def places(self) -> list[Place]:
        """Return the active sites."""
        return [place for place in self._places.values() if place.site.active]

    def place_of(self, address: str | None) -> Place | None:
        """Return the one active site whose visitors come from ``address``, or None."""
        found = [place for place in self._senders if place.site.sends_from(address)]
        return found[0] if len(found) == 1 else None

    def load(self) -> None:
        """Read the sites from the store or, while it is away, from the kept file."""
        try:
            self.refresh()
        except StoreUnavailable as error:
            log.warning("the store is away, sites are read from %s: %s", self._file, error)
            self._take_kept()

    def _take_kept(self) -> None:
        try:
            self._take(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            pass
        except (OSError, ValueError) as error:  # visitors still get a page that leads to the app
            log.error("the kept sites cannot be read: %s", error)

    def refresh(self) -> None:
        """Read the sites from the store. Raise StoreUnavailable."""
        documents = self._store.documents(SITES)
        text = dump({id: document.body for id, document in documents.items()})
        if text != self._text:
            self._take(text)
            self._keep(text)

    def start(self) -> None:
        """Refresh in the background until stop()."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="snapshot", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the background thread."""
        self._stopping.set()
        if self._thread:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while not self._stopping.wait(_REFRESH):
            try:
                self.refresh()
            except StoreUnavailable:
                continue  # the flusher says so; the old sites go on
            except Exception:
                log.exception("refreshing the sites failed")

    def _take(self, text: str) -> None:
        bodies = json.loads(text)
        if not isinstance(bodies, dict):
            raise ValueError("not an object")
        places = {id: place for id, body in bodies.items() if (place := self._place(body))}
        self._senders = [p for p in places.values() if p.site.egress and p.site.active]
        self._places = places
        self._text = text

    def _place(self, body: Mapping[str, Any]) -> Place | None:
        try:
            site = parse_site(body)
        except BadInput as error:
            log.error("a site in the store cannot be used: %s", error)
            return None
        gateway = self._gateways.get(site.gateway)
        try:
            if gateway:  # completed: the document may be older than a setting
                settings = gateway.check(self._vault.open(site.gateway_settings))
                site = replace(site, gateway_settings=settings)
        except BadInput as error:
            where = ", ".join(problem.where for problem in error.problems)
            log.error("site %s: its gateway settings cannot be used: %s", site.id, where)
            gateway = None
        return Place(site, gateway)

    def _keep(self, text: str) -> None:
        draft = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        try:
            # It holds gateways' keys, if encrypted.
            fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(fd, "w", encoding="utf-8") as file:
                file.write(text)
            draft.replace(self._file)
        except OSError as error:
            log.warning("the sites could not be kept in %s: %s", self._file, error.strerror)
