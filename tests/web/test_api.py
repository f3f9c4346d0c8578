"""The read API: who may read what, and that its numbers are the store's."""

import json
from collections import Counter
from dataclasses import asdict
from datetime import date
from typing import Any
from urllib.parse import quote

import pytest
from werkzeug.test import TestResponse

from portal.alertbook import opened_text
from portal.apitokens import TOKENS
from portal.domain.alerts import Cause, Finding
from portal.domain.events import Kind
from portal.settings import load_settings
from portal.stores.base import Store
from portal.web.api.access import PER_ADDRESS
from portal.web.api.endpoints import BASE, ENDPOINTS
from portal.web.api.schemas import NUMBERS
from tests.web.conftest import NOON, World, links
from tests.web.office import Browser

DAY = 86_400
STAFF = ("quan-tri", "can-bo", "nguoi-xem")
PATHS = [f"{BASE}{one.path.format(site_id='ben-xe')}" for one in ENDPOINTS]


def token(world: World, id: str = "nguoi-xem", days: int = 30) -> str:
    return world.services.tokens.add(id, "test", days)[1]


class Program:
    """A program that reads, with a token or without."""

    def __init__(self, world: World, text: str = "", address: str = "127.0.0.1") -> None:
        self.client = world.app.test_client(use_cookies=False)
        self.headers = {"Authorization": f"Bearer {text}"} if text else {}
        self.address = {"REMOTE_ADDR": address}

    def get(self, path: str, **query: str) -> TestResponse:
        return self.ask("GET", path, query)

    def ask(self, method: str, path: str, query: Any = None, **more: Any) -> TestResponse:
        path = path if path.startswith("/") else f"{BASE}/{path}"
        headers = {**self.headers, **more.pop("headers", {})}
        return self.client.open(
            path,
            method=method,
            query_string=query or None,
            headers=headers,
            environ_base=self.address,
            **more,
        )


def program(world: World, id: str = "nguoi-xem") -> Program:
    return Program(world, token(world, id))


def rows(answer: TestResponse) -> dict[str, int]:
    assert answer.status_code == 200, answer.text
    return {row["key"]: row["impressions"] for row in answer.json["rows"]}


