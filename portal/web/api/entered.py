"""What people entered, as the API tells it: installs by area, and notes on dates."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from flask import abort

from portal.domain.adoption import Entry, History, Standing
from portal.domain.areas import Area
from portal.domain.errors import Problem
from portal.domain.notes import Note
from portal.domain.periods import HO_CHI_MINH, Period
from portal.web.api.books import NO_AREA, NO_SITE, Values, now, part
from portal.web.api.parameters import BadParameters
from portal.web.office.own import own_sites
from portal.web.requests import services


def adoption(values: Values) -> dict[str, Any]:
    """Return the entries of installs that count, by area and day."""
    held, period = services(), _period(values)
    wanted = _known_area(values["area"])
    histories = held.adoption.histories()
    rows = [
        row
        for area in held.areas
        if area.code in histories and wanted in (None, area.code)
        for row in _entries(area, histories[area.code], period, latest=values["latest"])
    ]
    target = held.campaign.target_share
    return {"generated_at": now(), "target": target, **part(rows, values)}


def notes(values: Values) -> dict[str, Any]:
    """Return the notes on dates, the earliest first."""
    site, area = values["site"], _known_area(values["area"])
    if site is not None and site not in {known.id for known in own_sites()}:
        abort(404, NO_SITE)
    found = services().notes.between(_period(values), site, area)
    return {"generated_at": now(), **part([_note(note) for note in found], values)}


def _entries(
    area: Area, history: History, period: Period, *, latest: bool | None
) -> Iterator[dict[str, Any]]:
    found = [entry for entry in history.until(period.last) if entry.day >= period.first]
    for entry in found[-1:] if latest else found:
        yield _entry(area, entry, history)


def _entry(area: Area, entry: Entry, history: History) -> dict[str, Any]:
    population = history.population(area)
    stands = Standing(area, entry, population, services().campaign.target_share)
    return {
        "area": area.code,
        "area_name": area.name,
        "day": entry.day.isoformat(),
        "installs": entry.installs,
        "population": population.people,
        "population_year": population.year,
        "share": stands.share,
        "needed": stands.needed,
        "missing": stands.missing,
        "source": entry.source,
        "note": entry.note,
    }


def _note(note: Note) -> dict[str, Any]:
    area = services().areas.get(note.area)
    return {
        "id": note.id,
        "from": note.first.isoformat(),
        "to": note.last.isoformat(),
        "text": note.text,
        "area": note.area,
        "area_name": area.name if area else "",
        "site": note.site,
        "written_at": _moment(note.at),
        "changed_at": _moment(note.edited) if note.edited else None,
    }


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, HO_CHI_MINH).isoformat(timespec="seconds")


def _known_area(code: str | None) -> str | None:
    if code is not None and code not in services().areas:
        abort(404, NO_AREA)
    return code


def _period(values: Values) -> Period:
    """Return the days that were named; all there are where none was."""
    first, last = values["from"] or date.min, values["to"] or date.max
    if first > last:
        raise BadParameters([Problem("to", "It is before from.")])
    return Period(first, last)
