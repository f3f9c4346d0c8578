"""The site book: what the office writes is checked whole, and never overwritten unseen."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from portal.domain.areas import parse_areas
from portal.domain.errors import BadSite, NoSuchSite, VersionConflict
from portal.gateways import gateways
from portal.resources import read_text
from portal.sitebook import SiteBook
from portal.siteplan import Fate, SitePlan
from portal.stores.sqlite import SQLiteStore
from portal.vault import Vault

TODAY = date(2021, 3, 5)
VAULT = Vault([b"a key of at least sixteen bytes"])
AREAS = parse_areas(read_text("areas.json"))
OPENNDS = {
    "gateway": "opennds",
    "gateway.faskey": "abcdefghij0123456789",
    "gateway.address": "192.168.8.1",
}


@pytest.fixture
def book(tmp_path: Path) -> Iterator[SiteBook]:
    store = SQLiteStore(tmp_path / "portal.db")
    yield SiteBook(store, AREAS, gateways(), VAULT)
    store.close()


def hotel(**fields: Any) -> dict[str, Any]:
    return {"id": "hotel", "name": "Khách sạn", "kind": "hotel", **fields}


def where(error: BadSite) -> list[str]:
    return [problem.where for problem in error.problems]


def test_a_new_site(book: SiteBook) -> None:
    added = book.add(hotel(**OPENNDS), TODAY)
    site, version = book.get("hotel")
    assert site == added
    assert version == 1
    assert site.created == "2021-03-05"
    assert {name: value for name, value in site.gateway_settings.items() if value} == {
        "level": "2",
        "faskey": "abcdefghij0123456789",
        "address": "192.168.8.1",
    }
    assert book.all() == [site]


def test_an_id_is_given_once(book: SiteBook) -> None:
    book.add(hotel(), TODAY)
    with pytest.raises(BadSite) as caught:
        book.add(hotel(name="Other"), TODAY)
    assert where(caught.value) == ["id"]
    assert book.get("hotel")[0].name == "Khách sạn"


def test_all_problems_together(book: SiteBook) -> None:
    with pytest.raises(BadSite) as caught:
        book.add({"id": "", "name": "", "area": "Atlantis", "kind": "x", "colour": "x"}, TODAY)
    assert set(where(caught.value)) == {"id", "name", "area", "kind", "colour"}
    with pytest.raises(BadSite) as caught:
        book.add(hotel(area="Atlantis", gateway="opennds"), TODAY)
    assert set(where(caught.value)) == {"area", "gateway.faskey", "gateway.address"}
    with pytest.raises(BadSite) as caught:
        book.add(hotel(gateway="abacus"), TODAY)
    assert where(caught.value) == ["gateway"]
    assert book.all() == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("01290", "01290"),
        ("1290", "01290"),  # Excel dropped the zero
        ("40", "040"),
        ("4", "04"),
        ("Thị trấn Pác Miầu", "01290"),
        ("pac miau", "01290"),
        (" Pác Miầu ", "01290"),
        ("", ""),
    ],
)
def test_an_area_by_code_or_name(book: SiteBook, text: str, code: str) -> None:
    assert book.add(hotel(area=text), TODAY).area == code


def test_an_area_name_that_several_have(book: SiteBook) -> None:
    with pytest.raises(BadSite) as caught:
        book.add(hotel(area="Quang Trung"), TODAY)
    (problem,) = caught.value.problems
    assert problem.where == "area"
    assert "01465" in str(problem)
    assert "01702" in str(problem)


def test_an_edit_changes_what_it_names_and_nothing_else(book: SiteBook) -> None:
    book.add(hotel(greeting="Kính chào", **OPENNDS), TODAY)
    before = book.get("hotel")[0]
    changed = book.edit("hotel", {"name": "Khách sạn mới", "gateway.level": "1"})
    site, version = book.get("hotel")
    assert changed == site
    assert version == 2
    assert site.name == "Khách sạn mới"
    assert site.gateway_settings == {**before.gateway_settings, "level": "1"}
    assert (site.greeting, site.created, site.kind) == ("Kính chào", "2021-03-05", before.kind)


def test_an_edit_cannot_change_the_id(book: SiteBook) -> None:
    book.add(hotel(), TODAY)
    assert book.edit("hotel", {"id": "other"}).id == "hotel"
    with pytest.raises(NoSuchSite):
        book.get("other")


def test_a_change_of_brand_begins_with_fresh_settings(book: SiteBook) -> None:
    book.add(hotel(**OPENNDS), TODAY)
    assert book.edit("hotel", {"gateway": "link"}).gateway_settings == {}
    with pytest.raises(BadSite) as caught:
        book.edit("hotel", {"gateway": "opennds"})
    assert set(where(caught.value)) == {"gateway.faskey", "gateway.address"}


def test_nobody_is_overwritten_unseen(book: SiteBook) -> None:
    book.add(hotel(), TODAY)
    book.edit("hotel", {"name": "First"}, version=1)
    with pytest.raises(VersionConflict):
        book.edit("hotel", {"name": "Second"}, version=1)
    assert book.get("hotel")[0].name == "First"


def test_a_bad_edit_changes_nothing(book: SiteBook) -> None:
    book.add(hotel(), TODAY)
    before = book.get("hotel")
    with pytest.raises(BadSite):
        book.edit("hotel", {"kind": "castle"})
    assert book.get("hotel") == before


def test_archived_and_back(book: SiteBook) -> None:
    book.add(hotel(), TODAY)
    assert book.archive("hotel").active is False
    assert book.get("hotel")[0].active is False
    assert book.archive("hotel", active=True).active is True


def test_a_site_that_is_not_there(book: SiteBook) -> None:
    for call in (book.get, book.archive, lambda id: book.edit(id, {})):
        with pytest.raises(NoSuchSite):
            call("gone")


def test_a_plan_writes_nothing_and_its_rows_do(book: SiteBook) -> None:
    book.add(hotel(), TODAY)
    rows = [(2, hotel(name="New name")), (3, {"id": "bus", "name": "Bến xe", **OPENNDS})]
    plan = book.plan(rows)
    assert [site.id for site in book.all()] == ["hotel"]
    assert [row.fate for row in plan.rows] == [Fate.CHANGED, Fate.NEW]
    assert plan.rows[0].changes == {"name": [hotel()["name"], "New name"]}
    for row in plan.writing:
        book.put_row(row, TODAY)
    assert {site.id: site.name for site in book.all()} == {"hotel": "New name", "bus": "Bến xe"}
    again = book.plan(rows)
    assert [row.fate for row in again.rows] == [Fate.SAME, Fate.SAME]
    assert again.agreed != plan.agreed
    assert book.get("bus")[0].created == "2021-03-05"


def test_a_planned_row_overwrites_nothing_that_came_meanwhile(book: SiteBook) -> None:
    book.add(hotel(), TODAY)
    (row,) = book.plan([(2, hotel(name="New name"))]).rows
    book.edit("hotel", {"greeting": "Xin chào"})
    with pytest.raises(VersionConflict):
        book.put_row(row, TODAY)
    assert book.get("hotel")[0].greeting == "Xin chào"


def test_a_row_without_an_id_is_about_the_site_of_its_name(book: SiteBook) -> None:
    (row,) = book.plan([(2, {"name": "Chợ Lý Bôn"})]).rows
    assert (row.fate, book.put_row(row, TODAY).id) == (Fate.NEW, "cho-ly-bon")
    (row,) = book.plan([(2, {"name": "Chợ Lý Bôn", "kind": "market"})]).rows
    assert row.changes == {"kind": ["other", "market"]}


def test_of_a_secret_a_plan_tells_only_that_it_changes(book: SiteBook) -> None:
    book.add({"id": "bus", "name": "Bến xe", **OPENNDS}, TODAY)
    (row,) = book.plan([(2, {"id": "bus", "gateway.faskey": "k" * 20})]).rows
    assert row.changes == {"gateway.faskey": "…"}


def test_what_is_agreed_does_not_hold_the_keys_that_are_kept(book: SiteBook) -> None:
    """A hash of a short password in a page could be guessed."""
    agreed = set()
    for id, key in (("a", "k" * 20), ("b", "m" * 20)):
        book.add({"id": id, "name": "Bến xe", **OPENNDS, "gateway.faskey": key}, TODAY)
        (row,) = book.plan([(2, {"id": id, "name": "New"})]).rows
        agreed.add(SitePlan((replace(row, fields={"name": "New"}),)).agreed)
    assert len(agreed) == 1


def test_settings_that_are_no_list_are_told(book: SiteBook) -> None:
    book.add(hotel(), TODAY)
    wrong = {"gateway_settings": "x", "gateway.a": "b"}
    with pytest.raises(BadSite) as changed:
        book.edit("hotel", wrong)
    with pytest.raises(BadSite) as new:
        book.read(hotel(**wrong))
    assert "gateway_settings" in where(changed.value)
    assert "gateway_settings" in where(new.value)


def test_a_plan_names_every_bad_row(book: SiteBook) -> None:
    rows = [
        (2, hotel()),
        (3, {"id": "Bus", "name": ""}),
        (5, hotel(name="Same id")),
        (6, {"id": "x", "name": "X", "gateway": "opennds"}),
    ]
    plan = book.plan(rows)
    assert [problem.where for problem in plan.problems] == [
        "3, id",
        "3, name",
        "5, id",
        "6, gateway.faskey",
        "6, gateway.address",
    ]
    assert "2" in str(plan.problems[2])
    assert [row.fate for row in plan.rows] == [Fate.NEW, *[Fate.WRONG] * 3]


def test_empty_cells_of_a_gateway_leave_its_settings(book: SiteBook) -> None:
    book.add(hotel(**OPENNDS), TODAY)
    site = book.edit("hotel", {"gateway.faskey": "", "gateway.address": None, "name": "N"})
    assert site.gateway_settings["faskey"] == "abcdefghij0123456789"
