"""A visitor's phone: an address by DHCP, the system's own probe, and a browser."""

import os
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager
from email import message_from_string
from email.message import Message
from pathlib import Path
from subprocess import Popen
from typing import NamedTuple
from urllib.parse import urljoin

from playwright.async_api import Page, async_playwright

from tests.lab.authority import Certificate
from tests.lab.network import Namespace
from tests.lab.processes import LabError, background, tail

PROBE = "http://connectivitycheck.gstatic.com/generate_204"
CHROMIUM = "/usr/bin/chromium"
_DHCP_SCRIPT = Path(__file__).parent / "shims/udhcpc-script"
SYSTEM_AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/60.0.3112.32 Safari/537.36"
)
BROWSER_AGENT = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/120.0.0.0 Mobile Safari/537.36"
)


class Answer(NamedTuple):
    """A response as the phone received it."""

    url: str
    status: int
    headers: Message
    body: str

    @property
    def location(self) -> str:
        """Where a redirect leads, '' without one."""
        return urljoin(self.url, self.headers["Location"]) if "Location" in self.headers else ""


class Phone:
    """One phone on the gateway's wifi."""

    def __init__(
        self, namespace: Namespace, folder: Path, trusted: Certificate | None = None
    ) -> None:
        self.namespace = namespace
        self.folder = folder
        self._trusted = trusted
        folder.mkdir()
        self._script = folder / "udhcpc-script"
        shutil.copy(_DHCP_SCRIPT, self._script)
        self._script.chmod(0o755)

    def asking_for_address(self) -> AbstractContextManager[Popen[bytes]]:
        """Start the DHCP client; it ends with status 0 when the phone has an address."""
        options = ["-f", "-q", "-n", "-i", "wlan0", "-t", "20", "-T", "1", "-O", "114"]
        return background(
            self.namespace.command("udhcpc", *options, "-s", self._script),
            self.folder / "udhcpc.log",
            env={**os.environ, "LEASE": str(self.folder / "lease")},
        )

    @property
    def lease(self) -> dict[str, str]:
        """What the DHCP server gave."""
        lines = (self.folder / "lease").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    @property
    def address(self) -> str:
        """The phone's address."""
        return self.lease["address"]

    @property
    def captive_api(self) -> str:
        """The address that DHCP option 114 named, '' without one (RFC 8910)."""
        return bytes.fromhex(self.lease["option114"]).decode()

    def get(self, url: str, *, agent: str = SYSTEM_AGENT, accept: str = "*/*") -> Answer:
        """Fetch one address and follow nothing."""
        trusted = ("--cacert", self._trusted.authority) if self._trusted else ()
        printed = self.namespace.run(
            *("curl", "-sS", "-D", "-", "--max-time", "20", "--noproxy", "*", *trusted),
            *("-A", agent, "-H", f"Accept: {accept}", url),
        )
        head, _gap, body = printed.replace("\r\n", "\n").partition("\n\n")
        status, _end, headers = head.partition("\n")
        return Answer(url, int(status.split()[1]), message_from_string(headers), body)

    def probe(self) -> list[Answer]:
        """Check the connection as the system does; return every answer on the way."""
        answers = [self.get(PROBE)]
        while answers[-1].location and len(answers) < 10:
            answers.append(self.get(answers[-1].location))
        return answers

    def is_captive(self) -> bool:
        """Tell whether the probe is answered by the gateway."""
        return self.get(PROBE).status != 204

    def is_online(self) -> bool:
        """Tell whether the probe comes through to its owner."""
        return not self.is_captive()

    @asynccontextmanager
    async def browser(
        self, *, script: bool = True, agent: str = BROWSER_AGENT
    ) -> AsyncIterator[Page]:
        """Have a browser on the phone; it is steered over a pipe, not over the phone's network."""
        program = self.folder / "chromium"
        program.write_text(f'#!/bin/sh\nexec ip netns exec {self.namespace.name} {CHROMIUM} "$@"\n')
        program.chmod(0o755)
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-pings"]
        if self._trusted:
            arguments.append(f"--ignore-certificate-errors-spki-list={self._trusted.pin}")
        async with (
            async_playwright() as playwright,
            await playwright.chromium.launch(executable_path=program, args=arguments) as browser,
        ):
            context = await browser.new_context(
                user_agent=agent,
                viewport={"width": 412, "height": 915},
                is_mobile=True,
                has_touch=True,
                java_script_enabled=script,
                locale="vi-VN",
            )
            context.set_default_timeout(20_000)
            yield await context.new_page()


def lease_addresses(phones: Sequence[Phone]) -> None:
    """Have all phones ask for an address at once. Raise LabError when one gets none."""
    with ExitStack() as stack:
        asking = [stack.enter_context(phone.asking_for_address()) for phone in phones]
        for phone, process in zip(phones, asking, strict=True):
            if process.wait(30):
                raise LabError(f"no address: {tail(phone.folder / 'udhcpc.log')}")
