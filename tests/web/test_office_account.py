"""One's own account, the second step of signing in, and links that set a password."""

import logging
import re
from typing import Any

import pyotp
import pytest
from werkzeug.test import TestResponse

from portal.audit import Entry
from portal.domain.second_factor import BETWEEN, OFFERED, STEP
from portal.web.office.guesses import PER_ADDRESS, PER_NAME
from tests.web.conftest import World
from tests.web.office import PASSWORD, PEOPLE, Browser

NEW = "một câu khác hẳn"
FACTOR = "/office/account/second-factor"
POSTS = {
    "/office/account/password": {"present": PASSWORD, "password": NEW, "again": NEW},
    FACTOR: {"present": PASSWORD},
    f"{FACTOR}/confirm": {"code": "123456"},
    f"{FACTOR}/recovery": {"present": PASSWORD, "code": "123456"},
    f"{FACTOR}/off": {"present": PASSWORD, "code": "123456"},
}
HOSTILE = ["", "<script>alert(1)</script>", "\x00", "x" * 5000, "ế\u202e𝔸", "' OR 1=1 --", "%00%0d"]


@pytest.fixture
def clerk(office: World) -> Browser:
    return Browser(office, "can-bo")


def entries(world: World) -> list[Entry]:
    """Return what the audit log has."""
    return world.services.audit.entries("2021-03")


def actions(world: World) -> list[tuple[str, str, str]]:
    return sorted((one.who, one.action, one.subject) for one in entries(world))


def switched_on(world: World, id: str = "can-bo") -> tuple[pyotp.TOTP, list[str]]:
    """Return the app and the recovery codes of somebody who switched it on a minute ago."""
    factors, vault = world.services.people.factors, world.services.vault
    factors.offer(id, vault)
    app = pyotp.TOTP(factors.offered(id, vault))
    codes = factors.switch_on(id, app.at(world.clock.now), vault)
    assert codes is not None
    world.clock.now += 2 * STEP
    return app, codes


def wrong(app: pyotp.TOTP, world: World) -> str:
    """Return a code that is none of those that could be right."""
    near = {app.at(world.clock.now + STEP * drift) for drift in range(-2, 3)}
    return next(code for code in (f"{n:06d}" for n in range(10)) if code not in near)


def proof_in(page: TestResponse) -> str:
    found = re.search(r'name="proof" value="([^"]+)"', page.text)
    return found[1] if found else ""


def first_step(world: World, id: str = "can-bo", **form: str) -> tuple[Browser, str]:
    """Return a browser that has shown the right password, and the proof in its form."""
    browser = Browser(world)
    page = browser.sign_in(id, **form)
    assert page.status_code == 200
    return browser, proof_in(page)


def second_step(browser: Browser, proof: str, code: str, **form: str) -> TestResponse:
    return browser.post("/office/sign-in/code", proof=proof, code=code, **form)


def signed_in(browser: Browser) -> bool:
    return browser.get("/office/account").status_code == 200


# --- the account


@pytest.mark.parametrize("id", list(PEOPLE))
def test_everybody_sees_the_own_account(office: World, id: str) -> None:
    page = Browser(office, id).get("/office/account")
    assert page.status_code == 200
    assert f"<dd>{id}</dd>" in page.text
    if id == "chu-diem":
        assert "<dd>Bến xe khách Bảo Lâm</dd>" in page.text