def problem(answer: TestResponse, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    body: dict[str, Any] = answer.json
    assert body["status"] == status
    assert body["title"]
    assert "Traceback" not in answer.text
    return body


# --- who may read


@pytest.mark.parametrize("id", STAFF)
def test_staff_read_every_site(office: World, id: str) -> None:
    reads = program(office, id)
    assert [site["id"] for site in reads.get("sites").json["rows"]] == [
        "ben-xe", "cho", "nha-khach",
    ]  # fmt: skip
    assert rows(reads.get("counts", group="site")) == {"ben-xe": 3, "cho": 5, "nha-khach": 0}
    assert reads.get("sites/cho").json["name"] == "Chợ Bảo Lâm"


def test_an_owner_reads_the_own_site_and_no_other(office: World) -> None:
    reads = program(office, "chu-diem")
    assert [site["id"] for site in reads.get("sites").json["rows"]] == ["ben-xe"]
    for group in ("site", "day", "os", "channel", "hour", "area"):
        found = reads.get("counts", group=group)
        assert sum(rows(found).values()) == 3
        assert found.json["sum"]["impressions"] == 3
    assert reads.get("counts", site="ben-xe").json["sum"]["impressions"] == 3
    assert reads.get("sites/ben-xe").status_code == 200


def test_anothers_site_and_one_that_is_not_there_look_the_same(office: World) -> None:
    reads = program(office, "chu-diem")
    for path, query in (("sites/{}", {}), ("counts", {"site": "{}"})):
        answers = [
            reads.get(path.format(id), **{name: text.format(id) for name, text in query.items()})
            for id in ("cho", "khong-co")
        ]
        assert problem(answers[0], 404) == problem(answers[1], 404)


def test_an_owner_whose_sites_are_gone_reads_nothing(office: World) -> None:
    office.services.people.edit("chu-diem", {"sites": "khong-co"})
    reads = program(office, "chu-diem")
    assert reads.get("sites").json["total"] == 0
    found = reads.get("counts", group="site").json
    assert (found["rows"], found["sum"]["impressions"]) == ([], 0)
    assert reads.get("counts").json["sum"]["impressions"] == 0


@pytest.mark.parametrize(
    "sent",
    [
        "", "Bearer", "Bearer ", "Bearer x", "Basic dXNlcjpwYXNz", "Token x",
        "bearer bzp_000000000000_" + "A" * 43, "Bearer " + "A" * 8000, "Bearer ế", "Bearer \tx",
        "Bearer bzp__",
    ],
)  # fmt: skip
def test_without_a_good_token_nothing_is_read(office: World, sent: str) -> None:
    for path in [*PATHS, f"{BASE}/openapi.json", f"{BASE}/nothing"]:
        answer = Program(office).ask("GET", path, headers={"Authorization": sent} if sent else {})
        problem(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="')


def test_a_cookie_opens_nothing(office: World) -> None:
    browser = Browser(office, "quan-tri")
    for path in PATHS:
        problem(browser.get(path), 401)
    text = token(office)
    found = browser.get(f"{BASE}/status", Authorization=f"Bearer {text}")
    assert found.status_code == 200


def test_only_the_description_is_also_for_people_who_have_signed_in(office: World) -> None:
    assert Browser(office, "chu-diem").get(f"{BASE}/openapi.json").json["openapi"] == "3.1.0"
    assert program(office, "chu-diem").get("openapi.json").status_code == 200
    problem(Browser(office).get(f"{BASE}/openapi.json"), 401)
    wrong = Browser(office, "chu-diem").get(f"{BASE}/openapi.json", Authorization="Bearer x")
    problem(wrong, 401)


def test_a_token_ends_when_it_is_revoked(office: World) -> None:
    made, text = office.services.tokens.add("nguoi-xem", "x", 0)
    reads = Program(office, text)
    assert reads.get("status").status_code == 200
    office.services.tokens.revoke(made.id)
    assert "ended" in problem(reads.get("status"), 401)["detail"]


def test_a_token_ends_at_its_time(office: World) -> None:
    reads = program(office)
    office.clock.now += 30 * DAY
    problem(reads.get("status"), 401)


def test_a_token_ends_when_its_person_may_not_sign_in_any_more(office: World) -> None:
    reads = program(office)
    office.services.people.edit("nguoi-xem", {"active": False})
    problem(reads.get("status"), 401)
    office.services.people.edit("nguoi-xem", {"active": True})
    problem(reads.get("status"), 401)
    assert program(office).get("status").status_code == 200


def test_a_token_can_do_what_its_person_can_do_now(office: World) -> None:
    reads = program(office, "can-bo")
    assert reads.get("sites").json["total"] == 3
    office.services.people.edit("can-bo", {"role": "owner", "sites": "cho"})
    assert [site["id"] for site in reads.get("sites").json["rows"]] == ["cho"]


def test_a_token_whose_person_is_not_in_the_book_opens_nothing(office: World) -> None:
    problem(program(office, "nobody").get("status"), 401)


def test_guessing_ends_for_an_address_and_not_for_others(office: World) -> None:
    guesser = Program(office, "bzp_" + "0" * 12 + "_" + "A" * 43)
    for _n in range(PER_ADDRESS):
        problem(guesser.get("status"), 401)
    answer = guesser.get("status")
    problem(answer, 429)
    assert int(answer.headers["Retry-After"]) == 15 * 60
    text = token(office)
    problem(Program(office, text).get("status"), 429)  # not even looked at
    office.clock.now += 15 * 60
    assert Program(office, text).get("status").status_code == 200


def test_who_shows_no_token_does_not_use_up_the_attempts(office: World) -> None:
    for _n in range(PER_ADDRESS + 5):
        problem(Program(office).get("status"), 401)
    assert program(office).get("status").status_code == 200


# --- where the API is


def test_elsewhere_there_is_no_api(office: World) -> None:
    text = token(office)
    for path in [*PATHS, f"{BASE}/openapi.json", f"{BASE}/nothing"]:
        answer = Program(office, text, address="203.0.113.9").get(path)
        assert answer.status_code == 404
        assert answer.content_type.startswith("text/html")  # the visitors' page


def test_it_answers_under_the_consoles_name_only(tmp_path: Any) -> None:
    from portal.app import create_app
    from portal.services import open_services

    settings = load_settings({}, data=tmp_path, console_url="https://quanly.example.vn")
    services = open_services(settings)
    services.people.add({"id": "lan", "name": "Lan", "role": "viewer"})
    text = services.tokens.add("lan", "x", 30)[1]
    client = create_app(settings, services).test_client(use_cookies=False)
    for base, status in (
        ("https://quanly.example.vn", 200), ("http://quanly.example.vn", 404),
        ("https://thongbao.example.vn", 404), ("https://quanly.example.vn:8443", 404),
    ):  # fmt: skip
        answer = client.get(
            f"{BASE}/status", base_url=base, headers={"Authorization": f"Bearer {text}"}
        )
        assert answer.status_code == status
        assert (answer.content_type == "application/json") == (status == 200)
    found = client.get(
        f"{BASE}/openapi.json",
        base_url="https://quanly.example.vn",
        headers={"Authorization": f"Bearer {text}"},
    )
    assert found.json["servers"] == [{"url": "https://quanly.example.vn"}]
    services.stop()


# --- how it answers


@pytest.mark.parametrize("path", [*PATHS, f"{BASE}/openapi.json"])
def test_an_answer_is_json_that_nobody_keeps_and_sets_nothing(office: World, path: str) -> None:
    answer = program(office).get(path)
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers
    assert not [name for name, _value in answer.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "X"])
def test_nothing_can_be_changed(office: World, method: str) -> None:
    for path in PATHS:
        answer = program(office).ask(method, path, headers={"Sec-Fetch-Site": "same-origin"})
        problem(answer, 405)
        assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_head_is_get_without_a_body(office: World) -> None:
    answer = program(office).ask("HEAD", "sites")
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.content_type == "application/json"


def test_no_other_page_can_read_across_origins(office: World) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}
    for method in ("GET", "OPTIONS"):
        answer = program(office).ask(method, "status", headers=asked)
        assert not [name for name, _value in answer.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize("path", ["nothing", "sites/", "sites/a/b", "../v2/sites", "Sites", "%00"])
def test_what_is_not_there_is_a_problem(office: World, path: str) -> None:
    problem(program(office).get(f"{BASE}/{path}"), 404)


def test_a_store_that_is_away_is_a_problem_that_passes(
    office: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.domain.errors import StoreUnavailable

    reads = program(office)

    def away(*_arguments: object) -> None:
        raise StoreUnavailable

    monkeypatch.setattr(type(office.services.store), "documents", away)
    answer = reads.get("sites")
    problem(answer, 503)
    assert answer.headers["Retry-After"]


# --- what is asked


@pytest.mark.parametrize(
    ("path", "query", "wrong"),
    [
        ("counts", "from=2021-02-31", ["from"]),
        ("counts", "from=05/03/2021", ["from"]),
        ("counts", "from=20210305", ["from"]),
        ("counts", "from=2021-W09-5", ["from"]),
        ("counts", "from=%D9%A2021-03-05", ["from"]),
        ("counts", "from=", ["from"]),
        ("counts", "from=2021-03-06", ["to"]),
        ("counts", "from=2021-03-06&to=2021-03-05", ["to"]),
        ("counts", "from=2011-02-01&to=2021-03-05", ["from"]),
        ("counts", "from=0001-01-01&to=9999-12-31", ["from"]),
        ("counts", "group=week", ["group"]),
        ("counts", "group=", ["group"]),
        ("counts", "group=day&group=site", ["group"]),
        ("counts", "fro=2021-03-05", ["fro"]),
        ("counts", "site=../x", ["site"]),
        ("counts", "site=-", ["site"]),
        ("counts", "site=" + "a" * 41, ["site"]),
        ("counts", "area=Bảo Lâm", ["area"]),
        ("counts", "limit=0", ["limit"]),
        ("counts", "limit=1001", ["limit"]),
        ("counts", "limit=1e2", ["limit"]),
        ("counts", "limit=%D9%A1", ["limit"]),
        ("counts", "limit=99999999999999999999", ["limit"]),
        ("counts", "offset=-1", ["offset"]),
        ("counts", "offset=1000001", ["offset"]),
        ("counts", "limit=&offset=x", ["limit", "offset"]),
        ("sites", "kind=palace", ["kind"]),
        ("sites", "active=1", ["active"]),
        ("sites", "active=True", ["active"]),
        ("sites", "lang=vi", ["lang"]),
        ("areas", "level=village", ["level"]),
        ("status", "x=1", ["x"]),
        ("sites/A", "", ["site_id"]),
        ("sites/ben-xe", "site_id=cho", ["site_id"]),
        ("counts", "%00=1&%0d%0a=2&" + "y" * 200 + "=3", ["\0", "\r\n", "y" * 60]),
    ],
)
def test_what_cannot_be_used_is_told(
    office: World, path: str, query: str, wrong: list[str]
) -> None:
    body = problem(program(office).ask("GET", path, quote(query, safe="=&%")), 400)
    assert [error["parameter"] for error in body["errors"]] == wrong
    assert all(error["detail"] for error in body["errors"])


def test_the_longest_range_is_ten_years(office: World) -> None:
    reads = program(office)
    found = reads.get("counts", **{"from": "2011-02-27", "to": "2021-03-05", "limit": "1000"})
    assert found.json["total"] == 3660
    assert len(found.json["rows"]) == 1000


@pytest.mark.parametrize("to", ["0001-01-01", "0001-01-03", "9999-12-31"])
def test_the_ends_of_the_calendar_are_days_too(office: World, to: str) -> None:
    found = program(office).get("counts", to=to)
    assert found.status_code == 200
    assert found.json["to"] == to


def test_a_list_comes_in_parts(office: World) -> None:
    reads = program(office)
    whole = reads.get("areas", limit="1000").json
    assert whole["total"] == len(whole["rows"]) == len(office.services.areas)
    parts = [reads.get("areas", limit="60", offset=str(at)).json for at in (0, 60, 120, 180)]
    assert [row for part in parts for row in part["rows"]] == whole["rows"][:240]
    assert reads.get("areas", offset="1000000").json["rows"] == []


def test_sites_are_found_by_area_kind_and_state(office: World) -> None:
    office.add(id="tram", name="Trạm", kind="bus_station", area="Xã Mông Ân")
    office.book.archive("cho")
    reads = program(office)

    def ids(**query: str) -> list[str]:
        return [site["id"] for site in reads.get("sites", **query).json["rows"]]

    code = office.book.get("tram")[0].area
    assert ids(kind="bus_station") == ["ben-xe", "tram"]
    assert ids(active="false") == ["cho"]
    assert ids(area=code) == ids(area="042") == ids(area="04") == ["tram"]
    assert ids(area="040") == []
    assert ids(area=code, kind="hotel") == []
    problem(reads.get("sites", area="99999"), 404)
    assert reads.get("sites/tram").json["area_name"] == "Xã Mông Ân"


def test_secrets_of_a_gateway_are_in_no_answer(office: World) -> None:
    key = office.book.get("nha-khach")[0].gateway_settings["faskey"]
    assert key
    reads = program(office, "quan-tri")
    for path in [*PATHS, f"{BASE}/sites/nha-khach"]:
        text = reads.get(path).text
        assert key not in text
        assert "faskey" not in text


def test_hostile_names_stay_data(office: World) -> None:
    name = '"}]}<script>alert(1)</script>'
    office.add(id="xss", name=name)
    answer = program(office).get("sites/xss")
    assert answer.json["name"] == name
    assert answer.content_type == "application/json"


# --- the numbers


def in_store(store: Store, sites: list[str] | None = None) -> Counter[str]:
    found: Counter[str] = Counter()
    for id, cells in store.counters(date(2021, 3, 1), date(2021, 3, 7), sites).items():
        for cell, number in cells.items():
            found[cell.kind.partition(":")[0]] += number if id != "-" else 0
    return found


RANGE = {"from": "2021-03-01", "to": "2021-03-07"}


def test_every_number_is_the_stores(office: World) -> None:
    office.get("/s/ben-xe")  # a page whose beacon never came
    office.get("/i/forged.gif")
    office.services.recorder.flush()
    reads, store = program(office), office.services.store
    for sites in (None, ["ben-xe"], ["cho"], ["nha-khach"]):
        query = {**RANGE, **({"site": sites[0]} if sites else {})}
        found, wanted = reads.get("counts", **query).json, in_store(store, sites)
        for name, kind in NUMBERS.items():
            assert found["sum"][name] == wanted[kind], (sites, name)
    assert in_store(store)[Kind.PAGE] == 9


@pytest.mark.parametrize("group", ["day", "site", "area"])
def test_the_rows_add_up_to_the_sum(office: World, group: str) -> None:
    office.add(id="tram", name="Trạm", area="Xã Mông Ân")
    found = program(office).get("counts", group=group, **RANGE).json
    for name in NUMBERS:
        assert sum(row[name] for row in found["rows"]) == found["sum"][name]
    assert found["sum"]["impressions"] == 8


def test_every_day_of_the_range_has_a_row(office: World) -> None:
    found = rows(program(office).get("counts", **RANGE))
    assert found == {f"2021-03-0{n}": 8 if n == 5 else 0 for n in range(1, 8)}


def test_the_hours_are_the_hours_of_viet_nam(office: World) -> None:
    answer = program(office).get("counts", group="hour", **RANGE)
    found = rows(answer)
    assert found == {f"{hour:02}": 8 if hour == 12 else 0 for hour in range(24)}
    assert answer.json["rows"][12]["pages"] == 8


def test_systems_and_channels_are_those_of_the_impressions(office: World) -> None:
    reads = program(office)
    assert rows(reads.get("counts", group="os", **RANGE)) == {"android": 8}
    assert rows(reads.get("counts", group="channel", **RANGE)) == {"link": 8}


def test_areas_hold_the_sites_in_them(office: World) -> None:
    office.book.edit("cho", {"area": "Xã Mông Ân"})
    reads = program(office)
    code = office.book.get("cho")[0].area
    assert rows(reads.get("counts", group="area", **RANGE)) == {"": 3, code: 5}
    assert reads.get("counts", area="042", **RANGE).json["sum"]["impressions"] == 5
    assert reads.get("counts", area="040", **RANGE).json["sum"]["impressions"] == 0
    problem(reads.get("counts", area="042", site="ben-xe"), 404)


def test_many_sites_of_an_area_add_up(office: World) -> None:
    """More than are read at a time, and not all that ever counted."""
    for number in range(25):
        office.add(id=f"quan-{number}", name="Quán", area="Xã Mông Ân")
        office.get(links(office.get(f"/s/quan-{number}"))["beacon"])
    office.services.recorder.flush()
    reads = program(office)
    for group in ("day", "site", "area", "os", "channel", "hour"):
        found = reads.get("counts", area="042", group=group, **RANGE)
        assert sum(rows(found).values()) == found.json["sum"]["impressions"] == 25
        part = reads.get("counts", area="042", group=group, limit="2", offset="1", **RANGE).json
        assert part["rows"] == found.json["rows"][1:3]
        assert part["total"] == found.json["total"]
    assert reads.get("counts", **RANGE).json["sum"]["impressions"] == 33


def test_an_area_with_all_that_counted_is_the_whole(office: World) -> None:
    for id in ("ben-xe", "cho", "nha-khach"):
        office.book.edit(id, {"area": "Xã Mông Ân"})
    reads = program(office)
    for group in ("day", "site", "area", "os", "channel", "hour"):
        found = reads.get("counts", area="042", group=group, **RANGE).json
        assert found["rows"] == reads.get("counts", group=group, **RANGE).json["rows"]
        assert found["sum"]["impressions"] == 8


def test_without_days_it_is_the_last_seven(office: World) -> None:
    found = program(office).get("counts").json
    assert (found["from"], found["to"], found["total"]) == ("2021-02-27", "2021-03-05", 7)


def test_the_books_agree(office: World) -> None:
    found = program(office, "chu-diem").get("status").json
    assert found["generated_at"] == "2021-03-05T12:00:00+07:00"
    assert found["behind"] == 0
    balance = found["reconciliation"]
    assert balance["difference"] == 0
    assert balance["journalled"] == balance["counted"] == 16


# --- what people entered


def enter(world: World) -> None:
    """Installs in two areas, one of them corrected, and notes of every reach."""
    world.book.edit("cho", {"area": "01312"})
    for area, day, installs in (
        ("042", "2021-02-01", 5000),
        ("042", "2021-03-01", 6000),
        ("01312", "2021-03-01", 100),
    ):
        fields = {"area": area, "day": day, "installs": str(installs), "source": "Sở TT&TT"}
        world.services.adoption.add(fields, "can-bo")
    entered = world.services.adoption.add(
        {"area": "042", "day": "2021-03-02", "installs": "6001", "source": "x"}, "can-bo"
    )[0]
    world.services.adoption.remove(entered.id, "nhầm", "can-bo")
    for about, text in (
        ("", "Tết"), ("area:01312", "Mất điện"), ("site:ben-xe", "Sửa mái"), ("site:cho", "Lụt"),
    ):  # fmt: skip
        world.services.notes.add(
            {"first": "2021-03-01", "last": "2021-03-03", "about": about, "text": text}, "can-bo"
        )


def test_installs_are_those_that_count(office: World) -> None:
    enter(office)
    found = program(office).get("adoption").json
    assert found["target"] == office.services.campaign.target_share
    assert [(row["area"], row["day"], row["installs"]) for row in found["rows"]] == [
        ("042", "2021-02-01", 5000), ("042", "2021-03-01", 6000), ("01312", "2021-03-01", 100),
    ]  # fmt: skip
    last = found["rows"][1]
    assert last["area_name"] == "Huyện Bảo Lâm"
    assert last["share"] == pytest.approx(6000 / 65025)
    assert (last["needed"], last["missing"]) == (19508, 13508)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"area": "042"}, [5000, 6000]),
        ({"area": "042", "latest": "true"}, [6000]),
        ({"latest": "true"}, [6000, 100]),
        ({"latest": "false", "to": "2021-02-28"}, [5000]),
        ({"latest": "true", "to": "2021-02-28"}, [5000]),
        ({"from": "2021-02-02", "area": "042"}, [6000]),
        ({"from": "2021-03-02"}, []),
        ({"area": "04"}, []),
    ],
)
def test_installs_are_found_by_area_and_day(
    office: World, query: dict[str, str], expected: list[int]
) -> None:
    enter(office)
    found = program(office).get("adoption", **query).json
    assert [row["installs"] for row in found["rows"]] == expected


