"""A release by form in a real browser: it reaches the gateway under the page's own policy."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlencode

import pytest

from tests.browser.chromium import IPHONE
from tests.browser.conftest import Phone, counts
from tests.servers import wait_until
from tests.serving import Portal, add_site


class Gateway(HTTPServer):
    """Takes the form and sends the visitor on, as a controller does."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Login)
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


@pytest.mark.parametrize("script", [True, False])
def test_the_form_reaches_the_gateway_and_the_visitor_our_page(
    portal: Portal, phone: Phone, gateway: Gateway, script: bool
) -> None:
    place, site = f"127.0.0.1:{gateway.server_port}", f"form-{'script' if script else 'plain'}"
    settings = {"address": place, "login": "login", "fields": "device={mac} to={landing}"}
    given = {f"gateway.{name}": value for name, value in settings.items()}
    add_site(portal.data, id=site, name="Ga", gateway="form", **given)
    arrival = {"login": f"http://{place}/auth", "mac": "02:00:5e:00:53:01", "url": "http://a.vn/"}
    tab = phone(user_agent=IPHONE, java_script_enabled=script)

    def known() -> bool:  # the portal looks at its sites every few seconds
        answer = tab.goto(f"{portal.url}/s/{site}?{urlencode(arrival)}")
        return answer is not None and answer.status == 200

    wait_until(known, "the site")
    tab.click("#continue")
    if not script:
        tab.click("#release button")
    tab.wait_for_url("**/online/**")
    assert [taken["device"] for taken in gateway.taken] == [["02:00:5e:00:53:01"]]
    wait_until(lambda: counts(portal, site).get("online") == 1, "the page behind it", 15)