def test_a_changed_password_ends_the_other_sessions_and_renews_this_one(
    office: World, clerk: Browser
) -> None:
    other, thief = Browser(office, "can-bo"), Browser(office)
    before = clerk.client.get_cookie("portal")
    assert before is not None
    thief.client.set_cookie("portal", before.value)
    answer = clerk.post("/office/account/password", **POSTS["/office/account/password"])
    assert answer.location == "/office/account?done=password"
    after = clerk.client.get_cookie("portal")
    assert after is not None
    assert after.value != before.value
    assert after.http_only
    assert after.same_site == "Strict"
    assert signed_in(clerk)
    assert not signed_in(other)
    assert not signed_in(thief)
    assert Browser(office).sign_in("can-bo").status_code == 401
    assert Browser(office).sign_in("can-bo", NEW).status_code == 303
    assert actions(office) == [("can-bo", "person.password", "can-bo")]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"present": "wrong"}, "present"),
        ({"again": NEW + "!"}, "again"),
        ({"password": "short", "again": "short"}, "password"),
        ({"password": "can-bo can-bo", "again": "can-bo can-bo"}, "password"),
        *(({"present": text}, "present") for text in HOSTILE),
        ({"password": "x" * 5000, "again": "x" * 5000}, "password"),
    ],
)
def test_what_is_wrong_with_a_new_password_is_told(
    office: World, clerk: Browser, changed: dict[str, str], field: str
) -> None:
    form = POSTS["/office/account/password"] | changed
    answer = clerk.post("/office/account/password", **form)
    assert answer.status_code == 400
    assert f'href="#{field}"' in answer.text
    assert "<script>alert" not in answer.text
    assert NEW not in answer.text
    assert signed_in(clerk)
    assert Browser(office).sign_in("can-bo").status_code == 303
    assert entries(office) == []


@pytest.mark.parametrize("new", [text * 3 for text in HOSTILE if 8 < len(text) < 99])
def test_a_password_may_be_anything_that_is_long_enough(
    office: World, clerk: Browser, new: str
) -> None:
    form = {"present": PASSWORD, "password": new, "again": new}
    assert clerk.post("/office/account/password", **form).status_code == 303
    assert Browser(office).sign_in("can-bo", new).status_code == 303
    assert Browser(office).sign_in("can-bo", new[:-1]).status_code == 401


def test_a_stolen_session_does_not_get_to_guess_the_password(office: World, clerk: Browser) -> None:
    form = POSTS["/office/account/password"]
    for _n in range(PER_NAME):
        assert clerk.post("/office/account/password", **form | {"present": "x"}).status_code == 400
    assert clerk.post("/office/account/password", **form).status_code == 429
    assert clerk.post(FACTOR, present=PASSWORD).status_code == 429
    assert Browser(office).sign_in("can-bo").status_code == 303  # nobody is locked out by it
    assert actions(office) == [("-", "account.locked", "can-bo")]
    office.clock.now += 15 * 60
    assert clerk.post("/office/account/password", **form).status_code == 303


@pytest.mark.parametrize("path", list(POSTS))
def test_a_form_without_the_sessions_token_does_nothing(
    office: World, clerk: Browser, path: str
) -> None:
    other = Browser(office, "can-bo")
    app, _codes = switched_on(office)
    form = POSTS[path] | {"code": app.at(office.clock.now)}
    for token in ("", "x", other.token):
        assert clerk.post(path, token=token, **form).status_code == 403
    assert clerk.post(path, site="cross-site", **form).status_code == 403
    assert office.services.people.factors.of("can-bo").on
    assert Browser(office).sign_in("can-bo").status_code == 200
    assert entries(office) == []


@pytest.mark.parametrize("path", ["/office/account", *POSTS])
def test_the_account_is_closed_to_strangers(office: World, path: str) -> None:
    assert Browser(office).get(path).status_code == 303
    assert path not in POSTS or Browser(office).post(path).status_code == 303


# --- the second factor, switched on and off


def test_a_second_factor_is_set_up_by_its_key_and_a_code(office: World, clerk: Browser) -> None:
    other = Browser(office, "can-bo")
    assert clerk.get(f"{FACTOR}/confirm").location == FACTOR  # nothing is offered yet
    assert clerk.post(FACTOR, present=PASSWORD).location == f"{FACTOR}/confirm"
    page = clerk.get(f"{FACTOR}/confirm").text
    assert 'src="data:image/png;base64,' in page
    key = re.search(r"<code>([A-Z2-7 ]{39})</code>", page)
    assert key
    app = pyotp.TOTP(key[1].replace(" ", ""))
    answer = clerk.post(f"{FACTOR}/confirm", code=wrong(app, office))
    assert answer.status_code == 400
    assert key[1] in answer.text
    assert not office.services.people.factors.of("can-bo").on
    shown = clerk.post(f"{FACTOR}/confirm", code=app.at(office.clock.now))
    assert shown.status_code == 200
    codes = re.findall(
        r"^([A-Z2-7]{4}(?: [A-Z2-7]{4}){5})$", shown.text.replace("<code>", "\n"), re.M
    )
    assert len(codes) == 10
    assert signed_in(clerk)
    assert not signed_in(other)
    again = clerk.get(f"{FACTOR}/confirm")
    assert again.location == FACTOR  # neither the key nor the codes are shown again
    assert not any(code in clerk.get(FACTOR).text for code in codes)
    assert actions(office) == [("can-bo", "person.factor_on", "can-bo")]
    assert not any(secret in str(entries(office)) for secret in (app.secret, codes[0], key[1]))


