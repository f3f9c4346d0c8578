"""An owner's way from the invitation to a device that works, and what is hung up and sent."""

import io
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from portal.web.office.setup_words import STEPS
from tests.opennds import FASKEY, fas, query
from tests.servers import requires
from tests.web.conftest import World, links
from tests.web.office import PASSWORD, Browser

CHECK = "/office/sites/id/nha-khach/check"


def ticked(browser: Browser) -> list[bool]:
    """Return which steps of the live check have happened."""
    found = re.findall(r'<li class="(done|open)">', browser.get(CHECK).text)
    return [word == "done" for word in found]


def test_an_invitation_opens_one_site_and_ends(office: World) -> None:
    clerk = Browser(office, "can-bo")
    page = clerk.post("/office/sites/id/cho/invite").text
    link = re.search(r"http://localhost(/office/reset/[^<]+)<", page)
    assert link
    assert "<svg" in page
    guest = Browser(office)
    assert guest.post(link[1], password=PASSWORD, again=PASSWORD).status_code == 303
    assert guest.post(link[1], password=PASSWORD, again=PASSWORD).status_code == 404
    owner = Browser(office, "chu-cho")
    assert owner.get("/office/sites/id/cho").status_code == 200
    assert owner.get("/office/sites/id/ben-xe").status_code == 404
    assert owner.get("/office/people").status_code == 403
    actions = {entry.action for entry in office.services.audit.entries("2021-03")}
    assert {"person.add", "person.link"} <= actions


def test_an_invitation_ends_after_a_week_and_a_new_one_replaces_it(office: World) -> None:
    clerk = Browser(office, "can-bo")
    old, new = (
        re.search(r"/office/reset/[^<]+", clerk.post("/office/sites/id/cho/invite").text)
        for _n in range(2)
    )
    assert old
    assert new
    assert Browser(office).get(old[0]).status_code == 404
    assert Browser(office).get(new[0]).status_code == 200
    office.clock.now += 7 * 86_400 + 1
    assert Browser(office).get(new[0]).status_code == 404


def test_an_invitation_takes_nobody_elses_account(office: World) -> None:
    office.services.people.add({"id": "chu-cho", "name": "X", "role": "officer"})
    clerk = Browser(office, "can-bo")
    assert clerk.post("/office/sites/id/cho/invite").status_code == 409
    assert clerk.get("/office/sites/id/cho/invite").status_code == 409


def test_a_visit_is_ticked_off_step_by_step(office: World) -> None:
    browser = Browser(office, "can-bo")
    assert ticked(browser) == [False] * 5
    page = office.get(f"/s/nha-khach?{fas()}")
    assert ticked(browser) == [True, True, False, False, False]
    office.get(links(page)["beacon"])
    assert ticked(browser) == [True, True, True, False, False]
    office.get(links(page)["continue"])
    assert ticked(browser) == [True, True, True, True, False]
    office.get(links(page)["continue"].partition("?")[0].replace("/continue/", "/online/"))
    assert ticked(browser) == [True] * 5
    assert "Mọi thứ hoạt động" in browser.get(CHECK).text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"gateway.level": "2", "gateway.faskey": "another2021caobang"}, "Chữ ký không khớp"),
        ({"gateway.level": "2"}, "đang chạy ở mức khác"),
        ({"gateway.address": "10.9.9.9"}, "không nằm trong các địa chỉ"),
    ],
)
def test_what_is_wrong_at_the_device_is_named(
    office: World, change: dict[str, str], words: str
) -> None:
    office.book.edit("nha-khach", change)
    office.services.snapshot.refresh()
    encrypted = "gateway.faskey" in change
    office.get(f"/s/nha-khach?{query() if encrypted else fas()}")
    text = Browser(office, "can-bo").get(CHECK).text
    assert words in text
    office.clock.now += 86_400 + 1
    assert words not in Browser(office, "can-bo").get(CHECK).text


