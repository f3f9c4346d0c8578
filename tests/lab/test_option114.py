"""Notice mode: DHCP option 114 leads a phone to our API, and that to the notice."""

import json
from collections.abc import Iterator

import pytest

from tests.lab.authority import Certificate, make_certificate
from tests.lab.network import PORTAL_ADDRESS
from tests.lab.phone import Phone
from tests.lab.portal_host import PortalHost, portal
from tests.lab.processes import LabError
from tests.lab.steps import as_person, ask_doctor, link
from tests.lab.wifi import Wifi, kit, wifi
from tests.serving import add_site

HOST = "thongbao.lab"
SITE = "cho-lab"
ORIGIN = f"https://{HOST}"
CAPTIVE = "application/captive+json"
_LAN = f"""\
dhcp-range=10.77.0.50,10.77.0.200,1h
address=/{HOST}/{PORTAL_ADDRESS}
no-resolv
"""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"), HOST)


@pytest.fixture(scope="module")
def market(
    tmp_path_factory: pytest.TempPathFactory, certificate: Certificate
) -> Iterator[tuple[Wifi, PortalHost]]:
    """A market's router with the lines that the office has handed out, and the portal."""
    folder = tmp_path_factory.mktemp("market")
    etc = {
        "dnsmasq.d/lan.conf": _LAN,
        "dnsmasq.d/thongbao.conf": kit(SITE, "notice", f"{ORIGIN}/s/{SITE}")["dnsmasq.conf"],
    }
    data = folder / "data"
    data.mkdir()
    add_site(data, id=SITE, name="Chợ Lab", kind="market", gateway="notice")
    with wifi(folder, "10.77.0.1/24", etc, certificate, uplink=True) as up:
        assert up.internet
        bind = f"{PORTAL_ADDRESS}:443"
        with portal(up.internet, data, SITE, bind, ORIGIN, certificate) as host:
            yield up, host


def test_a_phone_reads_the_option_and_is_offered_the_notice(
    market: tuple[Wifi, PortalHost],
) -> None:
    up, host = market
    phone = up.phones[0]
    host.begin()

    assert phone.captive_api == f"{ORIGIN}/capport/{SITE}"
    answer = phone.get(phone.captive_api, accept=CAPTIVE)
    assert (answer.status, answer.headers["Content-Type"]) == (200, CAPTIVE)
    assert "no-store" in answer.headers["Cache-Control"]
    told = json.loads(answer.body)
    assert told == {"captive": False, "venue-info-url": f"{ORIGIN}/s/{SITE}?venue="}

    notice = as_person(phone, told["venue-info-url"])
    assert as_person(phone, link(notice, "beacon")).status == 200
    assert as_person(phone, link(notice, "continue")).location.startswith("https://")
    counted = host.counts()
    assert (counted["page"], counted["shown"], counted["continue"]) == (1, 1, 1)


def test_the_doctor_knows_that_nobody_is_held(
    market: tuple[Wifi, PortalHost], certificate: Certificate
) -> None:
    phone = market[0].phones[0]
    status, said = ask_doctor(phone, f"{ORIGIN}/s/{SITE}", certificate.authority)
    assert (status, said["faults"]) == (0, []), said
    option = said["steps"][-1]
    assert (option["state"], option["values"]["url"]) == ("good", f"{ORIGIN}/capport/{SITE}")
    status, said = ask_doctor(phone, f"{ORIGIN}/s/ben-xe", certificate.authority)
    assert status == 1


def test_a_phone_that_does_not_trust_the_certificate_asks_nothing(
    market: tuple[Wifi, PortalHost],
) -> None:
    """RFC 8908, 4.1: it has to verify; then it goes on as if there were no option."""
    up, _host = market
    phone = up.phones[0]
    stranger = Phone(phone.namespace, phone.folder / "stranger")
    with pytest.raises(LabError, match="status 60"):
        stranger.get(f"{ORIGIN}/capport/{SITE}", accept=CAPTIVE)
