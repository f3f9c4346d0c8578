"""Every route: guarded by name, and unmoved by whatever anybody sends."""

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask, abort
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder, run_wsgi_app

from portal import app as app_module
from portal.app import ROUTES, create_app
from portal.domain.devices import OS
from portal.domain.events import Channel, Kind, Tier
from portal.services import Services, open_services
from portal.settings import Settings
from portal.sitebook import SiteBook
from portal.web import guards
from portal.web.api.access import token_holder, token_holder_or_signed_in
from portal.web.office.access import staff
from portal.web.office.session import console

NOW = 1_614_902_400.0  # 2021-03-05 07:00 in Ho Chi Minh City
HOST = "portal.example"
KEY = "abcdefghij0123456789"
OPENNDS = {"gateway": "opennds", "gateway.faskey": KEY, "gateway.address": "10.77.0.1"}
HID = "ab" * 32
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 14_4 like Mac OS X) AppleWebKit/605.1.15"


@dataclass(repr=False)
class House:
    """A portal with three sites, whose clock stands still."""

    app: Flask
    services: Services
    nonces: dict[str, str] = field(default_factory=dict)
    sealed: str = ""

    def shown(self) -> int:
        """How many impressions are counted so far."""
        self.services.recorder.flush()
        counters = self.services.store.counters(date(2021, 3, 1), date(2021, 3, 10))
        return sum(
            n for cells in counters.values() for cell, n in cells.items() if cell.kind == Kind.SHOWN
        )


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    data = tmp_path_factory.mktemp("data")
    services = open_services(Settings(data=data), clock=lambda: NOW)
    book = SiteBook(services.store, services.areas, services.gateways, services.vault)
    book.add({"id": "link", "name": "Bến xe"}, date(2021, 3, 5))
    book.add({"id": "open", "name": "Chợ", **OPENNDS, "gateway.level": "1"}, date(2021, 3, 5))
    book.add({"id": "shut", "name": "Nhà", "egress": "192.0.2.0/24", **OPENNDS}, date(2021, 3, 5))
    services.snapshot.refresh()
    made = House(create_app(services.settings, services), services)
    for site in ("link", "open", "shut"):
        random = site.encode() * 3
        view = services.signer.issue(site, NOW, OS.IOS, Channel.WIFI, Tier.NONE, random)
        made.nonces[site] = view.nonce
        if site == "open":
            release = {"hid": HID, "address": "10.77.0.1:2050", "authdir": "opennds_auth"}
            made.sealed = services.signer.seal(view, release)
    yield made
    services.stop()


# --- guards


def test_every_route_belongs_to_a_blueprint_with_a_guard(house: House) -> None:
    rules = list(house.app.url_map.iter_rules())
    blueprints = {blueprint.name: guard for blueprint, guard in ROUTES}
    assert len(rules) > 8
    for rule in rules:
        assert "." in rule.endpoint, f"{rule} belongs to no blueprint"
        assert rule.endpoint.partition(".")[0] in blueprints, rule
    assert set(house.app.blueprints) == set(blueprints)


def test_every_guard_is_one_of_the_guards_and_is_really_asked(house: House) -> None:
    known = {guards.everybody, guards.monitors, console, staff}
    known |= {token_holder, token_holder_or_signed_in}
    for blueprint, guard in ROUTES:
        assert guard in known
        assert guard in house.app.before_request_funcs[blueprint.name]


