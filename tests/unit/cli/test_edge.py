"""The command ``bluezone-portal edge-config``: what it writes, and what it needs first."""

from pathlib import Path

import pytest

from portal.domain.sites import LANGUAGES
from tests.unit.cli.conftest import Run

URL, PROXIES = "http://thongbao.example.vn", "127.0.0.1"


@pytest.mark.parametrize("lang", ["en_US.UTF-8", "vi_VN.UTF-8"])
def test_what_is_missing_is_said(run: Run, monkeypatch: pytest.MonkeyPatch, lang: str) -> None:
    assert "public_url" in run("edge-config", expect=1, lang=lang).output
    monkeypatch.setenv("PORTAL_PUBLIC_URL", URL)
    assert "trusted_proxies" in run("edge-config", expect=1, lang=lang).output


def test_everything_is_written(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PORTAL_PUBLIC_URL", URL)
    monkeypatch.setenv("PORTAL_TRUSTED_PROXIES", PROXIES)
    folder = tmp_path / "nginx"
    said = run("edge-config", "--folder", str(folder), "--upstream", "127.0.0.1:9999").output
    assert str(folder / "http.conf") in said
    assert "server 127.0.0.1:9999 " in (folder / "http.conf").read_text()
    assert f"{folder}/pages" in (folder / "visitor.conf").read_text()
    pages = {path.name for path in (folder / "pages").iterdir()}
    assert len(pages) == 3 * len(LANGUAGES) * 3
    again = (folder / "pages" / "again.vi.play.html").read_text()
    assert "Thiết bị wifi không trả lời" in again
    assert "https://play.google.com/" in again
