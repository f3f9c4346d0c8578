"""For the machines that watch this one: is it alive, can it serve."""

import json

from flask import Blueprint, Response

from portal.web.requests import services

status = Blueprint("status", __name__)

_HEADERS = {"Cache-Control": "no-store"}


@status.get("/healthz")
def healthz() -> Response:
    """Answer 200 as long as the process answers at all."""
    return Response("ok\n", 200, _HEADERS, mimetype="text/plain")


@status.get("/readyz")
def readyz() -> Response:
    """Answer 200 when visitors can be served and counted, else 503.

    Neither needs the store: a store that is away must not take every node out of service.
    """
    recorder = services().recorder
    ready = recorder.writable
    room = "low" if recorder.room_low else "enough"
    body = json.dumps({"ready": ready, "journal": ready, "journal_room": room})
    return Response(body, 200 if ready else 503, _HEADERS, mimetype="application/json")
