"""The doctor on a phone of a real gateway: it finds nothing where all is well, and each fault."""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.lab.authority import Certificate, make_certificate
from tests.lab.conftest import watch
from tests.lab.gateway_lab import HERE, KEY, PORTAL_NAME, SITE, Lab, lab
from tests.lab.network import APPLE_ADDRESS, ETC, INTERNET_ADDRESS, LAN_ADDRESS, PORTAL_ADDRESS
from tests.lab.portal_host import PortalHost, portal
from tests.lab.processes import background
from tests.lab.steps import ask_doctor
from tests.serving import add_site

STORES = ("play.google.com", "apps.apple.com", "www.bluezone.gov.vn")
# What the walled garden's names become in a gateway's firewall.
OPEN = f"""\
FirewallRuleSet preauthenticated-users {{
FirewallRule allow tcp port 443 to {INTERNET_ADDRESS}
FirewallRule allow udp port 53
}}
"""
OTHER_KEY = "Another2021laboratory"


class Venue:
    """A gateway, the portal behind it, stores, and a computer on the wifi."""

    def __init__(self, gateway: Lab, folder: Path, stack: ExitStack) -> None:
        self.gateway = gateway
        self.folder = folder
        self._portal = ExitStack()
        self.host: PortalHost
        stores = make_certificate(folder / "stores", *STORES)
        command = [sys.executable, HERE / "stores.py", INTERNET_ADDRESS, stores.chain, stores.key]
        log = folder / "stores.log"
        stack.enter_context(background(gateway.internet.command(*command), log))
        stack.callback(self.close)
        assert gateway.certificate
        self.certificate = gateway.certificate
        self.bundle = folder / "bundle.pem"
        trusted = (stores.authority, self.certificate.authority)
        self.bundle.write_text("".join(path.read_text() for path in trusted))
        self.data = folder / "data"
        for id, key in ((SITE, KEY), ("other-site", KEY)):
            fields = {"gateway.level": "3", "gateway.faskey": key, "gateway.address": LAN_ADDRESS}
            add_site(self.data, id=id, name="Bến xe Lab", gateway="opennds", **fields)
        self.serve(self.certificate)

    def serve(self, certificate: Certificate, data: Path | None = None) -> None:
        """Serve the portal, instead of the one that ran."""
        self.close()
        bind = f"{PORTAL_ADDRESS}:{self.gateway.port}"
        data = data or self.data
        served = portal(
            *(self.gateway.internet, data, SITE, bind, self.gateway.origin, certificate)
        )
        self.host = self._portal.enter_context(served)

    def close(self) -> None:
        """Stop the portal."""
        self._portal.close()

    def examine(self, *before: str) -> tuple[int, dict[str, Any]]:
        """Return the doctor's exit status, and what it says of this venue."""
        url = f"{self.gateway.origin}/s/{SITE}"
        return ask_doctor(self.gateway.phones[0], url, self.bundle, *before)


@pytest.fixture(scope="module")
def _venue(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Venue]:
    folder = tmp_path_factory.mktemp("doctor")
    with lab(3, 1, folder, OPEN) as gateway, ExitStack() as stack:
        watch(request.config, gateway)
        yield Venue(gateway, folder, stack)


@pytest.fixture
def venue(_venue: Venue) -> Venue:
    """The venue, with nobody online."""
    _venue.gateway.forget_visitors()
    return _venue


def test_where_all_is_well_it_finds_nothing_and_counts_nothing(venue: Venue) -> None:
    venue.host.begin()
    status, said = venue.examine()
    assert (status, said["faults"]) == (0, []), said
    states = {step["title"]: step["state"] for step in said["steps"]}
    assert states["The guest is online"] == "good"
    option = next(step for step in said["steps"] if "option 114" in step["title"])
    assert option["values"]["url"] == venue.gateway.phones[0].captive_api
    assert list(states.values()).count("good") >= 10
    assert all(step["seconds"] >= 0 for step in said["steps"] if step["seconds"] is not None)
    counted = venue.host.counts()
    assert {kind for kind in counted if not kind.startswith("rejected:")} == set()


@contextmanager
def rule(venue: Venue, *words: str) -> Iterator[None]:
    """Have a rule of the gateway's firewall while the block lasts."""
    chain, rest = words[2], words[3:]
    venue.gateway.in_gateway("iptables", *words[:2], "-I", chain, *rest)
    try:
        yield
    finally:
        venue.gateway.in_gateway("iptables", *words[:2], "-D", chain, *rest)


