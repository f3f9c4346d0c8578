"""A box without an uplink, set up with the very blocks of deploy/standalone.md."""

import asyncio
import json
import re
import shlex
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.domain.probes import Probe
from tests.lab.authority import make_certificate
from tests.lab.phone import BROWSER_AGENT, Phone
from tests.lab.portal_host import PortalHost, portal
from tests.lab.processes import LabError, run
from tests.lab.steps import as_person, go_online, link, open_notice
from tests.lab.wifi import PROBES, Wifi, kit, wifi

GUIDE = (Path(__file__).parents[2] / "deploy/standalone.md").read_text(encoding="utf-8")
SITE, HOST, ADDRESS = "xe-01", "thongbao.example.vn", "10.80.0.1/22"
NOTICE = f"http://{HOST}/s/{SITE}"
API = f"https://{HOST}/capport/{SITE}"
CAPTIVE = "application/captive+json"
# The first check of each family; those of a browser's own pages are among them.
CHECKS = list({probe.family: probe for probe in reversed(list(PROBES))}.values())


def block(language: str) -> str:
    """Return the one block of the guide in this language."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
    assert len(found) == 1, language
    return str(found[0])


def command() -> list[str]:
    """Return the words of the guide's first command line."""
    line = re.search(r"^ {4}bluezone-portal (site add .*?[^\\])$", GUIDE, re.DOTALL | re.MULTILINE)
    assert line
    return shlex.split(line[1].replace("\\\n", " "))


@pytest.fixture(scope="module")
def bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Wifi, PortalHost]]:
    """A bus with three passengers."""
    folder = tmp_path_factory.mktemp("bus")
    certificate = make_certificate(folder / "tls", HOST)
    etc = {
        "nginx/conf.d/thongbao.conf": block("nginx"),
        "dnsmasq.d/thongbao.conf": block("dnsmasq"),
        "ssl/thongbao/portal.pem": certificate.chain.read_text(),
        "ssl/thongbao/portal.key": certificate.key.read_text(),
    }
    data = folder / "data"
    data.mkdir()
    program = (sys.executable, "-c", "from portal.cli import main; main()")
    run(*program, "--data", str(data), *command())
    given = tomllib.loads(block("toml"))
    bind = given.pop("bind")
    settings = {n: v if isinstance(v, str) else ",".join(v) for n, v in given.items()}
    with (
        wifi(folder, ADDRESS, etc, certificate, phones=3) as up,
        portal(up.box, data, SITE, bind, f"http://{HOST}", **settings) as host,
    ):
        yield up, host


def check(phone: Phone, probe: Probe) -> tuple[int, str, str]:
    """Check the connection; return status, where it leads, and what stands in it."""
    path = "/" if probe.path == "*" else probe.path
    answer = phone.get(f"http://{probe.host}{path}")
    return answer.status, answer.location, answer.body


def tap(phone: Phone) -> None:
    """See the notice and tap continue."""
    notice = as_person(phone, NOTICE)
    as_person(phone, link(notice, "beacon"))
    landed = as_person(phone, link(notice, "continue"))
    assert landed.location.startswith(f"http://{HOST}/online/")
    assert as_person(phone, landed.location).status == 200


def test_the_guide_says_what_the_kit_says() -> None:
    files = kit(SITE, "standalone", NOTICE)
    assert block("dnsmasq") == files["box-dnsmasq.conf"] + files["dnsmasq.conf"]


def test_every_name_leads_to_the_box_and_no_check_succeeds_before_the_tap(
    bus: tuple[Wifi, PortalHost],
) -> None:
    up, host = bus
    phone = up.phones[0]
    host.begin()
    assert {"android", "apple", "windows", "firefox", "networkmanager"} <= {
        probe.family for probe in CHECKS
    }
    for probe in CHECKS:
        assert check(phone, probe)[:2] == (302, NOTICE), probe
    assert phone.captive_api == API
    told = json.loads(phone.get(API, accept=CAPTIVE).body)
    assert told == {
        "captive": True,
        "user-portal-url": f"https://{HOST}/s/{SITE}",
        "can-extend-session": True,
    }
    assert host.counts() == {"probe": len(CHECKS)}
    notice = as_person(phone, told["user-portal-url"])  # as a phone does that asked the API
    assert notice.status == 200
    assert link(notice, "continue").startswith(f"https://{HOST}/continue/")


def test_after_the_tap_every_check_of_this_phone_succeeds_and_of_no_other(
    bus: tuple[Wifi, PortalHost],
) -> None:
    up, host = bus
    phone, other = up.phones[:2]
    host.begin()
    tap(phone)
    for probe in CHECKS:
        status, _location, body = check(phone, probe)
        assert (status, body) == (probe.status, probe.body), probe
        assert check(other, probe)[0] == 302
    told = json.loads(phone.get(API, accept=CAPTIVE).body)
    assert told["captive"] is False
    assert 7000 < told["seconds-remaining"] <= 7200
    assert json.loads(other.get(API, accept=CAPTIVE).body)["captive"] is True
    counted = host.counts()
    assert (counted["shown"], counted["continue"], counted["online"]) == (1, 1, 1)


def test_nobody_is_released_by_claiming_another_address(bus: tuple[Wifi, PortalHost]) -> None:
    up, _host = bus
    phone, other = up.phones[0], up.phones[1]
    tap(phone)
    for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Forwarded-Host"):
        claim = ("-H", f"{name}: {phone.address}", "-H", "User-Agent: Dalvik/2.1.0")
        url = "http://connectivitycheck.gstatic.com/generate_204"
        printed = other.namespace.run("curl", "-sS", "-D", "-", "--noproxy", "*", *claim, url)
        assert printed.startswith("HTTP/1.1 302"), name
        assert f"Location: {NOTICE}" in printed.splitlines(), name


def test_https_for_any_other_name_ends_at_once(bus: tuple[Wifi, PortalHost]) -> None:
    up, _host = bus
    with pytest.raises(LabError, match="status 35"):  # curl: the handshake was refused
        up.phones[0].get("https://www.google.com/generate_204")


def test_a_login_sheet_shows_the_notice_and_sees_success_after_the_tap(
    bus: tuple[Wifi, PortalHost],
) -> None:
    up, host = bus
    phone = up.phones[2]
    host.begin()
    asked = "http://captive.apple.com/hotspot-detect.html"
    agent = BROWSER_AGENT

    async def steps() -> str:
        async with phone.browser(agent=agent) as page:
            await open_notice(page, asked)
            assert page.url.startswith(NOTICE)
            await go_online(page)
            await page.goto(asked)
            return await page.title()

    assert asyncio.run(steps()) == "Success"
    counted = host.counts()
    once = ("page", "shown", "continue", "online")
    assert {kind: counted[kind] for kind in once} == dict.fromkeys(once, 1)


def test_no_passengers_address_is_left_anywhere(bus: tuple[Wifi, PortalHost]) -> None:
    up, host = bus
    tap(up.phones[0])
    host.counts()
    kept = [path for path in host.data.rglob("*") if path.is_file()]
    assert kept
    for path in kept:
        held = path.read_bytes().lower()
        assert up.phones[0].address.encode() not in held, path
        assert b"02:00:5e" not in held, path
