"""People and the audit log in the console: for administrators, and for nobody else."""

import io
import re
from pathlib import Path

import pyotp
import pytest
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from portal.app import create_app
from portal.audit import Entry
from portal.domain.people import Person, Role
from portal.services import open_services
from portal.settings import load_settings
from portal.web.office.audit_words import ACTIONS
from tests.web.conftest import World
from tests.web.office import PASSWORD, Browser

NEW = {"id": "lan", "name": "Nguyễn Thị Lan", "role": "officer", "sites": []}
ONE = "/office/people/id/can-bo"
POSTS = {
    "/office/people/new": NEW,
    ONE: {"name": "X", "role": "viewer", "sites": [], "version": "2"},
    f"{ONE}/access": {"active": "0"},
    f"{ONE}/factor": {},
    f"{ONE}/link": {},
}
HOSTILE = ["<script>alert(1)</script>", "\x00", "x" * 300, "a\u202eb", "' OR 1=1 --", "{{7*7}}"]


@pytest.fixture
def admin(office: World) -> Browser:
    return Browser(office, "quan-tri")


def entries(world: World) -> list[Entry]:
    """Return what the audit log has; of one moment, as the clock stands, by action."""
    return sorted(world.services.audit.entries("2021-03"), key=lambda one: (one.at, one.action))


def person(world: World, id: str = "can-bo") -> Person:
    return world.services.people.get(id)


def version(world: World, id: str = "can-bo") -> str:
    return str(world.services.people.find(id)[1])


def link_in(page: TestResponse) -> str:
    found = re.search(r"<code>(http[^<]+/office/reset/[^<]+)</code>", page.text)
    return found[1] if found else ""


def switched_on(world: World, id: str = "can-bo") -> None:
    factors, vault = world.services.people.factors, world.services.vault
    factors.offer(id, vault)
    app = pyotp.TOTP(factors.offered(id, vault))
    assert factors.switch_on(id, app.at(world.clock.now), vault) is not None


# --- who may


@pytest.mark.parametrize("id", ["can-bo", "nguoi-xem", "chu-diem"])
@pytest.mark.parametrize("path", list(POSTS))
def test_no_other_role_sees_or_changes_people(office: World, id: str, path: str) -> None:
    switched_on(office, "quan-tri")
    browser, before = Browser(office, id), office.services.people.all()
    assert browser.get(path).status_code == 403
    assert browser.post(path, **POSTS[path]).status_code == 403
    assert browser.post(path.replace("can-bo", "quan-tri"), **POSTS[path]).status_code == 403
    for closed in ("/office/people", "/office/people?format=json", "/office/audit"):
        assert browser.get(closed).status_code == 403
    assert "/office/people" not in browser.get("/office/").text
    assert office.services.people.all() == before
    assert entries(office) == []


@pytest.mark.parametrize("path", list(POSTS))
def test_a_form_without_the_sessions_token_changes_nothing(
    office: World, admin: Browser, path: str
) -> None:
    switched_on(office)
    before = office.services.people.all()
    for token in ("", "x", Browser(office, "nguoi-xem").token):
        assert admin.post(path, token=token, **POSTS[path]).status_code == 403
    assert admin.post(path, site="cross-site", **POSTS[path]).status_code == 403
    assert office.services.people.all() == before
    assert office.services.people.factors.of("can-bo").on
    assert entries(office) == []


def test_an_administrator_finds_the_pages_in_the_menu(admin: Browser) -> None:
    page = admin.get("/office/").text
    assert 'href="/office/people"' in page
    assert 'href="/office/audit"' in page


# --- the list


def test_everybody_is_listed_with_what_an_administrator_needs(
    office: World, admin: Browser
) -> None:
    switched_on(office)
    office.services.people.edit("nguoi-xem", {"active": False})
    office.services.people.add({"id": "moi", "name": "Mới", "role": "owner", "sites": "cho gone"})
    page = admin.get("/office/people")
    assert page.status_code == 200
    assert "Chợ Bảo Lâm, gone" in page.text
    rows = {row["id"]: row for row in admin.get("/office/people?format=json").json["rows"]}
    assert rows["can-bo"]["second_factor"] is True
    assert rows["quan-tri"]["second_factor"] is False
    assert rows["nguoi-xem"]["active"] is False
    assert rows["quan-tri"]["seen"] == "2021-03-05"
    assert rows["can-bo"]["seen"] is None
    assert list(rows)[-1] == "nguoi-xem"  # whoever may not sign in comes last
    for secret in ("argon2", office.services.people.get("can-bo").password):
        assert secret not in page.text


