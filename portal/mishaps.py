"""What went wrong last at each site, in memory only: for whoever sets a wifi device up."""

from collections.abc import Callable

from portal.gateways.guess import MARKS
from portal.shared_table import SharedTable

KEPT = 24 * 3600
"""Seconds for which it is remembered."""
WORDS = (
    "other", "bad_address", "bad_ap", "bad_authaction", "bad_authdir", "bad_challenge", "bad_chap",
    "bad_id", "bad_ip", "bad_link", "bad_mac", "bad_origin", "bad_res", "bad_ssl", "bad_tok",
    "level", "missing_id", "missing_mac", "not_base64", "not_encrypted", "not_text", "seal",
    "too_long", "wrong_key", "not_allowed", "controller_address", "controller_answer",
    "controller_busy", "controller_login", "controller_no", "controller_not_https",
    "controller_resting", "controller_too_long", *(f"brand_{brand}" for brand in MARKS),
)  # fmt: skip
"""What may go wrong: with what a gateway sends, with a release, or with a controller."""


class Mishaps:
    """The last mishap of each site, shared by the workers of this node."""

    def __init__(self, clock: Callable[[], float], rows: int = 4096) -> None:
        self._table = SharedTable(clock, rows)

    def note(self, site: str, word: str) -> None:
        """Remember what went wrong; a word that is none of WORDS is "other"."""
        number = WORDS.index(word) if word in WORDS else 0
        self._table.change(site, lambda _before: (number + 1, KEPT))

    def last(self, site: str) -> tuple[str, int] | None:
        """Return what went wrong last, and how many seconds ago; None for nothing."""
        number, left = self._table.get(site)
        return (WORDS[number - 1], KEPT - left) if number else None
