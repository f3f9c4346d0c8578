"""While the portal is away nobody gets online, and nothing has to be repaired once it is back."""

import asyncio
from collections.abc import Callable

import pytest
from playwright.async_api import Error

from tests.lab.gateway_lab import Lab
from tests.lab.levels import level2_only
from tests.lab.phone import PROBE
from tests.lab.portal_host import PortalHost, Portals
from tests.lab.processes import LabError
from tests.lab.steps import as_person, expect_online, go_online, open_notice


@level2_only
def test_a_guest_waits_for_the_portal_and_gets_the_notice(
    gateway: Lab, portals: Portals, serve: Callable[..., PortalHost]
) -> None:
    portals.close()
    phone = gateway.phones[0]

    async def steps() -> PortalHost:
        async with phone.browser() as page:
            # The browser's own page, and the sheet's: this site cannot be reached.
            with pytest.raises(Error, match="ERR_CONNECTION_REFUSED"):
                await page.goto(PROBE)
            assert phone.is_captive()
            await asyncio.to_thread(gateway.restart_opennds)  # it does not need the portal either
            assert phone.is_captive()
            host = await asyncio.to_thread(serve)
            await open_notice(page)
            await go_online(page)
            return host

    host = asyncio.run(steps())

    expect_online(phone)
    counted = host.counts()
    assert (counted["shown"], counted["continue"], counted["online"]) == (1, 1, 1)


@level2_only
def test_a_guest_who_is_online_stays_so_while_the_portal_is_away(
    gateway: Lab, portals: Portals, portal_host: PortalHost
) -> None:
    phone = gateway.phones[0]

    async def steps() -> None:
        async with phone.browser() as page:
            await open_notice(page)
            await go_online(page)

    asyncio.run(steps())
    expect_online(phone)
    portals.close()
    assert phone.is_online()
    with pytest.raises(LabError, match="status 7"):  # curl: connection refused
        as_person(phone, portal_host.origin)
