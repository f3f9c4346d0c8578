"""The notice in a real browser."""

import re

import pytest
from playwright.sync_api import Page, Request

from portal.domain.sites import LANGUAGES
from tests.browser.chromium import ANDROID, APPLE_SHEET, DESKTOP, FEATURE, IPHONE
from tests.browser.conftest import Phone, counts, wait_for_counts
from tests.servers import wait_until
from tests.serving import Portal

APP_STORE = "https://apps.apple.com/vn/app/bluezone/id1508062685"
OFFICIAL = "https://www.bluezone.gov.vn/"
SHOWN = {"page": 1, "shown": 1, "viewable": 1}


def open_notice(tab: Page, portal: Portal, site: str) -> list[Request]:
    """Open the notice and return what the browser asked for, as it goes on asking."""
    asked: list[Request] = []
    tab.on("request", lambda request: asked.append(request))
    tab.goto(f"{portal.url}/s/{site}")
    return asked


def wait_until_viewable(tab: Page) -> None:
    """Wait for the beacon that the script sends after one second."""
    with tab.expect_response(re.compile("/v/")):
        pass


def test_a_visit_is_one_page_one_beacon_and_one_second_later_another(
    portal: Portal, site: str, phone: Phone
) -> None:
    tab = phone()
    with tab.expect_response(re.compile("/v/")) as viewable:
        asked = open_notice(tab, portal, site)
    assert viewable.value.status == 200
    paths = [
        re.sub(r"/[\w-]{40,}", "/…", request.url.removeprefix(portal.url)) for request in asked
    ]
    assert paths == [f"/s/{site}", "/i/….gif", "/v/….gif"]
    wait_for_counts(portal, site, SHOWN)


def test_nothing_is_wrong_in_the_console(portal: Portal, site: str, phone: Phone) -> None:
    tab, said = phone(), []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    open_notice(tab, portal, site)
    wait_until_viewable(tab)
    assert said == []


def test_a_reload_a_rotation_and_a_way_back_are_the_same_view(
    portal: Portal, site: str, phone: Phone
) -> None:
    tab = phone()
    open_notice(tab, portal, site)
    wait_until_viewable(tab)
    assert "v=" in tab.url
    tab.reload()
    wait_until_viewable(tab)
    tab.set_viewport_size({"width": 640, "height": 360})
    tab.goto(f"{portal.url}/healthz")
    tab.go_back()
    tab.wait_for_selector("#continue")
    tab.goto("about:blank")
    wait_until(lambda: counts(portal, site).get("reload", 0) >= 1, "the reload", 15)
    found = counts(portal, site)
    assert {kind: found[kind] for kind in SHOWN} == SHOWN


def test_the_notice_works_without_script(portal: Portal, site: str, phone: Phone) -> None:
    tab = phone(java_script_enabled=False, user_agent=IPHONE)
    open_notice(tab, portal, site)
    for button, target in (("#install-appstore", APP_STORE), ("#continue", OFFICIAL)):
        with tab.expect_request(target):  # which does not exist for this browser
            tab.click(button)
        tab.wait_for_url("chrome-error://**")
        tab.go_back()
    wait_until(lambda: counts(portal, site).get("continue") == 1, "the tap", 15)

    def seen() -> bool:  # without script each way back is a view of its own
        found = counts(portal, site)
        return found["shown"] == found["page"]

    wait_until(seen, "a beacon for each page", 15)
    assert counts(portal, site)["install"] == 1


def test_a_notice_in_a_hidden_tab_is_not_viewable(portal: Portal, site: str, phone: Phone) -> None:
    tab = phone()
    tab.add_init_script("Object.defineProperty(document, 'hidden', {get: () => true})")
    asked = open_notice(tab, portal, site)
    tab.wait_for_timeout(1800)
    assert not [request for request in asked if "/v/" in request.url]


def test_a_lost_beacon_is_sent_again(portal: Portal, site: str, phone: Phone) -> None:
    tab, lost = phone(), []

    def lose_once(route: object) -> None:
        if lost:
            route.continue_()  # type: ignore[attr-defined]
        else:
            lost.append(1)
            route.abort()  # type: ignore[attr-defined]

    tab.route("**/i/*.gif", lose_once)
    with tab.expect_response(re.compile("/i/")), tab.expect_response(re.compile("/v/")):
        open_notice(tab, portal, site)
    wait_for_counts(portal, site, SHOWN)


