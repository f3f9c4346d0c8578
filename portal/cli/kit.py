"""``bluezone-portal kit``: what is entered at a site's gateway."""

from pathlib import Path

import click

from portal.cli.desk import Desk, pass_desk
from portal.cli.frame import Command, argument, option
from portal.cli.sites import notice_url
from portal.cli.words import Failure, tr
from portal.domain.errors import message as _


@click.command(
    cls=Command, help=_("Write what is to be entered at the site's wifi device; keys are in it.")
)
@argument("id")
@option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    default=Path("kit"),
    help=_("Where the files go."),
)
@pass_desk
def kit(desk: Desk, id: str, folder: Path) -> None:
    """Write the kit of a site, readable by its owner only."""
    from portal.gateways import gateways

    site, _version = desk.book.get(id)
    files = gateways()[site.gateway].kit(site, notice_url(desk, id), desk.garden)
    if not files:
        raise Failure(_("There is no wifi device to set up at “%(id)s”."), id=id)
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        path = folder / file.name
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_text(file.text, encoding="utf-8")
        click.echo(tr(_("Written: %(file)s"), file=path))
