"""The reader's language: asked for, preferred by the phone, or the site's first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.web.languages import choose_language

BOTH = ("vi", "en")


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "vi"),
        ("vi", "vi"),
        ("vi-VN,vi;q=0.9,en-US;q=0.8,en;q=0.7", "vi"),
        ("en-GB,en;q=0.9,vi;q=0.8", "en"),
        ("en", "en"),
        ("zh-CN,zh;q=0.9", "en"),  # neither: rather English than the language of the place
        ("fr-FR,fr;q=0.9,vi;q=0.5", "vi"),  # speaks some of it, and said so
        ("*", "vi"),
        ("en;q=0", "en"),
        ("VI-vn", "vi"),
        ("ko-KR;q=1.0,en;q=0.1,vi;q=0.2", "vi"),
    ],
)
def test_what_phones_send(accepted: str, language: str) -> None:
    assert choose_language("", accepted, BOTH) == language


def test_a_language_asked_for_by_name_wins() -> None:
    assert choose_language("en", "vi", BOTH) == "en"
    assert choose_language("vi", "en", BOTH) == "vi"


@pytest.mark.parametrize("requested", ["fr", "EN", "en ", "en-US", "../vi", "\0", "en\r\nX: y"])
def test_a_language_that_is_not_offered_is_not_taken(requested: str) -> None:
    assert choose_language(requested, "vi", BOTH) == "vi"


def test_the_sites_own_order_and_choice() -> None:
    assert choose_language("", "", ("en", "vi")) == "en"
    assert choose_language("vi", "vi", ("en",)) == "en"
    assert choose_language("en", "en", ("vi",)) == "vi"
    assert choose_language("", "zh", ("vi",)) == "vi"


@given(st.text(max_size=50), st.text(max_size=400), st.sampled_from([BOTH, ("en",), ("vi",)]))
def test_anything_gets_one_of_the_offered(
    requested: str, accepted: str, allowed: tuple[str, ...]
) -> None:
    assert choose_language(requested, accepted, allowed) in allowed


def test_an_endless_header_is_cut() -> None:
    assert choose_language("", "zh," * 4000 + "vi", BOTH) == "en"
