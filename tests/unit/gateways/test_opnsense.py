"""OPNsense: a link to the gateway's own page, and to nobody else's."""

import pytest

from portal.domain.errors import BadArrival, BadSite, ReleaseRefused
from portal.domain.events import Tier
from portal.domain.garden import Garden
from portal.domain.sites import Site
from portal.gateways.base import Arrival, Redirect
from portal.gateways.opnsense import OPNsense
from tests.counterparts.opnsense import GATEWAY, PASSWORD, PROBE, USER, query

OPNSENSE = OPNsense()
NOTICE, LANDING = "http://portal.example/s/a", "http://portal.example/online/N?lang=vi"
HELD = {"portal": "http://192.168.8.1:8000"}


def site(**settings: str) -> Site:
    given = OPNSENSE.check({"address": GATEWAY, **settings})
    return Site("a", "A", gateway="opnsense", gateway_settings=given)


def arrived(sent: str) -> Arrival:
    arrival = OPNSENSE.arrive(site(), sent, NOTICE)
    assert arrival is not None
    return arrival


def kit(notice: str = NOTICE, garden: Garden | None = None, **settings: str) -> dict[str, str]:
    files = OPNSENSE.kit(site(**settings), notice, garden or Garden({}, ()))
    return {file.name: file.text for file in files}


def test_an_arrival_keeps_the_gateways_page_and_nothing_else() -> None:
    assert arrived(query()) == Arrival(Tier.NONE, release=HELD, origin=PROBE)


def test_the_release_goes_to_the_gateways_own_page() -> None:
    assert OPNSENSE.release(site(), HELD, LANDING) == Redirect(
        "http://192.168.8.1:8000/index.html?landing="
        "http%3A%2F%2Fportal.example%2Fonline%2FN%3Flang%3Dvi"
    )


def test_a_zone_has_a_port_of_its_own_and_may_have_a_name_and_tls() -> None:
    there = site(address="wifi.example.vn", zone="3")
    for page in ("https://wifi.example.vn:8003", "https://wifi.example.vn"):
        released = OPNSENSE.release(there, {"portal": page}, LANDING)
        assert isinstance(released, Redirect)
        assert released.url.startswith("https://wifi.example.vn:8003/index.html?landing=")
    for page in ("https://wifi.example.vn:8000", "https://wifi.example.vn:443"):
        with pytest.raises(ReleaseRefused):
            OPNSENSE.release(there, {"portal": page}, LANDING)


@pytest.mark.parametrize("scheme", ["", "http://", "https://"])
def test_a_login_that_failed_brings_the_landing_back(scheme: str) -> None:
    asked = f"{scheme}portal.example/online/N/play?next=http://a.example/"
    arrival = arrived(query(redirurl=asked, state="refused"))
    assert arrival.captive
    assert arrival.origin == (asked if scheme else f"http://{asked}")


def test_who_is_online_already_is_not_held() -> None:
    assert arrived(query(state="online")) == Arrival(captive=False, origin=PROBE)


@pytest.mark.parametrize("state", [None, "", "held", "refused", "ONLINE", "<script>"])
def test_in_any_other_state_the_visitor_is_held(state: str | None) -> None:
    assert arrived(query(state=state)).captive


@pytest.mark.parametrize("asked", [None, ""])
def test_what_was_asked_for_may_lack(asked: str | None) -> None:
    assert arrived(query(redirurl=asked)).origin == ""


@pytest.mark.parametrize(
    "page",
    [
        "http://evil.example:8000",
        "http://192.168.8.1:80",
        "https://192.168.8.2:8000",
        "http://192.168.8.1.evil.example:8000",
        "http://0xc0a80801:8000",
        "http://[::1]:8000",
        "http://[::ffff:192.168.8.1]:8000",
    ],
)
def test_nobody_else_is_asked(page: str) -> None:
    with pytest.raises(ReleaseRefused):
        OPNSENSE.release(site(), arrived(query(opnsense=page)).release, LANDING)


@pytest.mark.parametrize(
    "page",
    [
        "",
        "x",
        "null",
        "//192.168.8.1:8000",
        "http://192.168.8.1:8000/",
        "http://192.168.8.1:8000/x?y",
        "http://192.168.8.1:8000#x",
        "http://a@192.168.8.1:8000",
        "http://192.168.8.1:x",
        "http://[::1",
        "javascript:alert(1)",
        "ế://192.168.8.1",
    ],
)
def test_what_is_no_page_is_no_arrival(page: str) -> None:
    with pytest.raises(BadArrival):
        OPNSENSE.arrive(site(), query(opnsense=page), NOTICE)


def test_the_first_of_two_counts() -> None:
    assert arrived(f"{query()}&opnsense=http://evil.example&state=online").release == HELD


@pytest.mark.parametrize(
    "changes", [{"address": ""}, {"address": "http://x"}, {"zone": "x"}, {"username": "a\nb"}]
)
def test_settings_that_will_not_do(changes: dict[str, str]) -> None:
    with pytest.raises(BadSite) as caught:
        site(**changes)
    assert [problem.where for problem in caught.value.problems] == list(changes)


@pytest.mark.parametrize(
    "evil", ["</script><script>alert(1)//", "\"'&<b>", "\\", "\u2028", "%(x)s"]
)
def test_nothing_gets_out_of_the_page_of_the_kit(evil: str) -> None:
    page = kit(f"{NOTICE}{evil}", username=f"a{evil.strip()}", password="")["index.html"]
    plain = kit(username="a")["index.html"]
    for mark in ("<", "<script", "</script>"):
        assert page.count(mark) == plain.count(mark)
    assert "\u2028" not in page.partition("<script>")[2]


def test_the_page_asks_its_own_zone() -> None:
    page = kit(zone="7", username=USER, password=PASSWORD)["index.html"]
    assert page.count("/7/") == 2
    assert "/0/" not in page
    assert 'value="khach"' in page


def test_names_that_can_be_opened_stand_beside_the_page() -> None:
    garden = Garden({"play": ("play.google.com", "*.gvt1.com")}, ())
    lines = kit(garden=garden)["opnsense-open.txt"].splitlines()
    assert [line for line in lines if not line.startswith("#")] == [
        "portal.example",
        "play.google.com",
    ]
