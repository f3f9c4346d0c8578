"""The console: who gets in, what they see, and what nobody else can do."""

import re
from datetime import date

import pytest
from werkzeug.test import TestResponse

from portal.app import ROUTES
from portal.web.office.access import staff
from portal.web.office.session import console
from portal.web.office.sign_in import PER_NAME
from tests.web.conftest import NOON, World, links
from tests.web.office import PASSWORD, Browser


def numbers(page: TestResponse) -> dict[str, str]:
    return dict(re.findall(r'data-number="(\w+)">([^<]*)<', page.text))


def test_whoever_has_not_signed_in_is_asked_to(office: World) -> None:
    answer = Browser(office).get("/office/")
    assert (answer.status_code, answer.location) == (303, "/office/sign-in?next=/office/")
    assert Browser(office).get("/office/live.json").status_code == 303


@pytest.mark.parametrize("id", ["quan-tri", "can-bo", "nguoi-xem"])
def test_staff_see_every_site(office: World, id: str) -> None:
    browser = Browser(office)
    assert browser.sign_in(id).status_code == 303
    page = browser.get("/office/?from=2021-03-05")
    assert page.status_code == 200
    assert numbers(page)["impressions"] == "8"
    assert "Chợ Bảo Lâm" in page.text


def test_an_owner_sees_the_own_site_and_no_other(office: World) -> None:
    browser = Browser(office)
    browser.sign_in("chu-diem")
    page = browser.get("/office/?from=2021-03-05")
    assert numbers(page)["impressions"] == "3"
    assert "Chợ Bảo Lâm" not in page.text
    assert browser.get("/office/live.json?from=2021-03-05").json["impressions"] == 3


def test_a_new_impression_shows_in_the_live_number(office: World) -> None:
    browser = Browser(office)
    browser.sign_in("nguoi-xem")
    before = browser.get("/office/live.json?range=today").json["impressions"]
    office.get(links(office.get("/s/ben-xe"))["beacon"])
    assert browser.get("/office/live.json?range=today").json["impressions"] == before + 1


@pytest.mark.parametrize(("id", "password"), [("can-bo", "wrong"), ("nobody", PASSWORD), ("", "")])
def test_a_wrong_name_and_a_wrong_password_look_the_same(
    office: World, id: str, password: str
) -> None:
    answer = Browser(office).sign_in(id, password)
    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers
    assert "Tên hoặc mật khẩu không đúng" in answer.text


@pytest.mark.parametrize(
    "name", ["Accepted", "can-bo\nlogin ok", '{"ok":true}', "\x1b[2J", "CAN-BO"]
)
def test_s13_guessing_ends_whatever_the_name(office: World, name: str) -> None:
    browser = Browser(office)
    for _n in range(PER_NAME):
        assert browser.sign_in(name, "wrong").status_code == 401
    assert browser.sign_in(name, PASSWORD).status_code == 429
    assert browser.sign_in("nguoi-xem").status_code == 303  # the others are not kept out
    office.clock.now += 15 * 60
    if name == "CAN-BO":
        assert browser.sign_in(name).status_code == 303


def test_a_right_password_forgets_the_wrong_ones(office: World) -> None:
    browser = Browser(office)
    for _n in range(2):
        for _m in range(PER_NAME - 1):
            browser.sign_in("can-bo", "wrong")
        assert browser.sign_in("can-bo").status_code == 303


def test_a_stolen_cookie_is_worth_nothing_after_signing_out(office: World) -> None:
    browser, thief = Browser(office), Browser(office)
    browser.sign_in("can-bo")
    cookie = browser.client.get_cookie("portal")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Strict"
    thief.client.set_cookie("portal", cookie.value)
    assert thief.get("/office/").status_code == 200
    browser.post("/office/sign-out")
    assert thief.get("/office/").status_code == 303


