"""Sites from a file: seen first, then written, and nothing of it when anything is wrong."""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from html import unescape
from unicodedata import normalize

import pytest
from openpyxl import Workbook
from werkzeug.test import TestResponse

from portal.audit import Entry
from portal.domain.sites import Site
from portal.siteplan import PlannedRow
from tests.opennds import FASKEY, OPENNDS
from tests.web.conftest import World
from tests.web.office import Browser

NEW = "id;name;kind;area;active\ncho-moi;Chợ mới;chợ;Xã Lý Bôn;có\n"


def send(browser: Browser, content: str | bytes, name: str = "sites.csv") -> TestResponse:
    body = content.encode() if isinstance(content, str) else content
    return browser.post("/office/sites/import", file=(io.BytesIO(body), name))


def confirm(browser: Browser, shown: TestResponse, **change: str) -> TestResponse:
    """Agree to what a page has shown."""
    form = {
        name: unescape(value)
        for name, value in re.findall(r'name="(rows|agreed)" value="([^"]*)"', shown.text)
    }
    return browser.post("/office/sites/import/enter", **{**form, **change})


def log(office: World) -> list[Entry]:
    audit = office.services.audit
    return [entry for month in audit.months() for entry in audit.entries(month)]


def sites(office: World) -> dict[str, str]:
    return {site.id: site.name for site in office.services.sites.all()}


def workbook(*rows: Sequence[object]) -> bytes:
    book, out = Workbook(), io.BytesIO()
    assert book.active is not None
    for row in rows:
        book.active.append(list(row))
    book.save(out)
    return out.getvalue()


def test_a_new_site_is_shown_and_then_written(office: World) -> None:
    browser = Browser(office, "can-bo")
    shown = send(browser, NEW)
    assert shown.status_code == 200
    assert "Chợ mới" in shown.text
    assert "cho-moi" not in sites(office)
    assert confirm(browser, shown).headers["Location"] == "/office/sites?done=saved"
    site = office.services.sites.get("cho-moi")[0]
    assert (site.name, site.kind, site.area, site.active) == ("Chợ mới", "market", "01294", True)
    assert site.created == "2021-03-05"
    assert {entry.action for entry in log(office)} == {"site.add", "site.import"}


def test_a_change_is_shown_old_and_new_and_the_rest_stays(office: World) -> None:
    office.book.edit("cho", {"greeting": "Xin chào", "area": "01290"})
    browser = Browser(office, "can-bo")
    shown = send(browser, "id;name;greeting;area\ncho;Chợ Pác Miầu;;1290\n")
    assert "Chợ Bảo Lâm → <b>Chợ Pác Miầu</b>" in shown.text
    assert "Xin chào" not in shown.text
    confirm(browser, shown)
    site = office.services.sites.get("cho")[0]
    assert (site.name, site.greeting, site.area) == ("Chợ Pác Miầu", "Xin chào", "01290")
    edit = next(entry for entry in log(office) if entry.action == "site.edit")
    assert edit.details == {"name": ["Chợ Bảo Lâm", "Chợ Pác Miầu"]}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_exported_list_read_in_again_changes_nothing(office: World, form: str) -> None:
    office.book.edit(
        "cho", {"name": "=1+1", "operator": "+84 26", "greeting": "'x", "area": "01290"}
    )
    office.book.edit("cho", {"languages": "vi,en", "egress": "10.0.0.0/8 192.168.0.0/16"})
    office.book.archive("ben-xe")
    browser = Browser(office, "can-bo")
    before = office.services.store.documents("sites")
    exported = browser.get(f"/office/sites?format={form}").data
    shown = send(browser, exported, f"sites.{form}")
    assert shown.status_code == 200
    assert 'name="agreed"' not in shown.text
    confirm(browser, shown)
    assert office.services.store.documents("sites") == before


def test_the_exported_list_can_be_changed_and_read_in_again(office: World) -> None:
    browser = Browser(office, "can-bo")
    text = browser.get("/office/sites?format=csv").data.decode("utf-8-sig")
    shown = send(browser, text.replace("Chợ Bảo Lâm", "Chợ huyện"))
    assert shown.text.count("→") == 1
    confirm(browser, shown)
    assert sites(office)["cho"] == "Chợ huyện"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_empty_file_takes_rows(office: World, form: str) -> None:
    browser = Browser(office, "can-bo")
    empty = browser.get(f"/office/sites/import?format={form}")
    assert empty.status_code == 200
    assert send(browser, empty.data, f"sites.{form}").status_code == 200


