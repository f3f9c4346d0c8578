"""The administrative tree: the real table, names as people type them, broken tables."""

import json
import unicodedata
from collections import Counter
from importlib.resources import files

import pytest

from portal.domain.areas import Area, Areas, BadAreas, Level, fold, parse_areas

TEXT = (files("portal") / "data" / "areas.json").read_text(encoding="utf-8")
AREAS = parse_areas(TEXT)

BAO_LAM = {
    "01290": "Thị trấn Pác Miầu",
    "01291": "Xã Đức Hạnh",
    "01294": "Xã Lý Bôn",
    "01296": "Xã Nam Cao",
    "01297": "Xã Nam Quang",
    "01300": "Xã Vĩnh Quang",
    "01303": "Xã Quảng Lâm",
    "01304": "Xã Thạch Lâm",
    "01309": "Xã Vĩnh Phong",
    "01312": "Xã Mông Ân",
    "01315": "Xã Thái Học",
    "01316": "Xã Thái Sơn",
    "01318": "Xã Yên Thổ",
}
PER_DISTRICT = {
    "040": 11,
    "042": 13,
    "043": 17,
    "045": 21,
    "047": 21,
    "048": 13,
    "049": 19,
    "051": 15,
    "052": 17,
    "053": 14,
}


def table(*rows: object) -> str:
    return json.dumps({"areas": rows})


def row(**changes: object) -> dict[str, object]:
    base: dict[str, object] = {
        "code": "04",
        "name": "Tỉnh Cao Bằng",
        "level": "province",
        "parent": None,
        "population": None,
    }
    return base | changes


def codes(found: tuple[Area, ...]) -> list[str]:
    return [area.code for area in found]


def test_bao_lam_has_twelve_communes_and_one_town() -> None:
    assert {area.code: area.name for area in AREAS.communes("042")} == BAO_LAM


def test_cao_bang_has_one_city_and_nine_districts() -> None:
    assert codes(AREAS.children(None)) == ["04"]
    assert {d.code: len(AREAS.communes(d.code)) for d in AREAS.children("04")} == PER_DISTRICT


def test_the_161_communes_are_139_xa_8_phuong_and_14_thi_tran() -> None:
    communes = [area for area in AREAS if area.level is Level.COMMUNE]
    types = Counter(area.name.split(" ", 1)[0] for area in communes)
    assert (len(communes), types) == (161, {"Xã": 139, "Phường": 8, "Thị": 14})
    assert all(a.name.startswith("Thị trấn ") for a in communes if a.name.startswith("Thị"))


def test_names_are_composed_letters_and_end_no_line_with_a_space() -> None:
    for area in AREAS:
        assert area.name == unicodedata.normalize("NFC", area.name).strip()


def test_each_area_has_a_line_of_its_own() -> None:
    assert sum('"code"' in line for line in TEXT.splitlines()) == len(AREAS) == 172


def test_population_is_only_what_somebody_counted() -> None:
    bao_lam, unknown = AREAS.get("042"), AREAS.get("01291")
    assert bao_lam is not None
    assert (bao_lam.population, bao_lam.population_year) == (65_025, 2019)
    assert unknown is not None
    assert unknown.population is None


def test_the_parts_never_outnumber_the_whole() -> None:
    for area in AREAS:
        parts = sum(child.population or 0 for child in AREAS.children(area.code))
        assert area.population is None or parts <= area.population


def test_a_path_leads_from_the_province_down() -> None:
    assert codes(AREAS.path("01312")) == ["04", "042", "01312"]
    assert AREAS.path("99999") == ()


def test_a_province_has_districts_below_it_and_no_communes() -> None:
    assert len(AREAS.children("04")) == 10
    assert AREAS.communes("04") == ()


def test_an_unknown_code_is_not_in_the_tree() -> None:
    assert "042" in AREAS
    assert "44" not in AREAS
    assert AREAS.get("44") is None
    assert AREAS.children("44") == ()


