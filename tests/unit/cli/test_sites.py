"""The commands about sites, on a real store."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from openpyxl import Workbook

Run = Callable[..., Result]
OPENNDS = ("--gateway", "opennds", "--set", "faskey=abcdefghij0123", "--set", "address=192.168.8.1")


def listed(run: Run, *args: str) -> list[dict[str, Any]]:
    sites: list[dict[str, Any]] = json.loads(run("site", "list", "--format", "json", *args).stdout)
    return sites


def shown(run: Run, id: str, *args: str) -> dict[str, Any]:
    site: dict[str, Any] = json.loads(run("site", "show", id, "--format", "json", *args).stdout)
    return site


def test_a_site_is_added_with_everything(run: Run) -> None:
    said = run(
        "site", "add", "ben-xe", "--name", "Bến xe Bảo Lâm", "--kind", "bus_station", "--area",
        "TT Pac Miau", "--address", "Khu 1", *OPENNDS, "--languages", "vi", "--operator", "Ông A",
        "--greeting", "Xin chào", "--egress", "203.0.113.0/24", "--egress", "198.51.100.7",
    ).stdout  # fmt: skip
    assert "http://127.0.0.1:8080/s/ben-xe" in said
    assert "faspath '/s/ben-xe', fas_secure_enabled '2'" in said
    assert "abcdefghij0123" not in said
    site = shown(run, "ben-xe", "--secrets")
    assert site.pop("created")
    assert site == {
        "id": "ben-xe",
        "name": "Bến xe Bảo Lâm",
        "kind": "bus_station",
        "area": "01290",
        "area_name": "Thị trấn Pác Miầu",
        "address": "Khu 1",
        "gateway": "opennds",
        "gateway_settings": {"level": "2", "faskey": "abcdefghij0123", "address": "192.168.8.1"},
        "languages": ["vi"],
        "operator": "Ông A",
        "greeting": "Xin chào",
        "egress": ["203.0.113.0/24", "198.51.100.7/32"],
        "active": True,
        "notice": "http://127.0.0.1:8080/s/ben-xe",
    }


def test_the_notice_is_named_by_its_public_address(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_PUBLIC_URL", "http://thongbao.example.vn/")
    said = run("site", "add", "cho", "--name", "Chợ").stdout
    assert "http://thongbao.example.vn/s/cho\n" in said


def test_keys_are_shown_only_when_asked_for(run: Run) -> None:
    run("site", "add", "gw", "--name", "Nhà ga", *OPENNDS)
    for args in (("show", "gw"), ("show", "gw", "--format", "json"), ("list",)):
        assert "abcdefghij0123" not in run("site", *args).stdout
    assert shown(run, "gw")["gateway_settings"]["faskey"] == "••••"
    assert listed(run)[0]["gateway_settings"]["faskey"] == "••••"
    assert "abcdefghij0123" not in run("site", "list", "--format", "csv").stdout
    assert "abcdefghij0123" in run("site", "show", "gw", "--secrets").stdout


def test_every_problem_of_a_new_site_is_named(run: Run) -> None:
    bad = ("site", "add", "x", "--name", "X", "--gateway", "opennds", "--area", "Bao Lak")
    said = run(*bad, expect=1).stderr
    assert "area: there is no such area in the province" in said
    assert "gateway.faskey: write 10 to 64 letters and digits" in said
    assert "gateway.address:" in said
    assert listed(run, "--all") == []


def test_an_id_is_given_once(run: Run) -> None:
    run("site", "add", "cho", "--name", "Chợ")
    again = run("site", "add", "cho", "--name", "Khác", lang="vi_VN", expect=1)
    assert "id: đã có điểm hiển thị mang mã này" in again.stderr
    assert shown(run, "cho")["name"] == "Chợ"


def test_a_name_is_required(run: Run) -> None:
    assert "--name" in run("site", "add", "cho", expect=2).stderr


def test_edit_changes_what_is_named(run: Run) -> None:
    run("site", "add", "gw", "--name", "Nhà ga", "--greeting", "Xin chào", *OPENNDS)
    before = shown(run, "gw", "--secrets")
    run("site", "edit", "gw", "--name", "Ga mới", "--greeting", "", "--set", "level=1")
    after = shown(run, "gw", "--secrets")
    settings = {**before["gateway_settings"], "level": "1"}
    changed = {"name": "Ga mới", "greeting": "", "gateway_settings": settings}
    assert after == {**before, **changed}


def test_edit_needs_something_to_change(run: Run) -> None:
    run("site", "add", "cho", "--name", "Chợ")
    assert "Say what to change" in run("site", "edit", "cho", expect=2).stderr
    assert "name=value" in run("site", "edit", "cho", "--set", "level", expect=2).stderr


def test_an_archived_site_comes_back(run: Run) -> None:
    run("site", "add", "cho", "--name", "Chợ")
    run("site", "archive", "cho")
    assert listed(run) == []
    assert [site["active"] for site in listed(run, "--all")] == [False]
    run("site", "restore", "cho")
    assert [site["active"] for site in listed(run)] == [True]


@pytest.mark.parametrize("command", ["show", "edit", "archive", "restore"])
def test_an_unknown_site_is_named_with_what_it_may_have_been(run: Run, command: str) -> None:
    run("site", "add", "ben-xe", "--name", "Bến xe")
    change = ("--name", "X") if command == "edit" else ()
    said = run("site", command, "ben-se", *change, expect=1).stderr
    assert "There is no site “ben-se”. Did you mean: ben-xe?" in said
    said = run("site", command, "qqqq", *change, expect=1).stderr
    assert "There is no site “qqqq”.\n" in said


def test_an_empty_list_says_where_it_looked(run: Run, data: Path) -> None:
    assert str(data) in run("site", "list").stdout


def test_the_list_as_a_table_and_as_csv(run: Run) -> None:
    run("site", "add", "b", "--name", "=1+1", "--area", "Bao Lam")
    run("site", "add", "a", "--name", "Nhà, khách", "--egress", "10.0.0.0/8,192.168.0.0/16")
    table = run("site", "list").stdout
    assert "Nhà, khách" in table
    assert "Huyện Bảo Lâm" in table
    rows = list(csv.DictReader(io.StringIO(run("site", "list", "--format", "csv").stdout)))
    assert [row["id"] for row in rows] == ["a", "b"]
    assert rows[0]["egress"] == "10.0.0.0/8,192.168.0.0/16"
    assert [row["name"] for row in rows] == ["Nhà, khách", "'=1+1"]  # no formula for Excel


def test_a_list_can_be_imported_elsewhere(run: Run, tmp_path: Path) -> None:
    run("site", "add", "cho", "--name", "Chợ", "--area", "01290", "--egress", "10.0.0.0/8")
    run("site", "add", "ga", "--name", "Ga")
    run("site", "archive", "ga")
    before = listed(run, "--all")
    table = tmp_path / "sites.csv"
    table.write_text(run("site", "list", "--all", "--format", "csv").stdout)
    (tmp_path / "data" / "portal.db").unlink()
    assert "Added: 2, changed: 0" in run("site", "import", table).stdout
    assert listed(run, "--all") == before


def test_import_adds_and_changes(run: Run, tmp_path: Path) -> None:
    run("site", "add", "cho", "--name", "Chợ cũ", "--operator", "Bà B")
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["id", "name", "area"])
    sheet.append(["cho", "Chợ mới", 1290])  # Excel takes the code for a number
    sheet.append(["ga", "Ga", None])
    book.save(tmp_path / "sites.xlsx")
    dry = run("site", "import", tmp_path / "sites.xlsx", "--dry-run").stdout
    assert "To be added: 1, to be changed: 1" in dry
    assert shown(run, "cho")["name"] == "Chợ cũ"
    assert "Added: 1, changed: 1" in run("site", "import", tmp_path / "sites.xlsx").stdout
    cho = shown(run, "cho")
    assert (cho["name"], cho["area"], cho["operator"]) == ("Chợ mới", "01290", "Bà B")
    assert shown(run, "ga")["name"] == "Ga"


def test_one_bad_row_and_nothing_is_imported(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "sites.csv"
    table.write_text("id;name;kind;active\ncho;Chợ;market;\nGa;Ga;spaceport;\ncho;Khác;;maybe\n")
    said = run("site", "import", table, expect=1).stderr
    assert "sites.csv, row 3, column id: write 1 to 40" in said
    assert "sites.csv, row 3, column kind: write one of: hotel" in said
    assert "sites.csv, row 4, column active: write one of: true, false" in said
    assert listed(run, "--all") == []


def test_a_file_that_is_no_table_of_sites(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "sites.csv"
    table.write_text("id,name,colour\ncho,Chợ,red\n")
    said = run("site", "import", table, lang="", expect=1).stderr
    assert "sites.csv, colour: không có cột này" in said
    assert "nowhere.csv" in run("site", "import", "nowhere.csv", expect=2).stderr
