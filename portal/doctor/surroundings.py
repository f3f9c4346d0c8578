"""Before any visit: names, the portal, its certificate, and the clocks."""

import ssl
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

from portal.doctor.findings import Fault, Finding, State
from portal.doctor.net import Answer, Net, NoAnswer, NoName
from portal.doctor.way import Notice
from portal.domain.errors import message as _

CLOCK_MAY_DIFFER = 60  # seconds
_RENEW = 14  # days before its end in which a certificate should have been renewed
_DAY = 86_400
_EXPIRED = 10  # X509_V_ERR_CERT_HAS_EXPIRED, of OpenSSL's x509_vfy.h
_NAMES, _PORTAL = _("Names are resolved"), _("The portal answers")
_CERTIFICATE, _CLOCKS = _("The portal's certificate"), _("The clocks agree")


def names(net: Net, notice: Notice, other: str) -> Finding:
    """See whether the name server knows the portal, and ``other``, a well-known host."""
    begun = time.monotonic()
    unknown = [host for host in (notice.host, other) if not _knows(net, host)]
    taken = time.monotonic() - begun
    if not unknown:
        return Finding(_NAMES, State.GOOD, "%(host)s", {"host": notice.host}, None, taken)
    if notice.host not in unknown:
        # Guests without an uplink have only the names of the house: no fault of its own.
        text = _("The portal's name is known, %(host)s is not: is there an uplink?")
        return Finding(_NAMES, State.NOTE, text, {"host": other}, None, taken)
    text = (
        _("No name is resolved, not even %(host)s")
        if other in unknown
        else _("The name server does not know %(host)s")
    )
    host = other if other in unknown else notice.host
    return Finding(_NAMES, State.FAULT, text, {"host": host}, Fault.NAMES, taken)


def _knows(net: Net, host: str) -> bool:
    try:
        net.look_up(host)
    except NoName:
        return False
    return True


def portal(net: Net, notice: Notice) -> tuple[Finding, Answer | None]:
    """See whether the portal answers; return its answer."""
    try:
        answer = net.fetch(f"{notice.origin}/healthz", blind=True)
    except (NoName, NoAnswer) as error:
        values = {"host": notice.host, "port": notice.port, "error": _short(error)}
        text = _("%(host)s, port %(port)s: no answer (%(error)s)")
        return Finding(_PORTAL, State.FAULT, text, values, Fault.PORTAL_AWAY), None
    if answer.status != 200 or answer.body != "ok\n":
        text = _("%(host)s answers, but not as the portal does (status %(status)s)")
        values = {"host": notice.host, "status": answer.status}
        return Finding(_PORTAL, State.FAULT, text, values, Fault.PORTAL_AWAY, answer.seconds), None
    text = _("%(host)s, port %(port)s")
    values = {"host": notice.host, "port": notice.port}
    return Finding(_PORTAL, State.GOOD, text, values, None, answer.seconds), answer


def _short(error: Exception) -> str:
    """Return why, without the words of a library around it."""
    cause = error.__cause__ or error
    text = str(getattr(cause, "reason", None) or cause)
    return text.rpartition(": ")[2][:80] or type(cause).__name__


def certificate(net: Net, notice: Notice) -> Finding:
    """See whether a browser would trust the portal's certificate."""
    if notice.scheme != "https":
        text = _("The address begins with http: there is none")
        return Finding(_CERTIFICATE, State.NOTE, text)
    try:
        ends = net.certificate(notice.host, notice.port)
    except ssl.SSLCertVerificationError as error:
        fault = Fault.CERTIFICATE_STRANGE
        if error.verify_code == _EXPIRED:
            fault = Fault.CERTIFICATE_EXPIRED
        values = {"error": error.verify_message}
        return Finding(_CERTIFICATE, State.FAULT, _("Not trusted: %(error)s"), values, fault)
    except (NoName, NoAnswer) as error:
        values = {"error": _short(error)}
        text = _("No TLS connection comes about: %(error)s")
        return Finding(_CERTIFICATE, State.FAULT, text, values, Fault.CERTIFICATE_STRANGE)
    days = int((ends - time.time()) // _DAY)
    if days < _RENEW:
        text = _("It ends in %(days)s days: it should have been renewed by now")
        return Finding(_CERTIFICATE, State.NOTE, text, {"days": days})
    return Finding(_CERTIFICATE, State.GOOD, _("It is good for %(days)s days"), {"days": days})


def clocks(portals: Answer, gateways: Answer | None) -> Iterator[Finding]:
    """Compare the portal's clock with this computer's and with what the gateway's answer says."""
    now = time.time()
    off = _difference(portals, now)
    theirs = _difference(gateways, now) if gateways else None
    if off is None:
        yield Finding(_CLOCKS, State.LEFT, _("The portal does not say what time it has"))
    elif abs(off) > CLOCK_MAY_DIFFER:
        # Two of three are believed.
        text = _("This computer's clock and the portal's differ by %(seconds)s s")
        if theirs is not None and abs(theirs - off) <= CLOCK_MAY_DIFFER:
            text = _("This computer's clock is %(seconds)s s off")
        elif theirs is not None and abs(theirs) <= CLOCK_MAY_DIFFER:
            text = _("The portal's clock is %(seconds)s s off")
        yield Finding(_CLOCKS, State.FAULT, text, {"seconds": abs(round(off))}, Fault.CLOCK)
    elif theirs is not None and abs(theirs) > CLOCK_MAY_DIFFER:
        text = _("The wifi device's clock is %(seconds)s s off")
        yield Finding(_CLOCKS, State.FAULT, text, {"seconds": abs(round(theirs))}, Fault.CLOCK)
    else:
        yield Finding(_CLOCKS, State.GOOD)


def _difference(answer: Answer, now: float) -> float | None:
    """Return how many seconds an answer's Date is ahead of this computer's clock."""
    try:
        return parsedate_to_datetime(answer.headers["Date"]).timestamp() - now
    except (KeyError, ValueError, TypeError):
        return None
