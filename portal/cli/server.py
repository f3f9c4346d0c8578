"""Starting gunicorn: checked before, so that what is wrong is told in one line."""

import errno
import os
import socket
import sys
from collections.abc import Mapping

from portal.cli.desk import Desk
from portal.cli.words import Failure
from portal.domain.errors import message as _
from portal.services import open_services
from portal.settings import PREFIX, Settings

COMMAND = (sys.executable, "-m", "gunicorn", "-c", "python:portal.gunicorn_conf")


class PortInUse(Exception):
    """Somebody listens there already."""


def check(settings: Settings) -> None:
    """Open and close what a server would use. Raise PortalError or OSError for what is wrong."""
    open_services(settings).store.close()


def check_address(bind: str) -> None:
    """See to it that ``bind`` can be listened on. Raise PortInUse, or Failure."""
    place = address(bind)
    if place is None:
        return  # a socket in the file system or an open descriptor: gunicorn's to judge
    family = socket.AF_INET6 if ":" in place[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As gunicorn does: connections that are being closed do not keep a port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(place)
            probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortInUse from None
            reason = error.strerror or str(error)
            raise Failure(
                _("%(bind)s cannot be listened on: %(reason)s"), bind=bind, reason=reason
            ) from None


def address(bind: str) -> tuple[str, int] | None:
    """Return host and port of ``bind``; None when it is no address of the network."""
    from gunicorn.util import parse_address  # type: ignore[import-untyped]

    try:
        parsed = parse_address(bind)
    except RuntimeError:
        parsed = None
    if isinstance(parsed, tuple) and 0 <= parsed[1] < 65536:
        return parsed[0] or "0.0.0.0", parsed[1]  # noqa: S104  # as gunicorn reads ":8080"
    if bind.startswith(("unix:", "fd://")):
        return None
    raise Failure(_("“%(bind)s” is no address; write it like 127.0.0.1:8080."), bind=bind)


def in_use(bind: str) -> Failure:
    """Return the error for an address that somebody listens on already."""
    return Failure(_("%(bind)s is in use already; choose another with --bind."), bind=bind)


def environment(desk: Desk, given: Mapping[str, object]) -> dict[str, str]:
    """Return this process's environment with what the command line gave, for the server."""
    environ = dict(os.environ)
    paths = {"config": desk.config, "data": desk.data}
    whole = {name: path.absolute() for name, path in paths.items() if path is not None}
    for name, value in {**whole, **given}.items():
        if value is None:
            continue
        variable = f"{PREFIX}{name.upper()}"
        environ[variable] = str(value)
        environ.pop(f"{variable}_FILE", None)  # both at once would be an error
    return environ