def test_names_are_neither_script_nor_formula(office: World, admin: Browser) -> None:
    office.services.people.edit("can-bo", {"name": "=HYPERLINK(1)"})
    office.services.people.edit("nguoi-xem", {"name": "<script>alert(1)</script>"})
    for path in ("/office/people", "/office/people/id/nguoi-xem", "/office/audit"):
        assert "<script>alert" not in admin.get(path).text
    rows = admin.get("/office/people?format=csv").data.decode("utf-8-sig")
    assert "'=HYPERLINK" in rows
    sheet = load_workbook(io.BytesIO(admin.get("/office/people?format=xlsx").data)).worksheets[0]
    assert sheet is not None
    assert admin.get("/office/people?format=exe").status_code == 400


# --- adding


def test_a_new_person_chooses_the_password_by_a_link(office: World, admin: Browser) -> None:
    assert admin.get("/office/people/new").status_code == 200
    page = admin.post("/office/people/new", **NEW)
    assert page.status_code == 200
    link = link_in(page)
    assert link.startswith("http://localhost/office/reset/")
    assert person(office, "lan").role is Role.OFFICER
    assert person(office, "lan").password == ""
    path = link.removeprefix("http://localhost")
    Browser(office).post(path, password="một câu thật dài", again="một câu thật dài")
    assert Browser(office).sign_in("lan").status_code == 303
    assert [(one.who, one.action, one.subject) for one in entries(office)] == [
        ("quan-tri", "person.add", "lan"),
        ("quan-tri", "person.link", "lan"),
        ("lan", "person.password", "lan"),
    ]
    assert link.rpartition("/")[2] not in str(entries(office))


def test_the_link_is_at_the_consoles_own_address(office: World, tmp_path: Path) -> None:
    url = "https://quanly.example.vn"
    settings = load_settings({}, data=tmp_path / "other", console_url=url)
    services = open_services(settings, clock=office.clock)
    services.people.add({"id": "quan-tri", "name": "Q", "role": "admin"})
    client = create_app(settings, services).test_client()
    client.set_cookie(
        "__Host-portal",
        services.people.sign_in(services.people.get("quan-tri")),
        domain="quanly.example.vn",
        secure=True,
    )
    page = client.get("/office/people/new", base_url=url)
    token = re.search(r'name="csrf" value="(\w+)"', page.text)
    assert token
    sent = {"Sec-Fetch-Site": "same-origin"}
    made = client.post(
        "/office/people/new", data={**NEW, "csrf": token[1]}, headers=sent, base_url=url
    )
    assert link_in(made).startswith(f"{url}/office/reset/")
    services.stop()


@pytest.mark.parametrize("field", ["id", "name", "role", "sites"])
@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_input_is_told_and_never_shown_as_it_is(
    office: World, admin: Browser, field: str, value: str
) -> None:
    before = len(office.services.people.all())
    answer = admin.post("/office/people/new", **{**NEW, field: value})
    fits = field == "name" and value in ("<script>alert(1)</script>", "' OR 1=1 --", "{{7*7}}")
    assert answer.status_code == (200 if fits else 400)
    assert len(office.services.people.all()) == before + fits
    assert "<script>alert" not in answer.text
    if not fits:
        assert f'href="#{field}"' in answer.text
        assert field == "name" or "Nguyễn Thị Lan" in answer.text  # what was entered stays


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"id": "can-bo"}, "id"),
        ({"id": "a b"}, "id"),
        ({"name": " "}, "name"),
        ({"role": ""}, "role"),
        ({"role": "owner"}, "sites"),
        ({"role": "owner", "sites": ["ben-xe", "nowhere"]}, "sites"),
    ],
)
def test_what_is_wrong_with_a_new_person_is_told(
    office: World, admin: Browser, changed: dict[str, str], field: str
) -> None:
    answer = admin.post("/office/people/new", **{**NEW, **changed})
    assert answer.status_code == 400
    assert f'href="#{field}"' in answer.text
    assert len(office.services.people.all()) == 4


