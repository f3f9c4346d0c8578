"""S12: looking changes nothing, and no page of somebody else's has a form of ours sent."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from portal.sessions import SESSIONS
from tests.web.conftest import World
from tests.web.office import Browser
from tests.web.rights import RIGHTS, add_samples, single

Sent = Mapping[str, Any]
FORGED: Mapping[str, Sent] = {
    "no token": {"token": ""},
    "another's token": {"token": "a" * 64},
    "another site's page": {"site": "cross-site"},
    "another name of the same domain": {"site": "same-site"},
}


@pytest.fixture
def samples(office: World) -> dict[str, str]:
    """Return something that there is for every part of an address."""
    return {"<token_id>": "none", **add_samples(office.services)}


def kept(world: World) -> dict[str, Any]:
    """Return all documents and counts.

    But for when sessions were seen last, and the log, which notes who fetched a kit with keys.
    """
    store = world.services.store
    world.services.recorder.flush()
    names = {name for name in store.collections() if not name.startswith("audit-")}
    found: dict[str, Any] = {name: store.documents(name) for name in names - {SESSIONS}}
    return found | {"counted": [store.state(site).counters for site in store.counted_sites()]}


def paths(method: str, samples: Mapping[str, str]) -> Iterator[str]:
    """Yield an address for every route of the console that takes ``method``."""
    for route in single(RIGHTS):
        known, path = route.split()
        if known == method:
            for name, value in samples.items():
                path = path.replace(name, value)
            yield path


def test_s12_looking_changes_nothing(office: World, samples: dict[str, str]) -> None:
    browser = Browser(office, "quan-tri")
    before, looked = kept(office), 0
    for path in paths("GET", samples):
        assert browser.get(path).status_code < 500
        browser.client.head(path, environ_base=browser.address)
        assert kept(office) == before, path
        looked += 1
    assert looked > 40


@pytest.mark.parametrize("name", FORGED)
def test_s12_a_forged_form_changes_nothing(
    office: World, samples: dict[str, str], name: str
) -> None:
    browser = Browser(office, "quan-tri")
    before, sent = kept(office), 0
    for path in paths("POST", samples):
        answer = browser.post(path, name="Forged", password="x" * 20, **FORGED[name])
        assert answer.status_code == 403, path
        assert kept(office) == before, path
        sent += 1
    assert sent > 20


def test_s12_nobody_is_signed_in_by_somebody_else_s_page(office: World) -> None:
    for forged in FORGED.values():
        if "site" in forged:
            stranger = Browser(office)
            answer = stranger.post(
                "/office/sign-in", id="can-bo", password="một câu thật dài", **forged
            )
            assert answer.status_code == 403
            assert stranger.get("/office/").status_code == 303
