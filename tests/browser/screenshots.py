"""Photograph every page in every size, colour scheme and language, to be looked at.

python -m tests.browser.screenshots FOLDER
"""

import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser

from tests.browser.chromium import ANDROID, APPLE_SHEET, DESKTOP, IPHONE, chromium
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
PAGES = ("notice", "online", "unknown")


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
                    tab.goto(_address(portal, page, tab.url))
                    path = folder / f"{page}-{shot.name}-{scheme}-{language}.png"
                    tab.screenshot(path=path, full_page=True)
                    made.append(path)
                context.close()
    return made


def _address(portal: Portal, page: str, before: str) -> str:
    if page == "online":  # of the view that the notice just made
        return f"{portal.url}/online/{before.partition('v=')[2].partition('&')[0]}"
    return f"{portal.url}/s/{'demo' if page == 'notice' else 'unknown'}"


def main() -> None:
    """Photograph everything into the folder that the command line names."""
    folder = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as data:
        add_site(Path(data), id="demo", name="Bến xe khách Bảo Lâm", area="Pác Miầu")
        with serving(Path(data), workers=1) as portal, chromium() as browser:
            made = photograph(browser, portal, folder)
    print(f"{len(made)} pictures in {folder}")


if __name__ == "__main__":
    main()
