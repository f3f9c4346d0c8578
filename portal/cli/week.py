"""``bluezone-portal week``: the weekly report, from a shell or a timer."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from portal.cli.desk import Desk, pass_desk
from portal.cli.frame import Group, argument, option
from portal.cli.output import console, table, write_json
from portal.cli.words import Failure, tr
from portal.domain.errors import message as _
from portal.domain.periods import BadPeriod
from portal.domain.weeks import NoSuchReport, Texts, Week, WeekNotOver, parse_week
from portal.names import WEEK_STATES

if TYPE_CHECKING:
    from portal.services import Services
    from portal.weekpapers import Content


@click.group(cls=Group, help=_("The weekly report: draft, close, export."))
def week() -> None:
    """Group the commands about weeks."""


@week.command("list", help=_("List the weeks that have a draft or a report."))
@pass_desk
def list_(desk: Desk) -> None:
    """List the weeks."""
    with _services(desk) as held:
        states = held.weeks.states()
    shown = table(map(tr, (_("Week"), _("Days"), _("State"), _("Version"))))
    for found, (state, version) in sorted(states.items(), reverse=True):
        days = f"{found.period.first:%d/%m/%Y} – {found.period.last:%d/%m/%Y}"
        shown.add_row(str(found), days, tr(WEEK_STATES[state]), str(version or "–"))
    console().print(shown)


@week.command(help=_("Show a report: its numbers as JSON."))
@argument("week")
@option("--version", type=int, default=0, help=_("A version; without it the last, or now."))
@pass_desk
def show(desk: Desk, week: str, version: int) -> None:
    """Print what was closed, or what would be."""
    from portal.weekbook import report_document

    with _services(desk) as held:
        content = _content(held, _week(week), version)
    report = content.report
    write_json(report_document(report) if report else content.numbers.document())


@week.command(help=_("Make the draft of a week that is over."))
@argument("week")
@pass_desk
def draft(desk: Desk, week: str) -> None:
    """Make a draft, unless there is one."""
    from portal.jobs.weekly import AUTHOR, first_texts

    found = _week(week)
    with _services(desk) as held:
        try:
            made = held.weeks.begin(found, first_texts(found, held.notes), AUTHOR)
        except WeekNotOver:
            raise Failure(_("%(week)s is not over yet."), week=found) from None
        if made:
            held.audit.note(AUTHOR, "week.draft", str(found))
    text = _("The draft of %(week)s is made.") if made else _("%(week)s has a draft already.")
    click.echo(tr(text, week=found))


@week.command(help=_("Close a week; again with --reason, that is a correction."))
@argument("week")
@option("--reason", default="", metavar="TEXT", help=_("Why a closed report is corrected."))
@pass_desk
def close(desk: Desk, week: str, reason: str) -> None:
    """Freeze the numbers of a week."""
    from portal.jobs.weekly import AUTHOR

    found = _week(week)
    with _services(desk) as held:
        after, written = len(held.weeks.reports(found)), held.weeks.draft(found)
        if after and not reason:
            raise Failure(_("%(week)s is closed; a correction needs --reason."), week=found)
        texts = written.texts if written else Texts()
        try:
            report = held.weeks.close(held.week_taker.take(found), texts, AUTHOR, after, reason)
        except WeekNotOver:
            raise Failure(_("%(week)s is not over yet."), week=found) from None
        details = {"version": report.version, "sha256": report.sha256}
        held.audit.note(AUTHOR, "week.close", str(found), **details)
    text = _("%(week)s is closed as version %(n)d: %(hash)s")
    click.echo(tr(text, week=found, n=report.version, hash=report.sha256))


@week.command(help=_("Write a report into a file: .docx, .xlsx, .csv or .json by its name."))
@argument("week")
@argument("file", type=click.Path(dir_okay=False, path_type=Path))
@option("--place", default="", metavar="CODE", help=_("An area's code, or site:<id>."))
@option("--version", type=int, default=0, help=_("A version; without it the last, or now."))
@pass_desk
def export(desk: Desk, week: str, file: Path, place: str, version: int) -> None:
    """Write a report into a file."""
    from portal.reports.weekly_files import FORMS

    found, form = _week(week), file.suffix.lower().removeprefix(".")
    if form not in FORMS:
        wanted = _("write a file that ends in one of: %(choices)s")
        raise Failure(wanted, choices=", ".join(FORMS))
    with _services(desk) as held:
        place = place or desk.settings.report_area
        if place not in held.areas and not place.startswith("site:"):
            raise Failure(_("There is no area “%(code)s”."), code=place)
        papers = held.week_papers
        paper = papers.about(_content(held, found, version), place)
        file.write_bytes(papers.file(paper, form, held.clock()))
    click.echo(tr(_("Written: %(file)s"), file=file))


def _week(text: str) -> Week:
    try:
        return parse_week(text)
    except BadPeriod:
        raise Failure(_("“%(text)s” is no week: write one like 2021-W09."), text=text) from None


def _content(held: "Services", week: Week, version: int) -> "Content":
    try:
        return held.week_papers.content(week, version)
    except NoSuchReport:
        raise Failure(_("%(week)s has no version %(n)d."), week=week, n=version) from None


@contextmanager
def _services(desk: Desk) -> Iterator["Services"]:
    from portal.services import open_services

    held = open_services(desk.settings)
    try:
        yield held
    finally:
        held.stop()
