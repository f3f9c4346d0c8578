"""The connectivity checks of operating systems, where a network sends them to us."""

from flask import Blueprint, Response, request

from portal.domain.errors import message as _
from portal.domain.probes import Probe
from portal.web import notices
from portal.web.counted import count_probe
from portal.web.requests import own_url, services

probes = Blueprint("probes", __name__)


@probes.get("/", defaults={"path": ""})
@probes.get("/<path:path>")
def check(path: str) -> Response:
    """Answer a connectivity check, told by host and path and never by agent.

    Anything else is not found, but for the root, which says what this is.
    """
    probe = services().probes.match(request.host, request.path)
    if probe:
        return _answer(probe)
    return notices.plain(404, *_NOT_FOUND) if path else notices.plain(200, *_HOME)


def _answer(probe: Probe) -> Response:
    """Lead the check to the notice where the site's gateway holds visitors, else let it succeed.

    A phone must not be told that it is captive when nobody could release it.
    """
    place = services().snapshot.place_of(request.remote_addr)
    count_probe(*([place.site.id] if place else []))
    held = place is not None and place.gateway is not None and place.gateway.captive
    if place and held and not services().released.seconds(request.remote_addr or ""):
        location = own_url(f"/s/{place.site.id}")
        return Response(status=302, headers={"Location": location, "Cache-Control": "no-store"})
    headers = {"Cache-Control": "no-store", **dict(probe.headers)}
    return Response(probe.body, probe.status, headers, content_type=probe.content_type or None)


_HOME = (_("%(app)s notice"), _("This address shows the %(app)s notice on public wifi."))
_NOT_FOUND = (_("Page not found"), _("There is nothing here. The app:"))
