"""Every page of the console in Chromium: accessible, never wider than the screen, and light."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Phone
from tests.browser.office import addresses, console, sign_in
from tests.browser.test_accessibility import violations
from tests.serving import Portal

LARGEST = 150 * 1024  # bytes: an old office PC on a slow line
Office = tuple[Portal, dict[str, str]]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A console with people and counts."""
    with console(tmp_path_factory.mktemp("office")) as served:
        yield served


# Each width and each colour scheme once: neither changes what the other shows.
@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1366, "dark")])
@pytest.mark.parametrize(("role", "id"), [("admin", "quan-tri"), ("owner", "chu-diem")])
def test_every_page_can_be_used_by_everybody(
    office: Office, phone: Phone, role: str, id: str, scheme: str, width: int
) -> None:
    portal, samples = office
    tab = phone(
        viewport={"width": width, "height": 900}, color_scheme=scheme, locale="vi", bypass_csp=True
    )
    sign_in(tab, portal, id)
    paths = addresses(role, samples)
    assert len(paths) > 8
    wrong = {path: found for path in paths if (found := faults(tab, f"{portal.url}{path}"))}
    assert not wrong


@pytest.mark.parametrize("path", ["sign-in", "nowhere", "reset/khong-co"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_before_one_is_in_are_accessible(
    office: Office, phone: Phone, path: str, scheme: str
) -> None:
    portal, _samples = office
    tab = phone(viewport={"width": 390, "height": 844}, color_scheme=scheme, bypass_csp=True)
    tab.goto(f"{portal.url}/office/{path}")
    assert violations(tab) == []


def faults(tab: Page, url: str) -> list[object]:
    """Return what is wrong with a page."""
    answer = tab.goto(url)
    assert answer
    if not answer.headers["content-type"].startswith("text/html"):
        return []
    if answer.status != 200:
        return [answer.status]
    found: list[object] = list(violations(tab))
    if tab.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("wider than the screen")
    if len(answer.body()) > LARGEST:
        found.append("larger than it may be")
    return found
