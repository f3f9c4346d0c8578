"""The pages against WCAG 2.2 AA, as far as a program can tell (axe-core)."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from portal.domain.sites import LANGUAGES
from tests.browser.chromium import ANDROID, APPLE_SHEET, DESKTOP, FEATURE, OUTDATED
from tests.browser.conftest import Phone
from tests.serving import Portal

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("agent", "width"), [(ANDROID, 360), (DESKTOP, 1440)])
def test_the_pages_are_accessible(
    portal: Portal, phone: Phone, scheme: str, agent: str, width: int
) -> None:
    tab = phone(
        user_agent=agent,
        viewport={"width": width, "height": 800},
        color_scheme=scheme,
        bypass_csp=True,
    )
    tab.goto(f"{portal.url}/s/site-38")
    online = f"/online/{tab.url.partition('v=')[2].partition('&')[0]}"
    notices = [f"/s/site-38?lang={lang}" for lang in LANGUAGES]
    for path in (*notices, online, f"{online}/installed", "/s/none"):
        tab.goto(f"{portal.url}{path}")
        if tab.query_selector("summary"):
            tab.click("summary")
        assert violations(tab) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("agent", [FEATURE, OUTDATED, APPLE_SHEET], ids=["feature", "old", "sheet"])
def test_words_instead_of_a_store_are_accessible_too(
    portal: Portal, phone: Phone, scheme: str, agent: str
) -> None:
    tab = phone(user_agent=agent, color_scheme=scheme, bypass_csp=True)
    tab.goto(f"{portal.url}/s/site-38")
    assert violations(tab) == []
    tab.goto(f"{portal.url}/online/{tab.url.partition('v=')[2].partition('&')[0]}")
    assert violations(tab) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_gallery_of_previews_is_accessible(portal: Portal, phone: Phone, scheme: str) -> None:
    tab = phone(viewport={"width": 1440, "height": 900}, color_scheme=scheme, bypass_csp=True)
    tab.goto(f"{portal.url}/preview/site-38")
    assert violations(tab) == []


def violations(tab: Page) -> list[tuple[str, list[str]]]:
    """Return what axe finds, with the elements concerned."""
    found = Axe().run(tab, options=RULES).response["violations"]
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]
