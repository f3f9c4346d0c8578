"""Every address of the API: its parameters, its answer, and who makes it, in one table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.domain.alerts import Cause, State
from portal.domain.areas import Level
from portal.domain.errors import message as _
from portal.domain.people import Right
from portal.domain.sites import SiteKind
from portal.web.api import alerts, books, counts, entered, schemas
from portal.web.api.books import Values
from portal.web.api.parameters import PAGING, Parameter, Schema, choice, code, day, flag

BASE = "/api/v1"
_SITE = ("[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", "ben-xe")
_AREA = ("[0-9]{2,5}", "042")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address. The route, the check of its parameters and its description are made of this."""

    name: str
    path: str  # below BASE, parameters in braces
    text: str  # a message: what it answers
    answer: Callable[[Values], dict[str, Any]]
    schema: Schema
    parameters: tuple[Parameter, ...] = ()
    right: Right = Right.READ_OWN  # that is everybody's: each sees what is theirs
    more: str = ""  # a message: what one has to know about it
    example: Mapping[str, str] | None = None  # parameters of an example


ENDPOINTS = (
    Endpoint(
        "sites",
        "/sites",
        _("The sites"),
        books.sites,
        schemas.rows_of(schemas.SITE),
        (
            code("area", _("Only those in this area, by its code, or below it."), *_AREA),
            choice("kind", _("Only those of this kind."), list(SiteKind)),
            flag("active", _("Only those that are in service, or only those that are not.")),
            *PAGING,
        ),
        example={"kind": "bus_station", "active": "true"},
    ),
    Endpoint(
        "site",
        "/sites/{site_id}",
        _("One site"),
        books.site,
        schemas.SITE,
        (code("site_id", _("The site's id."), *_SITE, in_path=True),),
        example={"site_id": "ben-xe"},
    ),
    Endpoint(
        "counts",
        "/counts",
        _("The counts of a range of days"),
        counts.counts,
        schemas.COUNTS,
        (
            day("from", _("The first day; without it the sixth before the last.")),
            day("to", _("The last day; without it today.")),
            choice("group", _("What a row stands for."), list(counts.GROUPS), "day"),
            code("site", _("Only this site."), *_SITE),
            code("area", _("Only the sites in this area, by its code, or below it."), *_AREA),
            *PAGING,
        ),
        more=_(
            "Days are days of Asia/Ho_Chi_Minh, 3660 at most. By system and by channel there are"
            " impressions only; by hour of the day impressions, install taps, pages and probes, of"
            " the days whose hours are still kept apart."
        ),
        example={"from": "2021-03-01", "to": "2021-03-07", "group": "site"},
    ),
    Endpoint(
        "areas",
        "/areas",
        _("The administrative units"),
        books.areas,
        schemas.rows_of(schemas.AREA),
        (choice("level", _("Only those of this level."), list(Level)), *PAGING),
        example={"level": "commune"},
    ),
    Endpoint(
        "adoption",
        "/adoption",
        _("Installs by area and day, as they were entered"),
        entered.adoption,
        schemas.ADOPTION,
        (
            day("from", _("The first day; without it the first there is.")),
            day("to", _("The last day; without it the last there is.")),
            code("area", _("Only this area, by its code."), *_AREA),
            flag("latest", _("true: of each area the last entry only.")),
            *PAGING,
        ),
        Right.READ,
        more=_(
            "The share is the installs divided by the population; “missing” is how many are needed"
            " to exceed the target."
        ),
        example={"area": "042", "latest": "true"},
    ),
    Endpoint(
        "notes",
        "/notes",
        _("Notes on dates"),
        entered.notes,
        schemas.NOTES,
        (
            day("from", _("The first day; without it the first there is.")),
            day("to", _("The last day; without it the last there is.")),
            code("site", _("Only those that concern this site."), *_SITE),
            code("area", _("Only those that concern this area or what lies in it."), *_AREA),
            *PAGING,
        ),
        Right.READ,
        example={"from": "2021-03-01", "to": "2021-03-07"},
    ),
    Endpoint(
        "alerts",
        "/alerts",
        _("The alerts, the latest first"),
        alerts.alerts,
        schemas.ALERTS,
        (
            choice(
                "state",
                _("Only those in this state; without it all that are not over."),
                list(State),
            ),
            choice("cause", _("Only those of this cause."), list(Cause)),
            code("site", _("Only those of this site."), *_SITE),
            *PAGING,
        ),
        more=_(
            "An alert is about a site or about a node of the portal, which owners do not see. Of"
            " those that are over there are the last 1,000."
        ),
        example={"state": "open"},
    ),
    Endpoint(
        "status",
        "/status",
        _("Whether the books agree"),
        books.status,
        schemas.STATUS,
        more=_(
            "The difference is 0 when every event that was journalled is counted, rejected or"
            " waiting. “behind” is how many days of sites the sums have still to read."
        ),
    ),
)
