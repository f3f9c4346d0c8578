"""What goes wrong is told in a line, and nothing is imported that is not needed."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from portal import __version__
from tests.serving import environment

Run = Callable[..., Result]
HEAVY = ("flask", "werkzeug", "ua_parser", "user_agents", "openpyxl", "redis", "gunicorn")


def command(*args: str, data: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from portal.cli import main; main()", *args],
        env={**environment(data), "LANG": "en_US.UTF-8", **env},
        cwd=data.parent,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_version(run: Run) -> None:
    assert run("--version").stdout == f"bluezone-portal {__version__}\n"


@pytest.mark.parametrize("args", [["--version"], ["site", "list"], ["site", "add", "-h"]])
def test_nothing_heavy_is_imported(args: list[str], data: Path) -> None:
    code = (
        "import atexit, json, sys; from portal.cli import main;"
        f"atexit.register(lambda: print(json.dumps([n for n in {HEAVY} if n in sys.modules]),"
        " file=sys.stderr)); main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *args],
        env=environment(data),
        cwd=data.parent,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0
    assert json.loads(done.stderr) == []


@pytest.mark.parametrize(
    "args", [["site", "list"], ["counts"], ["serve", "--bind", "127.0.0.1:0"], ["demo"]]
)
def test_a_data_folder_that_cannot_be_made(args: list[str], data: Path) -> None:
    data.write_text("a file, not a folder")
    done = command(*args, data=data)
    assert done.returncode == 1
    assert str(data) in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("args", [["site", "list"], ["counts"], ["serve"], ["demo"]])
def test_wrong_settings_are_named_all_at_once(args: list[str], data: Path) -> None:
    done = command(*args, data=data, PORTAL_WORKERS="many", PORTAL_COLOUR="red")
    assert done.returncode == 1
    assert "PORTAL_WORKERS: write a whole number from 0 to 256" in done.stderr
    assert "PORTAL_COLOUR: there is no such setting" in done.stderr
    assert not data.exists()


def test_the_settings_file(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "other.toml"
    file.write_text('public_url = "https://x.example.vn"\n')
    said = run("--config", file, "site", "add", "cho", "--name", "Chợ").stdout
    assert "https://x.example.vn/s/cho" in said
    assert "none.toml" in run("--config", "none.toml", "site", "list", expect=1).stderr


def test_a_store_that_is_away(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_STORE", "redis://127.0.0.1:1/0")
    assert "The store cannot be reached: " in run("counts", expect=1).stderr


def test_a_reader_that_goes_away_is_no_error(run: Run, data: Path) -> None:
    run("site", "add", "cho", "--name", "Chợ")
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [sys.executable, "-c", "from portal.cli import main; main()", "site", "list"],
            env=environment(data),
            stdout=write,
            stderr=subprocess.PIPE,
            timeout=60,
        )
    finally:
        os.close(write)
    assert done.stderr == b""


def test_a_terminal_without_vietnamese(run: Run, data: Path) -> None:
    run("site", "add", "cho", "--name", "Chợ")
    done = command("site", "list", data=data, PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert "Ch?" in done.stdout


def test_an_unknown_command(run: Run) -> None:
    assert "'cuonts'" in run("cuonts", expect=2).stderr
