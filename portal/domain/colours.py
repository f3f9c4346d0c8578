"""Colours of a campaign: everything the page needs is derived from one, and stays readable."""

from dataclasses import dataclass

WHITE, BLACK = "#ffffff", "#000000"
NIGHT = "#101a24"  # the page in the dark
_TEXT = 4.6  # contrast of text, a little more than WCAG 2.2 asks for (1.4.3: 4,5)


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a page, as #rrggbb. ``ink`` is for text on ``colour`` and ``deep``."""

    colour: str
    ink: str
    strong: str  # the colour as text on white
    deep: str  # the colour as a surface in the dark
    glow: str  # the colour as text in the dark
    mist: str  # a breath of it, behind dark text
    steps: tuple[str, ...]  # from a breath of it to all of it, for heat maps
    night_steps: tuple[str, ...]  # the same in the dark


def palette(colour: str) -> Palette:
    """Return the palette of ``colour``."""
    ink = max(WHITE, BLACK, key=lambda candidate: contrast(candidate, colour))
    glow = _readable(mixed(colour, WHITE, 0.55), on=NIGHT, towards=WHITE)
    return Palette(
        colour=colour,
        ink=ink,
        strong=_readable(colour, on=WHITE, towards=BLACK),
        deep=mixed(colour, BLACK if ink == WHITE else WHITE, 0.4),
        glow=glow,
        mist=mixed(colour, WHITE, 0.86),
        night_steps=tuple(mixed(glow, NIGHT, 0.78 - 0.11 * step) for step in range(8)),
        steps=tuple(mixed(colour, WHITE, 0.84 - 0.12 * step) for step in range(8)),
    )


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mixed(colour: str, other: str, share: float) -> str:
    """Return ``colour`` with a ``share`` (0 to 1) of ``other`` in it."""
    pairs = zip(_parts(colour), _parts(other), strict=True)
    return "#" + "".join(f"{round(a * (1 - share) + b * share):02x}" for a, b in pairs)


def _readable(colour: str, *, on: str, towards: str) -> str:
    steps = (mixed(colour, towards, step / 20) for step in range(21))
    return next((step for step in steps if contrast(step, on) >= _TEXT), towards)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(part / 255) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
