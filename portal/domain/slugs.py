"""An id made of a name: small letters without accents, digits and hyphens."""

import re
import unicodedata
from collections.abc import Container

LONGEST = 40
"""Characters of an id at most."""


def slug(name: str) -> str:
    """Return the id that a name suggests; "" for none. "Chợ Đức Hạnh" is "cho-duc-hanh"."""
    letters = unicodedata.normalize("NFKD", name).casefold().replace("đ", "d")
    plain = "".join(char for char in letters if not unicodedata.combining(char))
    words = re.findall(r"[a-z0-9]+", plain)
    return "-".join(words)[:LONGEST].rstrip("-")


def free_slug(name: str, taken: Container[str]) -> str:
    """Return an id for a name that is not ``taken``: with a number behind it where it must be."""
    base = slug(name) or "diem"
    number, found = 1, base
    while found in taken:
        number += 1
        end = f"-{number}"
        found = base[: LONGEST - len(end)].rstrip("-") + end
    return found