def test_what_people_entered_is_for_those_who_read_every_site(office: World) -> None:
    for path in ("adoption", "notes"):
        for id in STAFF:
            assert program(office, id).get(path).status_code == 200
        problem(program(office, "chu-diem").get(path), 403)
        problem(program(office).get(path, area="99999"), 404)


def texts(answer: TestResponse) -> set[str]:
    assert answer.status_code == 200, answer.text
    return {row["text"] for row in answer.json["rows"]}


def test_notes_are_those_that_concern_a_place(office: World) -> None:
    enter(office)
    reads = program(office)
    assert texts(reads.get("notes")) == {"Tết", "Mất điện", "Sửa mái", "Lụt"}
    assert texts(reads.get("notes", site="ben-xe")) == {"Tết", "Sửa mái"}
    assert texts(reads.get("notes", site="cho")) == {"Tết", "Mất điện", "Lụt"}
    assert texts(reads.get("notes", area="01312")) == {"Tết", "Mất điện", "Lụt"}
    problem(reads.get("notes", site="khong-co"), 404)


def test_notes_are_found_by_day_and_gone_once_removed(office: World) -> None:
    enter(office)
    reads = program(office)
    for days, found in (
        ({"from": "2021-03-04"}, 0), ({"from": "2021-03-03"}, 4), ({"to": "2021-02-28"}, 0),
        ({"from": "2021-01-01", "to": "2021-03-01"}, 4),
    ):  # fmt: skip
        assert reads.get("notes", **days).json["total"] == found
    note = office.services.notes.all()[0]
    office.services.notes.remove(note.id, "can-bo", 1)
    assert reads.get("notes").json["total"] == 3
    problem(reads.get("notes", **{"from": "2021-03-02", "to": "2021-03-01"}), 400)


