"""Click in the language of the terminal: help texts, and what click itself says."""

from collections.abc import Callable
from copy import copy
from typing import Any, TypeVar

import click
from click import core, decorators, exceptions, formatting, parser, types

from portal.cli.words import tr
from portal.domain.errors import message as _

CLICK = (
    _("Usage:"),
    _("Options"),
    _("Commands"),
    _("Positional arguments"),
    _("Error: {message}"),
    _("Try '{command} {option}' for help."),
    _("Missing command."),
    _("Missing argument"),
    _("Missing option"),
    _("Invalid value: {message}"),
    _("Invalid value for {param_hint}: {message}"),
    _("No such option {name!r}."),
    _("No such command {name!r}."),
    _("Did you mean {possibility}?"),
    _("(Did you mean one of: {possibilities}?)"),
    _("Option {name!r} requires an argument."),
    _("Option {name!r} does not take a value."),
    _("Got unexpected extra argument ({args})"),
    _("Got unexpected extra arguments ({args})"),
    _("{value!r} is not a valid {number_type}."),
    _("{value} is not in the range {range}."),
    _("{value!r} is not one of {choices}."),
    _("{name} {filename!r} does not exist."),
    _("{name} {filename!r} is a directory."),
    _("{name} {filename!r} is a file."),
    _("{name} {filename!r} is not readable."),
    _("file"),
    _("directory"),
    _("default: {default}"),
    _("required"),
    _("Aborted!"),
    _("Show this message and exit."),
)
"""What click says in our commands; it speaks through gettext and brings no catalogue."""

_Function = TypeVar("_Function", bound=Callable[..., Any])
_Item = TypeVar("_Item", bound=click.Command | click.Option | click.Argument)


def teach_click() -> None:
    """Have click say its own messages through our catalogues."""
    for module in (core, decorators, exceptions, formatting, parser, types):
        # Each has imported gettext's functions under these names.
        vars(module).update(_=tr, ngettext=_either)


def _either(one: str, many: str, number: int) -> str:
    return tr(one if number == 1 else many)


def _translated(item: _Item) -> _Item:
    said = copy(item)
    said.help = tr(item.help or "")
    return said


class Option(click.Option):
    """An option whose help is a message."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return its row of the help."""
        return super(Option, _translated(self)).get_help_record(ctx)

    def make_metavar(self, ctx: click.Context) -> str:
        """Return the word that stands for its value."""
        return tr(super().make_metavar(ctx))


class Argument(click.Argument):
    """An argument whose name in the usage line is a message."""

    def make_metavar(self, ctx: click.Context) -> str:
        """Return the word that stands for its value."""
        return tr(super().make_metavar(ctx))


class Command(click.Command):
    """A command whose help is a message."""

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the command does."""
        super(Command, _translated(self)).format_help_text(ctx, formatter)

    def get_short_help_str(self, limit: int = 45) -> str:
        """Return the line that stands in the list of commands."""
        return super(Command, _translated(self)).get_short_help_str(max(limit, 60))

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Return the words of the usage line."""
        return [tr(piece) for piece in super().collect_usage_pieces(ctx)]

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return the option --help; click keeps it, so its language is chosen each time."""
        option = super().get_help_option(ctx)
        if option:
            option.help = tr("Show this message and exit.")
        return option


class Group(Command, click.Group):
    """A group of commands whose help is a message."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.command_class = Command
        self.group_class = Group


METAVARS = (
    _("[OPTIONS]"),
    _("COMMAND [ARGS]..."),
    _("FILE"),
    _("FOLDER"),
    _("FROM"),
    _("TO"),
    _("ID"),
    _("ADDRESS"),
    _("NUMBER"),
    _("TEXT"),
    _("LIST"),
    _("DAY"),
    _("WEEK"),
    _("NAME=VALUE"),
)
"""Words of the usage line that stand for something else."""


def option(*names: str, **attributes: Any) -> Callable[[_Function], _Function]:
    """Decorate a command with an option whose help is a message."""
    return click.option(*names, cls=Option, **attributes)


def argument(name: str, **attributes: Any) -> Callable[[_Function], _Function]:
    """Decorate a command with an argument whose name is a message."""
    return click.argument(name, cls=Argument, **attributes)
