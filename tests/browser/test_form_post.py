"""A release by form in a real browser: it reaches the gateway under the page's own policy."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlencode

import pytest
from playwright.sync_api import Page

from tests.browser.chromium import ANDROID, IPHONE
from tests.browser.conftest import Phone, counts
from tests.servers import wait_until
from tests.serving import Portal, add_site


class Gateway(HTTPServer):
    """Takes the form and sends the visitor on, as a controller does."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Login)
        self.place = f"127.0.0.1:{self.server_port}"
        self.taken: list[dict[str, list[str]]] = []


class _Login(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.taken.append(parse_qs(body))
        self.send_response(302)
        self.send_header("Location", parse_qs(body)["to"][0])
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def held(portal: Portal, tab: Page, place: str, site: str) -> None:
    """Add the site of the gateway at ``place`` and have it send the phone to the notice."""
    settings = {"address": place, "login": "login", "fields": "device={mac} to={landing}"}
    given = {f"gateway.{name}": value for name, value in settings.items()}
    add_site(portal.data, id=site, name="Ga", gateway="form", **given)
    login = f"http://{place}/auth"
    arrival = {"login": login, "mac": "02:00:5e:00:53:01", "url": "http://a.vn/"}

    def known() -> bool:  # the portal looks at its sites every few seconds
        answer = tab.goto(f"{portal.url}/s/{site}?{urlencode(arrival)}")
        return answer is not None and answer.status == 200

    wait_until(known, "the site")


@pytest.mark.parametrize("script", [True, False])
def test_the_form_reaches_the_gateway_and_the_visitor_our_page(
    portal: Portal, phone: Phone, gateway: Gateway, script: bool
) -> None:
    site = f"form-{'script' if script else 'plain'}"
    tab = phone(user_agent=IPHONE, java_script_enabled=script)
    held(portal, tab, gateway.place, site)
    tab.click("#continue")
    if not script:
        tab.click("#release button")
    tab.wait_for_url("**/online/**")
    assert [taken["device"] for taken in gateway.taken] == [["02:00:5e:00:53:01"]]
    wait_until(lambda: counts(portal, site).get("online") == 1, "the page behind it", 15)


def test_a_gateway_of_which_no_policy_can_tell_the_address(portal: Portal, phone: Phone) -> None:
    tab = phone(user_agent=IPHONE)
    tab.route(
        re.compile(r"http://\[2001:db8::1\]:8080/"), lambda route: route.fulfill(body="logged in")
    )
    held(portal, tab, "[2001:db8::1]:8080", "form-six")
    tab.click("#continue")
    tab.wait_for_url("http://[2001:db8::1]:8080/auth")


def test_an_install_tap_goes_through_the_form_and_on_to_the_store(
    portal: Portal, phone: Phone, gateway: Gateway
) -> None:
    tab = phone(user_agent=IPHONE)
    held(portal, tab, gateway.place, "form-appstore")
    with tab.expect_request("https://apps.apple.com/**"):  # asked, though nobody is there
        tab.click("#install-appstore")
    assert len(gateway.taken) == 1


def test_a_store_that_is_an_app_is_not_kept_off_by_the_policy(
    portal: Portal, phone: Phone, gateway: Gateway
) -> None:
    tab = phone(user_agent=ANDROID)
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    held(portal, tab, gateway.place, "form-play")
    tab.click("#install-play")
    wait_until(lambda: counts(portal, "form-play").get("online") == 1, "our page", 15)
    tab.wait_for_timeout(500)  # this Chromium has no such app to open
    assert len(gateway.taken) == 1
    assert not [text for text in said if "Content Security Policy" in text]