def test_what_was_shown_is_what_is_written(office: World) -> None:
    browser = Browser(office, "can-bo")
    head = "name;kind;area;active;languages;egress;gateway;gateway.faskey;gateway.address"
    row = "Hàng =1;chợ;xã lý bôn;không;en vi;203.0.113.9;opennds;khoabimat0123456789;192.168.8.1"
    shown = send(browser, f"{head}\n{row}\n")
    cells = re.sub(r"<[^>]+>", "", shown.text.split("<tbody>")[1].split("</tbody>")[0])
    said = ("hang-1", "Loại: chợ", "Xã Lý Bôn (01294)", "Đang hoạt động: không", "en, vi")
    for text in (*said, "203.0.113.9/32", "openNDS", "Khóa FAS: ••••", "192.168.8.1"):
        assert text in cells
    confirm(browser, shown)
    site = office.services.sites.get("hang-1")[0]
    assert (site.kind, site.area, site.active) == ("market", "01294", False)
    assert (site.languages, site.egress) == (("en", "vi"), ("203.0.113.9/32",))
    assert site.gateway_settings["faskey"] == "khoabimat0123456789"


def test_a_key_that_goes_or_is_another_is_never_shown(office: World) -> None:
    browser = Browser(office, "can-bo")
    other = send(browser, "id;gateway.faskey\nnha-khach;khoabimat0123456789\n")
    assert "•••• → <b>••••</b>" in other.text
    gone = send(browser, "id;gateway\nnha-khach;link\n")
    assert "•••• → <b>–</b>" in gone.text
    for shown in (other, gone):
        assert FASKEY not in shown.text
        assert "khoabimat" not in re.sub(r"<input[^>]*>", "", shown.text)


def test_letters_and_days_as_other_systems_write_them_are_understood(office: World) -> None:
    browser = Browser(office, "can-bo")
    text = "Mã;Tên;Loại;Đang hoạt động\nab;Chợ;chợ;có\n"
    shown = send(browser, normalize("NFD", text))
    assert confirm(browser, shown).status_code == 303
    site = office.services.sites.get("ab")[0]
    assert (site.kind, site.active) == ("market", True)
    for created in ("01/03/2021", "1/3/2021", "2021-03-01"):
        shown = send(browser, f"id;created\ncho;{created}\n")
        assert shown.status_code == 200
        assert 'name="agreed"' not in shown.text
    days = workbook(["id", "created"], ["cho", date(2021, 3, 1)])
    assert 'name="agreed"' not in send(browser, days, "x.xlsx").text


def test_a_workbook_is_known_by_what_it_is(office: World) -> None:
    shown = send(Browser(office, "can-bo"), workbook(["id", "name"], ["a", "Tên mới"]), "x.csv")
    assert "Tên mới" in shown.text


@pytest.mark.parametrize("mark", ["utf-16-le", "utf-16-be"])
def test_excels_unicode_text_is_read(office: World, mark: str) -> None:
    body = "\ufeffid\tname\r\na\tChợ Đức Hạnh\r\n".encode(mark)
    assert "Chợ Đức Hạnh" in send(Browser(office, "can-bo"), body, "x.txt").text


def test_titles_of_either_language_head_a_column(office: World) -> None:
    browser = Browser(office, "can-bo")
    for head, id in (("Mã;Tên;Loại", "a-1"), ("Id;Name;Kind", "a-2")):
        confirm(browser, send(browser, f"{head}\n{id};Nhà nghỉ;hotel\n"))
        assert office.services.sites.get(id)[0].kind == "hotel"


def test_excel_takes_codes_for_numbers_and_that_is_understood(office: World) -> None:
    browser = Browser(office, "can-bo")
    body = workbook(["id", "name", "area", "active"], ["ks", "Khách sạn", 1290, True])
    assert confirm(browser, send(browser, body, "Danh sách.XLSX")).status_code == 303
    assert office.services.sites.get("ks")[0].area == "01290"


