"""The API's description by OpenAPI 3.1, made from the table that also makes the routes."""

import json
from typing import Any

from portal import __version__
from portal.web.api.endpoints import BASE, ENDPOINTS, Endpoint
from portal.web.api.parameters import Parameter
from portal.web.api.problems import RETRY, TYPE
from portal.web.api.schemas import PROBLEM

_PROBLEMS = {
    400: "A parameter is wrong, or there is no such parameter.",
    401: "There is no token, or it is wrong or has ended.",
    403: "The role of the token's person does not let them read this.",
    404: "There is no such thing, or it is not yours to see.",
    429: "Too many wrong tokens came from this address.",
    503: "The counts cannot be read just now.",
}
_ABOUT = (
    "Reads what the console shows, with a token that belongs to a person: their role decides what"
    " can be read. Moments are of Asia/Ho_Chi_Minh, ISO 8601. Nothing can be changed here."
)


def description(server: str) -> dict[str, Any]:
    """Return the description as an OpenAPI document; ``server`` is where the API is reached."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Bluezone Portal", "version": __version__, "description": _ABOUT},
        "servers": [{"url": server}],
        "security": [{"token": []}],
        "paths": {f"{BASE}{one.path}": {"get": _operation(one)} for one in ENDPOINTS},
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Problem": PROBLEM},
            "responses": {f"{status}": _problem(status) for status in _PROBLEMS},
        },
    }


def _operation(one: Endpoint) -> dict[str, Any]:
    return {
        "operationId": one.name,
        "summary": one.text,
        **({"description": one.more} if one.more else {}),
        "parameters": [_parameter(parameter, one) for parameter in one.parameters],
        "responses": {
            "200": {
                "description": one.text,
                "content": {"application/json": {"schema": one.schema}},
            },
            **{f"{status}": {"$ref": f"#/components/responses/{status}"} for status in _PROBLEMS},
        },
    }


def _parameter(parameter: Parameter, one: Endpoint) -> dict[str, Any]:
    found = {
        "name": parameter.name,
        "in": "path" if parameter.in_path else "query",
        "required": parameter.in_path,
        "description": parameter.text,
        "schema": parameter.schema,
    }
    sent = (one.example or {}).get(parameter.name)
    if sent is None:
        return found
    is_text = parameter.schema["type"] == "string"
    return {**found, "example": sent if is_text else json.loads(sent)}


def _problem(status: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "description": _PROBLEMS[status],
        "content": {TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status == 401:
        found["headers"] = {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}}
    if status in RETRY:
        found["headers"] = {"Retry-After": {"required": True, "schema": {"type": "integer"}}}
    return found
