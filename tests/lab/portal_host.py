"""The portal itself, served by gunicorn from the lab's internet, with a store of its own."""

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import date, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from portal.counting.reconciliation import Balance, reconcile, total
from portal.stores import open_store
from portal.stores.base import Store
from tests.lab.authority import Certificate
from tests.lab.gateway_lab import KEY, SITE, Lab
from tests.lab.network import LAN_ADDRESS, PORTAL_ADDRESS, Namespace
from tests.lab.processes import background, run, tail, until
from tests.serving import add_site, environment


class PortalHost:
    """A running portal, and its books."""

    def __init__(self, data: Path, store: Store, site: str = SITE, origin: str = "") -> None:
        self.data = data
        self._store = store
        self._site = site
        self.origin = origin
        self._before: Counter[str] = Counter()

    def balance(self) -> Balance:
        """Return the reconciliation once nothing waits for the store any more."""

        def settled() -> Balance | None:
            balance = total(reconcile(self.data / "journal", self._store))
            return None if balance.waiting else balance

        found: Balance = until("everything is flushed", settled, 15)
        return found

    def begin(self) -> None:
        """Count from here on: what came before belongs to another test."""
        self._before = Counter()
        self._before = self.counts()

    def counts(self) -> Counter[str]:
        """Return what the site counted by kind since begin(), once nothing waits any more."""
        self.balance()
        today = date.today()
        days = today - timedelta(1), today + timedelta(1)  # whatever this machine's time zone
        counted: Counter[str] = Counter()
        for cell, number in self._store.counters(*days, [self._site]).get(self._site, {}).items():
            counted[cell.kind] += number
        return counted - self._before

    def report(self) -> dict[str, Any]:
        """Return what the office's command prints of everything this portal counted."""
        self.balance()
        program = [sys.executable, "-c", "from portal.cli import main; main()"]
        words = ["--data", str(self.data), "counts", "--from", "yesterday", "--format", "json"]
        printed: dict[str, Any] = json.loads(run(*program, *words))
        return printed


class Portals:
    """The portal of a lab: kept running from test to test while the site's key stays the same."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self._lab = lab
        self._folder = folder
        self._stack = ExitStack()
        self._key = ""
        self._host: PortalHost

    def serve(self, key: str = KEY) -> PortalHost:
        """Return a running portal that has counted nothing yet; ``key`` is the site's there."""
        if key != self._key:
            self.close()
            data = Path(mkdtemp(dir=self._folder))
            self._host = self._stack.enter_context(behind(self._lab, data, key))
            self._key = key
        self._host.begin()
        return self._host

    def close(self) -> None:
        """Stop the portal that runs."""
        self._key = ""
        self._stack.close()


def behind(lab: Lab, data: Path, key: str) -> AbstractContextManager[PortalHost]:
    """Serve the portal of a gateway; ``key`` is what the office entered for the site."""
    site = {
        "id": SITE,
        "name": "Bến xe Lab",
        "kind": "bus_station",
        "gateway": "opennds",
        "gateway.level": str(lab.level),
        "gateway.faskey": key,
        "gateway.address": LAN_ADDRESS,
    }
    add_site(data, **site)
    bind = f"{PORTAL_ADDRESS}:{lab.port}"
    return portal(lab.internet, data, SITE, bind, lab.origin, lab.certificate)


@contextmanager
def portal(
    machine: Namespace,
    data: Path,
    site: str,
    bind: str,
    origin: str,
    certificate: Certificate | None = None,
    **settings: str,
) -> Iterator[PortalHost]:
    """Serve the portal on ``machine`` while the block lasts, by https with a ``certificate``.

    ``site`` is the one whose counts will be asked for.
    """
    store = open_store("sqlite:", data)
    log = data / "gunicorn.log"
    command = [sys.executable, "-m", "gunicorn", "-c", "python:portal.gunicorn_conf"]
    env = environment(data, bind=bind, workers=2, **settings)
    if certificate:
        files = f"--certfile={certificate.chain} --keyfile={certificate.key}"
        env["GUNICORN_CMD_ARGS"] = files
    served = background(machine.command(*command), log, env=env, cwd=data, patience=25)
    try:
        with served as process:
            ready = f"{'https' if certificate else 'http'}://{bind}/readyz"
            ask = ("curl", "-sk", "-o", os.devnull, "-w", "%{http_code}", ready)
            until(
                "the portal is ready",
                lambda: process.poll() is not None or machine.run(*ask, check=False) == "200",
            )
            assert process.poll() is None, tail(log)
            yield PortalHost(data, store, site, origin)
    finally:
        store.close()