@pytest.mark.parametrize(
    "typed",
    ["Thị trấn Pác Miầu", "Pác Miầu", "pac miau", "TT PAC MIAU", "tt. Pác Miầu", " Pac  Miau "],
)
def test_a_name_is_found_however_it_is_typed(typed: str) -> None:
    assert codes(AREAS.find(typed)) == ["01290"]


def test_a_decomposed_name_is_found() -> None:
    assert codes(AREAS.find(unicodedata.normalize("NFD", "Xã Đức Hạnh"))) == ["01291"]


def test_a_name_that_several_areas_bear_finds_them_all() -> None:
    assert codes(AREAS.find("Bảo Lạc")) == ["043", "01321"]
    assert codes(AREAS.find("quang trung")) == ["01465", "01702"]


def test_a_type_tells_a_district_from_its_town() -> None:
    assert codes(AREAS.find("huyện Bảo Lạc")) == ["043"]
    assert codes(AREAS.find("TT Bảo Lạc")) == ["01321"]
    assert codes(AREAS.find("tp. Cao Bằng")) == ["040"]


def test_a_wrong_type_still_finds_the_name() -> None:
    assert codes(AREAS.find("xã Pác Miầu")) == ["01290"]


def test_a_search_stays_within_its_district() -> None:
    assert codes(AREAS.find("Vĩnh Quang", within="042")) == ["01300"]
    assert AREAS.find("Pác Miầu", within="043") == ()


def test_a_name_that_begins_like_a_type_keeps_its_first_word() -> None:
    assert codes(AREAS.find("thi hoa")) == ["01573"]


@pytest.mark.parametrize("typed", ["", "  ", "xã", "Atlantis", "...", "\ud800"])
def test_nothing_is_found_for_nothing(typed: str) -> None:
    assert AREAS.find(typed) == ()


def test_folding_writes_the_type_out() -> None:
    assert fold("H. Bảo Lâm") == "huyen bao lam"


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", '{"areas": {}}', "{" * 100_000, "\x00"])
def test_a_text_that_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(BadAreas, match="areas"):
        parse_areas(text)


def test_an_empty_table_is_refused() -> None:
    with pytest.raises(BadAreas, match="at least one area"):
        parse_areas(table())


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (7, "an object is expected"),
        (row(name=" "), '"name": a text'),
        (row(code=4), '"code": a text'),
        (row(level="village"), '"level": one of province, district, commune'),
        (row(level=["province"]), '"level": one of'),
        (row(parent=4), '"parent": a code or null'),
        (row(population=-1), '"population": a whole number'),
        (row(population=True), '"population": a whole number'),
        (row(population=1.5), '"population": a whole number'),
        (row(population_year="2019"), '"population_year": a whole number'),
        (row(poplation=5), '"poplation": is not a known key'),
        ({"code": "04"}, '"name" is missing'),
        (row(code="4"), "has 2 digits"),
        (row(code="٠٤"), "has 2 digits"),
        (row(parent="04"), "has no parent"),
        (row(code="042", level="district"), "must be the code of a province"),
        (row(code="01290", level="commune", parent="042"), "must be the code of a district"),
    ],
)
def test_a_broken_row_is_named(broken: object, says: str) -> None:
    with pytest.raises(BadAreas, match=says):
        parse_areas(table(broken))


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(BadAreas) as caught:
        parse_areas(table(row(population=-1), row(), row(name="")))
    assert [problem.split(":")[0] for problem in caught.value.problems] == ["row 1", "row 3"]


def test_a_code_stands_once() -> None:
    with pytest.raises(BadAreas, match="04: the code appears 2 times"):
        parse_areas(table(row(), row()))


def test_a_commune_cannot_hang_from_a_province() -> None:
    commune = Area("01290", "Pác Miầu", Level.COMMUNE, "04", None)
    with pytest.raises(BadAreas, match="must be the code of a district"):
        Areas([Area("04", "Cao Bằng", Level.PROVINCE, None, None), commune])
