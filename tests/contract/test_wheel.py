"""The wheel: built, installed and run far from the checkout."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

import portal

ROOT = Path(portal.__file__).parents[1]
PIP = ("--quiet", "--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check")
# What a visitor with an iPhone gets from the installed package, started in an empty folder.
VISIT = """
import sys
from datetime import date
from pathlib import Path

import portal
from portal.app import create_app
from portal.services import open_services
from portal.settings import load_settings
from portal.sitebook import SiteBook

assert str(Path(portal.__file__)).startswith(sys.argv[1]), portal.__file__
settings = load_settings()
services = open_services(settings)
book = SiteBook(services.store, services.areas, services.gateways, services.vault)
book.add({"id": "hotel", "name": "Khách sạn", "area": "Pác Miầu"}, date(2021, 3, 5))
services.snapshot.refresh()
client = create_app(settings, services).test_client()
notice = client.get("/s/hotel", headers={"User-Agent": "iPhone", "Accept-Language": "vi"})
assert notice.status_code == 200, notice.status
assert "Khách sạn" in notice.text
assert "Cài" in notice.text, "the catalogue was not found"
probe = client.get("/generate_204", headers={"Host": "connectivitycheck.gstatic.com"})
assert probe.status_code == 204, probe.status
services.stop()
print("served", sorted(services.gateways))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as ``python -m build`` does, but without a network."""
    folder = tmp_path_factory.mktemp("dist")
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    return Path(built)


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    """What lies in the wheel, without its own description."""
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package and its scripts, and nothing else of ours."""
    target = tmp_path_factory.mktemp("installed")
    subprocess.run(
        [sys.executable, "-m", "pip", "install", *PIP, "--target", str(target), str(wheel)],
        check=True,
        timeout=120,
    )
    return target


def run(installed: Path, cwd: Path, *command: str) -> str:
    kept = {name: text for name, text in os.environ.items() if not name.startswith("PORTAL_")}
    done = subprocess.run(
        command,
        cwd=cwd,
        env=kept | {"PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def tracked() -> set[str]:
    """The files that are kept in git, or everything where there is no git."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "portal", "templates"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode:
        pytest.skip("no git checkout")
    return {name for name in listed.stdout.splitlines() if (ROOT / name).is_file()}


def test_the_wheel_holds_what_git_holds_and_nothing_else(names: set[str]) -> None:
    """Templates move into the package; no cache, no secret, no editor's file comes along."""
    expected = {
        name.replace("templates/", "portal/templates/", 1) if name[0] == "t" else name
        for name in tracked()
    }
    assert names == expected


@pytest.mark.parametrize(
    "name",
    [
        "portal/templates/visitor/notice.html",
        "portal/templates/visitor/page.css",
        "portal/templates/visitor/page.js",
        "portal/templates/edge/visitor.conf",
        "portal/data/areas.json",
        "portal/data/probes.json",
        "portal/data/campaigns/bluezone.toml",
        "portal/translations/vi/LC_MESSAGES/messages.po",
        "portal/stores/apply.lua",
        "portal/stores/put.lua",
        "portal/gunicorn_conf.py",
    ],
)
def test_files_that_the_code_reads_are_in_the_wheel(names: set[str], name: str) -> None:
    assert name in names


def test_no_file_that_is_not_needed(names: set[str]) -> None:
    endings = {Path(name).suffix for name in names}
    assert endings <= {
        ".py",
        ".html",
        ".css",
        ".conf",
        ".js",
        ".json",
        ".toml",
        ".po",
        ".lua",
        ".txt",
        ".svg",
    }
    assert {name.partition("/")[0] for name in names} == {"portal"}


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        info = {Path(name).name: name for name in archive.namelist() if ".dist-info/" in name}
        metadata = archive.read(info["METADATA"]).decode()
        points = archive.read(info["entry_points.txt"]).decode()
    assert f"Version: {portal.__version__}" in metadata
    assert "License-File: LICENSE" in metadata
    assert "Requires-Dist: flask" in metadata
    assert "bluezone-portal = portal.cli:main" in points
    assert "opennds = portal.gateways.opennds:OpenNDS" in points


def test_the_installed_package_serves_a_notice_from_an_empty_folder(
    installed: Path, tmp_path: Path
) -> None:
    answered = run(installed, tmp_path, sys.executable, "-W", "error", "-c", VISIT, str(installed))
    assert {"link", "opennds", "standalone"} <= set(re.findall(r"'(\w+)'", answered))
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_the_command_line_works_where_it_is_installed(installed: Path, tmp_path: Path) -> None:
    script = installed / "bin" / "bluezone-portal"
    assert portal.__version__ in run(installed, tmp_path, sys.executable, str(script), "--version")
    assert list(tmp_path.iterdir()) == []
