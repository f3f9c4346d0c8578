"""The codes of poster, cards and slide as a phone's camera sees them, at any odds."""

import base64
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Phone
from tests.browser.office import console, sign_in
from tests.servers import requires
from tests.serving import Portal

SHEETS = {"poster": (794, 1123), "card": (794, 1123), "slide": (1920, 1080)}
"""Size in CSS pixels: A4, A4, and a screen."""
# Grain comes from SVG's turbulence, the same in every run.
_GRAIN = (
    "<svg xmlns='http://www.w3.org/2000/svg' width='100%' height='100%'><filter id='n'>"
    "<feTurbulence type='fractalNoise' baseFrequency='.8' numOctaves='2' seed='5'/>"
    "<feColorMatrix type='saturate' values='0'/></filter>"
    "<rect width='100%' height='100%' filter='url(#n)' opacity='{opacity}'/></svg>"
)
VIEWS = {
    "straight": ("rotateZ(0)", 0.9, "none", 0.0),
    "askew": ("rotateX(28deg) rotateY(-18deg) rotateZ(24deg)", 0.8, "none", 0.1),
    "far away": ("rotateZ(-8deg)", 0.45, "none", 0.1),
    "in poor light": ("rotateZ(5deg)", 0.7, "blur(.7px) contrast(.7) brightness(.8)", 0.25),
}
"""How the sheet is turned, its size, what the camera makes of it, and how much grain there is."""
NEARER = {"card": 1.35}
"""A card lies before the guest; a poster hangs on a wall."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """A console with sites."""
    requires("zbarimg")
    with console(tmp_path_factory.mktemp("codes")) as (served, _samples):
        yield served


@pytest.fixture
def tab(office: Portal, phone: Phone) -> Page:
    """A browser of the officer."""
    made = phone(viewport={"width": 1400, "height": 1400}, bypass_csp=True, is_mobile=False)
    sign_in(made, office, "can-bo")
    return made


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_camera_reads_the_code(office: Portal, tab: Page, sheet: str, tmp_path: Path) -> None:
    width, height = SHEETS[sheet]
    tab.set_viewport_size({"width": width, "height": height})
    tab.emulate_media(media="screen" if sheet == "slide" else "print")
    tab.goto(f"{office.url}/office/sites/id/ben-xe/print/{sheet}")
    hung = base64.b64encode(tab.screenshot(clip={"x": 0, "y": 0, "width": width, "height": height}))
    channel = "screen" if sheet == "slide" else "poster"
    tab.emulate_media(media="screen")
    for name, view in VIEWS.items():
        photo = tmp_path / f"{name}.png"
        photograph(tab, hung.decode(), view, photo, NEARER.get(sheet, 1.0))
        assert read(photo) == {f"{office.url}/s/ben-xe?c={channel}"}, name


def photograph(
    tab: Page, sheet: str, view: tuple[str, float, str, float], path: Path, nearer: float
) -> None:
    """Take a photo of a sheet (a PNG, in base64) as a camera of middling quality would."""
    turn, size, lens, grain = view
    turned = f"perspective(1600px) {turn} scale({size * nearer})"
    noise = base64.b64encode(_GRAIN.format(opacity=grain).encode()).decode()
    tab.set_viewport_size({"width": 1400, "height": 1400})
    tab.set_content(f"""<body style="margin:0;background:#8a8378;height:1400px;overflow:hidden">
        <div style="height:1400px;display:grid;place-items:center;filter:{lens}">
        <img style="transform:{turned}" src="data:image/png;base64,{sheet}"></div>
        <div style="position:fixed;inset:0;background:url(data:image/svg+xml;base64,{noise})">""")
    tab.wait_for_function("[...document.images].every(one => one.complete && one.naturalWidth)")
    tab.screenshot(path=path)


def read(photo: Path) -> set[str]:
    """Return what the codes in a photo say."""
    command = [str(shutil.which("zbarimg")), "--quiet", "--raw", str(photo)]
    printed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return set(printed.split())
