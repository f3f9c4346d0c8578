"""``bluezone-portal edge-config``: what nginx needs to stand in front."""

from pathlib import Path

import click

from portal.cli.desk import Desk, pass_desk
from portal.cli.frame import Command, option
from portal.cli.words import Failure, tr
from portal.counting.edge_log import edge_log
from portal.domain.errors import message as _

_NOT_A_PAGES = frozenset({"Content-Type", "Vary"})  # nginx says these itself


@click.command(
    "edge-config",
    cls=Command,
    help=_("Write what nginx needs to stand in front of this service; see deploy/nginx."),
)
@option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help=_("Where the files go; without it, the folder edge beside the counts."),
)
@option(
    "--cache",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    default=Path("/var/cache/nginx-bluezone"),
    help=_("Where nginx keeps pages for a moment."),
)
@option("--upstream", metavar="ADDRESS", help=_("Where this service listens, as nginx reaches it."))
@pass_desk
def edge_config(desk: Desk, folder: Path | None, cache: Path, upstream: str | None) -> None:
    """Write the two files to be included, and the pages that are shown while we are away."""
    from portal.app import create_app
    from portal.edge.config import Places, http_conf, visitor_conf
    from portal.web.edge import pages_for_absence

    settings = desk.settings
    if not settings.public_url:
        raise Failure(
            _("Set public_url first: pages that many visitors see must not depend on one of them.")
        )
    if not settings.trusted_proxies:
        raise Failure(_("Set trusted_proxies first: else nothing that nginx says is believed."))
    to = (folder or settings.data / "edge").resolve()
    log = edge_log(settings.journal.resolve())
    places = Places(upstream or settings.bind, to / "pages", log, cache, settings.burst_limit)
    app = create_app(settings)
    held = app.extensions["portal"]
    headers = app.extensions["pages"].headers
    files = {
        "http.conf": http_conf(held.campaign, held.gateways, held.probes, places),
        "visitor.conf": visitor_conf(places, [h for h in headers if h[0] not in _NOT_A_PAGES]),
        **{f"pages/{name}": text for name, text in pages_for_absence(app)},
    }
    for where in (places.pages, log.parent):
        where.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (to / name).write_text(text, encoding="utf-8")
    held.store.close()
    click.echo(tr(_("Written: %(file)s"), file=to / "http.conf"))
    click.echo(tr(_("Written: %(file)s"), file=to / "visitor.conf"))
