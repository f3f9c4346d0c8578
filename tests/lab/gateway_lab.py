"""A real openNDS gateway with phones on one side and an internet on the other.

    phone1..N wlan0 --- br-lan gateway wan0 --- wan0 internet
                        openNDS, dnsmasq        203.0.113.10  the portal
                        10.77.0.1               198.51.100.80 every other name

Several labs may run at once: their names differ, and namespaces keep equal addresses apart.
"""

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from os import getpid
from pathlib import Path
from subprocess import Popen

from tests.lab.authority import Certificate, make_certificate
from tests.lab.network import (
    APPLE_ADDRESS,
    INTERNET_ADDRESS,
    LAN_ADDRESS,
    PORTAL_ADDRESS,
    Namespace,
    build_lan,
    connect_provider,
    namespace,
)
from tests.lab.phone import Phone, lease_addresses
from tests.lab.processes import LabError, background, run, tail, until

HERE = Path(__file__).parent
PORTAL_NAME = "portal.lab"
SITE = "ben-xe-lab"
GATEWAY_NAME = "Bến xe Lab"
KEY = "Bz2021laboratory"
_BUSY = 4  # status of ndsctl when another one held its lock for a second
_TRIES = 10
_numbers = count(1)


class Lab:
    """A lab that is up: its machines, and what can be asked of its gateway."""

    def __init__(self, name: str, level: int, state: Path) -> None:
        self.name = name
        self.level = level
        self.state = state
        self.gateway: Namespace
        self.internet: Namespace
        self.phones: list[Phone] = []
        self.certificate: Certificate | None = None
        self._init: Popen[bytes]
        self._restarts = 0
        self._said: dict[str, list[str]] = {}  # what its files said last, of a lab that has ended

    @property
    def port(self) -> int:
        """The port of the portal: level 3 asks for https."""
        return 8443 if self.level == 3 else 8080

    @property
    def origin(self) -> str:
        """The portal's address, as visitors reach it."""
        return f"{'https' if self.level == 3 else 'http'}://{PORTAL_NAME}:{self.port}"

    @property
    def namespaces(self) -> list[Namespace]:
        """Return every machine."""
        return [self.gateway, self.internet, *(phone.namespace for phone in self.phones)]

    def start_gateway(self, stack: ExitStack, configuration: str) -> None:
        """Start openNDS and dnsmasq, and wait until visitors are captured."""
        _write_configuration(self.state, configuration)
        # A pid namespace of its own: at its end openNDS kills by name, and with the first
        # process the kernel ends all others.
        unshare: list[str | Path] = [
            "unshare",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
        ]
        init = self.gateway.command(*unshare, self.state / "bin/gateway_init.sh", self.state)
        self._init = stack.enter_context(background(init, self.state / "gateway.log"))
        self._wait_for_opennds(starts=1)

    def restart_opennds(self, *changes: str) -> None:
        """End openNDS as a crash would; its watchdog starts it anew, and no visitor is known.

        ``changes``: sed's commands for its configuration.
        """
        for change in changes:
            self.in_gateway("sed", "-i", change, "/etc/opennds/opennds.conf")
        starts = self._words("starts")
        self._restarts += 1
        self.in_gateway("kill", "-TERM", starts[-1])
        self._wait_for_opennds(len(starts) + 1)

    def in_gateway(self, *command: str, check: bool = True) -> str:
        """Run a command among the gateway's own processes and files."""
        pid = Path(f"/proc/{self._init.pid}/task/{self._init.pid}/children").read_text().split()
        if not pid:
            raise LabError(f"the gateway has ended: {tail(self.state / 'gateway.log')}")
        enter = ["nsenter", "--target", pid[0], "--mount", "--net", "--pid", "--"]
        return run(*enter, *command, check=check)

    def ndsctl(self, *words: str) -> str:
        """Ask openNDS. It is asked by one at a time, and at level 3 its authmon asks too."""
        for _try in range(_TRIES):
            try:
                return self.in_gateway("ndsctl", *words)
            except LabError as error:
                busy = error
                if f"status {_BUSY}:" not in str(error):
                    raise
        raise busy

    def forget_visitors(self) -> None:
        """Take every phone offline again, as if it had just come."""
        self.wait_until_up()
        online = self._online()
        if not online:
            return
        for address in online:
            self.ndsctl("deauth", address)
        until("nobody is online", lambda: not self._online(), 10)
        last = next(phone for phone in self.phones if phone.address == online[-1])
        until(f"{last.address} is captive", last.is_captive, 10)

    def _online(self) -> list[str]:
        clients = json.loads(self.ndsctl("json"))["clients"].values()
        return [client["ip"] for client in clients if client["state"] == "Authenticated"]

    @property
    def crashes(self) -> int:
        """How often openNDS ended by itself; one odd request is enough for that."""
        return len(self._words("ends")) - self._restarts

    def wait_until_up(self) -> None:
        """Return once openNDS runs, whatever has ended it before."""
        self._wait_for_opennds(len(self._words("ends")) + 1)

    def messages(self) -> str:
        """Return what openNDS's scripts have said."""
        log = self.state / "messages.log"
        return log.read_text(errors="replace") if log.exists() else ""

    def internet_requests(self) -> str:
        """Return what the internet's host was asked for, one request a line."""
        log = self.state / "internet.jsonl"
        return log.read_text() if log.exists() else ""

    def _words(self, name: str) -> list[str]:
        file = self.state / name
        if file.exists():
            self._said[name] = file.read_text().split()
        return self._said.get(name, [])

    def _wait_for_opennds(self, starts: int) -> None:
        log = self.state / "opennds.log"

        def running() -> bool:
            if self._init.poll() is not None or len(self._words("starts")) > starts:
                why = f"{tail(self.state / 'gateway.log')}\n{tail(log)}"
                raise LabError(f"openNDS did not stay up: {why}")
            said = log.read_text(errors="replace") if log.exists() else ""
            return said.count("openNDS is now running") == starts

        until("openNDS is up", running, 60)


