"""``bluezone-portal serve``: the service itself."""

import os
import sys

import click

from portal.cli.desk import Desk, pass_desk
from portal.cli.frame import Command, option
from portal.cli.server import COMMAND, PortInUse, check, check_address, environment, in_use
from portal.domain.errors import message as _


@click.command(cls=Command, help=_("Serve the notice until this process is ended."))
@option("--bind", metavar="ADDRESS", help=_("Where to listen, like 127.0.0.1:8080."))
@option("--workers", metavar="NUMBER", help=_("Processes; 0: by the number of cores."))
@option("--threads", metavar="NUMBER", help=_("Threads in each process."))
@pass_desk
def serve(desk: Desk, /, **given: str | None) -> None:
    """Check the settings, then become gunicorn."""
    settings = desk.read_settings(**given)
    try:
        check_address(settings.bind)
    except PortInUse:
        raise in_use(settings.bind) from None
    check(settings)
    sys.stdout.flush()
    # Not a child: whoever watches this process watches the server.
    os.execvpe(COMMAND[0], COMMAND, environment(desk, given))  # noqa: S606
