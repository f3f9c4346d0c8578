"""The kit of a site with openNDS, put into the gateway as it is: nothing else has to be done."""

import asyncio
import re
import sys
from pathlib import Path

import pytest

from portal.app import create_app
from portal.services import open_services
from portal.settings import load_settings
from tests.lab.conftest import watch
from tests.lab.gateway_lab import SITE, lab
from tests.lab.network import LAN_ADDRESS, PORTAL_ADDRESS
from tests.lab.portal_host import portal
from tests.lab.processes import run
from tests.lab.steps import expect_online
from tests.lab.test_visit import visit
from tests.serving import add_site
from tests.web.conftest import Clock, World
from tests.web.office import PASSWORD, Browser

ORIGIN = f"http://{PORTAL_ADDRESS}:8080"


def test_the_kit_alone_brings_the_first_impression(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    data, kit = tmp_path / "data", tmp_path / "kit"
    fields = {"gateway.level": "2", "gateway.faskey": "Kit2021caobang"}
    fields["gateway.address"] = LAN_ADDRESS
    add_site(data, id=SITE, name="Nhà nghỉ Bảo Lâm", kind="hotel", gateway="opennds", **fields)
    program = [sys.executable, "-c", "from portal.cli import main; main()"]
    settings = ["env", f"PORTAL_PUBLIC_URL={ORIGIN}", f"PORTAL_DATA={data}"]
    run(*settings, *program, "kit", SITE, "--folder", kit)
    configuration = (kit / "opennds.conf").read_text()

    with (
        lab(2, 1, tmp_path, configuration=configuration) as gateway,
        portal(gateway.internet, data, SITE, f"{PORTAL_ADDRESS}:8080", ORIGIN) as host,
    ):
        watch(request.config, gateway)
        phone = gateway.phones[0]
        phone.probe()
        asyncio.run(visit(phone))
        expect_online(phone)
        once = ("probe", "page", "shown", "continue", "online")
        assert {kind: host.counts()[kind] for kind in once} == dict.fromkeys(once, 1)
        assert live_check(data) == ["done"] * 5


def live_check(data: Path) -> list[str]:
    """Return the states of the steps that the site's owner sees in the console."""
    services = open_services(load_settings({}, data=data))
    world = World(create_app(services.settings, services), services, Clock(), services.sites)
    services.people.add({"id": "chu", "name": "Chủ", "role": "owner", "sites": SITE})
    services.people.set_password("chu", PASSWORD)
    page = Browser(world, "chu").get(f"/office/sites/id/{SITE}/check")
    services.stop()
    return re.findall(r'<li class="(done|open)">', page.text)
