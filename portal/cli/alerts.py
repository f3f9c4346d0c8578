"""``bluezone-portal alerts``: what is wrong now, and whether messages about it arrive."""

import logging
import time

import click

from portal.cli.desk import Desk, pass_desk
from portal.cli.frame import Group, option
from portal.cli.output import console, table, write_json
from portal.cli.words import Failure, language, tr
from portal.domain.alerts import Alert
from portal.domain.errors import message as _

_LATEST = 50  # alerts that are over


@click.group(cls=Group, help=_("Alerts: silent sites, odd counts, nodes that fall behind."))
def alerts() -> None:
    """Group the commands about alerts."""


@alerts.command("list", help=_("List the alerts that are open."))
@option("--all", "everything", is_flag=True, help=_("The latest that are over too."))
@option(
    "--format",
    "form",
    type=click.Choice(("table", "json")),
    default="table",
    help=_("How to print."),
)
@pass_desk
def list_(desk: Desk, everything: bool, form: str) -> None:
    """List the alerts."""
    from portal.alertbook import AlertBook

    book = AlertBook(desk.store, time.time)
    found = book.open() + (book.recent(_LATEST) if everything else [])
    if form == "json":
        rows = [{**alert.document(), "state": alert.state} for alert in found]
        write_json([{name: row[name] for name in row if name != "told"} for row in rows])
    elif found:
        _print(desk, found)
    else:
        click.echo(tr(_("No alert is open.")))


@alerts.command(help=_("Send a test message to every address of “notify”; say what became of it."))
@pass_desk
def test(desk: Desk) -> None:
    """Try out the addresses, each by itself."""
    from portal.notify import Outcome
    from portal.services import open_services

    said = {
        Outcome.SENT: _("sent"),
        Outcome.FAILED: _("not sent"),
        Outcome.UNKNOWN: _("this is no address that apprise understands"),
    }
    if not desk.settings.notify:
        raise Failure(_("There is no address: the setting “notify” is empty."))
    logging.getLogger("apprise").setLevel(logging.WARNING)  # it says why
    services = open_services(desk.settings)
    try:
        outcomes = services.alert_job.try_out()
    finally:
        services.stop()
    for address, outcome in outcomes:
        click.echo(f"{address}: {tr(said[outcome])}")
    if wrong := sum(outcome is not Outcome.SENT for _address, outcome in outcomes):
        raise Failure(_("%(n)s addresses were not reached."), n=wrong)


def _print(desk: Desk, found: list[Alert]) -> None:
    from portal.alertwords import STATES, Words, moment
    from portal.jobs.alert_sites import sites_of

    words = Words(tr, language(), desk.areas, sites_of(desk.store))
    heads = (_("Since"), _("Alert"), _("Place"), _("Details"), _("State"))
    shown = table(map(tr, heads))
    for alert in found:
        state = tr(STATES[alert.state])
        place = words.place(alert)
        shown.add_row(moment(alert.since), words.cause(alert), place, words.detail(alert), state)
    console().print(shown)
