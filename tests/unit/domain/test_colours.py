"""Colours that are derived from a campaign's own: whatever it is, everything can be read."""

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.colours import NIGHT, WHITE, contrast, mixed, palette

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
READABLE = 4.5  # WCAG 2.2, 1.4.3


@given(colours)
def test_every_text_can_be_read(colour: str) -> None:
    made = palette(colour)
    assert contrast(made.ink, made.colour) >= READABLE
    assert contrast(made.ink, made.deep) >= READABLE
    assert contrast(made.strong, WHITE) >= READABLE
    assert contrast(made.glow, NIGHT) >= READABLE
    assert contrast("#16212e", made.mist) >= READABLE


def test_a_colour_that_can_be_read_stays_what_it_is() -> None:
    assert palette("#0b5cab").strong == "#0b5cab"
    assert palette("#0b5cab").ink == WHITE
    assert palette("#f5c400").ink == "#000000"


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", WHITE) == 21
    assert contrast(WHITE, WHITE) == 1
    assert round(contrast("#777777", WHITE), 2) == 4.48


def test_colours_are_mixed_by_shares() -> None:
    assert mixed("#000000", WHITE, 0) == "#000000"
    assert mixed("#000000", WHITE, 1) == WHITE
    assert mixed("#102030", "#ffffff", 0.5) == "#889098" == mixed("#ffffff", "#102030", 0.5)
