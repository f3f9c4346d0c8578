"""``bluezone-portal preview``: the notice of a site as every device and language sees it."""

from pathlib import Path

import click

from portal.cli.desk import Desk, pass_desk
from portal.cli.frame import Command, argument, option
from portal.cli.words import language, tr
from portal.domain.errors import message as _
from portal.snapshot import Place


@click.command(
    cls=Command, help=_("Write the notice of a site, as each device and language shows it.")
)
@argument("id")
@option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    default=Path("preview"),
    help=_("Where the pages go; begin with index.html."),
)
@pass_desk
def preview(desk: Desk, id: str, folder: Path) -> None:
    """Write a gallery for each language, and a page for each device in it."""
    from portal.app import create_app  # Flask costs 0,2 s
    from portal.services import open_services

    settings = desk.settings
    held = open_services(settings)
    try:
        place = held.snapshot.place(id)
        if place is None:
            raise desk.no_such_site(id)
        base = settings.public_url or f"http://{settings.bind}"
        folder.mkdir(parents=True, exist_ok=True)
        with create_app(settings, held).test_request_context(base_url=base):
            _write(place, folder, base)
    finally:
        held.stop()
    click.echo(tr(_("Written: %(file)s"), file=folder / "index.html"))


def _write(place: Place, folder: Path, base: str) -> None:
    from portal.web.previews import DEVICES, gallery_text, specimen_text

    def on_device(device: str, lang: str) -> str:
        return f"{device}.{lang}.html"

    languages = place.site.languages
    names = {code: f"{code}.html" for code in languages} | {languages[0]: "index.html"}
    for lang, name in names.items():
        text = gallery_text(place, lang, language(), names.__getitem__, on_device)
        (folder / name).write_text(text, encoding="utf-8")
        for device in DEVICES:
            text = specimen_text(place, device, lang, base)
            (folder / on_device(device, lang)).write_text(text, encoding="utf-8")
