"""``bluezone-portal counts``: what was counted, and whether the books agree."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import click

from portal.cli.desk import Desk, pass_desk
from portal.cli.frame import Command, option
from portal.cli.words import tr
from portal.counting.adoption import adopt_all
from portal.counting.inspection import lost_events
from portal.counting.reconciliation import Balance, by_node, reconcile, total
from portal.domain import periods
from portal.domain.errors import message as _
from portal.domain.events import NOWHERE
from portal.domain.periods import BadPeriod, Period
from portal.domain.sites import Site
from portal.domain.summaries import Summary, by_day
from portal.domain.summaries import total as total_of

FORMATS = ("table", "csv", "json")


@dataclass(frozen=True, slots=True)
class Line:
    """One place of the count: a site of the book, or an id that counted without being there."""

    id: str
    site: Site | None
    days: Mapping[date, Summary]

    @property
    def name(self) -> str:
        """The site's name; empty when it is not in the book."""
        return self.site.name if self.site else ""

    @property
    def whole(self) -> Summary:
        """All days together."""
        return total_of(self.days.values())


@dataclass(frozen=True, slots=True)
class Counts:
    """What is printed."""

    period: Period
    lines: list[Line]
    nodes: Mapping[str, Balance]
    today: date
    lost: int  # events of this node that found no room

    @property
    def balance(self) -> Balance:
        """All nodes together, since the service began."""
        return total(self.nodes)

    @property
    def whole(self) -> Summary:
        """All places together."""
        return total_of(line.whole for line in self.lines)


@click.command(cls=Command, help=_("Show what was counted: today, or in the period that is named."))
@option(
    "--site", "sites", multiple=True, metavar="ID", help=_("Only this site; may be given again.")
)
@option("--day", metavar="DAY", help=_("A day: 2021-03-05, 05/03/2021, today or yesterday."))
@option("--week", metavar="WEEK", help=_("An ISO week: 2021-W09."))
@option("--from", "first", metavar="DAY", help=_("From this day on."))
@option("--to", "last", metavar="DAY", help=_("Up to and including this day."))
@option("--format", "form", type=click.Choice(FORMATS), default="table", help=_("How to print."))
@pass_desk
def counts(desk: Desk, /, sites: tuple[str, ...], form: str, **named: Any) -> None:
    """Print the counts of a period."""
    print_counts(read_counts(desk, read_period(desk.today, **named), sites), form)


def print_counts(found: Counts, form: str = "table") -> None:
    """Print counts as a table, or as CSV or JSON for other programs."""
    from portal.cli import count_output

    {
        "table": count_output.print_table,
        "csv": count_output.print_csv,
        "json": count_output.print_json,
    }[form](found)


def read_counts(desk: Desk, period: Period, sites: tuple[str, ...] = ()) -> Counts:
    """Return the counts of a period. Raise Failure for a site that nobody knows."""
    root = desk.settings.journal
    # A server that runs brings its own; what a dead one left would be missing.
    adopt_all(root, desk.store)
    known = {site.id: site for site in desk.catalogue.all()}
    for id in sites:
        if id not in known and id not in desk.store.counted_sites():
            raise desk.no_such_site(id)
    # The books before the counters: what comes in between is in the counters, not missing there.
    nodes = by_node(reconcile(root, desk.store))
    cells = desk.store.counters(period.first, period.last, dict.fromkeys(sites) or None)
    shown = set(sites) or set(cells) | {site.id for site in known.values() if site.active}
    lines = [
        Line(id, known.get(id), by_day(cells.get(id, {})))
        for id in sorted(shown, key=lambda id: (id == NOWHERE, id))
    ]
    return Counts(period, lines, nodes, desk.today, lost_events(root))


def read_period(
    today: date,
    day: str | None = None,
    week: str | None = None,
    first: str | None = None,
    last: str | None = None,
) -> Period:
    """Return the period that the options name. Raise click.UsageError."""
    ways = (day is not None, week is not None, (first, last) != (None, None))
    if sum(ways) > 1:
        raise click.UsageError(tr(_("Name one period: --day, --week, or --from with --to.")))
    if last is not None and first is None:
        raise click.UsageError(tr(_("--to needs --from.")))
    if week is not None:
        return _week(week)
    if first is None:
        first = last = "today" if day is None else day
    begin, end = _day(first, today), _day("today" if last is None else last, today)
    try:
        return Period(begin, end)
    except BadPeriod as error:
        text = _("The period ends before it begins: %(period)s.")
        raise click.UsageError(tr(text, period=error)) from None


def _week(text: str) -> Period:
    try:
        return periods.week(text)
    except BadPeriod:
        wanted = _("“%(text)s” is no week; write it like 2021-W09.")
        raise click.UsageError(tr(wanted, text=text)) from None


def _day(text: str, today: date) -> date:
    near = {"today": today, "yesterday": today - timedelta(days=1)}
    try:
        return near.get(text.strip().lower()) or periods.day(text)
    except BadPeriod:
        wanted = _("“%(text)s” is no day; write it like 2021-03-05, 05/03/2021 or today.")
        raise click.UsageError(tr(wanted, text=text)) from None