def test_signing_out_everywhere_ends_the_other_sessions(office: World) -> None:
    one, two = Browser(office), Browser(office)
    one.sign_in("can-bo")
    two.sign_in("can-bo")
    one.post("/office/sign-out", everywhere="1")
    assert two.get("/office/").status_code == 303


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
@pytest.mark.parametrize("path", ["/office/sign-in", "/office/sign-out"])
def test_s12_no_other_page_can_post_here(office: World, site: str, path: str) -> None:
    assert Browser(office).post(path, site=site, id="can-bo", password=PASSWORD).status_code == 403


def test_s12_an_old_browser_names_its_origin(office: World) -> None:
    client = office.app.test_client()
    form = {"id": "can-bo", "password": PASSWORD}
    wrong = ("http://evil.example", "null", "")
    assert Browser(office).get("/office/sign-in").headers["Referrer-Policy"] == "same-origin"
    for origin, status in (("http://localhost", 303), *((origin, 403) for origin in wrong)):
        answer = client.post("/office/sign-in", data=form, headers={"Origin": origin})
        assert answer.status_code == status


@pytest.mark.parametrize(
    "to", ["//evil.example", "https://evil.example", "/s/x", "/office/\\x", "/office/%0d"]
)
def test_s01_one_returns_to_the_console_and_nowhere_else(office: World, to: str) -> None:
    answer = Browser(office).post("/office/sign-in", id="can-bo", password=PASSWORD, next=to)
    assert answer.location == "/office/"


def test_without_an_address_of_its_own_the_console_is_for_this_machine_alone(office: World) -> None:
    assert Browser(office).get("/office/sign-in").status_code == 200
    assert Browser(office, address="203.0.113.9").get("/office/sign-in").status_code == 404
    passed = office.app.test_client().get("/office/sign-in", headers={"X-Forwarded-For": "1.2.3.4"})
    assert passed.status_code == 404


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("from=2021-02-31", 400),
        ("from=x&to=y", 400),
        ("from=2021-03-05&to=2021-03-01", 400),
        ("from=05/03/2021", 200),
        ("range=nonsense", 200),
        ("range=campaign", 200),
        ("from=1900-01-01&to=2999-12-31", 400),
    ],
)
def test_a_range_is_a_link_and_a_bad_one_is_told(office: World, query: str, status: int) -> None:
    browser = Browser(office)
    browser.sign_in("nguoi-xem")
    assert browser.get(f"/office/?{query}").status_code == status


def test_what_people_wrote_is_never_script(office: World) -> None:
    """S05: names of sites and people, wherever they stand."""
    office.add(id="xss", name="<script>alert(1)</script>'\"{{7*7}}")
    office.services.people.edit("can-bo", {"name": "<img src=x onerror=alert(1)>"})
    browser = Browser(office)
    browser.sign_in("can-bo")
    text = browser.get("/office/").text
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert "49" not in re.sub(r"\d{3,}", "", text.partition("<main")[2]) or "{{7*7}}" in text


def test_every_page_of_the_console_is_closed_to_strangers(office: World) -> None:
    """A new route without a session in front of it fails here."""
    guards = {blueprint.name: guard for blueprint, guard in ROUTES}
    rules = [rule for rule in office.app.url_map.iter_rules() if rule.rule.startswith("/office")]
    assert len(rules) >= 5
    for rule in rules:
        guard = guards[rule.endpoint.partition(".")[0]]
        assert guard in (console, staff)
        if guard is staff:
            for method in rule.methods - {"OPTIONS", "HEAD"}:
                answer = office.app.test_client().open(
                    rule.rule, method=method, headers={"Sec-Fetch-Site": "same-origin"}
                )
                assert answer.status_code == 303


def test_the_headers_are_strict(office: World) -> None:
    answer = Browser(office).get("/office/sign-in")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_the_clock_of_the_fixture_is_a_friday() -> None:
    assert date.fromtimestamp(NOON).isoweekday() == 5