@pytest.mark.parametrize(
    ("arrives", "brand"),
    [
        ("link-login-only=http://10.5.50.1/login&mac=AA:BB:CC:DD:EE:FF", "MikroTik"),
        ("id=aa:bb:cc:dd:ee:ff&ap=aa:bb:cc:dd:ee:f0&t=1614920400&ssid=x", "UniFi"),
        ("clientMac=AA-BB-CC-DD-EE-FF&apMac=AA-BB-CC-DD-EE-F0&site=x", "Omada"),
        ("res=notyet&uamip=10.1.0.1&uamport=3990&challenge=00", "CoovaChilli"),
        ("base_grant_url=https://n1.network-auth.com/grant", "Meraki"),
    ],
)
def test_a_device_of_another_brand_is_guessed(office: World, arrives: str, brand: str) -> None:
    office.get(f"/s/nha-khach?{arrives}")
    text = Browser(office, "can-bo").get(CHECK).text
    assert re.search(rf"thiết bị [^<]*{brand}", text)


def test_what_is_no_brands_guesses_nothing(office: World) -> None:
    for arrives in ("c=poster", "utm_source=x&id=7", "&".join(f"a{n}=1" for n in range(200))):
        office.get(f"/s/nha-khach?{arrives}")
    assert office.services.mishaps.last("nha-khach") is None


def test_a_site_without_a_device_has_two_steps(office: World) -> None:
    text = Browser(office, "chu-diem").get("/office/sites/id/ben-xe/check").text
    assert text.count('<li class="done">') == 2
    assert "khóa" not in text


@pytest.mark.parametrize("channel", ["poster", "screen", "link"])
def test_the_code_is_read_back_by_a_camera(office: World, channel: str, tmp_path: Path) -> None:
    requires("zbarimg")
    answer = Browser(office, "chu-diem").get(f"/office/sites/id/ben-xe/code/{channel}.png")
    path = tmp_path / "code.png"
    path.write_bytes(answer.data)
    command = [str(shutil.which("zbarimg")), "--quiet", "--raw", str(path)]
    read = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert read.strip() == f"http://localhost/s/ben-xe?c={channel}"
    assert "beacon" in links(office.get(read.strip().removeprefix("http://localhost")))


@pytest.mark.parametrize("sheet", ["poster", "card", "slide"])
@pytest.mark.parametrize("second", ["en", "zh", "ko", "ja", "fr", "ru", "th"])
def test_a_sheet_speaks_two_languages(office: World, sheet: str, second: str) -> None:
    page = Browser(office, "chu-diem").get(f"/office/sites/id/ben-xe/print/{sheet}?second={second}")
    campaign = office.services.campaign
    assert campaign.texts("vi").headline in page.text
    assert campaign.texts(second).headline in page.text
    assert "Bến xe khách Bảo Lâm" in page.text
    assert page.text.count("<svg") == (4 if sheet == "card" else 1)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("print/nothing", 404), ("print/poster?second=vi", 400), ("print/poster?second=xx", 400),
        ("code/wifi.png", 404), ("code/poster.gif", 404),
    ],
)  # fmt: skip
def test_what_there_is_not_to_print_is_told(office: World, path: str, status: int) -> None:
    answer = Browser(office, "can-bo").get(f"/office/sites/id/ben-xe/{path}")
    assert answer.status_code == status


def test_a_controller_that_refuses_is_named(office: World) -> None:
    office.services.mishaps.note("cho", "controller_login")
    assert (
        "tên người dùng và mật khẩu"
        in Browser(office, "can-bo").get("/office/sites/id/cho/check").text
    )
    assert office.services.mishaps.last("ben-xe") is None


def test_every_brand_has_its_steps(office: World) -> None:
    assert set(STEPS) == set(office.services.gateways) - {"link"}
    text = Browser(office, "can-bo").get("/office/sites/id/nha-khach/kit").text
    assert "Khởi động lại openNDS." in text


