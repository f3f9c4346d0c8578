"""``bluezone-portal kit``: files for the gateway, with the site's own values, for its owner."""

from collections.abc import Callable
from pathlib import Path

from click.testing import Result

Run = Callable[..., Result]
OPENNDS = ("--gateway", "opennds", "--set", "faskey=abcdefghij0123", "--set", "address=192.168.8.1")


def test_a_kit_holds_the_sites_own_values(run: Run, tmp_path: Path) -> None:
    run("site", "add", "nha-khach", "--name", "Nhà khách 'A'", *OPENNDS)
    assert "opennds" in run("kit", "nha-khach", "--folder", tmp_path / "kit").stdout
    file = tmp_path / "kit" / "opennds"
    text = file.read_text(encoding="utf-8")
    assert "option faskey 'abcdefghij0123'" in text
    assert "option faspath '/s/nha-khach'" in text
    assert "play.google.com" in text
    assert file.stat().st_mode & 0o777 == 0o600  # the key is in it


def test_a_kit_may_be_written_again(run: Run, tmp_path: Path) -> None:
    run("site", "add", "cho", "--name", "Chợ", "--gateway", "notice")
    for _again in range(2):
        run("kit", "cho", "--folder", tmp_path / "kit")
    text = (tmp_path / "kit" / "dnsmasq.conf").read_text(encoding="utf-8")
    assert "dhcp-option=114,https://127.0.0.1:8080/capport/cho" in text


def test_a_site_without_a_device_has_none(run: Run, tmp_path: Path) -> None:
    run("site", "add", "cho", "--name", "Chợ")
    assert "cho" in run("kit", "cho", "--folder", tmp_path / "kit", expect=1).stderr
    run("kit", "none", "--folder", tmp_path / "kit", expect=1)
    assert not (tmp_path / "kit").exists()
