"""A day of everybody who works with the console: what they do, and what is not theirs."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.browser.conftest import Phone
from tests.browser.office import console, sign_in
from tests.serving import Portal

DESK = {"viewport": {"width": 1366, "height": 768}, "locale": "vi"}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """A console with people and counts."""
    with console(tmp_path_factory.mktemp("office")) as (portal, _samples):
        yield portal


def shown(tab: Page) -> int:
    """Return the impressions that the overview shows."""
    return int(re.sub(r"\D", "", tab.inner_text("[data-number=impressions]")))


def test_the_viewer_reads_and_changes_nothing(office: Portal, phone: Phone, tmp_path: Path) -> None:
    tab = phone(**DESK)
    sign_in(tab, office, "nguoi-xem")
    tab.click("text=Tuần trước")
    assert "range=last-week" in tab.url
    week = shown(tab)
    assert week > 100
    with tab.expect_download() as saved:
        tab.click("text=Excel")
    saved.value.save_as(tmp_path / "overview.xlsx")
    rows = list(load_workbook(tmp_path / "overview.xlsx").active.values)  # type: ignore[union-attr]
    column = next(row for row in rows if "Lượt hiển thị" in row).index("Lượt hiển thị")
    assert sum(row[column] for row in rows if isinstance(row[column], int)) == week
    for path in ("adoption", "alerts", "notes"):
        tab.goto(f"{office.url}/office/{path}")
        expect(tab.locator("main form[method=post]")).to_have_count(0)
        expect(tab.locator("main a[href$='/new']")).to_have_count(0)
    for path in ("notes/new", "adoption/new", "people", "audit"):
        answer = tab.goto(f"{office.url}/office/{path}")
        assert answer
        assert answer.status == 403
        expect(tab.locator("h1")).to_be_visible()


def test_the_officer_enters_explains_and_looks_after(office: Portal, phone: Phone) -> None:
    tab = phone(**DESK)
    sign_in(tab, office, "can-bo")
    tab.click("text=Tỷ lệ cài đặt")
    expect(tab.locator("main")).to_contain_text("72.636 / 530.856 = 13,68")
    expect(tab.locator("main")).to_contain_text("159.257")
    tab.click("text=Ghi chú")
    tab.click("main a[href='/office/notes/new']")
    tab.fill("#first", tab.evaluate("new Date().toISOString().slice(0, 10)"))
    tab.fill("#text", "Mất điện toàn xã")
    tab.click("main button:has-text('Lưu')")
    tab.goto(f"{office.url}/office/?range=month")
    expect(tab.locator(".notes")).to_contain_text("Mất điện toàn xã")
    expect(tab.locator(".trend .noted")).to_have_count(1)
    tab.click("text=cảnh báo đang mở")
    tab.click("main a[href^='/office/alerts/']")
    tab.fill("#note", "Đã gọi cho chủ điểm")
    tab.click("main button:has-text('Tiếp nhận')")
    expect(tab.locator("main")).to_contain_text("Đã gọi cho chủ điểm")
    for path in ("people", "audit"):
        answer = tab.goto(f"{office.url}/office/{path}")
        assert answer
        assert answer.status == 403


def test_the_officer_brings_a_hotel_in(office: Portal, phone: Phone, tmp_path: Path) -> None:
    tab = phone(**DESK)
    sign_in(tab, office, "can-bo")
    tab.click("text=Các điểm")
    tab.click("text=Thêm điểm")
    tab.fill("#name", "Điểm thử")
    tab.press("#name", "Enter")  # saves, whatever other buttons there are
    expect(tab.locator("h1")).to_have_text("Điểm thử")
    tab.goto(f"{office.url}/office/sites/new")
    tab.fill("#name", "Khách sạn Pác Miầu")
    tab.select_option("#area", "01290")
    tab.select_option("#gateway", "opennds")
    tab.click("text=Hiện các thiết lập")
    tab.click("text=Tạo giá trị mới")
    key = tab.input_value("[name='gateway.faskey']")
    tab.fill("[name='gateway.address']", "192.168.8.1")
    tab.click("main .actions button:has-text('Lưu')")
    expect(tab.locator("h1")).to_have_text("Khách sạn Pác Miầu")
    expect(tab.locator("main")).not_to_contain_text(key)
    tab.click("text=Cài đặt thiết bị wifi")
    expect(tab.locator("main")).to_contain_text(key)
    with tab.expect_download() as saved:
        tab.click("text=Tất cả các tệp (ZIP)")
    saved.value.save_as(tmp_path / "kit.zip")
    with zipfile.ZipFile(tmp_path / "kit.zip") as archive:
        assert any(key.encode() in archive.read(name) for name in archive.namelist())
    table = tmp_path / "sites.csv"
    table.write_text(
        "id;name;kind\nkhach-san-pac-miau;Khách sạn Pác Miầu mới;hotel\n;Chợ Đức Hạnh;market\n"
    )
    tab.goto(f"{office.url}/office/sites/import")
    tab.set_input_files("#file", table)
    tab.click("text=Xem trước")
    expect(tab.locator("main")).to_contain_text("Khách sạn Pác Miầu → Khách sạn Pác Miầu mới")
    tab.click("text=Đúng, lưu lại")
    tab.goto(f"{office.url}/office/sites?q=duc+hanh")
    tab.click("text=Chợ Đức Hạnh")
    expect(tab.locator("main")).to_contain_text("cho-duc-hanh")


def test_the_administrator_lets_somebody_in_and_out_again(office: Portal, phone: Phone) -> None:
    tab, guest = phone(**DESK), phone(**DESK)
    sign_in(tab, office, "quan-tri")
    tab.click("text=Người dùng")
    tab.click("main a[href='/office/people/new']")
    tab.fill("#id", "lan")
    tab.fill("#name", "Nông Thị Lan")
    tab.select_option("#role", "officer")
    tab.click("main button")
    guest.goto(tab.inner_text("pre code"))
    guest.fill("#password", "chuồn chuồn bay thấp")
    guest.fill("#again", "chuồn chuồn bay thấp")
    guest.click("main button")
    sign_in(guest, office, "lan", "chuồn chuồn bay thấp")
    expect(guest.locator("header")).to_contain_text("Nông Thị Lan")
    tab.goto(f"{office.url}/office/people/id/lan")
    tab.click("main button.danger >> nth=0")
    guest.goto(f"{office.url}/office/adoption")
    assert "/office/sign-in" in guest.url
    tab.click("text=Nhật ký thay đổi")
    expect(tab.locator("main")).to_contain_text("Nông Thị Lan")


def test_the_owner_sees_a_guest_come_and_nobody_elses_numbers(office: Portal, phone: Phone) -> None:
    tab = phone(**DESK)
    sign_in(tab, office, "chu-diem")
    tab.goto(f"{office.url}/office/?range=today")
    before = shown(tab)
    phone().goto(f"{office.url}/s/ben-xe")
    phone().goto(f"{office.url}/s/cho")
    expect(tab.locator("[data-number=impressions]")).to_have_text(str(before + 1), timeout=3000)
    expect(tab.locator("main")).not_to_contain_text("Chợ Lý Bôn")
    for path in ("adoption", "notes", "people"):
        answer = tab.goto(f"{office.url}/office/{path}")
        assert answer
        assert answer.status == 403


def test_a_session_that_was_stolen_is_worth_nothing_after_signing_out(
    office: Portal, phone: Phone
) -> None:
    tab, thief = phone(**DESK), phone(**DESK)
    sign_in(tab, office, "can-bo")
    thief.context.add_cookies(tab.context.cookies())  # type: ignore[arg-type]
    thief.goto(f"{office.url}/office/")
    expect(thief.locator("header")).to_contain_text("Can-Bo")
    tab.click("text=Đăng xuất")
    thief.goto(f"{office.url}/office/")
    assert "/office/sign-in" in thief.url