def test_who_wrote_something_is_in_no_answer(office: World) -> None:
    enter(office)
    reads = program(office, "quan-tri")
    for path in PATHS:
        assert "can-bo" not in reads.get(path).text


# --- the pages


def test_a_token_is_shown_once_and_opens(office: World) -> None:
    browser = Browser(office, "chu-diem")
    page = browser.post("/office/tokens", name="Báo cáo tháng", days="90")
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    [made] = office.services.tokens.of("chu-diem")
    text = page.text.partition('<pre class="wrap"><code>')[2].partition("<")[0]
    assert Program(office, text).get("sites").json["total"] == 1
    assert made.expires == office.clock.now + 90 * DAY
    again = browser.get("/office/tokens").text
    assert "Báo cáo tháng" in again
    assert text not in again
    assert text.rpartition("_")[2] not in json.dumps(asdict(made))


def test_making_and_revoking_stand_in_the_audit_log_without_the_token(office: World) -> None:
    browser = Browser(office, "can-bo")
    page = browser.post("/office/tokens", name="x", days="0")
    [made] = office.services.tokens.of("can-bo")
    browser.post(f"/office/tokens/{made.id}/revoke")
    found = office.services.audit.entries("2021-03")
    assert {(entry.who, entry.action, entry.subject) for entry in found} == {
        ("can-bo", "token.add", made.id),
        ("can-bo", "token.revoke", made.id),
    }
    secret = page.text.partition(f"bzp_{made.id}_")[2][:43]
    assert secret
    assert secret not in str(found)
    assert made.hash not in str(found)


