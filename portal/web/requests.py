"""What the visitor's routes ask of a request, in one place and always in the same way."""

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, Request, current_app, request
from werkzeug.local import LocalProxy

from portal.domain.campaign import Campaign
from portal.domain.devices import LONGEST, Device
from portal.domain.nonces import View
from portal.domain.offers import Offer, offer
from portal.domain.views import Signals
from portal.services import Services
from portal.web.agents import CACHED, detect, recognise
from portal.web.pages import Pages

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


def sent() -> "WSGIEnvironment":
    """Return what was sent: the request's environment.

    The object behind Flask's proxy is asked, here and below: each attribute that is read through
    the proxy costs six times as much, and the notice reads twenty.
    """
    return _request().environ


def services() -> Services:
    """Return what this process holds."""
    held: Services = _app().extensions["portal"]
    return held


def pages() -> Pages:
    """Return the rendered pages."""
    held: Pages = _app().extensions["pages"]
    return held


def device() -> Device:
    """Return the visitor's device, as the user agent names it."""
    return detect(sent().get("HTTP_USER_AGENT"))


def offered() -> Offer:
    """Return what the campaign has for the visitor's device."""
    made: Callable[[str], Offer] = _app().extensions["offers"]
    return made(sent().get("HTTP_USER_AGENT", "")[:LONGEST])


def offers(campaign: Campaign) -> Callable[[str], Offer]:
    """Return what gives the offer of ``campaign`` for an agent of bounded length."""
    return lru_cache(maxsize=CACHED)(lambda agent: offer(recognise(agent), campaign))


def argument(name: str) -> str:
    """Return a parameter of the address; '' when it is absent."""
    asked = _request()
    if not asked.environ.get("QUERY_STRING"):  # of a code or a link: nothing to be read
        return ""
    given = asked.args
    return given[name] if name in given else ""  # noqa: SIM401  # get() raises and catches


def takes_gzip() -> bool:
    """Tell whether the visitor's browser reads gzip."""
    accepted = sent().get("HTTP_ACCEPT_ENCODING", "")
    return "gzip" in accepted and "gzip;q=0" not in accepted


def signals(view: View, now: float, *, ours: bool) -> Signals:
    """Return what decides whether this request counts for ``view`` at ``now``.

    ``ours``: only our own pages ask for this, so another site as origin is a reason to refuse.
    """
    # The environment itself: request.headers raises and catches an exception for each absent name.
    env = sent()
    purpose = env.get("HTTP_SEC_PURPOSE") or env.get("HTTP_PURPOSE") or env.get("HTTP_X_MOZ") or ""
    return Signals(
        age=view.age(now),
        bot=detect(env.get("HTTP_USER_AGENT")).bot,
        ahead=env["REQUEST_METHOD"] != "GET"
        or "HTTP_RANGE" in env
        or "prefetch" in purpose
        or "preview" in purpose,
        cross_site=ours and env.get("HTTP_SEC_FETCH_SITE") == "cross-site",
    )


def asked_url() -> str:
    """Return the address that was asked for, without its query, to be compared with a gateway's.

    As the visitor's browser wrote it, so nothing may be sent there.
    """
    env = sent()
    return f"{env['wsgi.url_scheme']}://{env.get('HTTP_HOST', '')}{env['PATH_INFO']}"


def own_url(path: str) -> str:
    """Return ``path`` as a whole address of this service, as visitors reach it."""
    base = services().settings.public_url or _request().host_url.rstrip("/")
    return f"{base}{path}"


def _request() -> Request:
    return cast("Request", _behind(request))


def _app() -> Flask:
    return cast("Flask", _behind(current_app))


def _behind(proxy: Any) -> object:
    return cast("LocalProxy[object]", proxy)._get_current_object()
