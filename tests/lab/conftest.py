"""The gateway and the portal behind it, shared by all tests of a FAS level."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

from tests.lab.gateway_lab import Lab, lab
from tests.lab.phone import CHROMIUM
from tests.lab.portal_host import PortalHost, Portals

_PROGRAMS = (
    "opennds", "dnsmasq", "iptables-nft", "nft", "udhcpc", "curl", "wget", "pgrep", "unshare",
    "nsenter", "ip", "ss", "sysctl", "php", "nginx", "ipset", "faketime", CHROMIUM,
)  # fmt: skip
_PHONES = {1: 2, 2: 20, 3: 3}  # by level


_LABS = pytest.StashKey[list[Lab]]()
_TRIES = 3


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Run a test again when openNDS itself has crashed in it, as it does once in many runs.

    A request of ours that always has it crash fails every time, and so does anything else.
    """
    if Path(__file__).parent not in item.path.parents:
        return None  # pytest asks for every test, whatever its folder
    hook = item.ihook
    hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for tries in range(1, _TRIES + 1):
        before = _crashes(item.config)
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        failed = any(report.failed for report in reports)
        if failed:
            time.sleep(0.5)  # until what ended openNDS is known
        if not failed or tries == _TRIES or _crashes(item.config) == before:
            break
        print(f"openNDS has crashed in {item.nodeid}: once more")
    for report in reports:
        hook.pytest_runtest_logreport(report=report)
    hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def watch(config: pytest.Config, running: Lab) -> None:
    """Have a test be run again when the openNDS of this lab has crashed in it."""
    config.stash.setdefault(_LABS, []).append(running)


def _crashes(config: pytest.Config) -> int:
    return sum(running.crashes for running in config.stash.get(_LABS, []))


@pytest.fixture(scope="session", autouse=True)
def _everything_is_here() -> None:
    lacking = [program for program in _PROGRAMS if not shutil.which(program)]
    why = f"the lab needs {', '.join(lacking)} (see tests/lab/README.md)" if lacking else ""
    if os.geteuid():
        why = "the lab needs root: it makes network namespaces"
    if why and os.environ.get("CI") == "true":
        pytest.fail(why)
    if why:
        pytest.skip(why)


@pytest.fixture(scope="session", params=[1, 2, 3], ids=["level1", "level2", "level3"])
def running_lab(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    """A gateway with its phones, one for all tests of a FAS level."""
    with lab(request.param, _PHONES[request.param], tmp_path_factory.mktemp("lab")) as running:
        watch(request.config, running)
        yield running


@pytest.fixture
def gateway(running_lab: Lab) -> Iterator[Lab]:
    """The gateway, with no visitor online when the test begins."""
    running_lab.wait_until_up()
    crashes = running_lab.crashes
    yield running_lab
    running_lab.forget_visitors()
    assert running_lab.crashes == crashes


@pytest.fixture(scope="session")
def portals(running_lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portals]:
    """The portal behind the gateway."""
    with closing(Portals(running_lab, tmp_path_factory.mktemp("portal"))) as served:
        yield served


@pytest.fixture
def serve(gateway: Lab, portals: Portals) -> Callable[..., PortalHost]:
    """Serve the portal; the site's key is the gateway's unless one is given."""
    return portals.serve


@pytest.fixture
def portal_host(serve: Callable[..., PortalHost]) -> PortalHost:
    """The portal as it should be: entered with the gateway's own key and address."""
    return serve()
