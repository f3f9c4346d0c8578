"""A lab leaves nothing behind, also when it ends by an error."""

import os
from contextlib import suppress
from pathlib import Path

import pytest

from tests.lab.authority import make_certificate
from tests.lab.gateway_lab import Lab, lab
from tests.lab.network import ETC
from tests.lab.processes import LabError
from tests.lab.wifi import wifi


def processes_in(networks: set[int]) -> list[str]:
    """Return the command lines of living processes that are in one of the network namespaces."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.stat(process / "ns/net").st_ino in networks:
                found.append((process / "cmdline").read_text().replace("\0", " "))
    return found


def leftovers(name: str) -> list[str]:
    """Return namespaces, mounts and files that carry the lab's name."""
    mounts = [line for line in Path("/proc/mounts").read_text().splitlines() if name in line]
    return mounts + [
        str(path) for folder in (Path("/run/netns"), ETC) for path in folder.glob(f"{name}*")
    ]


def interrupted(folder: Path, seen: list[Lab], networks: set[int]) -> None:
    """Have a lab whose user breaks off while everything in it runs."""
    with lab(1, 1, folder) as running:
        seen.append(running)
        names = [f"/run/netns/{namespace.name}" for namespace in running.namespaces]
        networks.update(os.stat(name).st_ino for name in names)
        living = " ".join(processes_in(networks))
        assert "opennds " in living, living
        assert "dnsmasq " in living, living
        assert leftovers(running.name)
        raise KeyboardInterrupt


def test_nothing_stays_after_a_failure(tmp_path: Path) -> None:
    seen: list[Lab] = []
    networks: set[int] = set()

    with pytest.raises(KeyboardInterrupt):
        interrupted(tmp_path, seen, networks)

    assert leftovers(seen[0].name) == []
    assert processes_in(networks) == []
    assert list(tmp_path.iterdir()) == []


def test_nothing_stays_of_a_box(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path / "tls", "box.lab")
    etc = {
        "dnsmasq.d/lan.conf": "dhcp-range=10.80.0.50,10.80.0.90,1h\n",
        "nginx/conf.d/thongbao.conf": "server { listen 80; }\n",
    }
    with wifi(tmp_path, "10.80.0.1/22", etc, certificate) as up:
        machines = [up.box, *(phone.namespace for phone in up.phones)]
        networks = {os.stat(f"/run/netns/{machine.name}").st_ino for machine in machines}
        living = " ".join(processes_in(networks))
        assert "dnsmasq " in living, living
        assert "nginx" in living, living
        name = up.box.name.removesuffix("-box")
        assert leftovers(name)

    assert leftovers(name) == []
    assert processes_in(networks) == []


def test_nothing_stays_after_a_start_in_vain(tmp_path: Path) -> None:
    before = {path.name for path in Path("/run/netns").glob("lab*")}

    failing = lab(1, 1, tmp_path, options="nosuchoption 1\n")
    with pytest.raises(LabError, match="did not stay up"), failing:
        pytest.fail("openNDS has no such option")

    assert {path.name for path in Path("/run/netns").glob("lab*")} <= before
    assert list(tmp_path.iterdir()) == []