def test_one_sees_and_ends_the_own_tokens_and_administrators_all(office: World) -> None:
    made = office.services.tokens.add("can-bo", "của cán bộ", 30)[0]
    other = Browser(office, "nguoi-xem")
    assert "của cán bộ" not in other.get("/office/tokens").text
    assert "của cán bộ" not in other.get("/office/tokens?format=csv").text
    assert other.post(f"/office/tokens/{made.id}/revoke").status_code == 404
    assert other.post("/office/tokens/000000000000/revoke").status_code == 404
    admin = Browser(office, "quan-tri")
    page = admin.get("/office/tokens").text
    assert "của cán bộ" in page
    assert "Can-Bo" in page
    assert admin.post(f"/office/tokens/{made.id}/revoke").status_code == 303
    assert office.services.tokens.get(made.id).revoked
    assert "Can-Bo" not in Browser(office, "nguoi-xem").get("/office/tokens").text


@pytest.mark.parametrize(
    "form",
    [
        {"name": "", "days": "30"},
        {"name": "x" * 61, "days": "30"},
        {"name": "<b>\x00", "days": "30"},
        {"name": "x", "days": "31"},
        {"name": "x", "days": ""},
        {"name": "x", "days": "9" * 400},
        {"name": "x"},
        {},
    ],
)
def test_what_cannot_be_made_is_told_and_kept_in_the_form(
    office: World, form: dict[str, str]
) -> None:
    page = Browser(office, "can-bo").post("/office/tokens", **form)
    assert page.status_code == 400
    assert 'id="problems"' in page.text
    assert "<b>" not in page.text
    assert office.services.tokens.of("can-bo") == []
    assert office.services.store.documents(TOKENS) == {}


