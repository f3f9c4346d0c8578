"""Photograph every page: each device in each language and colour scheme, to be looked at.

python -m tests.browser.screenshots FOLDER [WORD ...]     only pictures whose names have the words
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from playwright.sync_api import Browser, BrowserContext, Page

from portal.domain.sites import LANGUAGES
from portal.web.previews import DEVICES
from tests.browser.chromium import chromium
from tests.browser.office import addresses, console, sign_in
from tests.opennds import OPENNDS, fas
from tests.serving import Portal, add_site, serving

SIZES = {
    "android": (360, 640),
    "android-sheet": (360, 560),
    "iphone": (390, 844),
    "iphone-sheet": (390, 700),
    "huawei": (360, 720),
    "harmonyos": (360, 720),
    "old-android": (320, 568),
    "feature-phone": (240, 320),
    "ipad": (768, 1024),
    "computer": (1440, 900),
}
SCHEMES = ("light", "dark")
SCREENS = {"phone": (390, 844), "office": (1366, 768), "large": (1920, 1080)}
"""What the console is looked at with."""
PAGES = ("notice", "online", "installed", "refused", "open", "unknown")


class Shot(NamedTuple):
    """One picture."""

    page: str
    device: str
    scheme: str
    language: str

    @property
    def name(self) -> str:
        """The file's name, which says all of it."""
        return f"{'-'.join(self)}.png"


def shots(words: Sequence[str]) -> Iterator[Shot]:
    """Yield every picture whose name has all of ``words``."""
    for device in DEVICES:
        for scheme in SCHEMES:
            for language in LANGUAGES:
                for page in PAGES:
                    shot = Shot(page, device, scheme, language)
                    if all(word in shot.name for word in words):
                        yield shot


def photograph(browser: Browser, portal: Portal, shot: Shot, folder: Path) -> None:
    """Take one picture of a whole page."""
    width, height = SIZES[shot.device]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        user_agent=DEVICES[shot.device].agent,
        color_scheme=shot.scheme,  # type: ignore[arg-type]
        locale=shot.language,
        device_scale_factor=1 if width > 700 else 2,
    )
    _open(context, portal, shot.page).screenshot(path=folder / shot.name, full_page=True)
    context.close()


def _open(context: BrowserContext, portal: Portal, page: str) -> Page:
    tab = context.new_page()
    if page in ("open", "unknown"):
        tab.goto(f"{portal.url}/s/{'ben-xe' if page == 'open' else 'unknown'}")
        return tab
    tab.goto(f"{portal.url}/s/nha-khach?{fas()}")
    nonce = tab.url.partition("v=")[2].partition("&")[0]
    landing = f"{portal.url}/online/{nonce}"
    if page == "refused":  # a gateway sends back who had asked for the page behind the release
        tab.goto(f"{portal.url}/s/nha-khach?{fas(quote(landing, safe=''))}")
    elif page != "notice":
        tab.goto(landing if page == "online" else f"{landing}/installed")
    return tab


def main() -> None:
    """Photograph into the folder that the command line names."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    words = sys.argv[2:]
    taken = _visitors(folder, words) + _console(folder, words)
    print(f"{taken} pictures in {folder}")


def _visitors(folder: Path, words: Sequence[str]) -> int:
    wanted = list(shots(words))
    with tempfile.TemporaryDirectory() as data:
        add_site(Path(data), id="nha-khach", name="Nhà khách mẫu", **OPENNDS)
        add_site(Path(data), id="ben-xe", name="Bến xe mẫu")
        with serving(Path(data), workers=1) as portal, chromium() as browser:
            for shot in wanted:
                photograph(browser, portal, shot, folder)
    return len(wanted)


def _console(folder: Path, words: Sequence[str]) -> int:
    """Photograph every page of the console as an administrator sees it; return how many."""
    taken = 0
    with (
        tempfile.TemporaryDirectory() as data,
        console(Path(data)) as (portal, samples),
        chromium() as browser,
    ):
        for screen, (width, height) in SCREENS.items():
            for scheme in SCHEMES:
                for language in ("vi", "en"):
                    context = browser.new_context(
                        viewport={"width": width, "height": height},
                        color_scheme=scheme,  # type: ignore[arg-type]
                        locale=language,
                    )
                    tab = context.new_page()
                    sign_in(tab, portal, "quan-tri")
                    for path in addresses("admin", samples):
                        page = path.removeprefix("/office/").replace("/", "_") or "overview"
                        name = f"console-{page}-{screen}-{scheme}-{language}.png"
                        if path.endswith(".json") or not all(word in name for word in words):
                            continue
                        tab.goto(f"{portal.url}{path}")
                        tab.screenshot(path=folder / name, full_page=True)
                        taken += 1
                    context.close()
    return taken


if __name__ == "__main__":
    main()
