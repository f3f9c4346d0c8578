"""What every brand promises, tried on all of them with what their gateways really send.

S01, S02, S06, S09, C05, C06 of the security tests, as far as they concern gateways.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from types import ModuleType
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.domain.errors import BadArrival, BadSite, ReleaseRefused
from portal.domain.events import Tier
from portal.domain.garden import parse_garden
from portal.domain.probes import parse_probes
from portal.domain.sites import Site
from portal.gateways import gateways
from portal.gateways.base import (
    ApiCall,
    Arrival,
    FormPost,
    Gateway,
    Local,
    Redirect,
    Release,
    checked,
    secrets_of,
)
from portal.resources import read_text

NOTICE = "http://portal.example/s/a"
LANDING = "http://portal.example/online/N?lang=vi"
GARDEN = parse_garden(read_text("walled_garden.json"), parse_probes(read_text("probes.json")).hosts)
UNHELD = {"link", "notice", "standalone"}  # whose visitors no gateway describes
BRANDS = sorted(set(gateways()) - UNHELD)
HOSTILE = (
    "", " ", "\x00", "%zz", "%00", "+", "ế", "Bến xe", "'\"><script>alert(1)</script>",
    "javascript:alert(1)", "data:text/html,x", "$(touch /tmp/canary)", "{{7*7}}", "{0.__class__}",
    "../../etc/passwd", "\r\nSet-Cookie: a=b", "%0d%0aX: y", "0", "-1", "9" * 400, "a" * 5000,
    "http://evil.example/", "//evil.example", "/\\evil.example", "https:evil.example", "\ud800",
    "http://user@evil.example/", "http://evil.example#@192.168.8.1", "192.168.8.1.evil.example",
    "127.0.0.1", "[::1]", "0x7f.1", "2130706433", "169.254.169.254", "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_x", "::ffff:10.0.0.1", "fe80::1%eth0", "null", "[]", "%C0%AE",
)  # fmt: skip


def counterpart(name: str) -> ModuleType:
    return import_module(f"tests.counterparts.{name}")


def site_of(name: str) -> Site:
    """A site with this gateway, as its counterpart is set up."""
    prefix = "gateway."
    given = {
        field.removeprefix(prefix): value
        for field, value in counterpart(name).FIELDS.items()
        if field.startswith(prefix)
    }
    site = Site("a", "A", gateway=name)
    return replace(site, gateway_settings=gateways()[name].check(given))


@pytest.fixture(params=BRANDS)
def brand(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def gateway(brand: str) -> Gateway:
    return gateways()[brand]


@pytest.fixture
def site(brand: str) -> Site:
    return site_of(brand)


@pytest.fixture
def query(brand: str) -> str:
    text = counterpart(brand).query()
    assert isinstance(text, str)
    return text


def targets(release: Release) -> Iterator[str]:
    """Every address that a visitor's browser is sent to."""
    match release:
        case Redirect(url) | FormPost(url, _):
            yield url
        case ApiCall(_, landing) | Local(landing, _):
            yield landing


def own_hosts(gateway: Gateway, site: Site) -> set[str]:
    """The hosts that a genuine release of this site goes to."""
    arrival = gateway.arrive(site, counterpart(gateway.name).query(), NOTICE)
    assert arrival is not None
    released = gateway.release(site, arrival.release, LANDING)
    return {urlsplit(url).hostname or "" for url in targets(released)}


def try_everything(gateway: Gateway, site: Site, query: str, hosts: set[str]) -> Arrival | None:
    """Arrive and release with anything: an error on purpose, or a release to the site's own."""
    try:
        arrival = gateway.arrive(site, query, NOTICE)
    except BadArrival as bad:
        said = bad.problem
        assert re.fullmatch(r"[a-z_0-9]{1,40}", said), said  # fit to be logged
        return None
    if arrival is None:
        return None
    assert all(isinstance(value, str) for value in arrival.release.values())
    try:
        released = gateway.release(site, arrival.release, LANDING)
    except ReleaseRefused:
        return arrival
    for url in targets(released):
        parts = urlsplit(url)
        assert parts.scheme in ("http", "https")
        assert parts.hostname in hosts | {"portal.example"}, url
        assert url.isascii()
        assert not re.search(r"[\x00-\x20\\]", url)
    return arrival


def test_a_genuine_arrival_is_understood_and_released(
    gateway: Gateway, site: Site, query: str
) -> None:
    arrival = gateway.arrive(site, query, NOTICE)
    assert arrival is not None
    assert arrival.captive
    assert arrival.release
    assert arrival.origin.startswith("http://connectivitycheck.gstatic.com/")
    released = gateway.release(site, arrival.release, LANDING)
    assert list(targets(released))
    where = [
        *targets(released),
        *(released.fields.values() if isinstance(released, FormPost) else ()),
    ]
    assert any(LANDING in url or quote(LANDING, safe="") in url for url in where)