def test_a_form_without_its_token_changes_nothing(office: World) -> None:
    made = office.services.tokens.add("can-bo", "x", 30)[0]
    browser = Browser(office, "can-bo")
    assert browser.post("/office/tokens", token="x", name="y", days="30").status_code == 403
    answer = browser.post(f"/office/tokens/{made.id}/revoke", token="x")
    assert answer.status_code == 403
    assert [token.name for token in office.services.tokens.of("can-bo")] == ["x"]
    assert not office.services.tokens.get(made.id).revoked


@pytest.mark.parametrize("id", [*STAFF, "chu-diem"])
def test_the_page_about_the_api_says_every_endpoint_that_one_may_ask(
    office: World, id: str
) -> None:
    page = Browser(office, id).get("/office/api?lang=en")
    assert page.status_code == 200
    reads, mine = program(office, id), []
    for one in ENDPOINTS:
        refused = reads.get(one.path.removeprefix("/").format(site_id="ben-xe")).status_code == 403
        assert refused == (f"GET {BASE}{one.path}<" not in page.text)
        mine += [] if refused else [one]
    assert len(mine) == len(ENDPOINTS) - 2 * (id == "chu-diem")
    for one in mine:
        assert f"GET {BASE}{one.path}" in page.text
        for parameter in one.parameters:
            assert f"<code>{parameter.name}</code>" in page.text
    assert "curl -H" in page.text
    assert f"http://localhost{BASE}/counts?from=2021-03-01" in page.text


