"""A bus arrives: twenty phones at once, each in a thread, with what a browser asks for."""

import time
from concurrent.futures import ThreadPoolExecutor

from tests.lab.gateway_lab import Lab
from tests.lab.levels import level2_only
from tests.lab.phone import PROBE, Phone
from tests.lab.portal_host import PortalHost
from tests.lab.steps import as_person, expect_online, link

PHONES = 20


def visit(phone: Phone) -> None:
    """Be captured, see the notice, tap, and land online."""
    phone.probe()
    notice = as_person(phone, as_person(phone, PROBE).location)
    as_person(phone, link(notice, "beacon"))
    landing = as_person(phone, as_person(phone, link(notice, "continue")).location).location
    assert as_person(phone, landing).status == 200
    expect_online(phone)


@level2_only
def test_twenty_phones_at_once(gateway: Lab, portal_host: PortalHost) -> None:
    assert len(gateway.phones) == PHONES
    began = time.monotonic()
    with ThreadPoolExecutor(PHONES) as pool:
        list(pool.map(visit, gateway.phones))

    print(f"{PHONES} phones online in {time.monotonic() - began:.1f} s")
    counted = portal_host.counts()
    once = ("probe", "page", "shown", "continue", "online")
    assert {kind: counted[kind] for kind in once} == dict.fromkeys(once, PHONES)
    assert counted["refused"] == 0
    assert portal_host.balance().difference == 0
