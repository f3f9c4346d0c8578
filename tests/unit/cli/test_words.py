"""The language of the command line, and what click itself says in it."""

from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import Result

from portal.cli.frame import CLICK
from portal.cli.words import language

Run = Callable[..., Result]


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "vi"),
        ({"LANG": ""}, "vi"),
        ({"LANG": "C.UTF-8"}, "vi"),
        ({"LC_ALL": "POSIX"}, "vi"),
        ({"LANG": "vi_VN.UTF-8"}, "vi"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "vi_VN"}, "vi"),
        ({"LANG": "vi_VN", "LC_ALL": "de_DE@euro"}, "en"),
        ({"LANG": "en_US", "LANGUAGE": "vi:en"}, "vi"),
        ({"LANG": "vi_VN", "LANGUAGE": "fr:vi"}, "vi"),
        ({"LANG": "vi_VN", "LANGUAGE": "fr:de"}, "en"),
    ],
)
def test_vietnamese_unless_the_environment_asks_for_another(
    environ: dict[str, str], expected: str
) -> None:
    assert language(environ) == expected


@pytest.mark.parametrize("said", CLICK)
def test_what_is_translated_for_click_is_what_click_says(said: str) -> None:
    folder = Path(click.__file__).parent
    assert any(f'"{said}"' in path.read_text() for path in folder.glob("*.py"))


def test_both_languages_in_one_process(run: Run, data: Path) -> None:
    add = ("site", "add", "BẾN XE", "--name", "Bến xe")
    english = "id: write 1 to 40 small letters without accents, digits and hyphens"
    vietnamese = "id: hãy ghi từ 1 đến 40 ký tự gồm chữ thường không dấu, chữ số và dấu gạch nối"
    assert english in run(*add, expect=1).stderr
    assert vietnamese in run(*add, lang="C.UTF-8", expect=1).stderr
    assert english in run(*add, expect=1).stderr


def test_click_speaks_vietnamese_too(run: Run) -> None:
    said = run("site", "add", lang="vi_VN.UTF-8", expect=2).stderr
    assert "Cách dùng: " in said
    assert "Lỗi: Thiếu tham số 'MÃ'" in said
    for word in ("Usage", "Error", "Missing", "OPTIONS"):
        assert word not in said
    assert "Usage: " in run("site", "add", expect=2).stderr


@pytest.mark.parametrize(
    "args",
    [
        (),
        ("demo",),
        ("serve",),
        ("counts",),
        ("site",),
        *(
            ("site", name)
            for name in ("add", "edit", "show", "list", "archive", "restore", "import")
        ),
    ],
)
def test_every_command_has_help(run: Run, args: tuple[str, ...], data: Path) -> None:
    short, long = run(*args, "-h").output, run(*args, "--help").output
    assert short == long
    assert "Usage: " in short
    assert "Show this message and exit." in short
    assert not data.exists()  # asking how is no reason to make anything