def test_the_examples_of_the_page_work(office: World) -> None:
    page = Browser(office, "nguoi-xem").get("/office/api?lang=en").text
    reads = program(office)
    found = [part.partition("<")[0] for part in page.split(f"<code>http://localhost{BASE}")[1:]]
    paths = [path.replace("&amp;", "&") for path in found if path]
    assert len(paths) == len(ENDPOINTS)
    for path in paths:
        assert reads.get(f"{BASE}{path}").status_code == 200


@pytest.mark.parametrize("form", ["xlsx", "csv", "json"])
def test_the_list_of_tokens_is_a_file_too(office: World, form: str) -> None:
    made, text = office.services.tokens.add("can-bo", "=1+1", 30)
    answer = Browser(office, "can-bo").get(f"/office/tokens?format={form}")
    assert answer.status_code == 200
    assert made.hash.encode() not in answer.data
    assert text.removeprefix(f"bzp_{made.id}_").encode() not in answer.data
    if form == "json":
        assert [row["name"] for row in answer.json["rows"]] == ["=1+1"]


# --- alerts


def alarm(world: World) -> None:
    """One alert at each site and one of a node; the first is acknowledged, the second over."""
    book = world.services.alerts
    found = [
        Finding(Cause.SILENT, "ben-xe", NOON, {"hours": 5}),
        Finding(Cause.SILENT, "cho", NOON, {"hours": 5}),
        Finding(Cause.CLOCK, "node", NOON, {"seconds": 90}),
    ]
    for _check in range(2):
        world.clock.now += 300
        for one in found:
            book.raise_(one)
    first = book.get("silent:ben-xe")
    book.acknowledge(first.id, opened_text(first), "can-bo", "đã gọi điện")
    book.close(Cause.SILENT, "cho")


