"""Level 3: the gateway's own daemon asks the portal for releases, and finds none waiting."""

import hashlib
from urllib.parse import quote

from tests.lab.gateway_lab import GATEWAY_NAME, SITE, Lab
from tests.lab.levels import level3_only
from tests.lab.portal_host import PortalHost
from tests.lab.processes import until

HASH = hashlib.sha256(quote(GATEWAY_NAME).encode()).hexdigest()


def ask(lab: Lab, action: str, payload: str, hash: str = HASH, site: str = SITE) -> str:
    """Ask as authmon.sh does, with its own program, which verifies the certificate."""
    program = ("php", "-f", "/usr/lib/opennds/post-request.php")
    url = f"{lab.origin}/s/{site}"
    agent = "openNDS(authmon;NDS:9.10.0;)"
    trusted = ("env", "SSL_CERT_FILE=/run/ca-bundle.pem")
    return lab.in_gateway(*trusted, *program, url, action, hash, agent, payload, check=False)


@level3_only
def test_the_daemon_is_content(gateway: Lab, portal_host: PortalHost) -> None:
    gateway.ndsctl("debuglevel", "3")
    try:
        said = len(gateway.messages())

        def answered() -> bool:
            new = gateway.messages()[said:]
            return "authlist *" in new and "remote FAS response [ack]" in new

        until("authmon has asked and acknowledged", answered, 20)
    finally:
        gateway.ndsctl("debuglevel", "1")
    assert portal_host.counts() == {}


@level3_only
def test_the_daemons_own_program_gets_every_answer(gateway: Lab, portal_host: PortalHost) -> None:
    assert ask(gateway, "clear", "none") == ""
    assert ask(gateway, "view", "none") == "*"
    assert ask(gateway, "view", f"* {'0' * 64}") == "ack"
    assert ask(gateway, "list", "none") == "*"
    assert ask(gateway, "deauthed", "method=idle_deauth, clientmac=02:00:5e:00:53:01") == "ack"
    for wrong in (("steal", "none"), ("view", "none", "../../etc"), ("view", "none", HASH, "x")):
        assert "ERROR" in ask(gateway, *wrong)  # what it says of a 403


@level3_only
def test_an_imitator_on_the_wifi_releases_nobody(gateway: Lab, portal_host: PortalHost) -> None:
    phone = gateway.phones[0]
    phone.probe()
    for action in ("clear", "list", "view"):
        ask(gateway, action, "none")
    assert phone.is_captive()
    assert portal_host.counts() == {"probe": 1}
