"""Whole visits: captured, shown, tapped, released, online, and every step counted once."""

import asyncio

import pytest

from tests.lab.gateway_lab import Lab
from tests.lab.levels import http_and_https, level3_only
from tests.lab.network import LAN_ADDRESS
from tests.lab.phone import BROWSER_AGENT, PROBE, Phone
from tests.lab.portal_host import PortalHost
from tests.lab.steps import ONLINE, as_person, expect_online, go_online, link, open_notice

SHEETS = {
    "play": (
        BROWSER_AGENT.replace("Pixel 8)", "Pixel 8; wv)").replace("Chrome", "Version/4.0 Chrome"),
        PROBE,
    ),
    "appstore": (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 "
        "(KHTML, like Gecko) Mobile/15E148",
        "http://captive.apple.com/hotspot-detect.html",
    ),
}
"""The login sheets by the store they cannot open: their agent and what they ask for."""


SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1"
)


async def visit(phone: Phone, *, script: bool = True) -> None:
    """See the notice and go online."""
    async with phone.browser(script=script) as page:
        await open_notice(page)
        await go_online(page)


def test_system_is_led_to_the_notice_and_counted_apart(
    gateway: Lab, portal_host: PortalHost
) -> None:
    captured, notice = gateway.phones[0].probe()

    assert captured.status in (302, 307, 511)
    assert notice.status == 200
    assert 'id="continue"' in notice.body
    assert portal_host.counts() == {"probe": 1}


def test_one_tap_takes_the_visitor_online_and_on_to_the_store(
    gateway: Lab, portal_host: PortalHost
) -> None:
    phone = gateway.phones[0]
    before = portal_host.report()["totals"]
    phone.probe()

    async def steps() -> None:
        async with phone.browser(agent=SAFARI) as page:
            await open_notice(page)
            async with page.expect_event("requestfailed") as failed:
                await page.tap("#install-appstore")
            # Through the gateway, over our page, to a store that does not exist in this internet.
            assert (await failed.value).url.startswith("https://apps.apple.com/")

    asyncio.run(steps())

    expect_online(phone)
    counted = portal_host.counts()
    once = ("probe", "page", "shown", "viewable", "install", "online")
    assert {kind: counted[kind] for kind in once} == dict.fromkeys(once, 1)
    assert (counted["continue"], counted["refused"]) == (0, 0)
    report = portal_host.report()
    printed = ("probes", "impressions", "installs", "continues", "online")
    assert [report["totals"][name] - before[name] for name in printed] == [1, 1, 1, 0, 1]
    assert report["reconciliation"]["difference"] == 0


@http_and_https
def test_who_has_the_app_goes_online_with_one_tap(gateway: Lab, portal_host: PortalHost) -> None:
    phone = gateway.phones[0]

    async def steps() -> None:
        async with phone.browser() as page:
            await open_notice(page)
            await page.tap("#installed")
            await page.wait_for_url(f"{portal_host.origin}/online/*/installed?*")

    asyncio.run(steps())

    expect_online(phone)
    counted = portal_host.counts()
    assert (counted["shown"], counted["installed"], counted["online"]) == (1, 1, 1)


def test_any_address_asked_for_leads_to_the_notice(gateway: Lab, portal_host: PortalHost) -> None:
    phone = gateway.phones[0]
    asked = (
        "http://bao.example.vn/~xe/?gio=7~8",  # a raw "+" in the base64 of level 1
        "http://bao.example.vn/Bến-xe?đi=Hà Nội".replace(" ", "%20"),
        "http://bao.example.vn/?" + "q" * 4000,
        "http://bao.example.vn/,%20gatewayaddress=198.51.100.80:80,%20hid=" + "0" * 64,
    )

    for url in asked:
        notice = as_person(phone, as_person(phone, url).location)
        released = as_person(phone, link(notice, "continue"))

        assert released.location.startswith(f"http://{LAN_ADDRESS}:2050/opennds_auth/?tok=")
    assert portal_host.counts() == dict.fromkeys(("page", "continue", "viewable"), len(asked))


@http_and_https
@pytest.mark.parametrize("store", SHEETS)
def test_install_in_a_login_sheet_goes_online_first(
    gateway: Lab, portal_host: PortalHost, store: str
) -> None:
    phone = gateway.phones[0]
    agent, probe = SHEETS[store]

    async def steps() -> None:
        async with phone.browser(agent=agent) as page:
            await open_notice(page, probe)
            await page.tap(f"#install-{store}")
            await page.wait_for_url(f"{portal_host.origin}/online/**")
            assert await page.is_visible(".how")  # what to do, instead of a dead button

    asyncio.run(steps())

    expect_online(phone)
    counted = portal_host.counts()
    assert (counted["shown"], counted["install"], counted["online"]) == (1, 1, 1)
    assert counted["continue"] == 0


@level3_only
def test_three_browsers_at_once(gateway: Lab, portal_host: PortalHost) -> None:
    phones = gateway.phones[:3]

    async def steps() -> None:
        await asyncio.gather(*(visit(phone) for phone in phones))

    asyncio.run(steps())

    for phone in phones:
        expect_online(phone)
    counted = portal_host.counts()
    assert (counted["shown"], counted["continue"], counted["online"]) == (3, 3, 3)
    assert portal_host.balance().difference == 0


@http_and_https
def test_reloading_and_coming_back_is_one_view(gateway: Lab, portal_host: PortalHost) -> None:
    phone = gateway.phones[0]

    async def steps() -> None:
        async with phone.browser() as page:
            await open_notice(page)
            await page.wait_for_url(f"{portal_host.origin}/s/*?v=*")
            await page.reload()
            await page.goto(f"{portal_host.origin}/")
            await page.go_back()
            await go_online(page)

    asyncio.run(steps())

    expect_online(phone)
    counted = portal_host.counts()
    assert counted["reload"] >= 1
    assert (counted["page"], counted["shown"], counted["online"]) == (1, 1, 1)


@http_and_https
def test_who_is_online_already_stays_so(gateway: Lab, portal_host: PortalHost) -> None:
    phone = gateway.phones[0]

    async def steps() -> None:
        async with phone.browser() as page:
            await open_notice(page)
            release = await page.get_attribute("#continue", "href")
            await go_online(page)
            await page.go_back()
            await go_online(page)
            await page.goto(f"{portal_host.origin}{release}")
            await page.wait_for_url(ONLINE)

    asyncio.run(steps())

    expect_online(phone)
    counted = portal_host.counts()
    assert (counted["shown"], counted["continue"], counted["online"]) == (1, 1, 1)
    assert counted["rejected:repeated"] >= 2
    assert counted["refused"] == 0


@http_and_https
def test_without_script(gateway: Lab, portal_host: PortalHost) -> None:
    asyncio.run(visit(gateway.phones[0], script=False))

    expect_online(gateway.phones[0])
    counted = portal_host.counts()
    assert (counted["shown"], counted["continue"], counted["online"]) == (1, 1, 1)
