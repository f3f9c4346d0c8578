"""The pages of sites: found, shown, added, changed by two at once, taken out of service."""

import csv
import io
import zipfile
from datetime import date

import pytest
from openpyxl import load_workbook

from portal.audit import Entry
from portal.domain.alerts import Cause, Finding
from portal.domain.events import Kind
from portal.stores.base import Cell, SiteState, WriterRow
from tests.opennds import FASKEY as KEY
from tests.opennds import OPENNDS
from tests.web.conftest import NOON, World, links
from tests.web.office import Browser

PLACE = {
    "name": "Khách sạn Đồng Văn",
    "kind": "hotel",
    "area": "01290",
    "address": "Khu 1, thị trấn Pác Miầu",
    "operator": "Ông Hoàng",
    "greeting": "Kính chào quý khách",
    "egress": "203.0.113.0/24",
    "gateway": "link",
    "languages": ["vi", "en"],
}


def latest(office: World) -> list[Entry]:
    """Return what the audit log holds, the latest first."""
    audit = office.services.audit
    return [entry for month in audit.months() for entry in audit.entries(month)]


def names(browser: Browser, query: str = "") -> list[str]:
    """Return the sites of a list, as they stand there."""
    text = browser.get(f"/office/sites?{query}").text
    return [part.partition('"')[0] for part in text.split('href="/office/sites/id/')[1:]]


@pytest.fixture
def many(office: World) -> World:
    office.book.edit("cho", {"area": "01294", "kind": "market", "address": "Xã Lý Bôn"})
    office.book.edit("ben-xe", {"area": "01290", "operator": "Công ty vận tải"})
    return office


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["ben-xe", "cho", "nha-khach"]),
        ("q=CHO+bao+lam", ["cho"]),
        ("q=van+tai", ["ben-xe"]),
        ("q=ly+bon", ["cho"]),
        ("q=khong+co", []),
        ("area=042", ["ben-xe", "cho"]),
        ("area=01294", ["cho"]),
        ("kind=market", ["cho"]),
        ("gateway=opennds", ["nha-khach"]),
        ("sort=week", ["cho", "ben-xe", "nha-khach"]),
        ("state=archived", []),
    ],
)
def test_sites_are_found(many: World, query: str, found: list[str]) -> None:
    assert names(Browser(many, "nguoi-xem"), query) == found


@pytest.mark.parametrize("query", ["area=99999", "kind=x", "gateway=x", "state=x", "sort=x"])
def test_what_there_is_not_is_no_filter(office: World, query: str) -> None:
    assert Browser(office, "can-bo").get(f"/office/sites?{query}").status_code == 400


def test_sites_with_an_alert_and_those_out_of_service_are_told_apart(office: World) -> None:
    for _check in range(2):
        office.clock.now += 300
        office.services.alerts.raise_(Finding(Cause.SILENT, "cho", NOON, {"hours": 5}))
    office.book.archive("nha-khach")
    browser = Browser(office, "can-bo")
    assert names(browser, "state=silent") == ["cho"]
    assert names(browser, "state=archived") == ["nha-khach"]
    assert names(browser, "state=active") == ["ben-xe"]
    for state, id in (("silent", "cho"), ("archived", "nha-khach"), ("active", "ben-xe")):
        rows = browser.get(f"/office/sites?state={state}&format=json").json["rows"]
        assert [row["id"] for row in rows] == [id]
    assert "/office/alerts/silent:cho" in browser.get("/office/sites/id/cho").text


def test_an_owner_sees_the_own_site_alone(office: World) -> None:
    browser = Browser(office, "chu-diem")
    assert names(browser) == ["ben-xe"]
    assert "Chợ Bảo Lâm" not in browser.get("/office/sites?format=csv").get_data(as_text=True)
    assert browser.get("/office/sites/id/ben-xe").status_code == 200
    assert browser.get("/office/sites/id/cho").status_code == 404
    assert browser.get("/office/sites/id/khong-co").status_code == 404
    assert browser.get("/office/sites/id/cho/kit").status_code == 404
    assert browser.get("/office/sites/id/ben-xe/edit").status_code == 403


