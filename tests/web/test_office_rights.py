"""Every route of the console by every role: what is not written down here is an error."""

import re
from collections.abc import Mapping

import pytest
from werkzeug.test import TestResponse

from portal.domain.alerts import Cause, Finding
from tests.web.conftest import NOON, World
from tests.web.office import ROLES, Browser

ADMIN = "admin"
ENTER = "admin officer"
STAFF = "admin officer viewer"
ALL = "admin officer viewer owner"
RIGHTS: Mapping[str, str] = {
    "GET /office/": ALL,
    "GET /office/live.json": ALL,
    "GET /office/api": ALL,
    "GET /office/account": ALL,
    "GET POST /office/account/password": ALL,
    "GET POST /office/account/second-factor": ALL,
    "GET POST /office/account/second-factor/confirm": ALL,
    "GET POST /office/account/second-factor/off": ALL,
    "GET POST /office/account/second-factor/recovery": ALL,
    "GET POST /office/tokens": ALL,
    "POST /office/tokens/<token_id>/revoke": ALL,
    "GET /office/adoption": STAFF,
    "GET POST /office/adoption/new": ENTER,
    "GET POST /office/adoption/population": ENTER,
    "GET POST /office/adoption/import": ENTER,
    "POST /office/adoption/import/enter": ENTER,
    "GET POST /office/adoption/<entry_id>/remove": ENTER,
    "GET /office/alerts": ALL,
    "GET /office/alerts/<alert_id>": STAFF,  # of another's site
    "POST /office/alerts/<alert_id>/acknowledge": ENTER,
    "GET /office/notes": STAFF,
    "GET POST /office/notes/new": ENTER,
    "GET POST /office/notes/<note_id>": ENTER,
    "POST /office/notes/<note_id>/remove": ENTER,
    "GET /office/audit": ADMIN,
    "GET /office/people": ADMIN,
    "GET POST /office/people/new": ADMIN,
    "GET POST /office/people/id/<person_id>": ADMIN,
    "GET POST /office/people/id/<person_id>/access": ADMIN,
    "GET POST /office/people/id/<person_id>/factor": ADMIN,
    "GET POST /office/people/id/<person_id>/link": ADMIN,
}
"""Which roles may use a route; where it has a site, another's."""
STRANGERS = {
    "GET POST /office/sign-in",
    "GET POST /office/sign-in/code",
    "POST /office/sign-out",
    "GET POST /office/reset/<token>",
}
"""Routes for whoever has not signed in."""
OWN = {route: ALL for route, roles in RIGHTS.items() if "<site_id>" in route and roles == STAFF}
"""Routes that owners may use for their own site."""


def single(routes: Mapping[str, str]) -> dict[str, str]:
    """Return the roles by a method and an address each."""
    return {
        f"{method} {route.split()[-1]}": roles
        for route, roles in routes.items()
        for method in route.split()[:-1]
    }


@pytest.fixture
def samples(office: World) -> dict[str, str]:
    """Return something that there is for every part of an address."""
    held = office.services
    held.people.add({"id": "nguoi-moi", "name": "Người mới", "role": "viewer"})
    note = held.notes.add({"first": "2021-03-05", "text": "Mất điện"}, "can-bo")
    area = {"area": "04", "day": "2021-03-01", "installs": "72636", "source": "báo cáo"}
    entry, _before = held.adoption.add(area, "can-bo", "")
    for _check in range(2):
        office.clock.now += 300
        alert = held.alerts.raise_(Finding(Cause.SILENT, "cho", NOON, {"hours": 5}))
    assert alert is not None
    return {
        "<site_id>": "cho",
        "<person_id>": "nguoi-moi",
        "<note_id>": note.id,
        "<entry_id>": entry.id,
        "<alert_id>": alert.id,
    }


def routes(office: World) -> set[str]:
    """Return every method and address of the console."""
    return {
        f"{method} {rule.rule}"
        for rule in office.app.url_map.iter_rules()
        if rule.rule.startswith("/office")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_every_route_is_written_down(office: World) -> None:
    known = {*single(RIGHTS), *single(dict.fromkeys(STRANGERS, ""))}
    assert routes(office) == known


@pytest.mark.parametrize("role", ROLES)
def test_everybody_may_what_is_theirs_and_nothing_else(
    office: World, samples: dict[str, str], role: str
) -> None:
    browser = Browser(office, ROLES[role])
    samples["<token_id>"] = token(browser)
    wrong = {}
    for route, roles in single(RIGHTS).items():
        status = ask(browser, route, samples)
        if (status in (403, 404)) == (role in roles.split()) or status >= 500:
            wrong[route] = status
    assert not wrong


@pytest.mark.parametrize("route", sorted(single(OWN)))
def test_owners_may_what_is_about_their_own_site(
    office: World, samples: dict[str, str], route: str
) -> None:
    browser = Browser(office, ROLES["owner"])
    assert ask(browser, route, samples | {"<site_id>": "ben-xe"}) == 200


@pytest.mark.parametrize("role", ROLES)
def test_somebody_taken_out_of_service_may_nothing(
    office: World, samples: dict[str, str], role: str
) -> None:
    browser = Browser(office, ROLES[role])
    office.services.people.add({"id": "another", "name": "Another", "role": "admin"})
    _person, version = office.services.people.find(ROLES[role])
    office.services.people.edit(ROLES[role], {"active": False}, version)
    assert {ask(browser, route, samples) for route in single(RIGHTS)} == {303}


def ask(browser: Browser, route: str, samples: Mapping[str, str]) -> int:
    """Return the status of a route, with an empty form where it takes one."""
    method, path = route.split()
    for part, value in samples.items():
        path = path.replace(part, value)
    answer: TestResponse = browser.get(path) if method == "GET" else browser.post(path)
    return answer.status_code


def token(browser: Browser) -> str:
    """Return the id of a token of whoever has signed in."""
    assert browser.post("/office/tokens", name="bảng tính", days="30").status_code == 200
    found = re.search(r"/office/tokens/([^/]+)/revoke", browser.get("/office/tokens").text)
    assert found
    return found[1]