@pytest.mark.parametrize(
    ("agent", "platform", "touch", "visible"),
    [
        (
            DESKTOP.replace("Windows NT 10.0; Win64; x64", "X11; Linux x86_64"),
            "Linux armv8l",
            5,
            "play",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like"
            " Gecko) Version/14.0 Safari/605.1.15",
            "MacIntel",
            5,
            "appstore",
        ),
    ],
)
def test_a_phone_that_plays_the_desktop_is_found_out_by_touch(
    portal: Portal, site: str, phone: Phone, agent: str, platform: str, touch: int, visible: str
) -> None:
    tab = phone(user_agent=agent)
    tab.add_init_script(
        f"Object.defineProperty(navigator, 'platform', {{get: () => '{platform}'}});"
        f"Object.defineProperty(navigator, 'maxTouchPoints', {{get: () => {touch}}})"
    )
    open_notice(tab, portal, site)
    shown = [
        link.get_attribute("id") for link in tab.query_selector_all(".primary") if link.is_visible()
    ]
    assert shown == [f"install-{visible}"]
    assert tab.is_hidden("#code")  # this is the phone


def test_a_computer_shows_the_code_that_brings_a_phone_here(
    portal: Portal, site: str, phone: Phone
) -> None:
    tab = phone(user_agent=DESKTOP)
    open_notice(tab, portal, site)
    assert tab.is_visible("#code svg")
    assert tab.get_attribute("#code a", "href") == f"{portal.url}/s/{site}"


def test_a_language_is_chosen_without_script_and_stays_the_same_view(
    portal: Portal, site: str, phone: Phone
) -> None:
    tab = phone(java_script_enabled=False)
    open_notice(tab, portal, site)
    beacon = tab.get_attribute(".beacon", "src")
    tab.click("summary")
    tab.click("form button[value=ru]")
    assert tab.get_attribute("html", "lang") == "ru"
    assert tab.get_attribute(".beacon", "src") == beacon
    wait_until(lambda: counts(portal, site).get("rejected:replayed", 0) == 1, "the beacon", 15)
    assert counts(portal, site)["shown"] == 1


def test_the_languages_can_be_reached_by_keyboard(portal: Portal, phone: Phone) -> None:
    tab = phone()
    tab.goto(f"{portal.url}/s/site-39")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.value") == "en"
    tab.keyboard.press("Enter")
    tab.wait_for_selector("html[lang=en]")


def test_two_taps_on_a_button_are_one(portal: Portal, site: str, phone: Phone) -> None:
    tab = phone()
    open_notice(tab, portal, site)
    wait_until_viewable(tab)
    with tab.expect_request(re.compile("/online/")):
        tab.dblclick("#installed")
    wait_until(lambda: counts(portal, site).get("online", 0) >= 1, "the page behind it", 15)
    assert counts(portal, site)["installed"] == 1


@pytest.mark.parametrize("width", [240, 320, 390, 768, 1024, 1440])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_never_scrolls_sideways(
    portal: Portal, phone: Phone, width: int, language: str
) -> None:
    for agent in (IPHONE, DESKTOP, FEATURE):
        tab = phone(viewport={"width": width, "height": 640}, locale=language, user_agent=agent)
        for path in ("/s/site-39", "/s/none"):
            tab.goto(f"{portal.url}{path}")
            assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_text_twice_as_large_still_fits(portal: Portal, phone: Phone) -> None:
    tab = phone(viewport={"width": 360, "height": 640})
    tab.goto(f"{portal.url}/s/site-39")
    tab.evaluate("document.documentElement.style.fontSize = '200%'")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("agent", [ANDROID, IPHONE, APPLE_SHEET])
@pytest.mark.parametrize("language", LANGUAGES)
def test_both_taps_are_on_the_first_screen_and_large_enough(
    portal: Portal, phone: Phone, agent: str, language: str
) -> None:
    tab = phone(viewport={"width": 320, "height": 568}, user_agent=agent, locale=language)
    tab.goto(f"{portal.url}/s/site-39")
    for button in tab.query_selector_all(".button"):
        box = button.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 568
        assert min(box["height"], box["width"]) >= 44
