"""Photograph every page in every size, colour scheme and language, to be looked at.

python -m tests.browser.screenshots FOLDER
"""

import sys
import tempfile
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from playwright.sync_api import Browser

from tests.browser.chromium import ANDROID, APPLE_SHEET, DESKTOP, IPHONE, chromium
from tests.opennds import OPENNDS, fas
from tests.serving import Portal, add_site, serving


class Shot(NamedTuple):
    """One window."""

    name: str
    width: int
    height: int
    agent: str


SHOTS = (
    Shot("phone-320", 320, 568, IPHONE),
    Shot("phone-360", 360, 640, ANDROID),
    Shot("phone-390", 390, 844, IPHONE),
    Shot("sheet-390", 390, 700, APPLE_SHEET),
    Shot("tablet-768", 768, 1024, IPHONE),
    Shot("desktop-1440", 1440, 900, DESKTOP),
)
PAGES = ("notice", "online", "refused", "open", "unknown")


def photograph(browser: Browser, portal: Portal, folder: Path) -> list[Path]:
    """Write one picture per page, window, colour scheme and language; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for shot in SHOTS:
        for scheme in ("light", "dark"):
            for language in ("vi", "en"):
                context = browser.new_context(
                    viewport={"width": shot.width, "height": shot.height},
                    user_agent=shot.agent,
                    color_scheme=scheme,
                    locale=language,
                    device_scale_factor=2,
                )
                tab = context.new_page()
                for page in PAGES:
                    tab.goto(portal.url + _path(portal, page, tab.url))
                    path = folder / f"{page}-{shot.name}-{scheme}-{language}.png"
                    tab.screenshot(path=path, full_page=True)
                    made.append(path)
                context.close()
    return made


def _path(portal: Portal, page: str, before: str) -> str:
    """Return the path of a page; ``before`` is the address of the page photographed last."""
    if page == "notice":
        return f"/s/nha-khach?{fas()}"
    if page == "online":  # of the view that the notice just made
        return f"/online/{before.partition('v=')[2].partition('&')[0]}"
    if page == "refused":  # a gateway sends back who had asked for that page
        return f"/s/nha-khach?{fas(quote(before, safe=''))}"
    return "/s/ben-xe" if page == "open" else "/s/unknown"


def main() -> None:
    """Photograph everything into the folder that the command line names."""
    folder = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as data:
        add_site(Path(data), id="nha-khach", name="Nhà khách mẫu", **OPENNDS)
        add_site(Path(data), id="ben-xe", name="Bến xe mẫu")
        with serving(Path(data), workers=1) as portal, chromium() as browser:
            made = photograph(browser, portal, folder)
    print(f"{len(made)} pictures in {folder}")


if __name__ == "__main__":
    main()
