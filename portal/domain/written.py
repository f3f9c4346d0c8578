"""What people write into forms and files: a line, a whole number, a day, an area."""

import re
from collections.abc import Mapping
from datetime import date

from portal.domain.areas import Area, Areas
from portal.domain.errors import Problem
from portal.domain.errors import message as _
from portal.domain.periods import BadPeriod, day

_EARLIEST, _LATEST = date(2000, 1, 1), date(2099, 12, 31)  # beyond them it is a slip of the hand
# As written in Viet Nam: 72636, 72.636 or "72 636"; the blank may be one that does not break.
_WHOLE = re.compile(
    r"0|[1-9][0-9]{0,8}|[1-9][0-9]{0,2}(?P<mark>[. \u00a0\u202f])[0-9]{3}(?:(?P=mark)[0-9]{3})?"
)


def whole(text: str) -> int | None:
    """Return the whole number that is written as 72636, 72.636 or 72 636; else None.

    A comma is the decimal sign here, so 13,68 and 72,636 are not whole.
    """
    written = text.strip()
    return int(re.sub("[^0-9]", "", written)) if _WHOLE.fullmatch(written) else None


def find_area(text: str, areas: Areas, problems: list[Problem]) -> Area | None:
    """Return the area of a code or a name; None with a problem where there is not exactly one."""
    # Excel takes a code for a number and drops its first zero.
    code = next((code for code in (text.strip(), f"0{text.strip()}") if code in areas), "")
    found = (areas.get(code),) if code else areas.find(text)
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(f"{area.code} {area.name}" for area in found[:8] if area)
        wanted = _("several areas have this name, write a code: %(codes)s")
        problems.append(Problem("area", wanted, {"codes": listed}))
    else:
        problems.append(Problem("area", _("there is no such area in the province")))
    return None


def line(
    fields: Mapping[str, str], name: str, most: int, problems: list[Problem], needed: str = ""
) -> str:
    """Return one line of text, trimmed; a problem when it is longer than ``most`` characters.

    ``needed``: what to say when it is empty; "": it may be.
    """
    text = " ".join(fields.get(name, "").split())
    if len(text) > most or not text.isprintable():
        wanted = _("write at most %(most)s characters that can be printed")
        problems.append(Problem(name, wanted, {"most": most}))
    elif needed and not text:
        problems.append(Problem(name, needed))
    return text


def day_in(
    fields: Mapping[str, str], name: str, problems: list[Problem], latest: date | None = None
) -> date | None:
    """Return the day that a field holds; None with a problem where there is none.

    A day after ``latest``, or of another century, is a problem too.
    """
    try:
        found = day(fields.get(name, ""))
    except BadPeriod:
        problems.append(Problem(name, _("write a date like 05/03/2021")))
        return None
    if latest and found > latest:
        problems.append(Problem(name, _("this date is still to come")))
    elif not _EARLIEST <= found <= _LATEST:
        problems.append(Problem(name, _("this date is too far away")))
    return found
