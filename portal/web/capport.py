"""The Captive Portal API, RFC 8908: what a phone asks that has found us by DHCP option 114."""

import json
from typing import Any

from flask import Blueprint, Response, request

from portal.gateways.notice import VENUE
from portal.snapshot import Place
from portal.web.requests import own_url, services

capport = Blueprint("capport", __name__)

_TYPE = "application/captive+json"


@capport.get("/capport/<site_id>")
def state(site_id: str) -> Response:
    """Say whether the asking phone is held, and where the notice is.

    Only where we know: at a site with a gateway of its own the gateway has to be asked. A phone is
    never told that it is captive when nobody could release it.
    """
    place = services().snapshot.place(site_id)
    answer = _state(place) if place else None
    status = 404 if answer is None else 200
    # RFC 8908, 5: the answer is about this phone at this moment.
    headers = {"Cache-Control": "private, no-store"}
    return Response(json.dumps(answer or {}), status, headers, content_type=_TYPE)


def _notice(place: Place) -> str:
    """Return the notice's address: over TLS, as RFC 8908 demands, where the API was asked so."""
    path = f"/s/{place.site.id}"
    return f"https://{request.host}{path}" if request.is_secure else own_url(path)


def _state(place: Place) -> dict[str, Any] | None:
    notice = _notice(place)
    match place.site.gateway:
        case "notice":
            return {"captive": False, "venue-info-url": f"{notice}?{VENUE}="}
        case "standalone":
            seconds = services().released.seconds(request.remote_addr or "")
            common = {"user-portal-url": notice, "can-extend-session": True}
            if seconds:
                return {"captive": False, "seconds-remaining": seconds, **common}
            return {"captive": True, **common}
    return None