def test_the_list_as_a_file_can_be_read_again_and_holds_no_key(office: World) -> None:
    browser = Browser(office, "can-bo")
    text = browser.get("/office/sites?format=csv").data.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert [row["id"] for row in rows] == ["ben-xe", "cho", "nha-khach"]
    assert rows[2]["gateway"] == "opennds"
    assert KEY not in text
    book = load_workbook(io.BytesIO(browser.get("/office/sites?format=xlsx").data))
    assert [cell.value for cell in book.worksheets[0]["A"]][:4] == [
        "id",
        "ben-xe",
        "cho",
        "nha-khach",
    ]


def test_a_list_of_five_hundred_sites_stays_small(office: World) -> None:
    for number in range(500):
        office.services.sites.add(
            {"id": f"s{number}", "name": f"Nhà nghỉ {number:03}"}, date(2021, 3, 1)
        )
    browser = Browser(office, "can-bo")
    first = browser.get("/office/sites")
    assert len(first.data) < 100 * 1024
    seen = [name for page in range(11) for name in names(browser, f"page={page}")]
    assert len(seen) == len(set(seen)) == 503
    assert names(browser, "page=11") == []
    assert names(browser, "page=-1") == names(browser, "page=0")


def test_a_sites_page_has_its_numbers_and_no_others(office: World) -> None:
    browser = Browser(office, "nguoi-xem")
    day = browser.get("/office/sites/id/cho?range=today&format=json").json
    assert [(row["day"], row["impressions"], row["pages"]) for row in day["rows"]] == [
        ("2021-03-05", 5, 5)
    ]
    text = browser.get("/office/sites/id/cho").text
    assert "12:00–13:00 05/03/2021" in text
    assert "/s/cho?c=poster" in text


def test_the_range_of_a_site_is_a_link(office: World) -> None:
    cells = {Cell("2021022208", Kind.SHOWN, "ios", "wifi", "3"): 7}
    row = {"seed.0123456789abcdef": WriterRow(7, 7, 0)}
    office.services.store.replace_state(SiteState("nha-khach", cells, row, {}))
    browser = Browser(office, "can-bo")
    path = "/office/sites/id/nha-khach?from=2021-02-22&to=2021-02-22&format=json"
    assert browser.get(path).json["rows"][0]["impressions"] == 7
    assert browser.get("/office/sites/id/nha-khach?from=2021-02-30").status_code == 400