def test_a_key_in_a_file_is_kept_and_not_shown(office: World) -> None:
    browser = Browser(office, "can-bo")
    head = "id;name;gateway;gateway.faskey;gateway.address"
    shown = send(browser, f"{head}\nks;Khách sạn;opennds;khoabimat0123456789;192.168.8.1\n")
    assert shown.status_code == 200
    assert "khoabimat0123456789" not in re.sub(r"<input[^>]*>", "", shown.text)
    confirm(browser, shown)
    assert office.services.sites.get("ks")[0].gateway_settings["faskey"] == "khoabimat0123456789"
    assert "khoabimat0123456789" not in str(log(office))
    again = send(browser, "id;gateway.minutes\nks;60\n")
    confirm(browser, again)
    settings = office.services.sites.get("ks")[0].gateway_settings
    assert (settings["faskey"], settings["minutes"]) == ("khoabimat0123456789", "60")


@pytest.mark.parametrize(
    "rows",
    [
        "ok;Tốt;hotel\nHOA;Hoa;hotel",
        "ok;Tốt;hotel\nb;B;castle",
        "ok;Tốt;hotel\nok;Khác;hotel",
        "ok;Tốt;hotel\nb;a\u202eb;hotel",
        "ok;Tốt;hotel\nb;" + "x" * 200 + ";hotel",
    ],
)
def test_one_bad_row_and_nothing_is_written(office: World, rows: str) -> None:
    browser, before = Browser(office, "can-bo"), sites(office)
    shown = send(browser, f"id;name;kind\n{rows}\n")
    assert shown.status_code == 400
    assert 'href="#row-3"' in shown.text
    assert 'name="agreed"' not in shown.text
    text = '[[2, {"id": "ok", "name": "T"}], [3, {"id": "HOA", "name": "H"}]]'
    assert confirm(browser, shown, rows=text, agreed="x").status_code == 400
    assert sites(office) == before


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (120 * 1024 * 1024))
    return out.getvalue()


def far_right() -> bytes:
    """A small workbook whose rows are as wide as a sheet can be."""
    cells = b"".join(b'<row r="%d"><c r="XFD%d"/></row>' % (n, n) for n in range(1, 2000))
    space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = b'<worksheet xmlns="%b"><sheetData>%b</sheetData></worksheet>' % (space, cells)
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(["id"]))) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, sheet if name.endswith("sheet1.xml") else old.read(name))
    return out.getvalue()


