"""``bluezone-portal demo``: a sample site, served on this machine, with visitors if wanted."""

import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.client import HTTPConnection, HTTPException
from types import FrameType

import click

from portal.adoptionbook import AdoptionBook
from portal.cli.counts import print_counts, read_counts
from portal.cli.desk import Desk, pass_desk
from portal.cli.frame import Command, option
from portal.cli.output import number
from portal.cli.server import COMMAND, PortInUse, address, check, check_address, environment, in_use
from portal.cli.visitors import RATE, Played, play
from portal.cli.words import Failure, tr
from portal.counting.reconciliation import reconcile, total
from portal.domain.errors import NoSuchSite
from portal.domain.errors import message as _
from portal.domain.periods import Period
from portal.settings import Settings

SITE = "demo"
PERSON = "demo"  # signs in to the console
_FIELDS = {
    "id": SITE,
    "name": "Nhà khách mẫu",
    "kind": "guesthouse",
    "area": "Thị trấn Pác Miầu",
    "gateway": "link",
    "languages": "vi,en",
}
_ADOPTION = {  # the figure that the order names
    "area": "04",
    "day": "01/02/2021",
    "installs": "72.636",
    "source": "Báo cáo giai đoạn I",
    "note": "Số liệu mẫu, nêu trong yêu cầu ngày 01/02/2021",
}
_OTHERS = 50  # ports that are tried when the usual one is taken
_READY = 30.0  # seconds
_FLUSHED = 10.0  # seconds; a flush comes every second
_END = 30.0  # seconds; gunicorn lets requests finish for 20


class Stopped(Exception):
    """Somebody asked us to end."""


@click.command(cls=Command, help=_("Serve a sample site on this machine, to look around."))
@option(
    "--visitors",
    type=click.IntRange(0, 5000),
    default=0,
    metavar="NUMBER",
    help=_("Play that many visits first, and show what was counted."),
)
@option("--bind", metavar="ADDRESS", help=_("Where to listen, like 0.0.0.0:8080."))
@pass_desk
def demo(desk: Desk, visitors: int, bind: str | None) -> None:
    """Serve the sample site until somebody asks to end."""
    settings = desk.read_settings(bind=bind)
    chosen = _free_bind(settings, bind is not None)
    check(settings)
    _ensure_site(desk)
    _ensure_adoption(desk)
    person = _ensure_person(desk)
    given = {"bind": chosen}
    if settings.log_level == "info":
        given["log_level"] = "warning"  # a first look needs no log
    host, port = _reachable(chosen)
    try:
        with _ending(), _server(environment(desk, given)) as server:
            _wait_ready(server, host, port)
            _say_where(desk, host, port, chosen, person)
            if visitors:
                _play(desk, host, port, visitors)
            click.echo(tr(_("Ctrl-C ends the service.")))
            server.wait()
            raise Failure(_("The service has ended by itself."))
    except Stopped:
        click.echo(tr(_("The service has ended; what was counted is kept.")))


def _free_bind(settings: Settings, given: bool) -> str:
    """Return the address to listen on: the next free port when the usual one is taken."""
    place = address(settings.bind)
    if place is None:
        raise Failure(
            _("“%(bind)s” is no address; write it like 127.0.0.1:8080."), bind=settings.bind
        )
    host, first = place
    written = f"[{host}]" if ":" in host else host
    for port in range(first, min(first + _OTHERS, 65536)):
        bind = f"{written}:{port}"
        try:
            check_address(bind)
        except PortInUse:
            if given:
                break
            continue
        if port != first:
            click.echo(
                tr(_("Port %(taken)d is in use, so this is port %(port)d."), taken=first, port=port)
            )
        return bind
    raise in_use(settings.bind)


def _ensure_site(desk: Desk) -> None:
    try:
        site, _version = desk.catalogue.get(SITE)
    except NoSuchSite:
        desk.book.add(_FIELDS, desk.today)
        return
    if not site.active:
        desk.catalogue.archive(SITE, active=True)


