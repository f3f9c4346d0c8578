"""The commands ``bluezone-portal user …``: who may sign in to the console."""

import time
from typing import Any

import click

from portal.audit import AuditLog
from portal.cli.desk import Desk, pass_desk
from portal.cli.frame import Group, argument, option
from portal.cli.output import console, table, yes_no
from portal.cli.words import Failure, tr
from portal.domain.errors import message as _
from portal.domain.people import ROLES, Person, Role, changes


@click.group(cls=Group, help=_("Who may sign in to the console."))
def user() -> None:
    """Group the commands about people."""


_choice = click.Choice([str(role) for role in Role])
_role = option("--role", type=_choice, help=_("What the person may do."))
_sites = option("--sites", metavar="LIST", help=_("The sites of an owner, separated by commas."))
_file = option(
    "--password-file",
    type=click.File(encoding="utf-8"),
    metavar="FILE",
    help=_("Where the password stands, - for standard input; otherwise it is asked for."),
)


@user.command(help=_("Add somebody, and set their password."))
@argument("id")
@option("--name", required=True, metavar="TEXT", help=_("The person's name."))
@_role
@_sites
@_file
@pass_desk
def add(desk: Desk, /, id: str, password_file: Any, **given: Any) -> None:
    """Add a person."""
    fields = {name: value for name, value in given.items() if value}
    person = desk.people.add({"id": id, "role": Role.VIEWER.value, **fields})
    _note(desk, "person.add", person, name=person.name, role=person.role, sites=person.sites)
    desk.people.set_password(person.id, _password(password_file))
    _note(desk, "person.password", person)
    click.echo(tr(_("Added: %(name)s (%(id)s)"), name=person.name, id=person.id))


@user.command(help=_("Change somebody's name, role or sites."))
@argument("id")
@option("--name", metavar="TEXT", help=_("The person's name."))
@_role
@_sites
@pass_desk
def edit(desk: Desk, /, id: str, **given: Any) -> None:
    """Change a person."""
    fields = {name: value for name, value in given.items() if value}
    if not fields:
        raise click.UsageError(tr(_("Say what to change, for example --name.")))
    before, version = desk.people.find(id)
    person = desk.people.edit(id, fields, version)
    _note(desk, "person.edit", person, **changes(before, person))
    click.echo(tr(_("Changed: %(name)s (%(id)s)"), name=person.name, id=person.id))


@user.command(help=_("Set another password; the person is signed out everywhere."))
@argument("id")
@_file
@pass_desk
def password(desk: Desk, id: str, password_file: Any) -> None:
    """Set a password."""
    person = desk.people.get(id)
    desk.people.set_password(id, _password(password_file))
    _note(desk, "person.password", person)
    click.echo(tr(_("The password is set; every session has ended.")))


@user.command(help=_("Let somebody sign in no more; they are signed out everywhere."))
@argument("id")
@pass_desk
def disable(desk: Desk, id: str) -> None:
    """Take a person's access."""
    person = desk.people.edit(id, {"active": False})
    _note(desk, "person.disable", person)
    click.echo(tr(_("Out of service: %(name)s (%(id)s)"), name=person.name, id=person.id))


@user.command(help=_("Let somebody sign in again."))
@argument("id")
@pass_desk
def enable(desk: Desk, id: str) -> None:
    """Give a person access again."""
    person = desk.people.edit(id, {"active": True})
    _note(desk, "person.enable", person)
    click.echo(tr(_("In service again: %(name)s (%(id)s)"), name=person.name, id=person.id))


@user.command(help=_("Print a link by which somebody chooses a password, once."))
@argument("id")
@pass_desk
def link(desk: Desk, id: str) -> None:
    """Make a link that sets a password; without an address of the console, its path."""
    person = desk.people.get(id)
    if not person.active:
        raise Failure(_("“%(id)s” is out of service."), id=id)
    token = desk.people.make_link(id)
    _note(desk, "person.link", person)
    click.echo(f"{desk.settings.console_url}/office/reset/{token}")
    click.echo(tr(_("It is good once, for 24 hours; earlier links are worth nothing.")), err=True)


@user.command("totp-off", help=_("Take away somebody's second factor; they are signed out."))
@argument("id")
@pass_desk
def totp_off(desk: Desk, id: str) -> None:
    """Take away a second factor that was lost."""
    person = desk.people.get(id)
    if not desk.people.factors.switch_off(id):
        raise Failure(_("“%(id)s” has no second factor."), id=id)
    desk.people.sign_out_everywhere(id)
    _note(desk, "person.factor_off", person)
    click.echo(tr(_("The second factor is off: %(name)s (%(id)s)"), name=person.name, id=id))


@user.command("list", help=_("List everybody."))
@pass_desk
def list_(desk: Desk) -> None:
    """List the people."""
    shown = table(map(tr, (_("Id"), _("Name"), _("Role"), _("Sites"), _("In service"))))
    for person in desk.people.all():
        role, sites = tr(ROLES[person.role]), ", ".join(person.sites)
        shown.add_row(person.id, person.name, role, sites, yes_no(person.active))
    console().print(shown)


def _note(desk: Desk, action: str, person: Person, **details: Any) -> None:
    """Write to the audit log what was done here, where nobody has signed in."""
    AuditLog(desk.store, time.time).note("-", action, person.id, **details)


def _password(file: Any) -> str:
    if file is not None:
        read: str = file.read().rstrip("\r\n")
        return read
    first: str = click.prompt(tr(_("Password")), hide_input=True)
    if click.prompt(tr(_("Once more")), hide_input=True) != first:
        raise Failure(_("The two are not the same."))
    return first
