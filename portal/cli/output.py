"""Printing: tables that fit the terminal, and files that other programs read."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from portal.cli.words import language, tr
from portal.domain.errors import message as _

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that a spreadsheet would take for a formula."""

NOTHING = "–"


def console() -> Console:
    """Return the terminal, without guesses about what a text might be."""
    return Console(highlight=False, markup=False, emoji=False)


def table(heads: Iterable[str], feet: Sequence[str] = ()) -> Table:
    """Return an empty table of texts."""
    return _columns(heads, feet, numbers=False)


def number_table(heads: Iterable[str], feet: Sequence[str] = ()) -> Table:
    """Return an empty table: a name in the first column, numbers in all others."""
    return _columns(heads, feet, numbers=True)


def _columns(heads: Iterable[str], feet: Sequence[str], numbers: bool) -> Table:
    made = Table(
        box=box.SIMPLE,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        show_edge=False,
        show_footer=bool(feet),
    )
    for place, head in enumerate(heads):
        made.add_column(
            Text(head),
            Text(feet[place] if feet else "", style="bold"),
            justify="right" if numbers and place else "left",
            vertical="bottom" if numbers and place else "top",
            overflow="fold",
        )
    return made


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

    share = format_percent(part / whole, locale=language()) if whole else ""
    return share.replace("%", " %") if language() == "vi" else share


def yes_no(value: bool) -> str:
    """Return yes or no."""
    return tr(_("yes")) if value else tr(_("no"))


def _safe(cell: object) -> object:
    if isinstance(cell, str) and cell.startswith(FORMULA):
        return f"'{cell}"
    return cell


def _write(text: str) -> None:
    click.echo(text.encode(), nl=False)
