"""What openNDS's "authmon" asks at FAS level 3: whom to let online. We have nobody for it.

The daemon posts ``auth_get``, ``gatewayhash`` and ``payload`` to the notice's address every few
seconds, to be told of releases that the visitor's browser did not bring. Our visitors take theirs
along in the link, so the list is always empty and nothing is kept: whoever guesses a gateway's
hash, or sends the same again, learns and changes nothing. Source: authmon.sh, libopennds.sh and
fas-aes-https.php of the Debian package 9.10.0, and tests/lab, where the real one asks.
"""

import base64
import binascii
import re
from collections.abc import Mapping

from flask import Blueprint, Response, abort, request

from portal.gateways.opennds import AUTHMON_LEVEL
from portal.snapshot import Place
from portal.web.requests import services

authmon = Blueprint("authmon", __name__)

_EMPTY = "*"
_ACKNOWLEDGED = "ack"
_HASH = re.compile(r"[0-9a-f]{64}")
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


@authmon.post("/s/<site_id>")
def poll(site_id: str) -> Response:
    """Answer the daemon of a site at level 3; nobody else posts anything here."""
    place = services().snapshot.place(site_id)
    if place is None or not _has_authmon(place):
        abort(405)
    answer = _answer(request.form)
    status = 403 if answer is None else 200
    return Response(answer or "", status, _HEADERS, content_type="text/plain; charset=utf-8")


def _has_authmon(place: Place) -> bool:
    site = place.site
    ready = site.gateway == "opennds" and place.gateway is not None
    return ready and site.gateway_settings["level"] == AUTHMON_LEVEL


def _answer(form: Mapping[str, str]) -> str | None:
    """Return what the daemon expects; None for what is no request of its."""
    payload = _payload(form.get("payload"))
    if payload is None or not _HASH.fullmatch(form.get("gatewayhash", "")):
        return None
    match form.get("auth_get"):
        case "view":
            return _EMPTY if payload == "none" else _ACKNOWLEDGED
        case "list":
            return _EMPTY
        case "clear":
            return ""  # it does not look at it
        case "deauthed" | "custom":  # names a device: not even read
            return _ACKNOWLEDGED
    return None


def _payload(text: str | None) -> str | None:
    if not text:
        return None
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        return None
