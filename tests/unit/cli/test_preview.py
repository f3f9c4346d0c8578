"""``bluezone-portal preview``: pages that anybody can open, and that count nothing."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from portal.domain.sites import LANGUAGES
from portal.web.previews import DEVICES

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def site(run: Run) -> None:
    run("site", "add", "ben-xe", "--name", "Bến xe Bảo Lâm", "--languages", "vi,en,ru")


def test_a_gallery_is_written_for_each_language(run: Run, tmp_path: Path) -> None:
    assert "index.html" in run("preview", "ben-xe", "--folder", tmp_path / "out").stdout
    written = {path.name for path in (tmp_path / "out").iterdir()}
    pages = {f"{device}.{lang}.html" for device in DEVICES for lang in ("vi", "en", "ru")}
    assert written == {"index.html", "en.html", "ru.html"} | pages
    for page in ("index.html", "en.html", "ru.html"):
        text = (tmp_path / "out" / page).read_text(encoding="utf-8")
        led = set(re.findall(r'(?:src|href)="([^":]+)"', text))
        assert led <= written
        assert len(led) == 3 + len(DEVICES)


def test_the_pages_say_what_the_notice_says(run: Run, tmp_path: Path) -> None:
    run("preview", "ben-xe", "--folder", tmp_path / "out")
    text = (tmp_path / "out" / "iphone.ru.html").read_text(encoding="utf-8")
    assert "Установить Bluezone из App Store" in text
    assert "/i/" not in text
    code = (tmp_path / "out" / "computer.vi.html").read_text(encoding="utf-8")
    assert "127.0.0.1:8080/s/ben-xe" in code


def test_the_gallery_speaks_the_readers_language(run: Run, tmp_path: Path) -> None:
    run("preview", "ben-xe", "--folder", tmp_path / "out", lang="vi_VN.UTF-8")
    assert "Điện thoại Android" in (tmp_path / "out" / "ru.html").read_text(encoding="utf-8")


def test_nothing_is_counted(run: Run, tmp_path: Path) -> None:
    run("preview", "ben-xe", "--folder", tmp_path / "out")
    totals = json.loads(run("counts", "--format", "json").stdout)["totals"]
    assert not any(number for number in totals.values() if isinstance(number, int))


def test_an_unknown_site_is_named(run: Run, tmp_path: Path) -> None:
    said = run("preview", "ben-xa", "--folder", tmp_path / "out", expect=1).stderr
    assert "ben-xe" in said
    assert not (tmp_path / "out").exists()


def test_every_language_can_be_shown(run: Run, tmp_path: Path) -> None:
    run("site", "add", "cho", "--name", "Chợ")
    run("preview", "cho", "--folder", tmp_path / "out")
    assert {f"computer.{lang}.html" for lang in LANGUAGES} <= {
        path.name for path in (tmp_path / "out").iterdir()
    }
