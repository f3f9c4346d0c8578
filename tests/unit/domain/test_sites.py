"""Sites: every problem of a description at once, and nothing odd let in."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.errors import BadSite
from portal.domain.sites import LANGUAGES, Site, SiteKind, parse_site

FULL = {
    "id": "khach-san-bao-lam",
    "name": "Khách sạn Bảo Lâm",
    "kind": "hotel",
    "area": "01290",
    "address": "Khu 1, thị trấn Pác Miầu",
    "gateway": "opennds",
    "gateway_settings": {"address": "192.168.8.1"},
    "languages": ["en", "vi"],
    "operator": "Bà Nông Thị Hoa",
    "greeting": "Kính chào quý khách",
    "egress": ["203.0.113.0/24", "2001:db8::/32"],
    "active": False,
    "created": "2021-03-05",
}


def problems(**fields: Any) -> list[str]:
    with pytest.raises(BadSite) as caught:
        parse_site({"id": "a", "name": "A", **fields})
    return [problem.where for problem in caught.value.problems]


def test_a_full_description_is_kept_whole() -> None:
    site = parse_site(FULL)
    assert site == Site(
        id="khach-san-bao-lam",
        name="Khách sạn Bảo Lâm",
        kind=SiteKind.HOTEL,
        area="01290",
        address="Khu 1, thị trấn Pác Miầu",
        gateway="opennds",
        gateway_settings={"address": "192.168.8.1"},
        languages=("en", "vi"),
        operator="Bà Nông Thị Hoa",
        greeting="Kính chào quý khách",
        egress=("203.0.113.0/24", "2001:db8::/32"),
        active=False,
        created="2021-03-05",
    )


def test_a_document_survives_the_store() -> None:
    site = parse_site(FULL)
    assert parse_site(json.loads(json.dumps(site.document()))) == site


def test_little_is_needed() -> None:
    site = parse_site({"id": "a", "name": "A"})
    assert (site.kind, site.gateway, site.languages, site.active) == (
        SiteKind.OTHER,
        "link",
        LANGUAGES,
        True,
    )


def test_all_problems_at_once() -> None:
    bad = {
        "id": "Khách sạn",
        "name": "",
        "kind": "castle",
        "address": "x" * 201,
        "gateway_settings": "faskey",
        "languages": "vi, xx",
        "egress": "203.0.113.1/24",
        "active": "yes",
        "created": "5/3/2021",
        "colour": "blue",
    }
    assert set(problems(**bad)) == set(bad)


@pytest.mark.parametrize("id", ["a", "a1", "1", "a-b", "a" * 40, " a "])
def test_good_ids(id: str) -> None:
    assert parse_site({"id": id, "name": "A"}).id == id.strip()


@pytest.mark.parametrize(
    "id",
    ["", "-", "a-", "-a", "A", "a_b", "a.b", "a/b", "a b", "a" * 41, "bảo", "a\nb", "..", None],
)
def test_bad_ids(id: object) -> None:
    assert problems(id=id) == ["id"]


@pytest.mark.parametrize("field", ["name", "address", "operator", "greeting"])
@pytest.mark.parametrize(
    "character",
    ["\x00", "\x1b", "\x7f", "\u202e", "\u2066", "\u200b", "\ufeff", "\ue000", "\ue001", "\ud800"],
    ids=lambda character: f"U+{ord(character):04X}",
)
def test_no_character_that_cannot_be_printed(field: str, character: str) -> None:
    """U+E000 and U+E001 mark the gaps of a rendered page: a name must never hold them."""
    assert problems(**{field: f"A{character}B"}) == [field]


def test_texts_are_one_trimmed_line() -> None:
    site = parse_site({"id": "a", "name": "  Nhà\u00a0nghỉ\r\n Bảo\tLâm "})
    assert site.name == "Nhà nghỉ Bảo Lâm"


@pytest.mark.parametrize(
    ("field", "longest"), [("name", 120), ("address", 200), ("operator", 120), ("greeting", 300)]
)
def test_longest_texts(field: str, longest: int) -> None:
    good = parse_site({"id": "a", "name": "A", field: "ế" * longest})
    assert len(getattr(good, field)) == longest
    assert problems(**{field: "ế" * (longest + 1)}) == [field]


@pytest.mark.parametrize("value", ["vi,en", "vi; en", "vi en vi", ["vi", "en"], ("vi", "en")])
def test_lists_in_every_spelling(value: Any) -> None:
    assert parse_site({"id": "a", "name": "A", "languages": value}).languages == ("vi", "en")


def test_an_empty_list_of_languages_is_every_language() -> None:
    assert parse_site({"id": "a", "name": "A", "languages": ""}).languages == LANGUAGES


@pytest.mark.parametrize("field", ["languages", "egress", "gateway_settings", "created", "kind"])
@pytest.mark.parametrize("value", [5, 1.5, True])
def test_values_of_another_type_are_problems(field: str, value: object) -> None:
    assert problems(**{field: value}) == [field]


@pytest.mark.parametrize("value", [[], "text", 5, None])
def test_what_is_no_description_at_all(value: Any) -> None:
    with pytest.raises(BadSite):
        parse_site(value)


@pytest.mark.parametrize("value", ["true", "no", 1, 0, ""])
def test_active_is_said_clearly(value: object) -> None:
    assert problems(active=value) == ["active"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted(FULL)) | st.text(), JSON))
def test_anything_is_a_site_or_a_problem(fields: dict[str, Any]) -> None:
    try:
        site = parse_site(fields)
    except BadSite as error:
        site, said = None, str(error)
    assert said if site is None else parse_site(site.document()) == site


def test_senders() -> None:
    site = parse_site({"id": "a", "name": "A", "egress": "203.0.113.0/24 2001:db8::/32"})
    assert site.sends_from("203.0.113.9")
    assert site.sends_from("2001:db8:1::9")
    assert site.sends_from("::ffff:203.0.113.9")  # as a socket for both protocols writes it
    assert not site.sends_from("203.0.114.9")
    assert not site.sends_from("::ffff:203.0.114.9")
    assert not site.sends_from("")
    assert not site.sends_from(None)
    assert not site.sends_from("unix:")
    assert not parse_site({"id": "a", "name": "A"}).sends_from("203.0.113.9")
