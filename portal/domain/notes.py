"""Notes on dates: what happened (a power cut, a lockdown, Tết) that explains the counts."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from portal.domain.areas import Areas
from portal.domain.errors import BadInput, PortalError, Problem
from portal.domain.errors import message as _
from portal.domain.periods import Period
from portal.domain.written import day_in, find_area, line

TEXT = 500
"""Characters of a note at most."""


class BadNote(BadInput):
    """A note that is not acceptable."""


class NoSuchNote(PortalError):
    """No note has this id."""


@dataclass(frozen=True, slots=True)
class Note:
    """What happened from ``first`` to ``last``, at a site, in an area, or everywhere.

    Moments are Unix seconds.
    """

    first: date
    last: date
    text: str
    area: str = ""  # GSO code: where the site lies, or the whole area; "": everywhere
    site: str = ""  # a site's id; "": not one site alone
    id: str = ""  # "": not kept yet
    who: str = ""  # the id of whoever wrote it
    at: float = 0
    editor: str = ""  # the id of whoever changed it last; "": nobody did
    edited: float = 0
    removed: float = 0  # 0: it is not
    remover: str = ""

    def during(self, period: Period) -> bool:
        """Tell whether the note is about any day of ``period``."""
        return self.first <= period.last and period.first <= self.last

    def document(self) -> dict[str, Any]:
        """Return the note as a document for the store."""
        days = {"first": self.first.isoformat(), "last": self.last.isoformat()}
        return {**asdict(self), **days}


def note_from(body: Mapping[str, Any]) -> Note:
    """Return the note that ``Note.document`` made a document of."""
    days = {name: date.fromisoformat(body[name]) for name in ("first", "last")}
    return Note(**{**body, **days})


def parse_note(fields: Mapping[str, str], areas: Areas, sites: Mapping[str, str]) -> Note:
    """Return the note that ``fields`` (first, last, about, text) describe.

    ``about`` is "", "area:042" or "site:ben-xe"; ``sites`` holds the areas of the sites. Without
    ``last`` it is about one day. Raise BadNote with every problem.
    """
    problems: list[Problem] = []
    first = day_in(fields, "first", problems)
    last = day_in(fields, "last", problems) if fields.get("last", "").strip() else first
    if first and last and last < first:
        problems.append(Problem("last", _("the last day is before the first")))
    area, site = _about(fields.get("about", ""), areas, sites, problems)
    text = line(fields, "text", TEXT, problems, needed=_("write what happened"))
    if first is None or last is None or problems:
        raise BadNote(problems)
    return Note(first, last, text, area, site)


def concerns(note: Note, areas: Areas, area: str, site: str = "") -> bool:
    """Tell whether a note is about a site that lies in ``area``, or about an area itself.

    A note about a larger area, or about everything, concerns whatever lies within; a note about
    something smaller concerns the area around it, but not another site.
    """
    if not note.area and not note.site:
        return True
    above = {step.code for step in areas.path(area)}
    if site:
        return note.site == site if note.site else note.area in above
    below = {step.code for step in areas.path(note.area)}
    return area in below or (not note.site and note.area in above)


def _about(
    about: str, areas: Areas, sites: Mapping[str, str], problems: list[Problem]
) -> tuple[str, str]:
    """Return the area and the site of a note."""
    kind, _colon, id = about.strip().partition(":")
    if not kind:
        return "", ""
    if kind == "area":
        area = find_area(id, areas, problems)
        if area is None:
            problems[-1] = problems[-1]._replace(where="about")
        return (area.code if area else ""), ""
    if kind != "site" or id not in sites:
        problems.append(Problem("about", _("there is no such site")))
        return "", ""
    return sites[id], id
