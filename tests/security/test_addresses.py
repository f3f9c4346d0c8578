"""S01, S06: no address that a visitor brings leads a browser elsewhere, or has the portal ask."""

import json
import re
import socket
import subprocess
from collections.abc import Iterator
from html import unescape
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from portal.gateways import gateways
from tests.servers import requires
from tests.web.conftest import World, links

BRANDS = sorted(set(gateways()) - {"link", "notice", "standalone"})
EVIL = "evil.example"
ELSEWHERE = [
    f"//{EVIL}",
    f"/\\{EVIL}",
    f"/%5C{EVIL}",
    f"https:{EVIL}",
    f"https:///{EVIL}",
    f"///{EVIL}",
    f"\t//{EVIL}",
    f"/\t/{EVIL}",
    f"http://localhost@{EVIL}/",
    f"http://{EVIL}\\@localhost/",
    f"http://{EVIL}%5C@localhost/",
    f"http://localhost。{EVIL}/",
    "http://ｅvil.example/",
    f"http:\\\\{EVIL}",
    f"http://{EVIL}:80#@localhost/",
    f"http://{EVIL}?@localhost/",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "\x01javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "http://еvil.example/",
    f"http://xn--vil-pmc.{EVIL}/",
    f"http://{EVIL}/" + "a" * 3000,
]
INSIDE = [
    "http://127.0.0.1:9/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[::1]:6379/",
    "http://0x7f.1/",
    "http://2130706433/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "127.0.0.1",
    "localhost:6379",
]


def changed(query: str, address: str) -> Iterator[str]:
    """Yield ``query`` with each of its parameters, in turn, replaced by ``address``."""
    pairs = parse_qsl(query, keep_blank_values=True, encoding="latin-1")
    for place in range(len(pairs)):
        some = [(n, address if k == place else v) for k, (n, v) in enumerate(pairs)]
        yield urlencode(some, encoding="utf-8", errors="surrogateescape")
        yield urlencode([*some, (pairs[place][0], pairs[place][1])])  # and once more behind it


def led_to(world: World, brand: str, corpus: list[str]) -> set[str]:
    """Return every address that notices and taps lead to, whatever the query says."""
    counterpart = import_module(f"tests.counterparts.{brand}")
    world.add(id="gate", name="Nhà khách", **counterpart.FIELDS)
    found: set[str] = set()
    for address in corpus:
        for query in changed(counterpart.query(), address):
            page = world.get(f"/s/gate?{query}")
            assert page.status_code in (200, 302, 303)
            found |= addresses(page)
            if tap := links(page).get("continue"):
                answer = world.get(tap)
                assert answer.status_code < 500
                found |= addresses(answer)
    return found


def addresses(answer: Any) -> set[str]:
    """Return where a browser could go from an answer: Location, href, action, Refresh."""
    text = answer.get_data(as_text=True)
    found = {unescape(one) for one in re.findall(r'(?:href|action)="([^"]*)"', text)}
    found |= {unescape(one) for one in re.findall(r'content="\d+;\s*url=([^"]*)"', text)}
    return found | {
        answer.headers[name] for name in ("Location", "Refresh") if name in answer.headers
    }


def hosts(found: set[str]) -> dict[str, str]:
    """Return scheme and host of each address as browsers read it (the WHATWG's URL standard)."""
    script = (
        "const all = JSON.parse(require('fs').readFileSync(0));"
        "const read = a => { try { const u = new URL(a, 'http://localhost/s/gate');"
        "return u.protocol + '//' + u.hostname } catch { return 'none' } };"
        "console.log(JSON.stringify(Object.fromEntries(all.map(a => [a, read(a)]))))"
    )
    told = subprocess.run(
        [requires("node"), "-e", script], input=json.dumps(sorted(found)).encode(),
        capture_output=True, check=True,
    )  # fmt: skip
    parsed: dict[str, str] = json.loads(told.stdout)
    return parsed


@pytest.mark.parametrize("brand", BRANDS)
def test_s01_a_browser_goes_to_the_portal_the_gateway_or_the_campaign(
    brand: str, world: World
) -> None:
    fields = import_module(f"tests.counterparts.{brand}").FIELDS
    campaign = world.services.campaign
    ours = [*(store.url for store in campaign.stores.values()), campaign.official_page]
    known = {"http://localhost", "none", *hosts(set(ours)).values()}
    configured = " ".join(str(value) for value in fields.values())
    usual = addresses(world.get("/s/ben-xe"))  # the icon, for one, is in the page itself
    for address, place in hosts(led_to(world, brand, ELSEWHERE) - usual).items():
        scheme, _, host = place.partition("//")
        if brand == "meraki" and host.endswith(".network-auth.com"):
            continue  # its cloud, which no site has to name
        assert place in known or (scheme in ("http:", "https:") and host in configured), address


@pytest.mark.parametrize("brand", BRANDS)
def test_s06_the_portal_connects_to_nobody_whom_a_visitor_names(
    brand: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def refuse(_self: socket.socket, address: object) -> None:
        asked.append(address)
        raise OSError("this test lets nobody connect")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    led_to(world, brand, INSIDE)
    fields = import_module(f"tests.counterparts.{brand}").FIELDS
    controller = str(fields.get("gateway.controller", ""))
    strangers = [one for one in asked if not (isinstance(one, tuple) and str(one[1]) in controller)]
    assert strangers == []
