"""The gateway and the portal behind it, shared by all tests of a FAS level."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from tests.lab.gateway_lab import Lab, lab
from tests.lab.phone import CHROMIUM
from tests.lab.portal_host import PortalHost, Portals

_PROGRAMS = (
    "opennds", "dnsmasq", "iptables-nft", "nft", "udhcpc", "curl", "wget", "pgrep", "unshare",
    "nsenter", "ip", "sysctl", "php", CHROMIUM,
)  # fmt: skip
_PHONES = 5


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


@pytest.fixture(scope="session", params=[1, 2], ids=["level1", "level2"])
def running_lab(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    """A gateway with its phones, one for all tests of a FAS level."""
    with lab(request.param, _PHONES, tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture
def gateway(running_lab: Lab) -> Iterator[Lab]:
    """The gateway, with no visitor online when the test begins."""
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
