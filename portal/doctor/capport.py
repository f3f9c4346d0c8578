"""How phones are told of the portal: by DHCP (RFC 8910), and by its own API (RFC 8908)."""

import json
import socket

from portal.doctor.dhcp import NotAllowed, captive_portal_option, own_address
from portal.doctor.findings import Fault, Finding, State
from portal.doctor.net import Net, NoAnswer, NoName
from portal.doctor.way import Notice
from portal.domain.errors import message as _

_OPTION = _("DHCP names the portal (option 114)")


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
