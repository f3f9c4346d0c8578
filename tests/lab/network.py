"""Network namespaces and the wires between them; nothing is connected to the machine's own."""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.lab.processes import run, until

ETC = Path("/etc/netns")
"""Where ``ip netns exec`` finds files that a namespace has in /etc instead of the machine's."""

LAN_ADDRESS = "10.77.0.1"
PORTAL_ADDRESS = "203.0.113.10"
INTERNET_ADDRESS = "198.51.100.80"
APPLE_ADDRESS = "198.51.100.81"  # of Apple's check, so that it can be opened alone
_GATEWAY_WAN = "203.0.113.2"
_PROVIDER = "203.0.113.1"


class Namespace:
    """One machine of the lab."""

    def __init__(self, name: str) -> None:
        self.name = name

    def command(self, *command: str | Path) -> list[str]:
        """Return the command line that runs ``command`` in here."""
        return ["ip", "netns", "exec", self.name, *map(str, command)]

    def run(self, *command: str | Path, check: bool = True, timeout: float = 30) -> str:
        """Run a command in here to its end and return what it printed."""
        return run(*self.command(*command), check=check, timeout=timeout)

    def ip(self, *words: str) -> None:
        """Configure this machine's network."""
        run("ip", "-n", self.name, *words)

    def pids(self) -> list[int]:
        """Return the processes that live in here."""
        return [int(pid) for pid in run("ip", "netns", "pids", self.name, check=False).split()]

    def end_processes(self) -> None:
        """Kill what lives in here: all of it was started by the lab."""

        def gone() -> bool:
            for pid in (pids := self.pids()):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            return not pids

        until(f"{self.name} is empty", gone, 10)


@contextmanager
def namespace(name: str, resolver: str | None = None) -> Iterator[Namespace]:
    """Have a machine while the block lasts; ``resolver`` is the name server it begins with."""
    made = Namespace(name)
    etc = ETC / name
    try:
        if resolver is not None:
            etc.mkdir(parents=True)
            (etc / "resolv.conf").write_text(f"nameserver {resolver}\n")
        run("ip", "netns", "add", name)
        made.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", check=False)
        made.ip("link", "set", "lo", "up")
        yield made
    finally:
        if Path("/run/netns", name).exists():
            made.end_processes()
            run("ip", "netns", "del", name)
        shutil.rmtree(etc, ignore_errors=True)
        with suppress(OSError):  # another lab may still need it
            ETC.rmdir()


def connect_provider(gateway: Namespace, internet: Namespace) -> None:
    """Give the gateway its uplink, and the internet the addresses of its two hosts."""
    _wire(gateway, "wan0", internet, "wan0")
    gateway.ip("addr", "add", f"{_GATEWAY_WAN}/24", "dev", "wan0")
    internet.ip("addr", "add", f"{_PROVIDER}/24", "dev", "wan0")
    for address in (PORTAL_ADDRESS, INTERNET_ADDRESS, APPLE_ADDRESS):
        internet.ip("addr", "add", f"{address}/32", "dev", "lo")
    gateway.ip("link", "set", "wan0", "up")
    internet.ip("link", "set", "wan0", "up")
    gateway.ip("route", "add", "default", "via", _PROVIDER)


def build_lan(
    gateway: Namespace, phones: list[Namespace], address: str = f"{LAN_ADDRESS}/24"
) -> None:
    """Connect the phones to the gateway's bridge, each with a hardware address of its own."""
    gateway.ip("link", "add", "br-lan", "type", "bridge", "forward_delay", "0")
    gateway.ip("addr", "add", address, "dev", "br-lan")
    gateway.ip("link", "set", "br-lan", "up")
    for number, phone in enumerate(phones, 1):
        _wire(gateway, f"lan{number}", phone, "wlan0", f"02:00:5e:00:53:{number:02x}")
        gateway.ip("link", "set", f"lan{number}", "master", "br-lan", "up")
        phone.ip("link", "set", "wlan0", "up")


def _wire(one: Namespace, end: str, other: Namespace, other_end: str, mac: str = "") -> None:
    address = ["address", mac] if mac else []
    peer = ["peer", "name", other_end, *address, "netns", other.name]
    run("ip", "link", "add", end, "netns", one.name, "type", "veth", *peer)