def test_nothing_of_a_gateway_is_no_arrival(gateway: Gateway, site: Site) -> None:
    for query in ("", "c=poster", "lang=vi", "v=N&g=S&lang=vi", "utm_source=x&fbclid=y"):
        assert gateway.arrive(site, query, NOTICE) is None
    assert gateway.release(site, {}, LANDING) == Redirect(LANDING)


def test_s02_any_parameter_may_lack_be_empty_or_come_twice(
    gateway: Gateway, site: Site, query: str
) -> None:
    hosts = own_hosts(gateway, site)
    pairs = parse_qsl(query, keep_blank_values=True, encoding="latin-1")
    for place, (name, value) in enumerate(pairs):
        before, after = pairs[:place], pairs[place + 1 :]
        for changed in ([], [(name, "")], [(name, value)] * 2, [(name, value), (name, "x")]):
            text = urlencode(before + changed + after, encoding="latin-1")
            try_everything(gateway, site, text, hosts)


def test_s01_s06_no_value_leads_to_a_stranger(gateway: Gateway, site: Site, query: str) -> None:
    hosts = own_hosts(gateway, site)
    pairs = parse_qsl(query, keep_blank_values=True, encoding="latin-1")
    for place, (name, _value) in enumerate(pairs):
        for hostile in HOSTILE:
            changed = [*pairs[:place], (name, hostile), *pairs[place + 1 :]]
            text = urlencode(changed, encoding="utf-8", errors="surrogatepass")
            try_everything(gateway, site, text, hosts)
            raw = "&".join(f"{n}={v}" for n, v in changed)
            latin = raw.encode("utf-8", "surrogatepass").decode("latin-1")  # as the bytes came
            try_everything(gateway, site, latin, hosts)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_query_whatsoever_breaks_anything(
    gateway: Gateway, site: Site, data: st.DataObject
) -> None:
    hosts = own_hosts(gateway, site)
    genuine = counterpart(gateway.name).query()
    start = data.draw(st.integers(0, len(genuine)))
    end = data.draw(st.integers(start, len(genuine)))
    junk = data.draw(st.text(st.characters(max_codepoint=255), max_size=40))
    try_everything(gateway, site, genuine[:start] + junk + genuine[end:], hosts)


def test_a_release_kept_for_another_brand_is_refused(gateway: Gateway, site: Site) -> None:
    """A site that changed its gateway while views were under way."""
    for stranger in (
        {"x": "y"},
        {"address": "evil.example"},
        {"mac": "ế"},
        {"url": "http://evil/"},
    ):
        with pytest.raises(ReleaseRefused):
            gateway.release(site, stranger, LANDING)


def test_c05_another_sites_arrival_is_never_signed_here(
    gateway: Gateway, site: Site, query: str
) -> None:
    own = site.gateway_settings
    secrets = {name for name in secrets_of(gateway) if own.get(name)}
    other = {name: "K" + own[name][1:][::-1] for name in secrets}
    try:
        changed = gateway.check({**own, **other})
        arrival = gateway.arrive(replace(site, gateway_settings=changed), query, NOTICE)
    except (BadArrival, BadSite):
        return
    assert arrival is None or arrival.tier is not Tier.SIGNED or not secrets


def test_settings_are_checked_and_every_problem_is_named(gateway: Gateway) -> None:
    with pytest.raises(BadSite) as caught:
        gateway.check({option.name: "\x00\n" for option in gateway.options} | {"colour": "blue"})
    named = {problem.where for problem in caught.value.problems}
    assert "colour" in named
    assert len(named) >= len(gateway.options)


def test_a_complete_description_stays_what_it_is(gateway: Gateway, site: Site) -> None:
    assert gateway.check(site.gateway_settings) == site.gateway_settings
    assert set(checked(gateway.options, site.gateway_settings)) == {o.name for o in gateway.options}


def test_a_kit_opens_the_garden_and_no_check(gateway: Gateway, site: Site) -> None:
    files = gateway.kit(replace(site, name="Nhà khách \"Bảo Lâm\" 'A' $(x)"), NOTICE, GARDEN)
    assert files
    assert all(file.text.endswith("\n") for file in files)
    assert all(re.fullmatch(r"[\w.-]+", file.name) for file in files)
    whole = "\n".join(file.text for file in files)
    assert "portal.example" in whole
    assert "play.google.com" in whole
    for name in (
        "captive.apple.com",
        "connectivitycheck.gstatic.com",
        "*.apple.com",
        "*.google.com",
    ):
        assert name not in whole.replace("#", "") or "closed" in whole.lower()
