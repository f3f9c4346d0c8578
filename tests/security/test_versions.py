"""S22: nothing older than what has no known hole, here and in what is installed elsewhere."""

import re
import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.version import Version

from tests.servers import requires

ROOT = Path(__file__).parents[2]
FLOORS = {"gunicorn": "27.0.1", "flask": "3.1.3", "werkzeug": "3.1.9", "jinja2": "3.1.6"}
PROGRAMS = {"nginx": "1.22.1-9+deb12u11", "redis-server": "5:7.0.15-1~deb12u10"}


@pytest.mark.parametrize("name", FLOORS)
def test_s22_libraries(name: str) -> None:
    assert Version(version(name)) >= Version(FLOORS[name])
    for file in ("requirements.txt", "requirements-dev.txt"):
        pinned = re.search(rf"^{name}==(\S+)", (ROOT / file).read_text(), re.MULTILINE)
        assert pinned
        assert Version(pinned[1]) >= Version(FLOORS[name])


@pytest.mark.parametrize("name", PROGRAMS)
def test_s22_programs_of_debian_12(name: str) -> None:
    show = [requires("dpkg-query"), "-W", "-f", "${Version}", name]
    found = subprocess.run(show, capture_output=True, text=True, check=False).stdout
    if not found:
        pytest.skip(f"{name} is not Debian's")
    command = ["dpkg", "--compare-versions", found, "ge", PROGRAMS[name]]
    assert subprocess.run(command, check=False).returncode == 0


def test_s22_every_requirement_is_pinned_with_its_hash() -> None:
    for file in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / file).read_text()
        blocks = re.split(r"\n(?=\S)", text.strip())
        assert len(blocks) > 15
        assert all("==" in block and "--hash=sha256:" in block for block in blocks)
