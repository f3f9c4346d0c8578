"""Visits that must not succeed as they are: wrong keys, forged addresses, a gateway that forgot."""

import asyncio
import base64
import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from tests.lab.gateway_lab import Lab
from tests.lab.levels import level1_only, level2_only, level3_only
from tests.lab.network import INTERNET_ADDRESS
from tests.lab.phone import BROWSER_AGENT, PROBE
from tests.lab.portal_host import PortalHost
from tests.lab.steps import as_person, expect_online, go_online, link, open_notice

WRONG_KEY = "AnotherSitesKey1"
FORGED = f"{INTERNET_ADDRESS}:80"


@level2_only
def test_string_of_another_key_is_not_read(gateway: Lab, serve: Callable[..., PortalHost]) -> None:
    host, phone = serve(WRONG_KEY), gateway.phones[0]

    notice = as_person(phone, as_person(phone, PROBE).location)

    assert (notice.status, notice.location) == (200, "")
    assert 'id="continue"' not in notice.body
    assert "/i/" not in notice.body
    assert host.counts() == {"rejected:arrival": 1}
    assert phone.is_captive()


# Level 1 is readable, and writable, by everybody: its key shows at the release only.
@level1_only
def test_release_with_another_key_is_refused(
    gateway: Lab, serve: Callable[..., PortalHost]
) -> None:
    host, phone = serve(WRONG_KEY), gateway.phones[0]

    async def steps() -> None:
        async with phone.browser() as page:
            await open_notice(page)
            await page.tap("#continue")
            await page.locator("[role=status]").wait_for()
            assert await page.locator("#continue").count() == 1

    asyncio.run(steps())

    counted = host.counts()
    assert (counted["shown"], counted["continue"], counted["refused"]) == (1, 1, 1)
    assert counted["online"] == 0
    assert phone.is_captive()


@level1_only
def test_release_never_goes_to_a_forged_address(gateway: Lab, portal_host: PortalHost) -> None:
    phone = gateway.phones[0]
    captured = as_person(phone, PROBE).location
    text = base64.b64decode(parse_qs(urlsplit(captured).query)["fas"][0]).decode()
    forged = re.sub(r"gatewayaddress=[^,]+", f"gatewayaddress={FORGED}", text)
    assert forged != text

    fas = base64.urlsafe_b64encode(forged.encode()).decode()
    fas = fas.replace("-", "%2B").replace("_", "%2F")
    notice = as_person(phone, f"{captured.partition('?')[0]}?fas={fas}")
    assert notice.status == 200
    assert FORGED not in notice.body
    assert 'id="continue"' not in notice.body
    # The sealed arrival stands in the install link, too: follow it where no button leads.
    tapped = link(notice, "install-play")
    proceed = re.sub(r"/go/([^/]+)/play", r"/continue/\1", tapped)
    refused = as_person(phone, proceed)
    sheet = phone.get(tapped, agent=BROWSER_AGENT.replace(")", "; wv)", 1))

    assert (refused.status, refused.location) == (403, "")
    assert (sheet.status, sheet.location) == (403, "")
    assert "opennds_auth" not in gateway.internet_requests()
    counted = portal_host.counts()
    assert (counted["continue"], counted["online"]) == (0, 0)


@level2_only
def test_readable_string_is_no_way_around_the_key(gateway: Lab, portal_host: PortalHost) -> None:
    phone = gateway.phones[0]
    captured = as_person(phone, PROBE).location
    text = (
        f"hid={'a' * 64}, clientip={phone.address}, clientmac=02:00:5e:00:53:01, gatewayname=x, "
        f"version=9.10.0, gatewayaddress={FORGED}, originurl=http%3a%2f%2fx.vn"
    )

    fas = base64.b64encode(text.encode()).decode().replace("+", "%2B")
    notice = as_person(phone, f"{captured.partition('?')[0]}?fas={fas}")

    assert (notice.status, notice.location) == (200, "")
    assert FORGED not in notice.body
    assert portal_host.counts() == {"rejected:arrival": 1}


@level3_only
def test_gateway_that_forgot_its_visitors_gets_a_second_tap(
    gateway: Lab, portal_host: PortalHost
) -> None:
    phone = gateway.phones[0]

    async def steps() -> None:
        async with phone.browser() as page:
            await open_notice(page)
            await asyncio.to_thread(gateway.restart_opennds)
            await page.tap("#continue")
            await page.locator("[role=status]").wait_for()
            await go_online(page)

    asyncio.run(steps())

    expect_online(phone)
    counted = portal_host.counts()
    once = ("page", "shown", "continue", "refused", "online")
    assert {kind: counted[kind] for kind in once} == dict.fromkeys(once, 1)
    assert portal_host.balance().difference == 0
