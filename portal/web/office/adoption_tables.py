"""The tables of adoption: how the areas stand, and every entry there was."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from portal.domain.adoption import Entry, History, Standing, State, standing
from portal.domain.errors import message as _
from portal.reports.table import Column, Sort, Table
from portal.web.office.pages import reader
from portal.web.requests import services

STATES = {
    State.VALID: _("valid"),
    State.REPLACED: _("replaced"),
    State.REMOVED: _("removed"),
}
_AREAS_NOTE = _(
    "The share is the installs of the last entry divided by the population. Where the population"
    " is not known there is no share. The target is exceeded, not only reached."
)
_ENTRIES_NOTE = _(
    "All that was entered, in the order of entering. Of an area's entries for one day the last"
    " that was not removed counts."
)


def standings(histories: Mapping[str, History], at: date) -> list[Standing]:
    """Return how each area stands that has an entry at ``at``, in the order of the tree."""
    held = services()
    found = [
        standing(area, histories[area.code], held.campaign.target_share, at)
        for area in held.areas
        if area.code in histories
    ]
    return [row for row in found if row.entry]


def areas_table(rows: Sequence[Standing]) -> Table:
    """Return how the areas stand as a table."""
    columns = (
        Column("area", _("Code")),
        Column("name", _("Area")),
        Column("installs", _("Installs"), Sort.NUMBER),
        Column("population", _("Population"), Sort.NUMBER),
        Column("population_year", _("Year of the population")),
        Column("population_source", _("Source of the population")),
        Column("share", _("Share"), Sort.SHARE),
        Column("needed", _("Needed"), Sort.NUMBER),
        Column("missing", _("Still missing"), Sort.NUMBER),
        Column("day", _("Date"), Sort.DAY),
        Column("source", _("Source")),
    )
    cells = [
        (
            row.area.code,
            row.area.name,
            row.entry.installs,
            row.population.people,
            str(row.population.year or ""),
            row.population.source,
            row.share,
            row.needed,
            row.missing,
            row.entry.day,
            row.entry.source,
        )
        for row in rows
        if row.entry
    ]
    return Table("adoption", _("Adoption by area"), columns, cells, _AREAS_NOTE)


def entries_table(histories: Mapping[str, History]) -> Table:
    """Return every entry, also those that no longer count."""
    columns = (
        Column("id", _("Id")),
        Column("area", _("Code")),
        Column("name", _("Area")),
        Column("day", _("Date"), Sort.DAY),
        Column("installs", _("Installs"), Sort.NUMBER),
        Column("source", _("Source")),
        Column("note", _("Note")),
        Column("who", _("Entered by")),
        Column("at", _("Entered at"), Sort.TIME),
        Column("state", _("State")),
        Column("remover", _("Removed by")),
        Column("removed", _("Removed at"), Sort.TIME),
        Column("reason", _("Reason")),
    )
    cells = [_cells(entry, history) for history in histories.values() for entry in history.entries]
    return Table("adoption-entries", _("Entries of installs"), columns, cells, _ENTRIES_NOTE)


def _cells(entry: Entry, history: History) -> tuple[object, ...]:
    held = services()
    area = held.areas.get(entry.area)
    state = STATES[history.state(entry)]
    return (
        entry.id,
        entry.area,
        area.name if area else "",
        entry.day,
        entry.installs,
        entry.source,
        entry.note,
        entry.who,
        _moment(entry.at),
        held.catalogs.translations(reader()).gettext(state),
        entry.remover,
        _moment(entry.removed),
        entry.reason,
    )


def _moment(at: float) -> datetime | None:
    return datetime.fromtimestamp(at, UTC) if at else None
