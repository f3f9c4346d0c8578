"""A release by form: a page that posts it, and only to the gateway."""

import logging
import re
from datetime import date
from html import unescape
from types import ModuleType

import pytest

from tests.counterparts import aruba, cisco, form, meraki
from tests.web.conftest import World, links

STORES = "https://play.google.com https://apps.apple.com intent:"


def posted(page: str) -> tuple[str, dict[str, str]]:
    """Return where the page's form goes, and what is in it."""
    form = page.partition('class="release"')[2].partition("</form>")[0]
    (action,) = re.findall(r'action="([^"]+)"', form)
    fields = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return unescape(action), {unescape(name): unescape(value) for name, value in fields}


def test_the_visit_of_a_controller_that_takes_a_form(world: World) -> None:
    world.add(id="ga", name="Ga", **cisco.FIELDS)
    page = world.get(links(world.get(f"/s/ga?{cisco.query()}"))["continue"])
    action, fields = posted(page.text)
    assert page.status_code == 200
    assert cisco.logged_in(action, fields)
    policy = page.headers["Content-Security-Policy"]
    assert f"form-action https://{cisco.VIRTUAL}:443 http://localhost {STORES};" in policy
    assert "unsafe" not in policy
    assert page.headers["Cache-Control"] == "no-store"
    landing = fields["redirect_url"].removeprefix("http://localhost")
    assert world.get(landing).status_code == 200
    assert world.counts("ga") == {"page": 1, "continue": 1, "viewable": 1, "online": 1}


def test_a_refused_login_comes_back_with_advice(world: World) -> None:
    world.add(id="ga", name="Ga", **cisco.FIELDS)
    first = links(world.get(f"/s/ga?{cisco.query()}"))
    landing = posted(world.get(first["continue"]).text)[1]["redirect_url"]
    back = world.get(f"/s/ga?{cisco.query(landing, statusCode='5')}")
    assert links(back)["beacon"] == first["beacon"]
    assert 'class="alert"' in back.text
    assert world.counts("ga")["refused"] == 1


@pytest.mark.parametrize(
    "password", ["\"><script>alert(1)</script>&amp;'", "mật khẩu", "{{7*7}}", "\\", "' onload='x"]
)
def test_what_is_posted_is_escaped(world: World, password: str) -> None:
    world.add(id="ga", name="Ga", **cisco.FIELDS | {"gateway.password": password})
    page = world.get(links(world.get(f"/s/ga?{cisco.query()}"))["continue"])
    assert "<script>alert" not in page.text
    assert posted(page.text)[1]["password"] == password


def test_an_address_that_no_policy_can_name_is_allowed_by_its_scheme(world: World) -> None:
    world.add(id="ga", name="Ga", **cisco.FIELDS | {"gateway.address": "2001:db8::/64"})
    sent = cisco.query(switch_url="https://[2001:db8::1]/login.html")
    page = world.get(links(world.get(f"/s/ga?{sent}"))["continue"])
    assert posted(page.text)[0] == "https://[2001:db8::1]:443/login.html"
    policy = page.headers["Content-Security-Policy"]
    assert f"form-action https: http://localhost {STORES};" in policy


@pytest.mark.parametrize("host", ["a; script-src *", "a b", "a\tb", "ế.example", "a'b", "a,b"])
def test_no_host_name_writes_the_policy(world: World, host: str) -> None:
    """It comes with the request, and stands in the policy as our own address."""
    world.add(id="ga", name="Ga", **cisco.FIELDS)
    way = links(world.get(f"/s/ga?{cisco.query()}"))
    page = world.get(way["continue"], Host=host)
    policy = page.headers["Content-Security-Policy"]
    assert "form-action" in policy
    assert "script-src *" not in policy
    assert host not in policy


def test_the_visit_of_an_access_point_of_merakis(world: World) -> None:
    world.add(id="ks", name="Khách sạn", **meraki.FIELDS)
    answer = world.get(links(world.get(f"/s/ks?{meraki.query()}"))["play"])
    landing, seconds = meraki.granted(answer.location)
    assert seconds == 3600
    assert world.get(landing.removeprefix("http://localhost")).status_code == 303  # to the store
    assert world.counts("ks") == {"page": 1, "install": 1, "viewable": 1, "online": 1}


def test_the_visit_of_a_gateway_that_signs(world: World) -> None:
    world.add(id="ks", name="Khách sạn", **aruba.FIELDS)
    way = links(world.get(f"/s/ks?{aruba.signed('http://localhost/s/ks')}"))
    action, fields = posted(world.get(way["continue"]).text)
    assert aruba.logged_in(action, fields)
    assert world.get(fields["url"].removeprefix("http://localhost")).status_code == 200
    world.services.recorder.flush()
    days = world.services.store.counters(date(2021, 3, 5), date(2021, 3, 5), ["ks"])
    assert {(cell.kind, cell.tier) for cell in days["ks"]} == {
        (kind, "1") for kind in ("page", "continue", "viewable", "online")
    }
    # Another site's, and a login that failed.
    world.add(id="ga", name="Ga", **aruba.FIELDS | {"gateway.hashkey": "another-of-theirs"})
    world.get(f"/s/ga?{aruba.signed('http://localhost/s/ga')}")
    back = world.get(f"/s/ks?{aruba.query(fields['url'], cmd=None, errmsg='Access denied')}")
    assert 'class="alert"' in back.text
    days = world.services.store.counters(date(2021, 3, 5), date(2021, 3, 5), ["ga"])
    assert {cell.tier for cell in days.get("ga", {})} <= {"3"}


@pytest.mark.parametrize("brand", [aruba, cisco, form, meraki])
def test_what_the_gateway_said_of_the_visitor_is_kept_nowhere(
    world: World, brand: ModuleType, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    world.add(id="ga", name="Ga", **brand.FIELDS)
    way = links(world.get(f"/s/ga?{brand.query()}"))
    for tap in ("beacon", "continue", "installed", "play"):
        world.get(way[tap])
    name = {aruba: "mac", form: "client"}.get(brand, "client_mac")
    world.get(f"/s/ga?{brand.query(**{name: '02:00:5e:00:53:01x'})}")  # nor what is refused
    assert world.counts("ga")["rejected:arrival"] == 1
    files = [f.read_bytes() for f in world.services.settings.data.rglob("*") if f.is_file()]
    assert files
    for kept in [*files, caplog.text.encode()]:
        for trace in (b"02:00:5e:00:53", b"02%3a00%3a5e", b"192.168.8.108", "mật khẩu".encode()):
            assert trace not in kept.lower()
