"""The command itself: global options, the list of commands, and how errors are told."""

import errno
import logging
import sys
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import click

from portal import __version__
from portal.cli.desk import Desk
from portal.cli.frame import Group, Option, option, teach_click
from portal.cli.words import Failure, describe
from portal.domain.errors import (
    BadInput,
    NoSuchPerson,
    NoSuchSite,
    PortalError,
    StoreUnavailable,
    VersionConflict,
)
from portal.domain.errors import message as _

NAME = "bluezone-portal"
COMMANDS = {
    "demo": "portal.cli.demo:demo",
    "serve": "portal.cli.serve:serve",
    "site": "portal.cli.sites:site",
    "preview": "portal.cli.preview:preview",
    "kit": "portal.cli.kit:kit",
    "doctor": "portal.cli.doctor:doctor",
    "edge-config": "portal.cli.edge:edge_config",
    "user": "portal.cli.users:user",
    "counts": "portal.cli.counts:counts",
    "week": "portal.cli.week:week",
    "store": "portal.cli.store:store",
    "journal": "portal.cli.journal:journal",
    "alerts": "portal.cli.alerts:alerts",
    "simulate": "portal.cli.simulate:simulate_command",
}
"""Where each command is; it is imported when it is asked for."""


class Root(Group):
    """The outermost group: finds commands, and turns what goes wrong into a message."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return a command, or None when there is none of this name."""
        if name not in COMMANDS:
            return None
        module, _colon, attribute = COMMANDS[name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run, with click and the terminal made ready."""
        teach_click()
        logging.basicConfig(format="%(message)s", level=logging.ERROR)
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                # A terminal that cannot write Vietnamese gets question marks, no traceback.
                stream.reconfigure(errors="replace")
        return super().main(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; tell expected errors as a message with exit code 1."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()  # whoever reads has gone? Now, not at the very end
            return result
        except (PortalError, OSError) as error:
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise
            raise _failure(error, ctx.obj) from error


def _failure(error: Exception, desk: Desk) -> click.ClickException:
    match error:
        case BadInput():
            return click.ClickException("\n".join(map(describe, error.problems)))
        case NoSuchPerson():
            return Failure(_("Nobody has the name “%(id)s”."), id=error)
        case NoSuchSite():
            return desk.no_such_site(str(error))
        case VersionConflict():
            return Failure(_("Somebody else changed this at the same moment. Please try again."))
        case StoreUnavailable():
            return Failure(_("The store cannot be reached: %(error)s"), error=error)
        case OSError(filename=str() as name, strerror=str() as reason):
            return Failure("%(file)s: %(reason)s", file=name, reason=reason)
    return click.ClickException(str(error))


@click.group(
    cls=Root,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=_("The notice on public wifi, and its exact count."),
)
@option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=_("The file with the settings, instead of portal.toml."),
)
@option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help=_("The folder for counts, sites and keys."),
)
@click.version_option(
    __version__,
    cls=Option,
    prog_name=NAME,
    message="%(prog)s %(version)s",
    help=_("Show the version and exit."),
)
@click.pass_context
def cli(ctx: click.Context, config: Path | None, data: Path | None) -> None:
    """Begin a run."""
    ctx.obj = Desk(config, data)
    ctx.call_on_close(ctx.obj.close)


def main() -> None:
    """Run the command line."""
    cli(prog_name=NAME)