def test_a_form_cannot_set_what_it_does_not_ask_for(office: World, admin: Browser) -> None:
    more = {"password": "$argon2id$x", "active": "0"}
    admin.post("/office/people/new", **NEW, **more)
    assert (person(office, "lan").password, person(office, "lan").active) == ("", True)
    before = person(office)
    form = {"id": "quan-tri", "name": "X", "role": "viewer", "version": version(office)}
    assert admin.post(ONE, **form, **more).status_code == 303
    after = person(office)
    assert (after.id, after.password, after.active) == ("can-bo", before.password, True)
    assert (after.name, after.role) == ("X", Role.VIEWER)


def test_somebody_may_be_called_new(office: World, admin: Browser) -> None:
    admin.post("/office/people/new", **{**NEW, "id": "new"})
    assert "Nguyễn Thị Lan" in admin.get("/office/people/id/new").text
    mail = "lan+1@cao-bang.gov.vn"
    admin.post("/office/people/new", **{**NEW, "id": mail})
    assert f'href="/office/people/id/{mail}"' in admin.get("/office/people").text
    assert admin.get(f"/office/people/id/{mail}").status_code == 200


# --- changing


def test_a_person_is_changed_at_once(office: World, admin: Browser) -> None:
    clerk = Browser(office, "can-bo")
    form = {"name": "Cán bộ", "role": "owner", "sites": ["cho"], "version": version(office)}
    assert admin.post(ONE, **form).location == "/office/people?done=saved"
    assert person(office).sites == ("cho",)
    assert clerk.get("/office/notes/new").status_code == 403
    [entry] = entries(office)
    assert (entry.who, entry.action, entry.subject) == ("quan-tri", "person.edit", "can-bo")
    assert entry.details == {
        "name": ["Can-Bo", "Cán bộ"],
        "role": ["officer", "owner"],
        "sites": [[], ["cho"]],
    }


def test_two_administrators_do_not_overwrite_each_other(office: World, admin: Browser) -> None:
    old = version(office)
    assert f'name="version" value="{old}"' in admin.get(ONE).text
    first = {"name": "Của một người", "role": "viewer", "version": old}
    assert admin.post(ONE, **first).status_code == 303
    second = {"name": "Của người kia", "role": "owner", "sites": "cho", "version": old}
    answer = admin.post(ONE, **second)
    assert answer.status_code == 409
    assert "Của một người" in answer.text  # what it is now
    assert 'value="Của người kia"' in answer.text  # what was entered
    assert re.search(r'value="cho" checked', answer.text)
    assert person(office).name == "Của một người"
    [new] = set(re.findall(r'name="version" value="(\d+)"', answer.text))
    assert admin.post(ONE, **{**second, "version": new}).status_code == 303
    assert person(office).name == "Của người kia"


@pytest.mark.parametrize("wrong", ["", "x", "0", "99", "1" * 5000, "-1", "१"])
def test_another_version_changes_nothing(office: World, admin: Browser, wrong: str) -> None:
    form = {"name": "X", "role": "viewer", "version": wrong}
    assert admin.post(ONE, **form).status_code == 409
    assert person(office).name == "Can-Bo"
    assert entries(office) == []


def test_what_a_mistake_leaves_out_is_not_overwritten_unseen_either(
    office: World, admin: Browser
) -> None:
    old = version(office)
    office.services.people.edit("can-bo", {"name": "Đã đổi"})
    answer = admin.post(ONE, name="", role="viewer", version=old)
    assert answer.status_code == 400
    assert f'name="version" value="{old}"' in answer.text
    assert admin.post(ONE, name="X", role="viewer", version=old).status_code == 409