def test_a_guard_stands_before_every_handler(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A blueprint whose guard refuses answers nothing else."""

    def nobody() -> None:
        abort(403)

    closed = tuple((blueprint, nobody) for blueprint, _guard in ROUTES)
    monkeypatch.setattr(app_module, "ROUTES", closed)
    client = create_app(house.services.settings, house.services).test_client()
    for rule in house.app.url_map.iter_rules():
        path = re.sub(r"<[^>]*>", "x", rule.rule)
        assert client.get(path).status_code == 403, rule


def test_only_reading_methods_are_taken(house: House) -> None:
    """Nothing of a visitor's is a form, so nothing can be posted across sites.

    What a gateway's daemon posts changes nothing either: tests/web/test_authmon.py.
    """
    for rule in house.app.url_map.iter_rules():
        if rule.rule.startswith("/office/"):
            continue  # whose forms prove where they come from
        reading = {"GET", "HEAD", "OPTIONS"}
        taken = {"POST", "OPTIONS"} if rule.endpoint == "authmon.poll" else reading
        assert rule.methods == taken, rule


# --- pages


def test_style_and_script_of_a_page_are_those_that_its_policy_allows(house: House) -> None:
    """A browser drops what is off by one byte, so the hashes are taken from a page."""
    response = house.app.test_client().get("/s/link", headers={"User-Agent": IPHONE})
    page = response.get_data(as_text=True)
    rules = response.headers["Content-Security-Policy"]
    for tag in ("style", "script"):
        found = re.findall(rf"<{tag}[^>]*>(.*?)</{tag}>", page, re.DOTALL)
        assert len(found) == 1
        digest = base64.b64encode(hashlib.sha256(found[0].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in rules
    assert " style=" not in page
    assert not re.search(r"<[^>]*\son[a-z]+=", page)


# --- hostile input


def request(house: House, path: str, query: str, method: str, headers: dict[str, str]) -> Any:
    """Ask as a server does: bytes in an environment, which no client has made pretty."""
    environ = EnvironBuilder("/", method=method, base_url=f"http://{HOST}/").get_environ()
    environ["PATH_INFO"] = path.encode("utf-8", "replace").decode("latin-1")
    environ["QUERY_STRING"] = query.encode("utf-8", "replace").decode("latin-1")
    environ["REMOTE_ADDR"] = headers.get("peer", "192.0.2.9")
    for name, value in headers.items():
        key = "HTTP_" + name.upper().replace("-", "_")
        environ[key] = value.encode("utf-8", "replace").decode("latin-1")
    body, status, answered = run_wsgi_app(house.app, environ, buffered=True)
    return int(status.split()[0]), answered, b"".join(body)


def allowed_location(house: House, location: str, host: str) -> bool:
    campaign = house.services.campaign
    if location in {campaign.official_page, *(link.url for link in campaign.stores.values())}:
        return True
    parts = urlsplit(location)
    if parts.netloc in ("", host) and re.fullmatch(r"/([^/\\].*)?", parts.path):
        return True
    return location.startswith("http://10.77.0.1:2050/opennds_auth/?tok=")


def check(
    house: House, path: str, query: str, method: str, headers: dict[str, str]
) -> tuple[int, bytes]:
    status, answered, body = request(house, path, query, method, headers)
    assert status < 500, (path, query, headers)
    for name, value in answered.items():
        assert value.isascii(), (name, value)
        assert value.isprintable(), (name, value)
    if "Location" in answered:  # of the Host it was asked by, as no public address is set
        host = headers.get("Host", HOST)
        assert allowed_location(house, answered["Location"], host), answered["Location"]
    for trace in (b"Traceback", b"werkzeug", b"File &#34;", b"jinja2"):
        assert trace not in body
    assert "Set-Cookie" not in answered
    return status, body


ODD = st.text(max_size=60) | st.sampled_from(
    [
        "",
        "A" * 8192,
        "\0\x01\x1b\x7f",
        "ế\u202e𝔸",
        "../../etc/passwd",
        "%00%0d%0a",
        "{{7*7}}",
        "\r\nX: y",
    ]
)
AGENTS = ODD | st.sampled_from([IPHONE, "curl/8", "CaptiveNetworkSupport-407 wispr"])
NAMES = st.sampled_from(
    ["v", "g", "lang", "c", "fas", "iv", "status", "redir", "tok", "store", "x"]
)
PAIRS = st.lists(st.tuples(NAMES, ODD | st.sampled_from(["vi", "en", "authenticated"])), max_size=4)
QUERIES = ODD | PAIRS.map(lambda pairs: "&".join(f"{name}={value}" for name, value in pairs))
HOSTS = [HOST, "evil.example", "connectivitycheck.gstatic.com", "[::1]:8080", "a b", "\0", "", "ế"]
SENT = st.fixed_dictionaries(
    {},
    optional={
        "User-Agent": AGENTS,
        "Accept": ODD | st.just("text/html"),
        "Accept-Language": ODD,
        "Host": st.sampled_from(HOSTS),
        "X-Forwarded-For": ODD,
        "X-Forwarded-Host": st.just("evil.example"),
        "Sec-Fetch-Site": ODD,
        "Sec-Purpose": ODD,
        "Range": ODD | st.just("bytes=0-"),
        "Referer": ODD,
        "Cookie": ODD,
        "If-None-Match": ODD,
        "If-Modified-Since": ODD,
        "Content-Length": st.sampled_from(["0", "-1", "x", "99999999999"]),
        "peer": st.sampled_from(["", "192.0.2.9", "::1", "unix:", "x", "fe80::1%eth0"]),
    },
)
METHODS = st.sampled_from(["GET", "GET", "GET", "HEAD", "POST", "OPTIONS", "PUT", "TRACE", "X"])
PATHS = st.text(max_size=40).map(lambda text: f"/{text}") | st.sampled_from(
    ["/", "//evil.example", "/\\evil.example", "/s/", "/i/.gif", "/healthz", "/generate_204"]
)
FUZZ = settings(
    deadline=None,
    max_examples=120,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@FUZZ
@given(path=PATHS, query=QUERIES, method=METHODS, headers=SENT)
def test_any_request_gets_an_answer_of_ours(
    house: House, path: str, query: str, method: str, headers: dict[str, str]
) -> None:
    before = house.shown()
    check(house, path, query, method, headers)
    assert house.shown() == before


@FUZZ
@given(data=st.data(), query=QUERIES, method=METHODS, headers=SENT)
def test_any_arguments_of_every_route(
    house: House, data: st.DataObject, query: str, method: str, headers: dict[str, str]
) -> None:
    """Odd values where a route has a gap; a beacon of a view that is not ours counts nothing."""
    before = house.shown()
    for rule in house.app.url_map.iter_rules():
        path = re.sub(r"<[^>]*>", lambda _gap: data.draw(ODD), rule.rule)
        check(house, path, query, method, headers)
    assert house.shown() == before


@FUZZ
@given(
    site=st.sampled_from(["link", "open", "shut"]),
    way=st.sampled_from(
        ["/s/{site}", "/go/{nonce}/{store}", "/continue/{nonce}", "/online/{nonce}"]
    ),
    store=st.sampled_from(["play", "appstore"]) | ODD,
    view=st.booleans(),
    seal=st.none() | st.booleans(),
    query=QUERIES,
    headers=SENT,
)
def test_a_good_view_with_odd_arguments(
    house: House,
    site: str,
    way: str,
    store: str,
    view: bool,
    seal: bool | None,
    query: str,
    headers: dict[str, str],
) -> None:
    """No argument beside a genuine nonce leads a visitor anywhere else."""
    nonce = house.nonces[site]
    path = way.format(site=site, nonce=nonce, store=store)
    arguments = [f"v={nonce}"] if view else []
    if seal is not None:
        arguments.append(f"g={house.sealed}" + ("" if seal else "A"))
    before = house.shown()
    check(house, path, "&".join([*arguments, query]), "GET", headers)
    assert house.shown() == before


@FUZZ
@given(raw=st.binary(max_size=300), iv=ODD, site=st.sampled_from(["open", "shut"]), agent=AGENTS)
def test_any_bytes_from_a_gateway(house: House, raw: bytes, iv: str, site: str, agent: str) -> None:
    fas = base64.b64encode(raw).decode()
    status, _body = check(house, f"/s/{site}", f"fas={fas}&iv={iv}", "GET", {"User-Agent": agent})
    assert status == 200  # a visitor gets a page, whatever the gateway does


@pytest.mark.parametrize("damage", ["A", "=", "\0", "ế"])
def test_a_damaged_seal_still_shows_the_notice_of_that_view(house: House, damage: str) -> None:
    nonce = house.nonces["open"]
    query = f"v={nonce}&g={house.sealed}{damage}"
    status, body = check(house, "/s/open", query, "GET", {"User-Agent": IPHONE})
    assert status == 200
    assert f"/i/{nonce}.gif".encode() in body
    assert house.sealed.encode() not in body


# --- that the checks above can fail


def test_a_genuine_visit_is_counted_and_released(house: House) -> None:
    """The counter moves and the gateway is reached when everything is as it should be."""
    before = house.shown()
    agent = {"User-Agent": IPHONE}
    status, _answered, _body = request(house, f"/i/{house.nonces['open']}.gif", "", "GET", agent)
    assert status == 200
    assert house.shown() == before + 1
    path = f"/continue/{house.nonces['open']}"
    status, answered, _body = request(house, path, f"g={house.sealed}", "GET", agent)
    assert status == 303
    assert answered["Location"].startswith("http://10.77.0.1:2050/opennds_auth/?tok=")


@pytest.mark.parametrize(
    "location",
    [
        "http://evil.example/",
        "//evil.example/",
        "/\\/evil.example",
        "http://10.77.0.1:2050@evil.example/",
        "http://10.77.0.1:22/opennds_auth/?tok=",
        "https://play.google.com/store/apps/details?id=another",
        "javascript:alert(1)",
    ],
)
def test_the_check_itself_refuses_other_places(house: House, location: str) -> None:
    assert not allowed_location(house, location, HOST)
