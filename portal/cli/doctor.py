"""``bluezone-portal doctor``: what is wrong at a venue, seen from a computer on its wifi."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict

import click

from portal.cli.desk import Desk, pass_desk
from portal.cli.frame import Command, argument, option
from portal.cli.output import write_json
from portal.cli.words import Failure, tr
from portal.doctor.advice import MEND
from portal.doctor.findings import BadAddress, Fault, Finding, State
from portal.doctor.net import Net
from portal.doctor.run import examine
from portal.doctor.way import read_notice
from portal.domain.errors import message as _

_MARKS = {State.GOOD: "✓", State.NOTE: "•", State.FAULT: "✗", State.LEFT: "–"}
_COLOURS = {State.GOOD: "green", State.NOTE: "yellow", State.FAULT: "red", State.LEFT: None}


@click.command(
    cls=Command,
    help=_("Go a guest's way from a computer on the site's wifi, and name what is wrong there."),
)
@argument("address")
@option("--no-tap", is_flag=True, help=_("Leave this computer offline: do not tap “Go online”."))
@option(
    "--patience",
    type=click.FloatRange(0.5, 60),
    default=5.0,
    metavar="NUMBER",
    help=_("Seconds to wait for each answer."),
)
@option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help=_("How to print.")
)
@pass_desk
def doctor(desk: Desk, address: str, no_tap: bool, patience: float, form: str) -> None:
    """Examine; end with status 1 when there is a fault."""
    try:
        notice = read_notice(address)
    except BadAddress:
        raise Failure(
            _("Write the whole address of the site's notice, like https://example.org/s/cho.")
        ) from None
    findings = examine(Net(patience), notice, desk.probes, desk.garden, tap=not no_tap)
    found = list(findings) if form == "json" else list(_telling(findings))
    faults = list(dict.fromkeys(one.fault for one in found if one.fault))
    if form == "json":
        write_json({"faults": faults, "steps": [asdict(one) for one in found]})
    else:
        _conclude(faults)
    sys.exit(bool(faults))


def _telling(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Print each step as soon as it is done."""
    for one in findings:
        # What a gateway or a DHCP server sent may try to steer the terminal.
        text = "".join(c if c.isprintable() else "?" for c in tr(one.text, **one.values))
        taken = f"  ({one.seconds * 1000:.0f} ms)" if one.seconds is not None else ""
        mark = click.style(_MARKS[one.state], fg=_COLOURS[one.state], bold=True)
        click.echo(f"{mark} {tr(one.title)}{': ' if text else ''}{text}{taken}")
        yield one


def _conclude(faults: list[Fault]) -> None:
    click.echo()
    if not faults:
        click.echo(tr(_("Everything works as it should.")))
        return
    click.echo(tr(_("What to do:")))
    for fault in faults:
        click.echo(f"  {_MARKS[State.FAULT]} {tr(MEND[fault])}")
