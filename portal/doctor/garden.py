"""The walled garden: stores have to be reached before anybody is released."""

import ssl
import time
from collections.abc import Iterator

from portal.doctor.findings import Fault, Finding, State
from portal.doctor.net import Net, NoAnswer, NoName
from portal.domain.errors import message as _
from portal.domain.garden import Garden

_STORE = _("Open before release")
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
