"""Tokens that must not open anything: wrong, another phone's, or used before."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.lab.gateway_lab import Lab
from tests.lab.phone import PROBE, Answer, Phone
from tests.lab.portal_host import PortalHost
from tests.lab.steps import as_person, expect_online, link


def notice_for(phone: Phone) -> Answer:
    """Be captured, and see the notice."""
    return as_person(phone, as_person(phone, PROBE).location)


def release_for(phone: Phone) -> str:
    """Return the link to the gateway that a tap on continue leads to."""
    released = as_person(phone, link(notice_for(phone), "continue")).location
    assert ":2050/opennds_auth/?tok=" in released
    return released


@pytest.mark.parametrize("wrong", ["one letter", "nothing"])
def test_a_wrong_token_brings_the_visitor_back_with_advice(
    gateway: Lab, portal_host: PortalHost, wrong: str
) -> None:
    phone = gateway.phones[0]
    released = release_for(phone)
    token = parse_qs(urlsplit(released).query)["tok"][0]
    other = "" if wrong == "nothing" else ("0" if token[0] != "0" else "1") + token[1:]

    back = as_person(phone, released.replace(f"tok={token}", f"tok={other}", 1))
    notice = as_person(phone, back.location)

    assert back.location.startswith(f"{gateway.origin}/s/")
    assert notice.status == 200
    assert 'role="status"' in notice.body
    assert phone.is_captive()
    assert portal_host.counts()["refused"] == 1
    as_person(phone, as_person(phone, link(notice, "continue")).location)  # a second tap does it
    expect_online(phone)


def test_a_token_opens_for_no_other_phone(gateway: Lab, portal_host: PortalHost) -> None:
    phone, thief = gateway.phones[:2]
    thief.probe()  # known to the gateway, as any phone that has connected

    back = as_person(thief, release_for(phone))

    assert back.location.startswith(f"{gateway.origin}/s/")
    assert thief.is_captive()
    assert phone.is_captive()
    assert portal_host.counts()["online"] == 0


def test_a_token_opens_once(gateway: Lab, portal_host: PortalHost) -> None:
    phone = gateway.phones[0]
    released = release_for(phone)
    as_person(phone, released)
    expect_online(phone)
    gateway.ndsctl("deauth", phone.address)

    back = as_person(phone, released)
    notice = as_person(phone, back.location)

    assert back.location.startswith(f"{gateway.origin}/s/")
    assert (notice.status, 'id="continue"' in notice.body) == (200, True)
    assert phone.is_captive()
