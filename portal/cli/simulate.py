"""``bluezone-portal simulate``: the load of many sites, on this machine, counted exactly."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from portal.cli.desk import Desk, pass_desk
from portal.cli.frame import Command, option
from portal.cli.output import NOTHING, console, number, pairs, write_json
from portal.cli.words import Failure, tr
from portal.domain.errors import message as _
from portal.domain.periods import today
from portal.simulation.run import Outcome, Seen, WriterDied, new_run, simulate
from portal.simulation.worker import Order
from portal.stores import open_store

MOST_SITES = 200_000
MOST_RATE = 1_000_000
MOST_SECONDS = 3600
MOST_EVENTS = 20_000_000
MOST_WRITERS = 64
MOST_DAYS = 400


class _Finite(click.FloatRange):
    """A range that “nan” is not in: it compares with nothing, so a bare range lets it pass."""

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        number = float(super().convert(value, param, ctx))
        if number != number:
            self.fail(tr(_("“nan” is no number of events.")), param, ctx)
        return number


@click.command(
    cls=Command,
    name="simulate",
    help=_("Play the load of many sites through real journals into a store of its own."),
)
@option(
    "--sites",
    type=click.IntRange(1, MOST_SITES),
    default=100,
    metavar="NUMBER",
    help=_("How many sites; few are visited much, many little."),
)
@option(
    "--rate",
    type=_Finite(0, MOST_RATE),
    default=1000,
    metavar="NUMBER",
    help=_("Events per second in all; 0: as fast as possible."),
)
@option(
    "--seconds",
    type=click.IntRange(1, MOST_SECONDS),
    default=10,
    metavar="NUMBER",
    help=_("How long events come."),
)
@option(
    "--days",
    type=click.IntRange(1, MOST_DAYS),
    default=1,
    metavar="NUMBER",
    help=_("Over how many days, today the last, they are spread."),
)
@option(
    "--writers",
    type=click.IntRange(1, MOST_WRITERS),
    default=1,
    metavar="NUMBER",
    help=_("How many processes write, each with a journal of its own."),
)
@option(
    "--store",
    default="sqlite:",
    metavar="ADDRESS",
    help=_("An empty store like redis://HOST/0; a new SQLite file unless given."),
)
@option(
    "--among-others", is_flag=True, help=_("Also into a store that holds counts; they stay there.")
)
@option("--json", "as_json", is_flag=True, help=_("Print JSON."))
@pass_desk
def simulate_command(
    desk: Desk,
    sites: int,
    rate: float,
    seconds: int,
    days: int,
    writers: int,
    store: str,
    among_others: bool,
    as_json: bool,
) -> None:
    """Run, print what was seen, and exit with 1 unless every event is accounted for."""
    url = desk.read_settings(store=store).store
    if rate * seconds > MOST_EVENTS:
        raise Failure(
            _("That would be %(events)s events; at most %(most)s go in one run."),
            events=number(int(rate * seconds)),
            most=number(MOST_EVENTS),
        )
    with _folder(desk.data) as folder:
        _refuse_counts(url, folder, among_others)
        order = Order(
            writer=f"simulate.{secrets.token_hex(8)}",
            run=new_run(),
            sites=sites,
            rate=rate,
            seconds=seconds,
            most=MOST_EVENTS,
            last=today(time.time()),
            days=days,
            store=url,
            folder=folder,
            seed=secrets.token_hex(8),
        )
        with _progress(int(rate * seconds)) as seen:
            outcome = _run(order, writers, seen)
    _report(outcome, as_json)


def _run(order: Order, writers: int, seen: Seen) -> Outcome:
    try:
        return simulate(order, writers, seen)
    except WriterDied:
        raise Failure(_("A writer of the simulation ended by itself.")) from None


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    """Make a folder for the run, on the disk of ``data`` if given, and remove it afterwards.

    Never the data folder itself: a service's journals there would be adopted into this store.
    """
    if data:
        data.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="simulate-", dir=data) as name:
        yield Path(name)


def _refuse_counts(url: str, folder: Path, among_others: bool) -> None:
    store = open_store(url, folder)
    try:
        if store.counted_sites() and not among_others:
            raise Failure(_("This store holds counts. Name an empty one, or say --among-others."))
    finally:
        store.close()


@contextmanager
def _progress(events: int) -> Iterator[Seen]:
    """Show how far it is, on a terminal only."""
    from rich.console import Console

    terminal = Console(stderr=True)
    columns = (BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(
        *columns, console=terminal, transient=True, disable=not terminal.is_terminal
    ) as bar:
        task = bar.add_task("", total=events or None)

        def seen(journalled: int, applied: int) -> None:
            said = tr(
                _("%(journalled)s journalled, %(applied)s applied"),
                journalled=number(journalled),
                applied=number(applied),
            )
            bar.update(task, completed=applied, description=said)

        yield seen


def _report(outcome: Outcome, as_json: bool) -> None:
    if as_json:
        write_json(asdict(outcome) | {"difference": outcome.difference})
    else:
        console().print(pairs(_rows(outcome)))
    if outcome.stopped:
        click.echo(tr(_("Ended early; what was journalled until then is counted.")), err=True)
    if outcome.difference:
        raise Failure(
            _("%(number)s events are unaccounted for."), number=number(outcome.difference)
        )


def _rows(outcome: Outcome) -> list[tuple[str, str]]:
    lags = (outcome.lag_median, outcome.lag_p99, outcome.lag_max)
    balance = outcome.balance
    return [
        (tr(_("Journalled")), number(outcome.journalled)),
        (tr(_("Journalled per second")), number(round(outcome.journalled_rate))),
        (tr(_("Applied per second")), number(round(outcome.applied_rate))),
        (
            tr(_("Waited for the store, in ms")),
            tr(
                _("median %(median)s, 99 %% below %(p99)s, longest %(longest)s"),
                **dict(
                    zip(
                        ("median", "p99", "longest"),
                        (number(round(lag * 1000)) for lag in lags),
                        strict=True,
                    )
                ),
            ),
        ),
        (tr(_("Bytes per event in the journal")), _rounded(outcome.event_bytes)),
        (tr(_("Days of sites")), number(outcome.site_days)),
        (tr(_("Bytes per site and day in the store")), _rounded(outcome.site_day_bytes)),
        (tr(_("of these, its counters")), _rounded(outcome.counters_bytes)),
        (tr(_("Counted")), number(balance.counted)),
        (tr(_("Rejected")), number(balance.rejected)),
        (tr(_("Waiting")), number(balance.waiting)),
        (tr(_("Difference")), number(outcome.difference)),
    ]


def _rounded(value: float | None) -> str:
    return NOTHING if value is None else number(round(value))