def test_the_files_that_steps_name_are_in_the_kits() -> None:
    """A step names a file in quotation marks; it has to be what the kit holds."""
    names = {
        name for steps in STEPS.values() for step in steps for name in re.findall("“([^”]+)”", step)
    }
    files = {name for name in names if re.fullmatch(r"[a-z.-]+", name)}
    kits = (Path(__file__).parents[2] / "portal" / "gateways").glob("*.py")
    source = "\n".join(path.read_text(encoding="utf-8") for path in kits)
    assert len(files) > 12
    assert {name for name in files - {"standalone", "flogin.html"} if name not in source} == set()


def test_an_owner_changes_the_own_greeting_and_languages_and_nothing_else(office: World) -> None:
    owner, path = Browser(office, "chu-diem"), "/office/sites/id/ben-xe/notice"
    version = owner.get(path).text.partition('name="version" value="')[2].partition('"')[0]
    form = {"greeting": "Xin mời", "languages": ["ko"], "version": version, "name": "Khác"}
    assert owner.post(path, **form).status_code == 303
    site = office.services.sites.get("ben-xe")[0]
    assert (site.greeting, site.languages) == ("Xin mời", ("vi", "ko"))
    assert site.name == "Bến xe khách Bảo Lâm"
    assert owner.post(path, **form).status_code == 409
    assert owner.post("/office/sites/id/cho/notice", **form).status_code == 404
    wrong = {**form, "languages": ["xx"], "version": "2"}
    assert owner.post(path, **wrong).status_code == 400
    assert Browser(office, "nguoi-xem").post(path, **form).status_code == 403


@pytest.mark.parametrize(
    ("asked", "status"),
    [("60", 303), ("15", 303), ("1440", 303), ("14", 400), ("1441", 400), ("", 303),
     ("-60", 400), ("6e1", 400), ("٦٠", 400), ("9" * 4000, 400), ("1 hour", 400)],
)  # fmt: skip
def test_an_owner_chooses_the_time_online_within_limits(
    office: World, asked: str, status: int
) -> None:
    office.services.people.edit("chu-diem", {"sites": "ben-xe, nha-khach"})
    owner, path = Browser(office, "chu-diem"), "/office/sites/id/nha-khach/notice"
    assert 'name="gateway.minutes"' in owner.get(path).text
    assert 'name="gateway.minutes"' not in owner.get("/office/sites/id/ben-xe/notice").text
    form = {"greeting": "", "languages": ["en"], "version": "1", "gateway.minutes": asked}
    answer = owner.post(path, **form)
    assert answer.status_code == status
    site = office.services.sites.get("nha-khach")[0]
    assert site.gateway_settings["minutes"] == (asked if status == 303 else "")
    assert site.gateway_settings["faskey"] == FASKEY
    if status == 400:
        assert "từ 15 đến 1440" in answer.text


def test_an_owner_keeps_what_the_office_has_chosen(office: World) -> None:
    office.book.edit("nha-khach", {"gateway.minutes": "5"})
    office.services.people.edit("chu-diem", {"sites": "nha-khach"})
    form = {"languages": ["en"], "version": "2", "gateway.minutes": "5", "greeting": "Xin mời"}
    owner = Browser(office, "chu-diem")
    assert owner.post("/office/sites/id/nha-khach/notice", **form).status_code == 303


def test_kits_and_posters_of_many_sites_come_in_one_file(office: World) -> None:
    office.book.archive("cho")
    answer = Browser(office, "can-bo").get("/office/sites/bundle.zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        names = set(archive.namelist())
        poster = archive.read("ben-xe/poster.html").decode()
        kit = archive.read("nha-khach/opennds").decode()
    assert {"ben-xe/poster.html", "ben-xe/address.txt", "nha-khach/opennds.conf"} <= names
    assert not any(name.startswith("cho/") for name in names)
    assert FASKEY in kit
    assert "<svg" in poster
    assert "Bến xe khách Bảo Lâm" in poster
    one = Browser(office, "can-bo").get("/office/sites/bundle.zip?gateway=opennds").data
    with zipfile.ZipFile(io.BytesIO(one)) as archive:
        assert {name.partition("/")[0] for name in archive.namelist()} == {"nha-khach"}