def test_a_site_is_added_and_shows_its_notice_at_once(office: World) -> None:
    browser = Browser(office, "can-bo")
    answer = browser.post("/office/sites/new", **PLACE)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/office/sites/id/khach-san-dong-van?done=added"
    site, _version = office.services.sites.get("khach-san-dong-van")
    assert (site.name, site.area, site.languages) == (PLACE["name"], "01290", ("vi", "en"))
    assert (site.egress, site.created) == (("203.0.113.0/24",), "2021-03-05")
    office.services.snapshot.refresh()
    assert "beacon" in links(office.get("/s/khach-san-dong-van"))
    office.clock.now += 1
    assert (
        browser.post("/office/sites/new", **PLACE)
        .headers["Location"]
        .startswith("/office/sites/id/khach-san-dong-van-2")
    )
    entry = latest(office)[0]
    assert (entry.action, entry.subject) == ("site.add", "khach-san-dong-van-2")


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"name": ""}, "name"),
        ({"id": "Có dấu"}, "id"),
        ({"id": "cho"}, "id"),
        ({"kind": "castle"}, "kind"),
        ({"area": "99999"}, "area"),
        ({"egress": "all"}, "egress"),
        ({"gateway": "nosuch"}, "gateway"),
        ({"languages": ["vi", "xx"]}, "languages"),
        ({"greeting": "x" * 301}, "greeting"),
        ({"name": "a\u202eb"}, "name"),
        ({"gateway": "opennds"}, "gateway.faskey"),
        ({"gateway": "opennds", "gateway.address": "<script>"}, "gateway.address"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_lost(
    office: World, change: dict[str, object], where: str
) -> None:
    browser = Browser(office, "can-bo")
    answer = browser.post("/office/sites/new", **{**PLACE, "id": "thu", **change})
    assert answer.status_code == 400
    assert f'href="#{where}"' in answer.text
    assert "Ông Hoàng" in answer.text
    assert "<script>alert" not in answer.text
    assert len(office.services.sites.all()) == 3


def test_the_settings_of_a_device_are_asked_for_and_its_key_is_never_shown(office: World) -> None:
    browser = Browser(office, "can-bo")
    chosen = browser.post("/office/sites/new", **{**PLACE, "gateway": "opennds", "choose": "1"})
    assert chosen.status_code == 200
    assert 'name="gateway.faskey"' in chosen.text
    made = browser.post(
        "/office/sites/new", **{**PLACE, "gateway": "opennds", "make": "gateway.faskey"}
    )
    key = made.text.partition('name="gateway.faskey" value="')[2].partition('"')[0]
    assert len(key) >= 16
    given = {"gateway.faskey": key, "gateway.address": "192.168.8.1", "gateway.level": "2"}
    browser.post("/office/sites/new", **{**PLACE, "id": "ks", "gateway": "opennds", **given})
    assert office.services.sites.get("ks")[0].gateway_settings["faskey"] == key
    for page in ("/office/sites/id/ks", "/office/sites/id/ks/edit", "/office/sites?format=json"):
        assert key not in browser.get(page).text
    log = Browser(office, "quan-tri").get("/office/audit").text
    assert "Khách sạn Đồng Văn" in log
    assert key not in log
    assert key not in str(office.services.store.documents("sites"))


def edit(browser: Browser, version: str, **change: object) -> int:
    fields = {
        "name": "Nhà khách", "kind": "other", "gateway": "opennds", "version": version,
        "gateway.level": "1", "gateway.faskey": "", "gateway.address": "192.168.8.1",
    }  # fmt: skip
    path = "/office/sites/id/nha-khach/edit"
    return browser.post(path, **{**fields, **change}).status_code


def version(browser: Browser, id: str = "nha-khach", page: str = "edit") -> str:
    text = browser.get(f"/office/sites/id/{id}/{page}").text
    return text.partition('name="version" value="')[2].partition('"')[0]


def test_an_empty_secret_stays_a_new_one_replaces_it(office: World) -> None:
    browser = Browser(office, "can-bo")
    before = dict(office.services.sites.get("nha-khach")[0].gateway_settings)
    assert edit(browser, version(browser), **{"gateway.minutes": "60"}) == 303
    after = office.services.sites.get("nha-khach")[0].gateway_settings
    assert after["faskey"] == before["faskey"]
    assert after["minutes"] == "60"
    office.clock.now += 1
    assert edit(browser, version(browser), **{"gateway.faskey": "f" * 32}) == 303
    after = office.services.sites.get("nha-khach")[0].gateway_settings
    assert after["faskey"] == "f" * 32
    assert not after.get("minutes")
    entry = latest(office)[0]
    assert entry.action == "site.edit"
    assert "f" * 32 not in str(entry)
    assert "gateway.faskey" in str(entry)


def test_another_device_has_other_settings_and_keeps_no_secret_of_the_last(office: World) -> None:
    browser = Browser(office, "can-bo")
    assert edit(browser, version(browser), gateway="link") == 303
    site = office.services.sites.get("nha-khach")[0]
    assert (site.gateway, dict(site.gateway_settings)) == ("link", {})


def test_a_site_whose_brand_is_gone_can_be_given_another(office: World) -> None:
    document = office.services.store.document("sites", "nha-khach")
    assert document is not None
    body = {**document.body, "gateway": "gone"}
    office.services.store.put("sites", "nha-khach", body, document.version)
    browser = Browser(office, "can-bo")
    for page in ("", "/edit", "/kit", "/check"):
        assert browser.get(f"/office/sites/id/nha-khach{page}").status_code == 200
    assert edit(browser, version(browser), gateway="link") == 303
    assert KEY not in str(latest(office))


def test_an_optional_secret_can_be_taken_away(office: World) -> None:
    settings = {"address": "192.168.1.1", "username": "guest", "password": "bí mật 123"}
    office.book.edit("cho", {"gateway": "cisco", "gateway_settings": settings})
    browser = Browser(office, "can-bo")
    form = {"name": "Chợ", "kind": "market", "gateway": "cisco", "gateway.address": "192.168.1.1"}
    for extra, left in (({}, "bí mật 123"), ({"clear.password": "1"}, "")):
        sent = {**form, **extra, "version": version(browser, "cho")}
        assert browser.post("/office/sites/id/cho/edit", **sent).status_code == 303
        assert office.services.sites.get("cho")[0].gateway_settings.get("password", "") == left


def test_two_clerks_edit_one_site_and_nothing_is_overwritten_unseen(office: World) -> None:
    one, other = Browser(office, "can-bo"), Browser(office, "quan-tri")
    seen = version(one)
    assert edit(other, version(other), greeting="Xin chào") == 303
    fields = {"name": "Nhà khách huyện", "kind": "hotel", "gateway": "link", "version": seen}
    answer = one.post("/office/sites/id/nha-khach/edit", **fields)
    assert answer.status_code == 409
    assert "Xin chào" in answer.text
    assert "Nhà khách huyện" in answer.text
    assert office.services.sites.get("nha-khach")[0].name == "Nhà khách"
    again = answer.text.partition('name="version" value="')[2].partition('"')[0]
    fields["version"] = again
    assert one.post("/office/sites/id/nha-khach/edit", **fields).status_code == 303
    assert office.services.sites.get("nha-khach")[0].name == "Nhà khách huyện"


@pytest.mark.parametrize("sent", ["", "0", "-1", "x", "9" * 12])
def test_a_form_without_a_version_changes_nothing(office: World, sent: str) -> None:
    assert edit(Browser(office, "can-bo"), sent, greeting="x") == 409
    assert office.services.sites.get("nha-khach")[0].greeting == ""


def test_a_site_is_taken_out_of_service_and_put_back_and_its_counts_stay(office: World) -> None:
    browser, path = Browser(office, "can-bo"), "/office/sites/id/cho/archive"
    seen = version(browser, "cho", "archive")
    assert browser.post(path, active="0", version=seen).status_code == 303
    office.services.snapshot.refresh()
    assert "beacon" not in links(office.get("/s/cho"))
    assert browser.post(path, active="1", version=seen).status_code == 409
    assert not office.services.sites.get("cho")[0].active
    today = browser.get("/office/sites/id/cho?range=today&format=json").json
    assert today["rows"][0]["impressions"] == 5
    again = version(browser, "cho", "archive")
    office.clock.now += 1
    assert browser.post(path, active="1", version=again).status_code == 303
    assert office.services.sites.get("cho")[0].active
    actions = [entry.action for entry in latest(office)[:2]]
    assert actions == ["site.restore", "site.archive"]


def test_the_kit_is_shown_downloaded_and_written_down(office: World) -> None:
    browser = Browser(office, "can-bo")
    page = browser.get("/office/sites/id/nha-khach/kit")
    assert KEY in page.text
    assert page.headers["Cache-Control"] == "no-store"
    packed = browser.get("/office/sites/id/nha-khach/kit?format=zip")
    assert packed.headers["Cache-Control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(packed.data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert any(KEY.encode() in body for body in files.values())
    for name, body in files.items():
        assert browser.get(f"/office/sites/id/nha-khach/kit?file={name}").data == body
    assert latest(office)[0].action == "site.kit"
    before = len(latest(office))
    assert browser.get("/office/sites/id/nha-khach/kit?file=../x").status_code == 404
    assert len(latest(office)) == before
    assert KEY not in str(latest(office))
    assert browser.get("/office/sites/id/cho/kit").status_code == 200  # says that there is none
    assert Browser(office, "nguoi-xem").get("/office/sites/id/nha-khach/kit").status_code == 403


def test_the_owner_of_a_site_gets_its_kit(office: World) -> None:
    office.book.edit("ben-xe", {"gateway": "opennds", **OPENNDS})
    assert KEY in Browser(office, "chu-diem").get("/office/sites/id/ben-xe/kit").text
