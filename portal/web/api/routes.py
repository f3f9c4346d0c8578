"""The API's routes, made from its table."""

import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, request

from portal.web.api.description import description
from portal.web.api.endpoints import BASE, ENDPOINTS, Endpoint
from portal.web.api.parameters import BadParameters, read_all
from portal.web.api.problems import HEADERS, problem
from portal.web.office.access import allowed
from portal.web.office.session import me
from portal.web.requests import services

api = Blueprint("api", __name__)
api_description = Blueprint("api_description", __name__)


def _view(endpoint: Endpoint) -> Callable[..., Response]:
    def answer(**path: str) -> Response:
        if not allowed(me(), endpoint.right, None):
            abort(403, "Your role does not let you read this.")
        try:
            values = read_all(endpoint.parameters, request.args, path)
            return _json(endpoint.answer(values))
        except BadParameters as error:
            return problem(400, "Some parameters cannot be used.", wrong=error.problems)

    return answer


for _one in ENDPOINTS:
    _rule = f"{BASE}{_one.path}".replace("{", "<").replace("}", ">")
    api.add_url_rule(_rule, _one.name, _view(_one))


@api.get("/api/<path:rest>")
def nothing(rest: str) -> Response:
    """Answer that there is nothing; else the connectivity checks would take it for one."""
    abort(404, "There is no such address.")


@api_description.get(f"{BASE}/openapi.json")
def describe() -> Response:
    """Answer with the API's own description."""
    return _json(description(server()))


def server() -> str:
    """Return where the API is reached, as far as is known."""
    return services().settings.console_url or request.host_url.rstrip("/")


def _json(body: dict[str, Any]) -> Response:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text, headers=HEADERS, content_type="application/json")
