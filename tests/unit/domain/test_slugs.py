"""Ids made of names."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.sites import parse_site
from portal.domain.slugs import LONGEST, free_slug, slug


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("Khách sạn Bảo Lâm", "khach-san-bao-lam"),
        ("  Chợ Đức Hạnh (cũ) ", "cho-duc-hanh-cu"),
        ("WiFi № 5", "wifi-no-5"),
        ("—", ""),
        ("酒店", ""),
    ],
)
def test_names_become_ids(name: str, id: str) -> None:
    assert slug(name) == id


@given(st.text(max_size=200), st.integers(0, 12))
def test_whatever_the_name_the_id_is_free_and_good(name: str, before: int) -> None:
    taken: list[str] = []
    for _n in range(before + 1):
        found = free_slug(name, taken)
        assert found not in taken
        assert len(found) <= LONGEST
        assert re.fullmatch("[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", found)
        assert parse_site({"id": found, "name": "x"}).id == found
        taken.append(found)