@contextmanager
def lab(
    level: int, phones: int, folder: Path, options: str = "", configuration: str = ""
) -> Iterator[Lab]:
    """Have a gateway of FAS ``level`` while the block lasts. Nothing of it stays behind.

    ``options``: more lines for opennds.conf; ``configuration``: the whole of it, instead of ours.
    """
    name = f"lab{getpid()}-{next(_numbers)}"
    built = Lab(name, level, folder / name)
    built.state.mkdir(parents=True)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, built.state)
        stack.callback(lambda: built.crashes)  # to be known afterwards
        if level == 3:
            built.certificate = make_certificate(built.state / "tls", PORTAL_NAME, PORTAL_ADDRESS)
        built.gateway = stack.enter_context(namespace(f"{name}-gw"))
        built.internet = stack.enter_context(namespace(f"{name}-inet"))
        for number in range(1, phones + 1):
            made = stack.enter_context(namespace(f"{name}-phone{number}", LAN_ADDRESS))
            folder = built.state / f"phone{number}"
            built.phones.append(Phone(made, folder, built.certificate))
        connect_provider(built.gateway, built.internet)
        build_lan(built.gateway, [phone.namespace for phone in built.phones])
        log = built.state / "internet.jsonl"
        server = HERE / "internet.py"
        command = built.internet.command(sys.executable, server, "0.0.0.0", log)
        stack.enter_context(background(command, built.state / "internet.log"))
        ours = _OPENNDS.format(level=level, port=built.port) + options
        built.start_gateway(stack, configuration or ours)
        lease_addresses(built.phones)
        yield built


def _write_configuration(state: Path, opennds: str) -> None:
    programs = state / "bin"
    shutil.copytree(HERE / "shims", programs)
    shutil.copy(HERE / "gateway_init.sh", programs)
    for program in programs.iterdir():
        program.chmod(0o755)
    for name in ("iptables", "ip6tables"):  # the legacy ones need kernel modules that may lack
        (programs / name).symlink_to(f"/usr/sbin/{name}-nft")
    (state / "dnsmasq.conf").write_text(_DNSMASQ)
    (state / "opennds.conf").write_text(opennds)


# openNDS accepts a client only if the lease stands in this very file.
_DNSMASQ = f"""\
port=53
no-resolv
no-hosts
addn-hosts=/etc/hosts
interface=br-lan
interface=lo
except-interface=wan0
bind-interfaces
user=root
pid-file=/run/dnsmasq.pid
log-facility=/mnt/dnsmasq.log
dhcp-leasefile=/tmp/dhcp.leases
dhcp-range=10.77.0.50,10.77.0.200,1h
dhcp-authoritative
no-ping
dhcp-option=option:router,{LAN_ADDRESS}
dhcp-option=option:dns-server,{LAN_ADDRESS}
address=/{PORTAL_NAME}/{PORTAL_ADDRESS}
address=/captive.apple.com/{APPLE_ADDRESS}
address=/#/{INTERNET_ADDRESS}
"""

# Small letters, one blank, nothing behind the value: openNDS's scripts look options up with awk,
# in comments too, which is the only way to set the poll interval: the daemon does not know it.
_OPENNDS = f"""\
gatewayinterface br-lan
gatewayname {GATEWAY_NAME}
enable_serial_number_suffix 0
gatewayfqdn status.client
dhcp_default_url_enable 1
login_option_enabled 0
fasport {{port}}
fasremoteip {PORTAL_ADDRESS}
fasremotefqdn {PORTAL_NAME}
faspath /s/{SITE}
faskey {KEY}
fas_secure_enabled {{level}}
sessiontimeout 1440
checkinterval 15
#nat_traversal_poll_interval 1
FirewallRuleSet authenticated-users {{{{
FirewallRule allow all
}}}}
FirewallRuleSet users-to-router {{{{
FirewallRule allow udp port 53
FirewallRule allow tcp port 53
FirewallRule allow udp port 67
FirewallRule allow tcp port 80
}}}}
"""
