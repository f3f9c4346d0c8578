"""``bluezone-portal site import``: many sites from one table."""

from pathlib import Path

import click

from portal.cli.desk import Desk, pass_desk
from portal.cli.frame import Command, argument, option
from portal.cli.words import tr
from portal.domain.errors import BadSite, Problem
from portal.domain.errors import message as _
from portal.sitebook import COLUMNS, typed
from portal.siteplan import Fate


@click.command(
    "import",
    cls=Command,
    help=_(
        "Add or change the sites of a CSV or XLSX table. All rows are checked first; nothing is"
        " written when one is wrong."
    ),
)
@argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@option("--dry-run", is_flag=True, help=_("Check only."))
@pass_desk
def import_sites(desk: Desk, file: Path, dry_run: bool) -> None:
    """Add or change the sites of a table."""
    from portal.tables import read_table

    plan = desk.book.plan((number, typed(fields)) for number, fields in read_table(file, COLUMNS))
    if plan.problems:
        raise BadSite([_in_row(file, problem) for problem in plan.problems])
    if dry_run:
        text = _("To be added: %(added)d, to be changed: %(changed)d")
    else:
        text = _("Added: %(added)d, changed: %(changed)d")
        for row in plan.writing:
            desk.book.put_row(row, desk.today)
    click.echo(tr(text, added=plan.count(Fate.NEW), changed=plan.count(Fate.CHANGED)))


def _in_row(file: Path, problem: Problem) -> Problem:
    number, _comma, column = problem.where.partition(", ")
    where = tr(
        _("%(file)s, row %(row)s, column %(column)s"), file=file.name, row=number, column=column
    )
    return problem._replace(where=where)
