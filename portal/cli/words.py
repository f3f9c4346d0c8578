"""The language of the command line: messages are English in the code, translated when printed."""

import os
from collections.abc import Mapping
from functools import cache

import click

from portal.domain.errors import Problem
from portal.i18n import Catalogs
from portal.resources import folder

_VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
_NEUTRAL = ("", "c", "posix")


def language(environ: Mapping[str, str] | None = None) -> str:
    """Return ``vi``, the language of the office, unless the environment asks for another.

    LANGUAGE may list several, separated by colons. Who wants none of ours reads English.
    """
    environ = os.environ if environ is None else environ
    wanted = next((environ[name] for name in _VARIABLES if environ.get(name)), "")
    codes = [name.replace(".", "_").partition("_")[0].lower() for name in wanted.split(":")]
    known = ["vi" if code in _NEUTRAL else code for code in codes]
    return next((code for code in known if code in ("vi", "en")), "en")


def tr(text: str, /, **values: object) -> str:
    """Return the message ``text`` in the language of this terminal, its values filled in."""
    said = _catalogs().translations(language()).gettext(text) if text else ""
    return said % values if values else said


def describe(problem: Problem) -> str:
    """Return a problem as a line: where it is, and what is wrong."""
    said = _catalogs().translations(language()).gettext(problem.text)
    return f"{problem.where}: {said % problem.values}"


class Failure(click.ClickException):
    """An error that a person can do something about: a message, and exit code 1."""

    def __init__(self, text: str, /, **values: object) -> None:
        super().__init__(tr(text, **values))


@cache
def _catalogs() -> Catalogs:
    return Catalogs(folder("translations"))
