"""A release by form: a page that posts it, and only to the gateway."""

import re
from html import unescape

from tests.counterparts import cisco, meraki
from tests.web.conftest import World, links


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
    assert f"form-action https://{cisco.VIRTUAL}:443 http://localhost;" in policy
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


def test_what_is_posted_is_escaped(world: World) -> None:
    fields = cisco.FIELDS | {"gateway.password": "\"><script>alert(1)</script>&amp;'"}
    world.add(id="ga", name="Ga", **fields)
    page = world.get(links(world.get(f"/s/ga?{cisco.query()}"))["continue"])
    assert "<script>alert" not in page.text
    assert posted(page.text)[1]["password"] == fields["gateway.password"]


def test_the_visit_of_an_access_point_of_merakis(world: World) -> None:
    world.add(id="ks", name="Khách sạn", **meraki.FIELDS)
    answer = world.get(links(world.get(f"/s/ks?{meraki.query()}"))["play"])
    landing, seconds = meraki.granted(answer.location)
    assert seconds == 3600
    assert world.get(landing.removeprefix("http://localhost")).status_code == 303  # to the store
    assert world.counts("ks") == {"page": 1, "install": 1, "viewable": 1, "online": 1}
