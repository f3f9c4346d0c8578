"""A visit through CoovaChilli, as far as the portal is concerned."""

import logging
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import TestResponse

from tests.counterparts.coovachilli import FIELDS, GATEWAY, SECRET, Chilli, query
from tests.web.conftest import ANDROID_SHEET, APPLE_SHEET, IPHONE, World, links

SITE = "khach-san"


@pytest.fixture(params=["chap", "pap"])
def chilli(world: World, request: pytest.FixtureRequest) -> Chilli:
    """A gateway of a site that logs in one way or the other."""
    add(world, **{"gateway.login": request.param})
    return Chilli()


def add(world: World, **changes: str) -> None:
    world.add(id=SITE, name="Khách sạn", **FIELDS | changes)


def path(url: str) -> str:
    """The part of one of our own addresses that a test asks for."""
    parts = urlsplit(url)
    assert parts.netloc in ("", "localhost")
    return f"{parts.path}?{parts.query}"


def follow(world: World, url: str, agent: str) -> TestResponse:
    """Follow the portal's own redirects to a page."""
    page = world.get(path(url), agent)
    while page.status_code == 303 and urlsplit(page.location).netloc in ("", "localhost"):
        page = world.get(path(page.location), agent)
    return page


@pytest.mark.parametrize("agent", [ANDROID_SHEET, APPLE_SHEET, IPHONE])
def test_a_visit_from_the_notice_to_the_page_behind_it(
    world: World, chilli: Chilli, agent: str
) -> None:
    way = links(world.get(path(chilli.redirect()), agent))
    world.get(way["beacon"], agent)
    back = chilli.logon(world.get(way["continue"], agent).location)
    assert chilli.online
    page = follow(world, back, agent)
    assert page.status_code == 200
    assert 'class="alert"' not in page.text
    assert world.counts(SITE) == {
        "page": 1,
        "shown": 1,
        "continue": 1,
        "viewable": 1,
        "online": 1,
    }
    follow(world, back, agent)  # the page once more
    assert world.counts(SITE)["online"] == 1


def test_what_the_gateway_signed_is_counted_so(world: World) -> None:
    add(world)
    tiers = {}
    for sent in (query(), query(md=None), query(md="0" * 32), query() + "&x=1"):
        before = _tiers(world)
        world.get(f"/s/{SITE}?{sent}")
        tiers[sent] = {tier: n - before.get(tier, 0) for tier, n in _tiers(world).items()}
    signed, *others = tiers.values()
    assert signed == {"1": 1}
    for other in others:
        assert {tier: n for tier, n in other.items() if n} == {"3": 1}


def test_one_sites_signature_counts_for_no_other(world: World) -> None:
    add(world)
    world.add(id="khac", name="Khác", **FIELDS)
    world.get(f"/s/khac?{query()}")
    assert _tiers(world, "khac") == {"3": 1}


def test_with_a_wrong_signature_the_visitor_goes_online_all_the_same(
    world: World, chilli: Chilli
) -> None:
    way = links(world.get(f"/s/{SITE}?{query(md='0' * 32)}"))
    chilli.logon(world.get(way["continue"]).location)
    assert chilli.online


def test_a_refused_release_brings_the_same_view_back_with_advice(
    world: World, chilli: Chilli
) -> None:
    chilli.password = "changed at the RADIUS server"
    first = links(world.get(path(chilli.redirect())))
    back = chilli.logon(world.get(first["continue"]).location)
    again = world.get(path(back))
    assert links(again)["beacon"] == first["beacon"]
    assert 'class="alert"' in again.text
    assert world.counts(SITE) == {"page": 1, "continue": 1, "viewable": 1, "refused": 1}
    # The new challenge stands in the page: with the right password the next tap succeeds.
    chilli.password = FIELDS["gateway.password"]
    chilli.logon(world.get(links(again)["continue"]).location)
    assert chilli.online


def test_a_second_tap_after_the_release_lands_on_our_page(world: World, chilli: Chilli) -> None:
    way = links(world.get(path(chilli.redirect())))
    for _tap in range(2):
        page = follow(world, chilli.logon(world.get(way["continue"]).location), IPHONE)
        assert page.status_code == 200
    assert world.counts(SITE)["online"] == 1
    assert "refused" not in world.counts(SITE)


def test_a_browser_goes_online_and_on_to_the_store_with_one_tap(
    world: World, chilli: Chilli
) -> None:
    way = links(world.get(path(chilli.redirect()), IPHONE))
    back = chilli.logon(world.get(way["appstore"], IPHONE).location)
    assert urlsplit(follow(world, back, IPHONE).location).netloc == "apps.apple.com"


