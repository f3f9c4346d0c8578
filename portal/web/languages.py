"""Which language a visitor reads."""

from functools import lru_cache

from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

_LONGEST = 300  # characters of a header; a phone with ten languages sends 120
_WORLD = "en"


def choose_language(requested: str, accepted: str, allowed: tuple[str, ...]) -> str:
    """Return one of ``allowed``: what was asked for by name, else what the phone prefers.

    ``accepted`` is the raw Accept-Language. Who wants none of ours is more likely to read
    English than the language of the place; who says nothing gets the first.
    """
    return requested if requested in allowed else _preferred(accepted[:_LONGEST], allowed)


@lru_cache(maxsize=1024)
def _preferred(accepted: str, allowed: tuple[str, ...]) -> str:
    wanted = parse_accept_header(accepted, LanguageAccept)
    foreign = _WORLD if wanted and _WORLD in allowed else allowed[0]
    return wanted.best_match(allowed, foreign) or foreign