def places(answer: TestResponse) -> set[tuple[str, str]]:
    assert answer.status_code == 200, answer.text
    return {(row["site"] or row["node"], row["state"]) for row in answer.json["rows"]}


def test_alerts_are_found_by_state_cause_and_site(office: World) -> None:
    alarm(office)
    reads = program(office)
    assert places(reads.get("alerts")) == {("ben-xe", "acknowledged"), ("node", "open")}
    assert places(reads.get("alerts", state="recovered")) == {("cho", "recovered")}
    assert places(reads.get("alerts", cause="clock")) == {("node", "open")}
    assert places(reads.get("alerts", site="ben-xe")) == {("ben-xe", "acknowledged")}
    problem(reads.get("alerts", site="khong-co"), 404)
    problem(reads.get("alerts", state="khong-co"), 400)
    row = reads.get("alerts", state="acknowledged").json["rows"][0]
    assert (row["note"], row["recovered_at"]) == ("đã gọi điện", None)
    assert row["since"] == "2021-03-05T12:00:00+07:00"


def test_an_owner_sees_alerts_of_the_own_site_without_the_offices_words(office: World) -> None:
    alarm(office)
    reads = program(office, "chu-diem")
    assert places(reads.get("alerts")) == {("ben-xe", "acknowledged")}
    assert reads.get("alerts").json["rows"][0]["note"] == ""
    assert places(reads.get("alerts", state="recovered")) == set()
    problem(reads.get("alerts", site="cho"), 404)