def test_who_has_the_app_already_is_thanked_behind_the_release(
    world: World, chilli: Chilli
) -> None:
    way = links(world.get(path(chilli.redirect())))
    page = follow(world, chilli.logon(world.get(way["installed"]).location), IPHONE)
    assert world.services.campaign.texts("vi").thanks in page.text
    assert world.counts(SITE) == {"page": 1, "installed": 1, "viewable": 1, "online": 1}


@pytest.mark.parametrize("step", ["evil", "a.b", "play/x", "%0d%0a", "%2f%2fevil.example", "ế", ""])
def test_a_step_that_somebody_wrote_into_the_landing_page_leads_nowhere(
    world: World, step: str
) -> None:
    add(world)
    nonce = links(world.get(f"/s/{SITE}?{query()}"))["beacon"][3:-4]
    forged = query(f"http://localhost/online/{nonce}/{step}", res="success", challenge=None)
    answer = world.get(f"/s/{SITE}?{forged}")
    assert answer.status_code == 303
    assert answer.location.startswith(f"/online/{nonce}")
    assert answer.location.partition("?")[0] in (f"/online/{nonce}", f"/online/{nonce}/evil")
    assert world.get(answer.location).status_code in (200, 404)


def test_a_probe_is_not_a_page(world: World) -> None:
    add(world)
    world.get(f"/s/{SITE}?{query()}", "Dalvik/2.1.0 (Linux; U; Android 10)", Accept="*/*")
    assert world.counts(SITE) == {"probe": 1}


def test_who_is_online_and_comes_by_himself_is_not_held(world: World) -> None:
    add(world)
    page = world.get(f"/s/{SITE}?{query(res='already', challenge=None)}")
    assert world.get(links(page)["continue"]).location == "https://www.bluezone.gov.vn/"


def test_a_forged_gateway_address_is_never_followed(world: World) -> None:
    add(world)
    page = world.get(f"/s/{SITE}?{query(uamip='203.0.113.66', md=None)}")
    assert page.status_code == 200
    assert "203.0.113.66" not in page.text
    assert "continue" not in links(page)


@pytest.mark.parametrize(
    "sent",
    [
        query(challenge=None),
        query(uamport="x"),
        query(mac="<script>"),
        query(userurl="a b"),
        "res=",
        "uamip=&res=%ff",
        query() + "&" * 8000,
    ],
)
def test_what_cannot_be_read_gets_the_plain_notice(world: World, sent: str) -> None:
    add(world)
    page = world.get(f"/s/{SITE}?{sent}")
    assert page.status_code == 200
    assert "play.google.com" in page.text
    assert "<script>" not in page.text.partition("</head>")[0]
    assert world.counts(SITE) == {"rejected:arrival": 1}


def test_what_the_gateway_said_of_the_visitor_is_kept_nowhere(
    world: World, chilli: Chilli, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    way = links(world.get(path(chilli.redirect())))
    for tap in ("beacon", "continue", "installed"):
        world.get(way[tap])
    world.get(f"/s/{SITE}?{query(challenge='x')}")  # what is refused is not written down, either
    world.services.recorder.flush()
    files = [f.read_bytes() for f in world.services.settings.data.rglob("*") if f.is_file()]
    assert files
    for kept in [*files, caplog.text.encode()]:
        for trace in (b"02-00-5e-00-53", b"192.168.8.108", b"65f8ba4d76dbd0b5"):
            assert trace not in kept.lower()
        assert SECRET.encode() not in kept


def test_neither_password_nor_secret_is_in_what_the_visitor_gets(
    world: World, chilli: Chilli
) -> None:
    page = world.get(path(chilli.redirect()))
    release = world.get(links(page)["continue"]).location
    assert urlsplit(release).netloc == GATEWAY
    for text in (page.text, release, str(parse_qs(urlsplit(release).query))):
        assert SECRET not in text
        assert FIELDS["gateway.password"] not in text


def _tiers(world: World, site: str = SITE) -> dict[str, int]:
    world.services.recorder.flush()
    day = world.services.store.counters(date(2021, 3, 5), date(2021, 3, 5), [site])
    found: dict[str, int] = {}
    for cell, number in day.get(site, {}).items():
        found[str(cell.tier)] = found.get(str(cell.tier), 0) + number
    return found
