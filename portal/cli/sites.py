"""The commands ``bluezone-portal site …``: keep the places where the notice is shown."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from portal.cli.desk import Desk, pass_desk
from portal.cli.frame import Group, argument, option
from portal.cli.imports import import_sites
from portal.cli.words import tr
from portal.domain.errors import message as _
from portal.domain.sites import Site

_Function = TypeVar("_Function", bound=Callable[..., None])

FORMATS = ("table", "csv", "json")


@click.group(cls=Group, help=_("The places where the notice is shown."))
def site() -> None:
    """Group the commands about sites."""


def describing(command: _Function) -> _Function:
    """Give a command the options that describe a site."""
    options = [
        option("--kind", metavar="TEXT", help=_("What sort of place: hotel, bus_station, port …")),
        option("--area", metavar="TEXT", help=_("The commune, by name or code.")),
        option("--address", metavar="TEXT", help=_("The postal address.")),
        option("--gateway", metavar="TEXT", help=_("The wifi device: opennds, or link for none.")),
        option(
            "--set",
            "settings",
            multiple=True,
            metavar="NAME=VALUE",
            help=_("A setting of the wifi device, like faskey=…; may be given again."),
        ),
        option("--languages", metavar="LIST", help=_("Languages of the notice: vi,en.")),
        option("--operator", metavar="TEXT", help=_("Who runs the place.")),
        option("--greeting", metavar="TEXT", help=_("A line above the notice.")),
        option(
            "--egress",
            multiple=True,
            metavar="LIST",
            help=_("Networks that the visitors come from, like 203.0.113.0/24."),
        ),
    ]
    for decorate in reversed(options):
        command = decorate(command)
    return command


@site.command(help=_("Add a site."))
@argument("id")
@option("--name", required=True, metavar="TEXT", help=_("The name that visitors read."))
@describing
@pass_desk
def add(desk: Desk, /, id: str, **given: Any) -> None:
    """Add a site, and say where its notice is."""
    added = desk.book.add({"id": id, **_fields(given)}, desk.today)
    click.echo(tr(_("Added: %(name)s (%(id)s)"), name=added.name, id=added.id))
    _say_where(desk, added)


@site.command(help=_("Change a site; what is not named stays."))
@argument("id")
@option("--name", metavar="TEXT", help=_("The name that visitors read."))
@describing
@pass_desk
def edit(desk: Desk, /, id: str, **given: Any) -> None:
    """Change some fields of a site."""
    fields = _fields(given)
    if not fields:
        raise click.UsageError(tr(_("Say what to change, for example --name.")))
    changed = desk.book.edit(id, fields)
    click.echo(tr(_("Changed: %(name)s (%(id)s)"), name=changed.name, id=changed.id))


@site.command(help=_("Take a site out of service; its counts stay."))
@argument("id")
@pass_desk
def archive(desk: Desk, id: str) -> None:
    """Take a site out of service."""
    done = desk.catalogue.archive(id)
    click.echo(tr(_("Out of service: %(name)s (%(id)s)"), name=done.name, id=done.id))


@site.command(help=_("Bring an archived site back into service."))
@argument("id")
@pass_desk
def restore(desk: Desk, id: str) -> None:
    """Bring a site back."""
    done = desk.catalogue.archive(id, active=True)
    click.echo(tr(_("In service again: %(name)s (%(id)s)"), name=done.name, id=done.id))


@site.command("list", help=_("List the sites."))
@option("--all", "everything", is_flag=True, help=_("Archived ones too."))
@option("--format", "form", type=click.Choice(FORMATS), default="table", help=_("How to print."))
@pass_desk
def list_(desk: Desk, everything: bool, form: str) -> None:
    """List the sites."""
    from portal.cli.site_output import print_sites

    print_sites(desk, [site for site in desk.catalogue.all() if site.active or everything], form)


@site.command(help=_("Show everything about a site."))
@argument("id")
@option(
    "--format", "form", type=click.Choice(("text", "json")), default="text", help=_("How to print.")
)
@option("--secrets", is_flag=True, help=_("Show keys and passwords too."))
@pass_desk
def show(desk: Desk, id: str, form: str, secrets: bool) -> None:
    """Show one site."""
    from portal.cli.site_output import print_site

    print_site(desk, desk.book.get(id)[0], form, secrets)


site.add_command(import_sites)


def notice_url(desk: Desk, id: str) -> str:
    """Return the address of a site's notice, as far as the settings tell."""
    settings = desk.settings
    return f"{settings.public_url or f'http://{settings.bind}'}/s/{id}"


def _say_where(desk: Desk, added: Site) -> None:
    click.echo(tr(_("Its notice: %(url)s"), url=notice_url(desk, added.id)))
    if added.gateway == "opennds":
        click.echo(
            tr(
                _(
                    "In openNDS set: faspath '/s/%(id)s', fas_secure_enabled '%(level)s', and the"
                    " same faskey; fasremoteip and fasport are this server's."
                ),
                id=added.id,
                level=added.gateway_settings["level"],
            )
        )


def _fields(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that the options name: '' empties one, an absent option leaves it."""
    fields = {name: value for name, value in given.items() if value not in (None, ())}
    if "egress" in fields:
        fields["egress"] = ",".join(fields["egress"])
    if settings := fields.pop("settings", ()):
        fields["gateway_settings"] = dict(map(_setting, settings))
    return fields


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (equals and name.strip()):
        raise click.UsageError(tr(_("--set: write name=value, not “%(text)s”."), text=text))
    return name.strip(), value.strip()
