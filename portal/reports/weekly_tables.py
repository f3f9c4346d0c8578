"""The tables of a weekly report: by site and day, and by commune."""

from collections.abc import Sequence

from portal.domain.errors import message as _
from portal.domain.weeks import SiteWeek, WeekNumbers
from portal.names import DEFINITION
from portal.reports.table import Column, Sort, Table

TOTAL = "Tổng cộng"
"""Heads the row of sums. The rows are Vietnamese, as the report is, whoever reads the heads."""
WEEKDAYS = (_("Mo"), _("Tu"), _("We"), _("Th"), _("Fr"), _("Sa"), _("Su"))


def annex_table(numbers: WeekNumbers) -> Table:
    """Return annex I: each site by day, the sum in the last row."""
    columns = (
        Column("no", _("No."), Sort.NUMBER),
        Column("name", _("Site")),
        Column("area", _("Commune")),
        *(Column(f"d{n}", text, Sort.NUMBER) for n, text in enumerate(WEEKDAYS, 1)),
        Column("impressions", _("Sum"), Sort.NUMBER),
        Column("before", _("Week before"), Sort.NUMBER),
        Column("change", _("More or fewer"), Sort.SHARE),
    )
    rows = [_row(n, one.name, one.area, [one]) for n, one in enumerate(numbers.sites, 1)]
    rows.append(_row(None, TOTAL, "", numbers.sites))
    return Table("annex-1", _("Impressions by site and day"), columns, rows, DEFINITION)


def commune_table(numbers: WeekNumbers) -> Table:
    """Return the sites and impressions by commune, the sum in the last row."""
    columns = (
        Column("no", _("No."), Sort.NUMBER),
        Column("area", _("Commune")),
        Column("sites", _("Sites"), Sort.NUMBER),
        Column("impressions", _("Impressions"), Sort.NUMBER),
        Column("before", _("Week before"), Sort.NUMBER),
        Column("change", _("More or fewer"), Sort.SHARE),
    )
    places: dict[tuple[str, ...], list[SiteWeek]] = {}  # communes of two districts share names
    for one in numbers.sites:
        places.setdefault(one.path, []).append(one)
    rows: list[tuple[object, ...]] = [
        (n, found[0].area or "–", *_sums(found)) for n, found in enumerate(places.values(), 1)
    ]
    rows.append((None, TOTAL, *_sums(numbers.sites)))
    return Table("communes", _("Sites and impressions by commune"), columns, rows)


def _sums(sites: Sequence[SiteWeek]) -> tuple[object, ...]:
    now, before = sum(one.impressions for one in sites), sum(sum(one.before) for one in sites)
    active = sum(one.active for one in sites)
    return active, now, before, (now / before - 1 if before else None)


def _row(number: int | None, name: str, area: str, sites: Sequence[SiteWeek]) -> tuple[object, ...]:
    days = [sum(one.shown[day] for one in sites) for day in range(7)]
    before = sum(sum(one.before) for one in sites)
    change = sum(days) / before - 1 if before else None
    return (number, name, area, *days, sum(days), before, change)
