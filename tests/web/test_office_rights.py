"""Every route of the console by every role: what is not written down is an error."""

import re
from collections.abc import Mapping

import pytest
from werkzeug.test import TestResponse

from tests.web.conftest import World
from tests.web.office import ROLES, Browser
from tests.web.rights import OWN, RIGHTS, STRANGERS, add_samples, single


@pytest.fixture
def samples(office: World) -> dict[str, str]:
    """Return something that there is for every part of an address."""
    return add_samples(office.services)


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


def test_owners_open_what_is_about_their_own_site_and_change_nothing(
    office: World, samples: dict[str, str]
) -> None:
    browser = Browser(office, ROLES["owner"])
    own = samples | {"<site_id>": "ben-xe"}
    for route in single(RIGHTS):
        if "<site_id>" in route:
            may = route.split()[1] in OWN
            # A form without a version changes nothing: 409.
            assert ask(browser, route, own) in ((200, 409) if may else (403,)), route


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
