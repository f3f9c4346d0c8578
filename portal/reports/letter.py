"""An official paper, as its writers see it: what stands in its head, its blocks, and its signature.

All texts are final, in the language of the paper; only tables still have titles to translate.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.reports.table import Table

NATION = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading within the paper, numbered in its text: "I. …" or "1. …"."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Points:
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table whose last row is the sum of the others."""

    table: Table


@dataclass(frozen=True, slots=True)
class Trend:
    """A chart of the impressions of some days beside the same days a week before."""

    title: str
    days: tuple[str, ...]  # as they are labelled
    values: tuple[int, ...]
    name: str
    before: tuple[int, ...]
    before_name: str


@dataclass(frozen=True, slots=True)
class Annex:
    """The beginning of an annex, on a page of its own."""

    number: str  # roman
    title: str
    landscape: bool = False


Block = Heading | Paragraph | Points | Grid | Trend | Annex


@dataclass(frozen=True, slots=True)
class Letter:
    """A paper in the layout of Decree 30/2020/NĐ-CP, annex I."""

    name: str  # of its files, without suffix: a-z, 0-9 and hyphens
    superior: str  # the authority above; "": none is named
    agency: str  # who reports
    sign: str  # after the number, which is left open: "BC-UBND"
    place: str
    day: date | None  # None: left open
    kind: str  # "BÁO CÁO"
    subject: str
    blocks: Sequence[Block]
    recipients: tuple[str, ...]
    signer: tuple[str, ...]  # lines above the signature; the name stays empty
    mark: str = ""  # "DỰ THẢO" for what is not closed
    footer: str = ""  # how the paper can be known again: its version and hash


def dated(day: date | None) -> str:
    """Return a day as the decree writes it: "ngày 05 tháng 3 năm 2021"; dots where it is open."""
    if day is None:
        return "ngày … tháng … năm ……"
    month = f"{day.month:02}" if day.month < 3 else f"{day.month}"  # 01 and 02, then 3
    return f"ngày {day.day:02} tháng {month} năm {day.year}"