def test_without_the_password_no_key_is_offered(office: World, clerk: Browser) -> None:
    assert clerk.post(FACTOR, present="wrong").status_code == 400
    assert clerk.get(f"{FACTOR}/confirm").status_code == 303
    assert clerk.post(f"{FACTOR}/confirm", code="123456").status_code == 303


def test_an_offered_key_is_forgotten_after_a_while(office: World, clerk: Browser) -> None:
    clerk.post(FACTOR, present=PASSWORD)
    office.clock.now += OFFERED
    assert clerk.get(f"{FACTOR}/confirm").status_code == 303


def test_a_key_in_force_cannot_be_replaced(office: World, clerk: Browser) -> None:
    app, _codes = switched_on(office)
    assert clerk.post(FACTOR, present=PASSWORD).location == FACTOR
    office.services.people.factors.offer("can-bo", office.services.vault)
    assert clerk.get(f"{FACTOR}/confirm").location == FACTOR
    clerk.post(f"{FACTOR}/confirm", code=app.at(office.clock.now))
    assert office.services.people.factors.of("can-bo").step > 0


def test_confirming_is_not_a_place_to_guess(office: World, clerk: Browser) -> None:
    clerk.post(FACTOR, present=PASSWORD)
    key = office.services.people.factors.offered("can-bo", office.services.vault)
    app = pyotp.TOTP(key)
    for _n in range(PER_NAME):
        clerk.post(f"{FACTOR}/confirm", code=wrong(app, office))
    assert clerk.post(f"{FACTOR}/confirm", code=app.at(office.clock.now)).status_code == 429


def test_switching_off_takes_the_password_and_a_code(office: World, clerk: Browser) -> None:
    app, _codes = switched_on(office)
    other = Browser(office)
    people = office.services.people
    other.client.set_cookie("portal", people.sign_in(people.get("can-bo")))
    path, factors = f"{FACTOR}/off", people.factors
    right = app.at(office.clock.now)
    for form in ({"present": "wrong", "code": right}, {"present": PASSWORD, "code": ""}):
        assert clerk.post(path, **form).status_code == 400
        assert factors.of("can-bo").on
    answer = clerk.post(path, present=PASSWORD, code=right)
    assert answer.location == "/office/account?done=factor_off"
    assert not factors.of("can-bo").on
    assert signed_in(clerk)
    assert not signed_in(other)
    assert Browser(office).sign_in("can-bo").status_code == 303
    assert actions(office) == [("can-bo", "person.factor_off", "can-bo")]


def test_new_recovery_codes_replace_the_earlier(office: World, clerk: Browser) -> None:
    _app, codes = switched_on(office)
    shown = clerk.post(f"{FACTOR}/recovery", present=PASSWORD, code=codes[0])
    assert shown.status_code == 200
    assert signed_in(clerk)
    browser, proof = first_step(office)
    assert second_step(browser, proof, codes[1]).status_code == 401
    new = re.findall(r"[A-Z2-7]{4}(?: [A-Z2-7]{4}){5}", shown.text)
    assert second_step(browser, proof, new[0]).status_code == 303
    assert "9" in clerk.get("/office/account").text


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("path", list(POSTS)[1:])
def test_hostile_codes_and_passwords_are_just_wrong(
    office: World, clerk: Browser, path: str, text: str
) -> None:
    switched_on(office)
    for form in ({"present": text, "code": text}, {"present": PASSWORD, "code": text}):
        assert clerk.post(path, **form).status_code in (303, 400)
    assert office.services.people.factors.of("can-bo").on


