"""The API against its own description: schemathesis asks for all that it allows, and more.

Every answer has to have a status, a type and a body that the description promises; what it does
not allow has to be refused; and without the right token nothing may be read.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation

from portal.app import create_app
from portal.services import open_services
from portal.settings import load_settings
from portal.sitebook import SiteBook
from portal.web.api import books
from portal.web.api.counts import LONGEST
from portal.web.api.description import description
from tests.web.conftest import Clock, World
from tests.web.office import ROLES, furnish

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

CONSOLE, ADDRESS = "http://localhost", "192.0.2.9"
EXAMPLES = 40  # of an operation, for a role, from each of schemathesis' ways to make them

houses: list[World] = []


def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
    """The portal of this module's fixture: schemathesis wants an app before there are fixtures."""
    return houses[-1].app({**environ, "REMOTE_ADDR": ADDRESS}, start_response)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A console with one person of each role and counts at two sites."""
    clock = Clock()
    chosen = load_settings({}, data=tmp_path_factory.mktemp("data"), console_url=CONSOLE)
    services = open_services(chosen, clock=clock)
    book = SiteBook(services.store, services.areas, services.gateways, services.vault)
    world = World(create_app(chosen, services), services, clock, book)
    world.add(id="ben-xe", name="Bến xe khách Bảo Lâm", kind="bus_station", area="Xã Mông Ân")
    for area, people in (("042", "6000"), ("01312", "100"), ("01290", "7")):
        entry = {"area": area, "day": "2021-03-01", "installs": people, "source": "Sở TT&TT"}
        services.adoption.add(entry, "can-bo")
    for about in ("", "area:042", "site:ben-xe"):
        note = {"first": "2021-03-01", "last": "2021-03-03", "about": about, "text": "Mất điện"}
        services.notes.add(note, "can-bo")
    houses.append(furnish(world))
    yield world
    services.stop()


@pytest.fixture(scope="module", params=list(ROLES.values()), ids=list(ROLES))
def token(house: World, request: pytest.FixtureRequest) -> str:
    """A token of somebody of each role."""
    return house.services.tokens.add(request.param, "schemathesis", 30)[1]


schema = schemathesis.openapi.from_dict(description(CONSOLE))
schema.app = app


KNOWN = {
    "site": ("ben-xe", "cho", "khong-co"),
    "site_id": ("ben-xe", "cho", "khong-co"),
    "area": ("04", "042", "01312"),
}


def make_sense(values: dict[str, Any]) -> None:
    """Have what a description cannot say hold as well, and have things found rather than not."""
    if "from" in values:
        first = date.fromisoformat(values["from"])
        days = min(first.toordinal() % LONGEST, (date.max - first).days)
        values["to"] = str(first + timedelta(days))
    for name in KNOWN.keys() & values.keys():
        values[name] = KNOWN[name][len(values[name]) % len(KNOWN[name])]


@schema.parametrize()
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
def test_the_api_does_what_its_description_says(
    case: schemathesis.Case, house: World, token: str
) -> None:
    house.services.attempts.forget(f"api {ADDRESS}")  # schemathesis tries wrong tokens as well
    assert case.meta is not None
    if case.meta.generation.mode.is_positive:
        make_sense(case.query)
        make_sense(case.path_parameters)
    sent = case.meta.components.get(ParameterLocation.HEADER)
    shown = {} if sent and sent.mode.is_negative else {"Authorization": f"Bearer {token}"}
    case.call_and_validate(headers=shown)


def test_the_description_is_one_by_openapi(house: World, token: str) -> None:
    """And it says nothing of what it does not do."""
    schema.validate()
    answer = house.app.test_client().get(
        "/api/v1/openapi.json", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.json == description(CONSOLE)
    routes = {
        rule.rule.replace("<", "{").replace(">", "}")
        for rule in house.app.url_map.iter_rules()
        if rule.endpoint.startswith("api.") and rule.endpoint != "api.nothing"
    }
    assert set(answer.json["paths"]) == routes
    assert {method for path in answer.json["paths"].values() for method in path} == {"get"}


def test_the_check_itself_finds_an_answer_that_is_not_described(
    house: World, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the test above proves nothing."""
    case = schema["/api/v1/status"]["GET"].Case(headers={"Authorization": f"Bearer {token}"})
    case.call_and_validate()
    monkeypatch.setattr(books, "now", lambda: 5)
    with pytest.raises(FailureGroup):
        case.call_and_validate()
