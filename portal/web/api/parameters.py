"""Parameters of the API: what each may be, said once, for the reader and for the description."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict

from portal.domain.errors import BadInput, Problem
from portal.domain.errors import message as _

Schema = Mapping[str, Any]
"""A schema of JSON Schema 2020-12, as OpenAPI 3.1 uses it."""


class BadParameters(BadInput):
    """Parameters of an address that cannot be used."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. ``read`` makes its value of the text that was sent, or raises ValueError."""

    name: str
    text: str  # a message: what it is for
    schema: Schema
    read: Callable[[str], Any]
    default: Any = None  # the value where the parameter is absent
    in_path: bool = False


def day(name: str, text: str) -> Parameter:
    """Return a parameter that is a day, 2021-03-05."""
    return Parameter(name, text, {"type": "string", "format": "date"}, _day)


def choice(name: str, text: str, choices: Sequence[str], default: str | None = None) -> Parameter:
    """Return a parameter that is one of some words."""
    schema = {"type": "string", "enum": [str(word) for word in choices]}
    if default is not None:
        schema["default"] = default

    def read(sent: str) -> str:
        if sent not in choices:
            raise ValueError(sent)
        return sent

    return Parameter(name, text, schema, read, default)


def whole(name: str, text: str, low: int, high: int, default: int) -> Parameter:
    """Return a parameter that is a whole number from ``low`` to ``high``."""
    schema = {"type": "integer", "minimum": low, "maximum": high, "default": default}

    def read(sent: str) -> int:
        if not re.fullmatch("0|[1-9][0-9]{0,9}", sent) or not low <= int(sent) <= high:
            raise ValueError(sent)
        return int(sent)

    return Parameter(name, text, schema, read, default)


def flag(name: str, text: str) -> Parameter:
    """Return a parameter that is true or false."""
    return Parameter(name, text, {"type": "boolean"}, {"true": True, "false": False}.__getitem__)


def code(name: str, text: str, pattern: str, like: str, *, in_path: bool = False) -> Parameter:
    """Return a parameter that is an id of a fixed form, ``like`` one; whether there is such a thing
    is open."""
    schema = {"type": "string", "pattern": f"^(?:{pattern})$", "examples": [like]}

    def read(sent: str) -> str:
        if not re.fullmatch(pattern, sent):
            raise ValueError(sent)
        return sent

    return Parameter(name, text, schema, read, in_path=in_path)


PAGING = (
    whole("limit", _("At most so many rows."), 1, 1000, 100),
    whole("offset", _("Leave out so many rows at the beginning."), 0, 1_000_000, 0),
)
"""What every list takes."""


def read_all(
    parameters: Sequence[Parameter], query: MultiDict[str, str], path: Mapping[str, str]
) -> dict[str, Any]:
    """Return the value of every parameter by its name. Raise BadParameters with every problem.

    What there is no parameter for is a problem too: a misspelt one would answer another question.
    """
    problems = [
        Problem(name[:60], "There is no such parameter.")
        for name in query
        if name not in {one.name for one in parameters if not one.in_path}
    ]
    values: dict[str, Any] = {}
    for one in parameters:
        sent = [path[one.name]] if one.in_path else query.getlist(one.name)
        values[one.name] = one.default
        if len(sent) > 1:
            problems.append(Problem(one.name, "Send it once."))
        elif sent:
            try:
                values[one.name] = one.read(sent[0])
            except (ValueError, KeyError):
                problems.append(Problem(one.name, "Expected: %(what)s", {"what": words(one)}))
    if problems:
        raise BadParameters(problems)
    return values


def words(parameter: Parameter) -> str:
    """Return what a parameter may be, in short."""
    schema = parameter.schema
    if "enum" in schema:
        return " | ".join(schema["enum"])
    if schema["type"] == "integer":
        return f"{schema['minimum']} … {schema['maximum']}"
    if schema["type"] == "boolean":
        return "true | false"
    return "YYYY-MM-DD" if schema.get("format") == "date" else f"{schema['examples'][0]}, …"


def _day(sent: str) -> date:
    # fromisoformat alone reads 20210305 and 2021-W09-5 too.
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", sent):
        raise ValueError(sent)
    return date.fromisoformat(sent)