# --- the second step


def test_the_second_page_asks_for_a_code_and_there_is_no_session_yet(office: World) -> None:
    app, _codes = switched_on(office)
    browser = Browser(office)
    page = browser.sign_in("can-bo", next="/office/notes")
    assert page.status_code == 200
    assert "Set-Cookie" not in page.headers
    assert not signed_in(browser)
    answer = second_step(browser, proof_in(page), app.at(office.clock.now), next="/office/notes")
    assert (answer.status_code, answer.location) == (303, "/office/notes")
    assert signed_in(browser)


def test_only_the_right_password_shows_the_second_page(office: World) -> None:
    switched_on(office)
    with_factor = Browser(office).sign_in("can-bo", "wrong")
    without = Browser(office).sign_in("nguoi-xem", "wrong")
    nobody = Browser(office).sign_in("nobody", "wrong")
    assert with_factor.status_code == without.status_code == nobody.status_code == 401
    assert with_factor.text == without.text == nobody.text


def test_a_code_opens_once(office: World) -> None:
    app, _codes = switched_on(office)
    code = app.at(office.clock.now)
    one, proof = first_step(office)
    assert second_step(one, proof, code).status_code == 303
    thief, proof = first_step(office)
    assert second_step(thief, proof, code).status_code == 401
    office.clock.now += STEP
    assert second_step(thief, proof, code).status_code == 401
    assert second_step(thief, proof, app.at(office.clock.now)).status_code == 303


@pytest.mark.parametrize(("drift", "status"), [(-2, 401), (-1, 303), (0, 303), (1, 303), (2, 401)])
def test_a_phones_clock_may_be_half_a_minute_off(office: World, drift: int, status: int) -> None:
    app, _codes = switched_on(office)
    office.clock.now += 2 * STEP
    browser, proof = first_step(office)
    code = app.at(office.clock.now + drift * STEP)
    assert second_step(browser, proof, code).status_code == status


def test_a_recovery_code_opens_once(office: World) -> None:
    _app, codes = switched_on(office)
    browser, proof = first_step(office)
    assert second_step(browser, proof, codes[2].lower()).status_code == 303
    browser, proof = first_step(office)
    assert second_step(browser, proof, codes[2]).status_code == 401
    assert second_step(browser, proof, codes[3]).status_code == 303


def test_codes_are_not_guessed_not_even_by_who_knows_the_password(office: World) -> None:
    app, _codes = switched_on(office)
    browser, proof = first_step(office)
    for _n in range(PER_NAME):
        # Signing in with the right password again does not begin the count anew.
        assert browser.sign_in("can-bo").status_code == 200
        assert second_step(browser, proof, wrong(app, office)).status_code == 401
    assert second_step(browser, proof, app.at(office.clock.now)).status_code == 429
    assert browser.sign_in("can-bo").status_code == 429
    assert actions(office) == [("-", "sign_in.locked", "can-bo")]
    office.clock.now += 15 * 60
    browser, proof = first_step(office)
    assert second_step(browser, proof, app.at(office.clock.now)).status_code == 303


def test_codes_are_not_guessed_from_one_address(office: World) -> None:
    app, _codes = switched_on(office)
    browser, proof = first_step(office)
    for number in range(PER_ADDRESS):
        browser.sign_in(f"name-{number}", "wrong")
    assert second_step(browser, proof, app.at(office.clock.now)).status_code == 429
    other = Browser(office, address="::1")
    assert second_step(other, proof, app.at(office.clock.now)).status_code == 303


def test_the_proof_of_the_first_step_ends(office: World) -> None:
    app, _codes = switched_on(office)
    browser, proof = first_step(office)
    office.clock.now += BETWEEN - 1
    assert second_step(browser, proof, wrong(app, office)).status_code == 401
    office.clock.now += 1  # what a wrong code shows again is the same proof, not a new one
    answer = second_step(browser, proof, app.at(office.clock.now))
    assert answer.status_code == 401
    assert 'name="password"' in answer.text
    assert not signed_in(browser)


