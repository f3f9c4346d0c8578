"""A wifi without a captive gateway: a box with dnsmasq, its phones, and maybe an uplink."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from os import getpid
from pathlib import Path
from shutil import copy

from portal.domain.garden import parse_garden
from portal.domain.probes import parse_probes
from portal.domain.sites import Site
from portal.gateways import gateways
from portal.resources import read_text
from tests.lab.authority import Certificate
from tests.lab.network import Namespace, build_lan, connect_provider, namespace
from tests.lab.phone import Phone, lease_addresses
from tests.lab.processes import background, tail, until

HERE = Path(__file__).parent
PROBES = parse_probes(read_text("probes.json"))
_numbers = count(1)


@dataclass
class Wifi:
    """A wifi that is up."""

    box: Namespace
    internet: Namespace | None
    phones: list[Phone]


@contextmanager
def wifi(
    folder: Path,
    address: str,
    etc: Mapping[str, str],
    trusted: Certificate,
    *,
    phones: int = 1,
    uplink: bool = False,
) -> Iterator[Wifi]:
    """Have a box at ``address`` (with its network's length) whose /etc holds the files ``etc``."""
    name = f"lab{getpid()}-wifi{next(_numbers)}"
    state = folder / name
    for file, text in etc.items():
        path = state / "etc" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    init = state / "box_init.sh"
    copy(HERE / "box_init.sh", init)
    init.chmod(0o755)
    with ExitStack() as stack:
        box = stack.enter_context(namespace(f"{name}-box"))
        held = [
            stack.enter_context(namespace(f"{name}-phone{number}", address.partition("/")[0]))
            for number in range(1, phones + 1)
        ]
        internet = stack.enter_context(namespace(f"{name}-inet")) if uplink else None
        if internet:
            connect_provider(box, internet)
            rule = ("-t", "nat", "-A", "POSTROUTING", "-o", "wan0", "-j", "MASQUERADE")
            box.run("iptables-nft", *rule)
        build_lan(box, held, address)
        unshare = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
        log = state / "box.log"
        started = background(box.command(*unshare, init, state), log)
        process = stack.enter_context(started)
        until(
            "the box answers names",
            lambda: process.poll() is not None or ":53 " in box.run("ss", "-lun"),
        )
        assert process.poll() is None, tail(log)
        there = [
            Phone(made, state / f"phone{number}", trusted) for number, made in enumerate(held, 1)
        ]
        lease_addresses(there)
        yield Wifi(box, internet, there)


def kit(site: str, gateway: str, notice: str) -> dict[str, str]:
    """Return the files that the office hands out for a site with this gateway."""
    brand = gateways()[gateway]
    described = Site(site, site, gateway=gateway, gateway_settings=brand.check({}))
    garden = parse_garden(read_text("walled_garden.json"), PROBES.hosts)
    return {file.name: file.text for file in brand.kit(described, notice, garden)}