@pytest.mark.parametrize("field", ["name", "role", "sites"])
@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_change_is_told(office: World, admin: Browser, field: str, value: str) -> None:
    form = {"name": "Cán bộ", "role": "officer", "version": version(office), field: value}
    answer = admin.post(ONE, **form)
    assert answer.status_code in ((303, 400) if field == "name" else (400,))
    assert "<script>alert" not in answer.text
    assert 'value="49"' not in admin.get(ONE).text


@pytest.mark.parametrize("path", ["", "/access", "/factor", "/link"])
@pytest.mark.parametrize("id", ["nobody", "x" * 500, "%00", "..", "ế", "a%20b"])
def test_who_is_not_here_cannot_be_changed(admin: Browser, id: str, path: str) -> None:
    assert admin.get(f"/office/people/id/{id}{path}").status_code == 404
    assert admin.post(f"/office/people/id/{id}{path}", name="X").status_code == 404


# --- access


def test_access_is_taken_and_given(office: World, admin: Browser) -> None:
    clerk = Browser(office, "can-bo")
    assert admin.post(f"{ONE}/access", active="0").status_code == 303
    assert clerk.get("/office/").status_code == 303
    assert Browser(office).sign_in("can-bo").status_code == 401
    admin.post(f"{ONE}/access", active="0")  # a second time it is no change
    assert admin.post(f"{ONE}/access", active="1").status_code == 303
    assert Browser(office).sign_in("can-bo").status_code == 303
    assert [one.action for one in entries(office)] == ["person.disable", "person.enable"]


def test_the_last_administrator_stays(office: World, admin: Browser) -> None:
    path = "/office/people/id/quan-tri"
    refused = admin.post(f"{path}/access", active="0")
    assert refused.status_code == 400
    assert 'href="#active"' in refused.text
    form = {"name": "Q", "role": "viewer", "version": version(office, "quan-tri")}
    answer = admin.post(path, **form)
    assert answer.status_code == 400
    assert 'href="#role"' in answer.text
    assert person(office, "quan-tri").role is Role.ADMIN
    assert entries(office) == []
    office.services.people.edit("can-bo", {"role": "admin"})
    form["version"] = version(office, "quan-tri")
    assert admin.post(path, **form).location == "/office/?done=saved"
    assert admin.get("/office/people").status_code == 403


# --- second factor and links


def test_a_lost_second_factor_is_taken_away(office: World, admin: Browser) -> None:
    clerk = Browser(office, "can-bo")
    switched_on(office)
    assert admin.post(f"{ONE}/factor").status_code == 303
    assert not office.services.people.factors.of("can-bo").on
    assert clerk.get("/office/").status_code == 303
    assert Browser(office).sign_in("can-bo").status_code == 303
    admin.post(f"{ONE}/factor")
    assert [(one.action, one.subject) for one in entries(office)] == [
        ("person.factor_off", "can-bo")
    ]


def test_an_administrator_does_not_get_around_the_own_password_and_code(
    office: World, admin: Browser
) -> None:
    """Else a stolen session would do."""
    switched_on(office, "quan-tri")
    path = "/office/people/id/quan-tri"
    assert admin.post(f"{path}/factor").status_code == 403
    assert admin.post(f"{path}/link").status_code == 403
    assert office.services.people.factors.of("quan-tri").on
    page = admin.get(path).text
    assert f'action="{path}/factor"' not in page
    assert f'action="{path}/link"' not in page


def test_a_new_link_takes_the_place_of_the_earlier(office: World, admin: Browser) -> None:
    first = link_in(admin.post(f"{ONE}/link")).removeprefix("http://localhost")
    second = link_in(admin.post(f"{ONE}/link")).removeprefix("http://localhost")
    assert Browser(office).get(first).status_code == 404
    assert Browser(office).get(second).status_code == 200
    assert Browser(office).sign_in("can-bo").status_code == 303  # until it is used
    shown = admin.get(ONE).text
    assert "12:00 06/03/2021" in shown
    assert second.rpartition("/")[2] not in shown
    assert [one.action for one in entries(office)] == ["person.link"] * 2


def test_who_is_out_of_service_gets_no_link(office: World, admin: Browser) -> None:
    office.services.people.edit("can-bo", {"active": False})
    assert admin.post(f"{ONE}/link").status_code == 409
    assert f'action="{ONE}/link"' not in admin.get(ONE).text


