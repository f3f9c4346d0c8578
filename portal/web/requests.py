"""What the visitor's routes ask of a request, in one place and always in the same way."""

from flask import current_app, request

from portal.domain.devices import Device
from portal.domain.nonces import View
from portal.domain.views import Signals
from portal.services import Services
from portal.web.agents import detect
from portal.web.pages import Pages


def services() -> Services:
    """Return what this process holds."""
    held: Services = current_app.extensions["portal"]
    return held


def pages() -> Pages:
    """Return the rendered pages."""
    held: Pages = current_app.extensions["pages"]
    return held


def device() -> Device:
    """Return the visitor's device, as the user agent names it."""
    return detect(request.environ.get("HTTP_USER_AGENT"))


def argument(name: str) -> str:
    """Return a parameter of the address; '' when it is absent."""
    sent = request.args
    return sent[name] if name in sent else ""  # noqa: SIM401  # get() raises and catches


def takes_gzip() -> bool:
    """Tell whether the visitor's browser reads gzip."""
    accepted = request.environ.get("HTTP_ACCEPT_ENCODING", "")
    return "gzip" in accepted and "gzip;q=0" not in accepted


def signals(view: View, now: float, *, ours: bool) -> Signals:
    """Return what decides whether this request counts for ``view`` at ``now``.

    ``ours``: only our own pages ask for this, so another site as origin is a reason to refuse.
    """
    # The environment itself: request.headers raises and catches an exception for each absent name.
    sent = request.environ
    purpose = (
        sent.get("HTTP_SEC_PURPOSE") or sent.get("HTTP_PURPOSE") or sent.get("HTTP_X_MOZ") or ""
    )
    return Signals(
        age=view.age(now),
        bot=detect(sent.get("HTTP_USER_AGENT")).bot,
        ahead=sent["REQUEST_METHOD"] != "GET"
        or "HTTP_RANGE" in sent
        or "prefetch" in purpose
        or "preview" in purpose,
        cross_site=ours and sent.get("HTTP_SEC_FETCH_SITE") == "cross-site",
    )


def asked_url() -> str:
    """Return the address that was asked for, without its query, to be compared with a gateway's.

    As the visitor's browser wrote it, so nothing may be sent there.
    """
    sent = request.environ
    return f"{sent['wsgi.url_scheme']}://{sent.get('HTTP_HOST', '')}{sent['PATH_INFO']}"


def own_url(path: str) -> str:
    """Return ``path`` as a whole address of this service, as visitors reach it."""
    base = services().settings.public_url or request.host_url.rstrip("/")
    return f"{base}{path}"
