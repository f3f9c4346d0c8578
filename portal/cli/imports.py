"""``bluezone-portal site import``: many sites from one table."""

from pathlib import Path
from typing import Any

import click

from portal.cli.desk import Desk, pass_desk
from portal.cli.frame import Command, argument, option
from portal.cli.words import tr
from portal.domain.errors import BadSite, Problem
from portal.domain.errors import message as _
from portal.domain.sites import Site
from portal.sitebook import SETTING

COLUMNS = {*Site.__dataclass_fields__, f"{SETTING}*"} - {"gateway_settings"}
"""What a table of sites may have as its columns."""

_FLAGS: dict[str, Any] = {"true": True, "1": True, "false": False, "0": False}


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

    rows = [(number, _typed(fields)) for number, fields in read_table(file, COLUMNS)]
    try:
        planned = desk.book.plan(rows)
    except BadSite as error:
        raise BadSite([_in_row(file, problem) for problem in error.problems]) from None
    if dry_run:
        known = {site.id for site in desk.catalogue.all()}
        changed = sum(str(fields["id"]).strip() in known for fields in planned)
        text, added = (
            _("To be added: %(added)d, to be changed: %(changed)d"),
            len(planned) - changed,
        )
    else:
        text = _("Added: %(added)d, changed: %(changed)d")
        added, changed = desk.book.put_all(planned, desk.today)
    click.echo(tr(text, added=added, changed=changed))


def _typed(fields: dict[str, str]) -> dict[str, Any]:
    """Return a row with its one flag as a flag; what is none is left for the check to name."""
    if "active" not in fields:
        return dict(fields)
    return {**fields, "active": _FLAGS.get(fields["active"].lower(), fields["active"])}


def _in_row(file: Path, problem: Problem) -> Problem:
    number, _comma, column = problem.where.partition(", ")
    where = tr(
        _("%(file)s, row %(row)s, column %(column)s"), file=file.name, row=number, column=column
    )
    return problem._replace(where=where)
