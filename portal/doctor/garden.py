"""The walled garden: stores have to be reached before anybody is released, and option 114."""

import json
import socket
import ssl
import time
from collections.abc import Iterator

from portal.doctor.dhcp import NotAllowed, captive_portal_option, own_address
from portal.doctor.findings import Fault, Finding, State
from portal.doctor.net import Net, NoAnswer, NoName
from portal.doctor.way import Notice
from portal.domain.errors import message as _
from portal.domain.garden import Garden

_STORE = _("Open before release")
_OPTION = _("DHCP names the portal (option 114)")
_HTTPS = 443


def garden(net: Net, hosts: Garden) -> Iterator[Finding]:
    """See whether the first host of each purpose is open: without it no install begins."""
    for purpose, names in hosts.open.items():
        host = next(name for name in names if not name.startswith("*."))
        yield _reach(net, purpose, host)


def _reach(net: Net, purpose: str, host: str) -> Finding:
    begun = time.monotonic()
    values: dict[str, object] = {"purpose": purpose, "host": host}
    try:
        net.certificate(host, _HTTPS)
    except ssl.SSLCertVerificationError as error:
        values["error"] = error.verify_message
        text = _("%(host)s is answered by somebody else (%(error)s)")
        return Finding(_STORE, State.FAULT, text, values, Fault.STORE_BLOCKED)
    except (NoName, NoAnswer):
        text = _("%(host)s cannot be reached")
        return Finding(_STORE, State.FAULT, text, values, Fault.STORE_BLOCKED)
    return Finding(_STORE, State.GOOD, "%(host)s", values, None, time.monotonic() - begun)


def state_of_api(net: Net, notice: Notice) -> bool | None:
    """Ask our Captive Portal API: None at a site with a gateway, else whether guests are held."""
    try:
        answer = net.fetch(f"{notice.origin}/capport/{notice.site}", blind=True)
        said = json.loads(answer.body) if answer.status == 200 else {}
    except (NoName, NoAnswer, ValueError):
        return None
    captive = said.get("captive") if isinstance(said, dict) else None
    return captive if isinstance(captive, bool) else None


def option_114(net: Net, notice: Notice, needed: bool) -> Finding:
    """Ask the DHCP server for option 114; ``needed``: nothing else shows the notice here."""
    try:
        named = captive_portal_option(own_address(socket.gethostbyname(notice.host)))
    except (NotAllowed, OSError):
        text = _("Not asked: that takes root, and a free port 68")
        return Finding(_OPTION, State.LEFT, text)
    if not named:
        text = _("The DHCP server does not answer") if named is None else _("It is not there")
        state, fault = (State.FAULT, Fault.OPTION_114) if needed else (State.NOTE, None)
        return Finding(_OPTION, state, text, {}, fault)
    values: dict[str, object] = {"url": named[:120]}
    if not _is_api(net, named):
        text = _("It names %(url)s, where no Captive Portal API answers")
        state, fault = (State.FAULT, Fault.OPTION_114) if needed else (State.NOTE, None)
        return Finding(_OPTION, state, text, values, fault)
    if needed and named != f"{notice.origin}/capport/{notice.site}":
        text = _("It names %(url)s, which is not this place's")
        return Finding(_OPTION, State.FAULT, text, values, Fault.WRONG_SITE)
    return Finding(_OPTION, State.GOOD, "%(url)s", values)


def _is_api(net: Net, url: str) -> bool:
    try:
        answer = net.fetch(url, "application/captive+json", blind=True)
        said = json.loads(answer.body)
    except (NoName, NoAnswer, ValueError):
        return False
    return isinstance(said, dict) and isinstance(said.get("captive"), bool)
