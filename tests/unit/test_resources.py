"""Files that come with the code: found from any folder."""

import json
from pathlib import Path

import pytest

from portal.resources import folder, read_text


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("templates", "visitor/notice.html"),
        ("data", "areas.json"),
        ("data", "campaigns/bluezone.toml"),
        ("translations", "vi/LC_MESSAGES/messages.po"),
    ],
)
def test_folders_are_found_from_anywhere(
    name: str, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert folder(name).is_absolute()
    assert (folder(name) / file).is_file()


def test_data_are_read_as_utf_8() -> None:
    assert "Pác Miầu" in read_text("areas.json")
    assert json.loads(read_text("probes.json"))


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(FileNotFoundError):
        read_text("gone.json")
