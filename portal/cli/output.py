"""Printing: tables that fit the terminal, and files that other programs read."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from textwrap import wrap
from typing import Any

import click
from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from portal.cli.words import language, tr
from portal.domain.errors import message as _

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that a spreadsheet would take for a formula."""

NOTHING = "–"
_ANY = 1000  # characters; wider than any table


def console(width: int | None = None) -> Console:
    """Return the terminal, without guesses about what a text might be."""
    return Console(highlight=False, markup=False, emoji=False, width=width)


def print_wide(shown: Table) -> None:
    """Print a table of numbers; where the terminal is too narrow, rather broken than cut off."""
    terminal = console()
    if _least(terminal, shown) > terminal.width:
        shown.padding = (0, 0, 0, 0)
    least = max(_least(terminal, shown), terminal.width)
    console(width=least).print(shown)


def _least(terminal: Console, shown: Table) -> int:
    return Measurement.get(terminal, terminal.options.update(width=_ANY), shown).minimum


def table(heads: Iterable[str]) -> Table:
    """Return an empty table of texts."""
    made = _bare()
    for head in heads:
        made.add_column(Text(head), overflow="fold")
    return made


def number_table(
    head: str, names: Sequence[Text], columns: Mapping[str, Sequence[str]], feet: Sequence[str]
) -> Table:
    """Return a table: a name in the first column, numbers in all others, maybe a last line.

    Columns of numbers are as narrow as they can be, so that the names get the room.
    """
    made = _bare()
    made.show_footer = bool(feet)
    made.add_column(Text(head), vertical="bottom", overflow="fold", min_width=12)
    for place, (title, cells) in enumerate(columns.items(), 1):
        width = max(map(len, [*title.split(), *cells, *feet[place : place + 1]]), default=1)
        made.add_column(
            Text("\n".join(wrap(title, width))),
            justify="right",
            vertical="bottom",
            no_wrap=True,
            min_width=width,
        )
    for name, *cells in zip(names, *columns.values(), strict=True):
        made.add_row(name, *cells)
    for column, foot in zip(made.columns, feet, strict=False):
        column.footer = Text(foot, style="bold")
    return made


def _bare() -> Table:
    return Table(box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)


def pairs(rows: Iterable[tuple[str, str]]) -> Table:
    """Return names with their values, a line each."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(Text(name), Text(value or NOTHING))
    return grid


def write_json(value: Any) -> None:
    """Print a value as JSON, in UTF-8 whatever the terminal's encoding."""
    _write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def write_csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows as CSV in UTF-8; no cell begins as a formula."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    _write(file.getvalue())


def number(value: int) -> str:
    """Return a number as it is written in the language of the terminal."""
    from babel.numbers import format_decimal

    return format_decimal(value, locale=language())


def percent(part: int, whole: int) -> str:
    """Return a share, rounded to a whole percent."""
    from babel.numbers import format_percent

    return format_percent(part / whole, locale=language()) if whole else ""


def yes_no(value: bool) -> str:
    """Return yes or no."""
    return tr(_("yes")) if value else tr(_("no"))


def _safe(cell: object) -> object:
    if isinstance(cell, str) and cell.startswith(FORMULA):
        return f"'{cell}"
    return cell


def _write(text: str) -> None:
    click.echo(text.encode(), nl=False)


@contextmanager
def progress(size: int) -> Iterator[Callable[[int], None]]:
    """Show how far long work is, on a terminal only; yield what to tell how much more is done."""
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("·"), TimeRemainingColumn())
    terminal = Console(stderr=True)
    with Progress(
        *columns, console=terminal, transient=True, disable=not terminal.is_terminal
    ) as bar:
        task = bar.add_task("", total=size or None)
        yield lambda more: bar.advance(task, more)