def test_what_was_shown_once_is_not_a_page(admin: Browser) -> None:
    for path in ("access", "factor", "link"):
        assert admin.get(f"{ONE}/{path}").location == ONE


# --- the audit log


def rows(browser: Browser, query: str = "") -> list[dict[str, str]]:
    found: list[dict[str, str]] = browser.get(f"/office/audit?format=json&{query}").json["rows"]
    return found


def test_the_log_says_in_words_what_was_done(office: World, admin: Browser) -> None:
    audit = office.services.audit
    audit.note("can-bo", "note.add", "n1", text="Tết")
    office.clock.now += 1
    audit.note("-", "person.edit", "chu-diem", role=["viewer", "owner"], active=[True, False])
    office.clock.now += 1
    audit.note("gone", "something.new", "x", sites=[[], ["a", "b"]], what=[None, 3])
    page = admin.get("/office/audit")
    assert page.status_code == 200
    assert "something.new" in page.text  # an action without words is shown as it is
    assert "note.add" not in page.text
    first, second, third = rows(admin)
    assert (first["action"], first["said"]) == ("something.new", "something.new")
    assert first["details"].endswith(": – → a, b; what: – → 3")
    assert "→" in second["details"]
    assert "viewer" not in second["details"]
    assert third["name"] == "Can-Bo"


def test_every_action_has_its_words() -> None:
    assert all(text and "." not in text for text in ACTIONS.values())


def test_the_log_is_asked_by_month_person_and_subject(office: World) -> None:
    for who, subject in (("can-bo", "ben-xe"), ("quan-tri", "cho"), ("-", "Ben-Tau")):
        office.services.audit.note(who, "site.edit", subject)
        office.clock.now += 1
    office.clock.now += 40 * 86400
    office.services.audit.note("can-bo", "site.edit", "sau")
    admin = Browser(office, "quan-tri")
    assert [row["subject"] for row in rows(admin)] == ["sau"]

    def subjects(query: str) -> list[str]:
        return [row["subject"] for row in rows(admin, f"month=2021-03&{query}")]

    assert subjects("") == ["Ben-Tau", "cho", "ben-xe"]
    assert subjects("who=can-bo") == ["ben-xe"]
    assert subjects("who=-") == ["Ben-Tau"]
    assert subjects("subject=BEN") == ["Ben-Tau", "ben-xe"]
    assert subjects("who=can-bo&subject=cho") == []
    assert subjects("who=nobody") == []
    assert rows(admin, "month=2020-01") == []


@pytest.mark.parametrize(
    "month", ["x", "2021-13", "2021-3", "1821-03", "2021-03-05", "../x", "٢٠٢١-٠٣"]
)
def test_a_month_that_there_is_not_is_told(admin: Browser, month: str) -> None:
    assert admin.get(f"/office/audit?month={month}").status_code == 400


def test_many_entries_come_in_pages(office: World, admin: Browser) -> None:
    for number in range(101):
        office.services.audit.note("can-bo", "note.add", f"s{number}")
    assert admin.get("/office/audit").text.count("<tr>") == 101  # the head and a hundred
    assert admin.get("/office/audit?page=1").text.count("<tr>") == 2
    for page in ("x", "-1", "9" * 5000):
        assert admin.get(f"/office/audit?page={page}").status_code == 200
    assert len(rows(admin)) == 101


@pytest.mark.parametrize("text", HOSTILE)
def test_the_log_is_never_script_whatever_was_written(
    office: World, admin: Browser, text: str
) -> None:
    office.services.audit.note("can-bo", text, text, **{text: [text, text]})
    page = admin.get("/office/audit", **{"Accept-Language": "vi"})
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "<script>alert" not in admin.get(f"/office/audit?who={text}&subject={text}").text
    for format in ("csv", "xlsx", "json"):
        assert admin.get(f"/office/audit?format={format}").status_code == 200


def test_no_page_shows_a_password(office: World, admin: Browser) -> None:
    for path in ("/office/people", ONE, "/office/audit", "/office/account"):
        page = admin.get(path).text
        assert PASSWORD not in page
        assert "argon2" not in page
