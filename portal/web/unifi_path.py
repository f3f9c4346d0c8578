"""The path that UniFi appends to a portal's address: /guest/s/<UniFi site>/.

A controller takes the portal's host only. So the site is found by its UniFi name, and where several
have the same one ("default" is what each controller begins with), by where the visitor comes from.
"""

from urllib.parse import quote

from flask import Blueprint, Response, request

from portal.snapshot import Place
from portal.web.requests import services
from portal.web.visitor import no_site

unifi_path = Blueprint("unifi_path", __name__)

_KEPT = "!$&'()*+,;=:@/?%-._~"  # characters of a query; of all others a header is kept free


@unifi_path.get("/guest/s/<name>/", strict_slashes=False)
def arrive(name: str) -> Response:
    """Lead a visitor whom an access point brought to the notice of their site."""
    place = _place(name)
    if place is None:
        return no_site()
    query = quote(request.query_string, safe=_KEPT)
    location = f"/s/{place.site.id}" + (f"?{query}" if query else "")
    headers = {
        "Location": location,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    return Response(status=302, headers=headers)


def _place(name: str) -> Place | None:
    found = [place for place in services().snapshot.places() if _is_called(place, name)]
    if len(found) > 1:
        found = [place for place in found if place.site.sends_from(request.remote_addr)]
    return found[0] if len(found) == 1 else None


def _is_called(place: Place, name: str) -> bool:
    settings = place.site.gateway_settings
    return place.site.gateway == "unifi" and settings.get("site") == name