@contextmanager
def wrong_key(venue: Venue) -> Iterator[None]:
    data = venue.folder / "wrong-key"
    fields = {"gateway.level": "3", "gateway.faskey": OTHER_KEY, "gateway.address": LAN_ADDRESS}
    add_site(data, id=SITE, name="Bến xe Lab", gateway="opennds", **fields)
    venue.serve(venue.certificate, data)
    yield
    venue.serve(venue.certificate)


@contextmanager
def configured(venue: Venue, path: str) -> Iterator[None]:
    venue.gateway.restart_opennds(f"s,^faspath .*,faspath {path},")
    yield
    venue.gateway.restart_opennds(f"s,^faspath .*,faspath /s/{SITE},")


def wrong_address(venue: Venue) -> AbstractContextManager[None]:
    return configured(venue, "/portal")


def wrong_site(venue: Venue) -> AbstractContextManager[None]:
    return configured(venue, "/s/other-site")


@contextmanager
def expired(venue: Venue) -> Iterator[None]:
    old = make_certificate(
        venue.folder / "old", PORTAL_NAME, PORTAL_ADDRESS, good_for=timedelta(hours=-1)
    )
    before = venue.bundle.read_text()
    venue.bundle.write_text(before + old.authority.read_text())
    venue.serve(old)
    yield
    venue.bundle.write_text(before)
    venue.serve(venue.certificate)


@contextmanager
def no_names(venue: Venue) -> Iterator[None]:
    file = ETC / venue.gateway.phones[0].namespace.name / "resolv.conf"
    before = file.read_text()
    file.write_text("nameserver 10.77.0.99\noptions timeout:1 attempts:1\n")
    yield
    file.write_text(before)


def store_blocked(venue: Venue) -> AbstractContextManager[None]:
    away = ("-d", INTERNET_ADDRESS, "-p", "tcp", "--dport", "443")
    return rule(venue, "-t", "filter", "FORWARD", *away, "-j", "REJECT")


@contextmanager
def check_open(venue: Venue) -> Iterator[None]:
    apple = ("-d", APPLE_ADDRESS, "-p", "tcp", "--dport", "80", "-j", "ACCEPT")
    back = ("-s", APPLE_ADDRESS, "-j", "ACCEPT")
    with (
        rule(venue, "-t", "nat", "PREROUTING", *apple),
        rule(venue, "-t", "filter", "FORWARD", *apple),
        rule(venue, "-t", "filter", "FORWARD", *back),
    ):
        yield


@contextmanager
def portal_down(venue: Venue) -> Iterator[None]:
    venue.close()
    yield
    venue.serve(venue.certificate)


@contextmanager
def no_redirect(venue: Venue) -> Iterator[None]:
    web = ("-i", "br-lan", "-p", "tcp", "--dport", "80")
    with (
        rule(venue, "-t", "nat", "PREROUTING", *web, "-j", "ACCEPT"),
        rule(venue, "-t", "filter", "FORWARD", *web, "-j", "REJECT"),
    ):
        yield


Plant = Callable[[Venue], AbstractContextManager[None]]


@pytest.mark.parametrize(
    ("plant", "fault"),
    [
        (wrong_key, "wrong_key"),
        (wrong_address, "wrong_address"),
        (expired, "certificate_expired"),
        (no_names, "names"),
        (store_blocked, "store_blocked"),
        (check_open, "check_open"),
        (portal_down, "portal_away"),
        (wrong_site, "wrong_site"),
        (no_redirect, "no_redirect"),
    ],
)
def test_each_fault_is_named(venue: Venue, plant: Plant, fault: str) -> None:
    with plant(venue):
        status, said = venue.examine()
    assert (status, said["faults"]) == (1, [fault]), said


def test_a_clock_that_is_off_is_named(venue: Venue) -> None:
    status, said = venue.examine(str(shutil.which("faketime")), "-f", "+1h")
    assert (status, said["faults"]) == (1, ["clock"]), said
    clock = next(step for step in said["steps"] if step["fault"])
    assert clock["text"] == "This computer's clock is %(seconds)s s off"
    assert 3590 <= clock["values"]["seconds"] <= 3610