HOSTILE: Mapping[str, tuple[bytes, str]] = {
    "nothing": (b"", "x.csv"),
    "binary": (bytes(range(256)), "x.csv"),
    "windows-1258": ("id;name\na;Chợ".encode("cp1258", "replace") + b"\xfe", "x.csv"),
    "wrong head": (b"id;name;colour\na;b;c\n", "x.csv"),
    "a column twice": (b"id;name;name\na;b;c\n", "x.csv"),
    "a column by key and by title": ("id;Mã;name\na;b;c\n".encode(), "x.csv"),
    "a column by both titles": ("id;Name;Tên\na;b;c\n".encode(), "x.csv"),
    "utf-16 without its mark": ("id;name\na;Chợ".encode("utf-16-le"), "x.csv"),
    "utf-32": ("\ufeffid;name\na;b\n".encode("utf-32-le"), "x.csv"),
    "half a letter": ("\ufeffid\tname\r\n".encode("utf-16-le") + b"a", "x.txt"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 64, "x.xls"),
    "far to the right": (far_right(), "x.xlsx"),
    "no workbook": (b"PK\x03\x04 nothing", "x.xlsx"),
    "a bomb": (bomb(), "x.xlsx"),
    "too many rows": (b"id;name\n" + b"a;b\n" * 1500, "x.csv"),
    "long texts": (b"id;name\n" + b"a;" + b"b" * 500_000 + b"\n", "x.csv"),
    "script": (b"<script>alert(1)</script>;name\na;b\n", "<script>alert(1)</script>.csv"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_told_and_changes_nothing(office: World, kind: str) -> None:
    browser, before = Browser(office, "can-bo"), sites(office)
    body, name = HOSTILE[kind]
    answer = send(browser, body, name)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert "<script>alert" not in answer.text
    assert sites(office) == before


def test_a_file_larger_than_it_may_be_is_refused(office: World) -> None:
    answer = Browser(office, "can-bo").client.post(
        "/office/sites/import",
        content_type="multipart/form-data; boundary=x",
        headers={"Sec-Fetch-Site": "same-origin"},
        environ_overrides={"REMOTE_ADDR": "127.0.0.1", "CONTENT_LENGTH": str(3 << 20)},
    )
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "rows",
    ["", "x", "{}", "[1]", "[[1, 2]]", '[["2", {}]]', '[[2, {"id": 1}]]', "[" * 9000,
     '[[2, {"id": "a\\ud800"}]]', '[[2, {"id": "cho", "gateway_settings": "x"}]]',
     '[[2, {"id": "q", "name": "Q", "gateway_settings": "x", "gateway.a": "b"}]]',
     '[[2, {"id": "cho", "colour": "x"}]]'],
)  # fmt: skip
def test_rows_that_no_page_carried_are_refused(office: World, rows: str) -> None:
    before = sites(office)
    answer = Browser(office, "can-bo").post("/office/sites/import/enter", rows=rows, agreed="")
    assert answer.status_code == 400
    assert sites(office) == before


def test_what_changed_between_seeing_and_agreeing_is_shown_once_more(office: World) -> None:
    browser = Browser(office, "can-bo")
    shown = send(browser, "id;name\ncho;Chợ mới\n")
    office.book.edit("cho", {"greeting": "Xin chào"})
    again = confirm(browser, shown)
    assert again.status_code == 409
    assert sites(office)["cho"] == "Chợ Bảo Lâm"
    assert confirm(browser, again).status_code == 303
    assert sites(office)["cho"] == "Chợ mới"
    assert office.services.sites.get("cho")[0].greeting == "Xin chào"


def test_what_a_colleague_does_while_rows_are_written_is_not_overwritten(
    office: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, write = Browser(office, "can-bo"), office.services.sites.put_row
    shown = send(browser, "id;name\nben-xe;Bến xe mới\ncho;Chợ mới\nmoi;Mới\n")

    def meanwhile(row: PlannedRow, today: date) -> Site:
        if row.number == 3:
            office.book.edit("cho", {"greeting": "Xin chào"})
        return write(row, today)

    monkeypatch.setattr(office.services.sites, "put_row", meanwhile)
    again = confirm(browser, shown)
    monkeypatch.undo()
    assert again.status_code == 409
    found = sites(office)
    assert (found["ben-xe"], found["cho"], "moi" in found) == ("Bến xe mới", "Chợ Bảo Lâm", False)
    assert len(re.findall(r'class="tag off">giữ nguyên</span></td>', again.text)) == 1
    assert {entry.action: entry.details for entry in log(office)}["site.import"] == {
        "rows": 1,
        "whole": False,
    }
    assert confirm(browser, again).status_code == 303
    site = office.services.sites.get("cho")[0]
    assert (site.name, site.greeting, sites(office)["moi"]) == ("Chợ mới", "Xin chào", "Mới")


def test_five_hundred_sites_come_in_one_file(office: World) -> None:
    browser = Browser(office, "can-bo")
    rows = "".join(f"nha-nghi-{n};Nhà nghỉ số {n};guesthouse;01290\n" for n in range(500))
    shown = send(browser, "id;name;kind;area\n" + rows)
    assert shown.status_code == 200
    assert confirm(browser, shown).status_code == 303
    assert len(sites(office)) == 503


@pytest.mark.parametrize("id", ["nguoi-xem", "chu-diem"])
def test_who_may_not_change_sites_may_not_send_them(office: World, id: str) -> None:
    browser = Browser(office, id)
    assert browser.get("/office/sites/import").status_code == 403
    assert send(browser, NEW).status_code == 403
    form = {"rows": '[[2, {"id": "x", "name": "X"}]]', "agreed": ""}
    assert browser.post("/office/sites/import/enter", **form).status_code == 403
    assert "x" not in sites(office)


def test_the_key_of_a_site_is_not_in_what_is_exported(office: World) -> None:
    assert OPENNDS["gateway.faskey"] == FASKEY
    for form in ("csv", "json"):
        assert FASKEY not in Browser(office, "quan-tri").get(f"/office/sites?format={form}").text
