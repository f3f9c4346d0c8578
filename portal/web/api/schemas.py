"""What the API's answers look like, as JSON Schema; every field is always there."""

from typing import Any

from portal.domain.alerts import Cause, State
from portal.domain.areas import Level
from portal.domain.devices import OS
from portal.domain.events import Channel, Kind, Reason, Tier
from portal.domain.sites import LANGUAGES, SiteKind
from portal.web.api.parameters import Schema

NUMBERS = {
    "impressions": Kind.SHOWN,
    "viewable": Kind.VIEWABLE,
    "installs": Kind.INSTALL,
    "installed": Kind.INSTALLED,
    "continues": Kind.CONTINUE,
    "online": Kind.ONLINE,
    "pages": Kind.PAGE,
    "reloads": Kind.RELOAD,
    "seen_again": Kind.SEEN_AGAIN,
    "refused": Kind.REFUSED,
    "failed": Kind.FAILED,
    "probes": Kind.PROBE,
    "rejections": Kind.REJECTED,
}
"""What is counted, by its name in the API (and in ``bluezone-portal counts``)."""

TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
DAY: Schema = {"type": "string", "format": "date"}
MOMENT: Schema = {"type": "string", "format": "date-time"}


def record(properties: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    """Return the schema of an object with these fields and no others."""
    return {
        "type": "object",
        "properties": {**properties, **(optional or {})},
        "required": list(properties),
        "additionalProperties": False,
    }


def maybe(schema: Schema) -> Schema:
    """Return the schema of what may be null, where nothing is known."""
    return {**schema, "type": [schema["type"], "null"]}


def rows_of(row: Schema, **more: Schema) -> Schema:
    """Return the schema of a list of which a part is sent; ``total`` counts the whole."""
    return record(
        {
            "generated_at": MOMENT,
            **more,
            "total": COUNT,
            "limit": COUNT,
            "offset": COUNT,
            "rows": {"type": "array", "items": row},
        }
    )


def _some(names: Any) -> Schema:
    """Return the schema of numbers by name, of which those that are 0 are left out."""
    return {
        "type": "object",
        "properties": {str(name): COUNT for name in names},
        "additionalProperties": False,
    }


SITE = record(
    {
        "id": TEXT,
        "name": TEXT,
        "kind": {"type": "string", "enum": [str(kind) for kind in SiteKind]},
        "area": TEXT,
        "area_name": TEXT,
        "address": TEXT,
        "operator": TEXT,
        "gateway": TEXT,
        "languages": {"type": "array", "items": {"type": "string", "enum": list(LANGUAGES)}},
        "active": {"type": "boolean"},
        "created": maybe(DAY),
        "notice": {"type": "string", "format": "uri"},
    }
)
AREA = record(
    {
        "code": TEXT,
        "name": TEXT,
        "level": {"type": "string", "enum": [str(level) for level in Level]},
        "parent": maybe(TEXT),
        "population": maybe(COUNT),
        "population_year": maybe(COUNT),
    }
)
NUMBER_FIELDS: dict[str, Schema] = dict.fromkeys(NUMBERS, COUNT)
SUM = record(
    {
        **NUMBER_FIELDS,
        "os": _some(OS),
        "channels": _some(Channel),
        "tiers": _some(Tier),
        "rejected": _some(Reason),
    }
)
ROW = record(
    {"key": TEXT, "name": TEXT, "impressions": COUNT},
    {name: COUNT for name in NUMBERS if name != "impressions"},
)
COUNTS = rows_of(
    ROW,
    **{"from": DAY, "to": DAY, "group": TEXT, "rules": COUNT, "behind": COUNT, "sum": SUM},
)
ADOPTION = rows_of(
    record(
        {
            "area": TEXT,
            "area_name": TEXT,
            "day": DAY,
            "installs": COUNT,
            "population": maybe(COUNT),
            "population_year": maybe(COUNT),
            "share": maybe(SHARE),
            "needed": maybe(COUNT),
            "missing": maybe(COUNT),
            "source": TEXT,
            "note": TEXT,
        }
    ),
    target=SHARE,
)
NOTES = rows_of(
    record(
        {
            "id": TEXT,
            "from": DAY,
            "to": DAY,
            "text": TEXT,
            "area": TEXT,
            "area_name": TEXT,
            "site": TEXT,
            "written_at": MOMENT,
            "changed_at": maybe(MOMENT),
        }
    )
)
ALERTS = rows_of(
    record(
        {
            "cause": {"type": "string", "enum": [str(cause) for cause in Cause]},
            "state": {"type": "string", "enum": [str(state) for state in State]},
            "site": TEXT,
            "node": TEXT,
            "since": MOMENT,
            "opened_at": MOMENT,
            "acknowledged_at": maybe(MOMENT),
            "recovered_at": maybe(MOMENT),
            "note": TEXT,
        }
    )
)
STATUS = record(
    {
        "generated_at": MOMENT,
        "reconciliation": record(
            {
                **dict.fromkeys(("journalled", "counted", "rejected", "waiting"), COUNT),
                "difference": {"type": "integer"},
            }
        ),
        "behind": COUNT,
        "rules": COUNT,
    }
)
PROBLEM = record(
    {"type": TEXT, "title": TEXT, "status": COUNT, "detail": TEXT},
    {"errors": {"type": "array", "items": record({"parameter": TEXT, "detail": TEXT})}},
)
