"""The walled garden: an install can begin, and the login sheet still appears."""

import json

import pytest

from portal.domain.garden import covers, parse_garden
from portal.domain.probes import parse_probes
from portal.resources import read_text

PROBES = parse_probes(read_text("probes.json"))


def test_what_comes_with_the_service_opens_no_check() -> None:
    garden = parse_garden(read_text("walled_garden.json"), PROBES.hosts)
    assert {"play", "appstore", "official"} == set(garden.open)
    assert "play.google.com" in garden.hosts()
    assert "apps.apple.com" in garden.hosts()
    assert {"captive.apple.com", "connectivitycheck.gstatic.com"} <= set(garden.closed)
    for check in PROBES.hosts:
        assert not any(covers(host, check) for host in garden.hosts())


@pytest.mark.parametrize(
    "host", ["*.apple.com", "*.google.com", "captive.apple.com", "*.gstatic.com"]
)
def test_the_classic_mistake_is_refused(host: str) -> None:
    text = json.dumps({"open": {"appstore": ["apps.apple.com", host]}})
    with pytest.raises(ValueError, match="opens"):
        parse_garden(text, PROBES.hosts)


def test_a_host_is_opened_once() -> None:
    garden = parse_garden('{"open": {"a": ["x.example", "y.example"], "b": ["x.example"]}}', [])
    assert garden.hosts() == ["x.example", "y.example"]


@pytest.mark.parametrize(
    ("host", "name", "opened"),
    [
        ("a.example", "a.example", True),
        ("*.example", "a.example", True),
        ("*.example", "a.b.example", True),
        ("*.example", "example", False),
        ("*.ample", "a.example", False),
        ("a.example", "b.a.example", False),
    ],
)
def test_what_a_host_opens(host: str, name: str, opened: bool) -> None:
    assert covers(host, name) is opened
