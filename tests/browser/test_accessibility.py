"""The pages against WCAG 2.2 AA, as far as a program can tell (axe-core)."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.chromium import ANDROID, DESKTOP
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
    for path in ("/s/site-38?lang=vi", "/s/site-38?lang=en", online, "/s/none"):
        tab.goto(f"{portal.url}{path}")
        found = Axe().run(tab, options=RULES).response["violations"]
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []
