"""OPNsense's page, as our kit makes it, in a browser: to the notice, in, and on to our page."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import pytest

from portal.domain.garden import Garden
from portal.domain.sites import Site
from portal.gateways.opnsense import OPNsense
from tests.browser.chromium import IPHONE
from tests.browser.conftest import Phone, counts
from tests.counterparts.opnsense import PASSWORD, USER, Zone
from tests.servers import wait_until
from tests.serving import Portal, add_site

OPNSENSE = OPNsense()
ACCOUNT = {"user": USER, "password": PASSWORD}


@contextmanager
def serving(account: Mapping[str, str] | None = None) -> Iterator[Zone]:
    with Zone(account) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def page(zone: Zone, notice: str, **account: str) -> str:
    """Return the page that the kit has for this zone."""
    settings = OPNSENSE.check({"address": zone.address, **account})
    site = Site("a", "A", gateway="opnsense", gateway_settings=settings)
    files = OPNSENSE.kit(site, notice, Garden({}, ()))
    return next(file.text for file in files if file.name == "index.html")


def added(portal: Portal, zone: Zone, id: str, **account: str) -> str:
    """Add a site whose zone has the kit's page; return its notice, once the portal knows it."""
    settings = {f"gateway.{name}": value for name, value in account.items()}
    where = {"gateway": "opnsense", "gateway.address": zone.address}
    add_site(portal.data, id=id, name="Nhà khách", **where, **settings)
    notice = f"{portal.url}/s/{id}"
    zone.page = page(zone, notice, **account)
    return notice


def known(phone: Phone, notice: str) -> None:
    """Wait until the portal has looked at its sites, as it does every few seconds."""
    tab = phone(java_script_enabled=False)

    def there() -> bool:
        answer = tab.goto(notice)
        return answer is not None and answer.status == 200

    wait_until(there, "the site")


@pytest.mark.parametrize("account", [{}, {"username": USER, "password": PASSWORD}])
def test_the_page_leads_to_the_notice_and_online(
    portal: Portal, phone: Phone, account: dict[str, str]
) -> None:
    id = f"opn-{'account' if account else 'open'}"
    with serving(ACCOUNT if account else None) as zone:
        notice = added(portal, zone, id, **account)
        known(phone, notice)
        tab = phone(user_agent=IPHONE)
        # As OPNsense writes it, unescaped; "landing" is the phone's here, not ours.
        asked = f"a.example/x?a=1&landing={portal.url}/online/x"
        with tab.expect_request(f"{notice}?*") as sent:  # the notice changes its own address
            tab.goto(f"http://{zone.address}/index.html?redirurl={asked}")
        assert parse_qs(urlsplit(sent.value.url).query)["redirurl"] == [asked]
        tab.click("#continue")
        tab.wait_for_url("**/online/**")
        assert (zone.online, zone.logins) == (True, 1)
    wait_until(lambda: counts(portal, id).get("online") == 1, "the page behind it", 15)
    assert "refused" not in counts(portal, id)


@pytest.mark.parametrize("why", ["account", "broken"])
def test_a_login_that_fails_comes_back_with_advice(portal: Portal, phone: Phone, why: str) -> None:
    id = f"opn-{why}-fails"
    with serving(ACCOUNT) as zone:
        notice = added(portal, zone, id)
        known(phone, notice)
        tab = phone(user_agent=IPHONE)
        tab.goto(f"http://{zone.address}/index.html?redirurl=a.example/")
        tab.wait_for_selector("#continue")
        zone.broken = why == "broken"
        tab.click("#continue")
        tab.wait_for_selector(".alert")
        assert not zone.online
    wait_until(lambda: counts(portal, id).get("refused") == 1, "the refusal", 15)
    assert "online" not in counts(portal, id)


def test_who_is_online_is_not_held(portal: Portal, phone: Phone) -> None:
    with serving() as zone:
        notice = added(portal, zone, "opn-online")
        known(phone, notice)
        zone.online = True
        tab = phone(user_agent=IPHONE)
        with tab.expect_request(f"{notice}?*") as sent:
            tab.goto(f"http://{zone.address}/index.html")
        assert parse_qs(urlsplit(sent.value.url).query)["state"] == ["online"]
        assert zone.logins == 0


@pytest.mark.parametrize(
    "landing",
    [
        "http://evil.example/online/x",
        "//evil.example/online/",
        "/online/x",
        "javascript:alert(1)//http://127.0.0.1/online/",
        "http://127.0.0.1.evil.example/online/",
        "http://127.0.0.1@evil.example/online/",
        "%",
        "",
    ],
)
def test_the_page_leads_to_nobody_else(phone: Phone, landing: str) -> None:
    """A link to the gateway with somebody's address as the landing ends at the notice."""
    with serving() as zone:
        zone.page = page(zone, f"http://{zone.address}/s/a")
        tab = phone()
        tab.goto(f"http://{zone.address}/index.html?landing={landing}")
        tab.wait_for_url(f"http://{zone.address}/s/a?*")
        assert zone.logins == 0


def test_without_script_the_page_offers_both_by_hand(phone: Phone) -> None:
    with serving(ACCOUNT) as zone:
        zone.page = page(zone, f"http://{zone.address}/s/a", username=USER, password=PASSWORD)
        tab = phone(java_script_enabled=False)
        tab.goto(f"http://{zone.address}/index.html?redirurl=a.example/")
        assert tab.get_attribute("a", "href") == f"http://{zone.address}/s/a"
        tab.click("button")
        tab.wait_for_url("**/logon/0/")
        assert zone.online
