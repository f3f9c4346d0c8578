"""What a visitor does, step by step, in a browser or with single requests."""

import json
import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from playwright.async_api import Page

from tests.lab.phone import BROWSER_AGENT, PROBE, Answer, Phone
from tests.lab.processes import until

ONLINE = re.compile(r"://[^/]+/online/[^/?]+\?")
"""The page behind the release."""


async def open_notice(page: Page, wanted: str = PROBE) -> None:
    """Ask for a page, as a login sheet does, and wait until the notice has begun to render."""
    async with page.expect_response(lambda response: "/i/" in response.url) as beacon:
        await page.goto(wanted)
    assert (await beacon.value).status == 200


async def go_online(page: Page) -> None:
    """Tap continue and wait for the page behind the release."""
    await page.tap("#continue")
    await page.wait_for_url(ONLINE)


def expect_online(phone: Phone) -> None:
    """The gateway's rules change a moment after its answer."""
    until(f"{phone.address} is online", phone.is_online, 10)


def as_person(phone: Phone, url: str) -> Answer:
    """Fetch an address as the phone's browser does."""
    return phone.get(url, agent=BROWSER_AGENT, accept="text/html")


def link(answer: Answer, id: str) -> str:
    """Return where a link of the page leads, or its beacon."""
    pattern = r'src="(/i/[^"]+)"' if id == "beacon" else rf'id="{id}" href="([^"]+)"'
    found = re.search(pattern, answer.body)
    assert found, answer.body
    return urljoin(answer.url, found[1].replace("&amp;", "&"))


def ask_doctor(phone: Phone, url: str, trusted: Path, *before: str) -> tuple[int, dict[str, Any]]:
    """Run the doctor on a phone; return its exit status, and what it says.

    ``trusted``: the certificates of authorities; ``before``: what its command begins with.
    """
    program = [sys.executable, "-c", "from portal.cli import main; main()"]
    words = ["doctor", url, "--format", "json", "--patience", "2"]
    command = " ".join(f"'{word}'" for word in [*before, *program, *words])
    status = phone.folder / "status"
    printed = phone.namespace.run(
        *("env", f"SSL_CERT_FILE={trusted}", f"PORTAL_DATA={phone.folder / 'none'}"),
        *("sh", "-c", f"{command}; echo $? > {status}"),
        timeout=120,
    )
    return int(status.read_text()), json.loads(printed)
