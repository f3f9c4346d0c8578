"""Previews: every device in every language, and nothing of it is counted."""

import re

import pytest

from portal.domain.sites import LANGUAGES
from portal.web.previews import DEVICES
from tests.web.conftest import World


def test_the_gallery_shows_every_device(world: World) -> None:
    page = world.get("/preview/ben-xe")
    frames = re.findall(r'<iframe src="([^"]+)"', page.text)
    assert frames == [f"/preview/ben-xe/{device}?lang=vi" for device in DEVICES]
    assert page.text.count('aria-current="page"') == 1
    assert all(f'href="/preview/ben-xe?lang={lang}"' in page.text for lang in LANGUAGES)
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("site", ["ben-xe", "nha-khach"])
def test_a_preview_is_the_notice_and_leads_nowhere(world: World, device: str, site: str) -> None:
    for lang in LANGUAGES:
        page = world.get(f"/preview/{site}/{device}?lang={lang}")
        assert page.status_code == 200
        assert world.services.campaign.texts(lang).headline in page.text
        assert not re.search(r"/(?:i|v|go|continue|installed)/", page.text)
        policy = page.headers["Content-Security-Policy"]
        assert "frame-ancestors 'self'" in policy
        assert "script-src" not in policy


def test_a_preview_shows_what_the_sites_gateway_makes_of_it(world: World) -> None:
    assert "Vào mạng" in world.get("/preview/nha-khach/android").text
    assert "Xem trang chính thức" in world.get("/preview/ben-xe/android").text


def test_each_device_is_shown_what_it_is_offered(world: World) -> None:
    shown = {device: world.get(f"/preview/ben-xe/{device}").text for device in DEVICES}
    assert 'id="install-play"' in shown["android"]
    assert 'id="install-appstore"' in shown["iphone"]
    assert {"install-play", "install-appstore"} <= set(re.findall(r"install-\w+", shown["ipad"]))
    for device in ("computer", "feature-phone", "old-android"):
        assert 'class="qr"' in shown[device]
    for device in ("feature-phone", "old-android"):
        assert 'href="sms:' in shown[device]


def test_previews_are_not_counted(world: World) -> None:
    world.get("/preview/ben-xe")
    for device in DEVICES:
        world.get(f"/preview/ben-xe/{device}")
    world.services.recorder.flush()
    assert world.services.store.counted_sites() == set()


@pytest.mark.parametrize(
    "path", ["/preview/none", "/preview/none/android", "/preview/ben-xe/toaster"]
)
def test_what_does_not_exist_has_no_preview(world: World, path: str) -> None:
    assert world.get(path).status_code == 404