def _ensure_adoption(desk: Desk) -> None:
    book = AdoptionBook(desk.store, time.time, desk.areas)
    if not book.histories():
        book.add(_ADOPTION, "-")


def _ensure_person(desk: Desk) -> str:
    """Return how to sign in: with a password that is made at the first start, and said once."""
    if desk.people.all():
        return ""
    password = "-".join(secrets.token_hex(2) for _part in range(4))
    desk.people.add({"id": PERSON, "name": "Demo", "role": "admin"})
    desk.people.set_password(PERSON, password)
    return tr(_("%(id)s with the password %(password)s"), id=PERSON, password=password)


def _reachable(bind: str) -> tuple[str, int]:
    """Return where this machine reaches a server that listens on ``bind``."""
    place = address(bind)
    assert place is not None
    host, port = place
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port  # noqa: S104


@contextmanager
def _ending() -> Iterator[None]:
    """Have every usual way to ask for the end raise Stopped, once."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for name in signals:  # the end itself is not interrupted
            signal.signal(name, signal.SIG_IGN)
        raise Stopped

    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {name: signal.signal(name, stop) for name in signals}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


@contextmanager
def _server(environ: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run gunicorn as a child, and end it in order: its workers bring their counts home."""
    # A group of its own, or Ctrl-C would reach its workers before us and end them in haste.
    child = subprocess.Popen(COMMAND, env=environ, process_group=0)  # noqa: S603
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(_END)
        except subprocess.TimeoutExpired:
            child.kill()


def _wait_ready(child: subprocess.Popen[bytes], host: str, port: int) -> None:
    deadline = time.monotonic() + _READY
    while time.monotonic() < deadline and child.poll() is None:
        connection = HTTPConnection(host, port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except (OSError, HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(0.05)
    raise Failure(_("The service did not start; its reason stands above."))


def _say_where(desk: Desk, host: str, port: int, bind: str, person: str) -> None:
    base = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    everywhere = address(bind) != (host, port)
    alone = not everywhere and host.startswith(("127.", "::1", "localhost"))
    there = _own_address() if everywhere or alone else host
    rows = [
        (tr(_("The notice")), f"{base}/s/{SITE}"),
        (tr(_("On every device")), f"{base}/preview/{SITE}"),
        (tr(_("On a phone")), f"http://{there}:{port}/s/{SITE}"),
    ]
    if alone:
        rows[2:2] = [(tr(_("Console")), f"{base}/office/"), ("", person)][: 2 if person else 1]
        rows.append(("", tr(_("(for that, start with --bind 0.0.0.0:%(port)d)"), port=port)))
    options = f" --config {desk.config}" if desk.config else ""
    options += f" --data {desk.data}" if desk.data else ""
    rows.append((tr(_("What it counts")), f"bluezone-portal{options} counts"))
    width = max(len(name) for name, _value in rows)
    lines = (f"{name:{width}}  {value}" for name, value in rows)
    click.echo("\n".join(("", *lines, "")))


def _own_address() -> str:
    """Return this machine's address in its network; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return tr(_("<address>"))
        return str(probe.getsockname()[0])


def _play(desk: Desk, host: str, port: int, visitors: int) -> None:
    click.echo(
        tr(
            _("Playing %(number)s visits, about %(seconds)s seconds…"),
            number=number(visitors),
            seconds=number(1 + int(visitors / RATE)),
        )
    )
    played = play(host, port, SITE, visitors)
    if played.failed:
        click.echo(tr(_("%(number)s visits failed."), number=number(played.failed)), err=True)
    _wait_flushed(desk)
    _say_counted(desk, desk.today, played)


def _wait_flushed(desk: Desk) -> None:
    deadline = time.monotonic() + _FLUSHED
    while time.monotonic() < deadline:
        if not total(reconcile(desk.settings.journal, desk.store)).waiting:
            return
        time.sleep(0.1)


def _say_counted(desk: Desk, today: date, played: Played) -> None:
    click.echo()
    print_counts(read_counts(desk, Period(today, today), (SITE,)))
    click.echo()
