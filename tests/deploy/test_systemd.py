"""S23: the units are sound, expose little, and leave the service what it needs."""

import os
import re
import signal
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.servers import requires, wait_until
from tests.serving import add_site, end, environment, free_port, wait_ready
from tests.web.conftest import ANDROID

UNITS = Path(__file__).parents[2] / "deploy" / "systemd"
ALL = sorted(path.name for path in UNITS.iterdir() if path.suffix in (".service", ".timer"))
SERVICES = [name for name in ALL if name.endswith(".service")]


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Ask systemd-analyze."""
    command = [requires("systemd-analyze"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def placed(unit: Path, folder: Path) -> Path:
    """Return a copy of ``unit`` whose programs exist on this machine."""
    copy = folder / unit.name
    text = unit.read_text(encoding="utf-8")
    program = Path(sys.executable).with_name("bluezone-portal")
    copy.write_text(text.replace("/opt/bluezone-portal/bin/bluezone-portal", str(program)))
    return copy


@pytest.mark.parametrize("unit", ALL)
def test_s23_a_unit_is_understood(unit: str, tmp_path: Path) -> None:
    paths = [placed(UNITS / name, tmp_path) for name in ALL]
    (mine,) = (path for path in paths if path.name == unit)
    told = analyze("verify", "--man=no", str(mine))
    ours = [line for line in told.stderr.splitlines() if "bluezone" in line]
    assert (told.returncode, ours) == (0, []), told.stderr


@pytest.mark.parametrize("unit", SERVICES)
def test_s23_it_exposes_little(unit: str) -> None:
    told = analyze("security", "--offline=true", "--threshold=15", "--no-pager", str(UNITS / unit))
    assert told.returncode == 0, told.stdout.splitlines()[-1]


def group(name: str) -> set[str]:
    """Return the system calls of one of systemd's groups, those of groups in it too."""
    found: set[str] = set()
    for line in analyze("syscall-filter", name).stdout.splitlines()[1:]:
        word = line.strip().partition(" ")[0]
        if word.startswith("@"):
            found |= group(word)
        elif word and not word.startswith("#"):
            found.add(word)
    return found


def allowed(unit: Path) -> set[str]:
    """Return the system calls that ``unit`` lets pass."""
    found: set[str] = group("@default")
    for line in re.findall(r"^SystemCallFilter=(.*)$", unit.read_text(), re.MULTILINE):
        names = set().union(*(group(name) for name in line.lstrip("~").split()))
        found = found - names if line.startswith("~") else found | names
    return found


def test_s23_the_service_does_nothing_that_its_unit_forbids(tmp_path: Path) -> None:
    """Start, a visit, a reload and an end, with every system call written down."""
    calls = allowed(UNITS / "bluezone-portal.service")
    assert "accept4" in calls
    assert "mount" not in calls
    data, port, written = tmp_path / "data", free_port(), tmp_path / "calls"
    add_site(data, id="cho", name="Chợ")
    program = [sys.executable, "-m", "gunicorn", "-c", "python:portal.gunicorn_conf"]
    traced = [requires("strace"), "-f", "-qq", "-o", str(written), *program]
    settings = {"bind": f"127.0.0.1:{port}", "workers": 2}
    process = subprocess.Popen(traced, env=environment(data, **settings), start_new_session=True)
    try:
        wait_ready(process, port, patience=90)
        visit(port)
        (master,) = children(process.pid)
        before = children(master)
        os.kill(master, signal.SIGHUP)
        wait_until(lambda: len(new := children(master)) == 2 and not new & before, "new workers")
        visit(port)
        os.kill(master, signal.SIGTERM)
        process.wait(60)
    finally:
        end(process)
    used = set(re.findall(r"^\d+ +([a-z_0-9]+)\(", written.read_text(errors="replace"), re.M))
    assert "sendto" in used or "sendmsg" in used
    # SQLite gives its files to the owner of the first one, but only where root runs it, as here.
    rooted = {"fchown"} if os.geteuid() == 0 else set()
    assert used - calls <= rooted


def children(pid: int) -> set[int]:
    """Return the processes that ``pid`` has begun."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {int(one) for one in found}


def visit(port: int) -> None:
    """See a notice and its beacon."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/s/cho", headers={"User-Agent": ANDROID, "Accept": "text/html"})
    page = connection.getresponse().read().decode()
    beacon = re.search(r'src="(/i/[^"]+)"', page)
    assert beacon
    connection.request("GET", beacon[1], headers={"User-Agent": ANDROID})
    assert connection.getresponse().read().startswith(b"GIF")
    connection.close()