def test_the_proof_is_worth_nothing_after_another_password_or_without_access(
    office: World,
) -> None:
    app, _codes = switched_on(office)
    browser, proof = first_step(office)
    office.services.people.set_password("can-bo", NEW)
    assert second_step(browser, proof, app.at(office.clock.now)).status_code == 401
    office.services.people.set_password("can-bo", PASSWORD)
    assert second_step(browser, proof, app.at(office.clock.now)).status_code == 401
    browser, proof = first_step(office)
    office.services.people.edit("can-bo", {"active": False})
    assert second_step(browser, proof, app.at(office.clock.now)).status_code == 401
    assert not signed_in(browser)


def test_the_proof_of_one_person_does_not_open_another(office: World) -> None:
    switched_on(office)
    app, _codes = switched_on(office, "quan-tri")
    browser, proof = first_step(office)
    forged = proof.replace("can-bo", "quan-tri")
    for text in (forged, "quan-tri", "quan-tri|9999999999|", "", "|||", "x" * 3000, "é|1|a"):
        answer = second_step(browser, text, app.at(office.clock.now))
        assert answer.status_code == 401
        assert not signed_in(browser)


def test_who_has_no_second_factor_gets_nowhere_in_the_second_step(office: World) -> None:
    switched_on(office)
    browser, proof = first_step(office)
    office.services.people.factors.switch_off("can-bo")
    for code in ("", "000000", "A" * 24):
        assert second_step(browser, proof, code).status_code == 401
    assert not signed_in(browser)


def test_no_other_page_can_post_a_code(office: World) -> None:
    app, _codes = switched_on(office)
    browser, proof = first_step(office)
    form = {"proof": proof, "code": app.at(office.clock.now)}
    assert browser.post("/office/sign-in/code", site="cross-site", **form).status_code == 403


def test_signing_in_gives_a_new_token_and_ends_the_old_session(office: World) -> None:
    """A cookie that somebody planted, or had before, is not the one that goes on."""
    browser = Browser(office, "can-bo")
    old = browser.client.get_cookie("portal")
    assert old is not None
    assert browser.sign_in("nguoi-xem").status_code == 303
    new = browser.client.get_cookie("portal")
    assert new is not None
    assert new.value != old.value
    thief = Browser(office)
    thief.client.set_cookie("portal", old.value)
    assert not signed_in(thief)
    planted = Browser(office)
    planted.client.set_cookie("portal", "can-bo:planted")
    assert planted.sign_in("can-bo").status_code == 303
    thief.client.set_cookie("portal", "can-bo:planted")
    assert not signed_in(thief)


def test_the_second_step_is_no_page_of_its_own(office: World) -> None:
    assert Browser(office).get("/office/sign-in/code").location == "/office/sign-in"


def test_a_locked_name_is_noted_once_and_only_if_somebody_has_it(office: World) -> None:
    browser = Browser(office)
    for name in ("CAN-BO ", "my password, typed into the wrong field"):
        for _n in range(PER_NAME + 2):
            browser.sign_in(name, "wrong")
    assert sorted((one.action, one.subject) for one in entries(office)) == [
        ("sign_in.locked", "-"),
        ("sign_in.locked", "can-bo"),
    ]
    assert "my password" not in str(entries(office))


# --- links that set a password


def test_a_link_sets_a_password_and_ends_every_session(office: World, clerk: Browser) -> None:
    path = f"/office/reset/{office.services.people.make_link('can-bo')}"
    browser = Browser(office)
    page = browser.get(path)
    assert page.status_code == 200
    assert page.headers["Referrer-Policy"] == "same-origin"  # to nobody else
    assert page.headers["Cache-Control"] == "no-store"
    assert browser.get(path).status_code == 200  # looking does not use it up
    answer = browser.post(path, password=NEW, again=NEW)
    assert answer.location == "/office/sign-in?done=password"
    assert "Set-Cookie" not in answer.headers
    assert not signed_in(clerk)
    assert browser.sign_in("can-bo", NEW).status_code == 303
    assert actions(office) == [("can-bo", "person.password", "can-bo")]
    assert path.rpartition("/")[2] not in str(entries(office))


def test_a_used_an_old_a_replaced_and_an_unknown_link_look_the_same(office: World) -> None:
    people, browser = office.services.people, Browser(office)
    used, replaced, old = people.make_link("can-bo"), people.make_link("nguoi-xem"), ""
    browser.post(f"/office/reset/{used}", password=NEW, again=NEW)
    people.make_link("nguoi-xem")
    old = people.make_link("chu-diem")
    office.clock.now += 24 * 3600
    pages = set()
    for token in (used, replaced, old, "unknown", "x" * 500, "%00", "ế"):
        for answer in (
            browser.get(f"/office/reset/{token}"),
            browser.post(f"/office/reset/{token}", password=NEW, again=NEW),
        ):
            assert answer.status_code == 404
            pages.add(re.sub(r'href="[^"]*lang=en"', "", answer.text))
    assert len(pages) == 1
    assert browser.sign_in("nguoi-xem", NEW).status_code == 401


def test_a_link_does_not_switch_the_second_factor_off(office: World) -> None:
    app, _codes = switched_on(office)
    token = office.services.people.make_link("can-bo")
    browser = Browser(office)
    browser.post(f"/office/reset/{token}", password=NEW, again=NEW)
    page = browser.sign_in("can-bo", NEW)
    assert page.status_code == 200
    answer = second_step(browser, proof_in(page), app.at(office.clock.now))
    assert answer.status_code == 303


def test_a_link_lets_in_whose_name_was_locked(office: World) -> None:
    browser = Browser(office)
    for _n in range(PER_NAME):
        browser.sign_in("can-bo", "wrong")
    assert browser.sign_in("can-bo").status_code == 429
    token = office.services.people.make_link("can-bo")
    browser.post(f"/office/reset/{token}", password=NEW, again=NEW)
    assert browser.sign_in("can-bo", NEW).status_code == 303


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"password": NEW, "again": NEW + "!"}, "again"),
        ({"password": "short", "again": "short"}, "password"),
        ({"password": "x" * 300, "again": "x" * 300}, "password"),
        ({"password": "\x00", "again": "\x00"}, "password"),
        ({}, "password"),
    ],
)
def test_a_link_is_not_used_up_by_a_password_that_will_not_do(
    office: World, form: dict[str, str], field: str
) -> None:
    path = f"/office/reset/{office.services.people.make_link('can-bo')}"
    answer = Browser(office).post(path, **form)
    assert answer.status_code == 400
    assert f'href="#{field}"' in answer.text
    assert "<script>alert" not in answer.text
    assert Browser(office).post(path, password=NEW, again=NEW).status_code == 303


def test_no_other_page_can_use_a_link(office: World) -> None:
    path = f"/office/reset/{office.services.people.make_link('can-bo')}"
    answer = Browser(office).post(path, site="cross-site", password=NEW, again=NEW)
    assert answer.status_code == 403
    assert Browser(office, address="203.0.113.9").get(path).status_code == 404


def test_links_are_not_guessed_from_one_address(office: World) -> None:
    path = f"/office/reset/{office.services.people.make_link('can-bo')}"
    browser = Browser(office)
    for number in range(PER_ADDRESS):
        assert browser.get(f"/office/reset/{number}").status_code == 404
    assert browser.get(path).status_code == 429
    office.clock.now += 15 * 60
    assert browser.get(path).status_code == 200


def test_no_secret_stands_in_the_log(
    office: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also not when something unexpected happens while a link is used."""

    def broken(*_given: Any) -> None:
        raise RuntimeError("broken")

    token = office.services.people.make_link("can-bo")
    monkeypatch.setattr(office.services.people, "use_link", broken)
    with caplog.at_level(logging.DEBUG):
        answer = Browser(office).post(f"/office/reset/{token}", password=NEW, again=NEW)
    assert answer.status_code == 500
    assert "broken" in caplog.text
    assert token not in caplog.text
    assert NEW not in caplog.text
