"""The DHCP option in each server's syntax: read by the servers that are here."""

import json
import subprocess
from pathlib import Path

from portal.gateways.dhcp import DHCP4, captive_portal_options
from tests.servers import requires

API = "https://thongbao.example.vn/capport/cho"
FILES = {file.name: file.text for file in captive_portal_options(API)}


def test_dnsmasq_takes_it(tmp_path: Path) -> None:
    requires("dnsmasq")
    path = tmp_path / "dnsmasq.conf"
    path.write_text(FILES["dnsmasq.conf"])
    said = subprocess.run(["dnsmasq", "--test", "-C", path], capture_output=True, text=True)
    assert (said.returncode, "OK" in said.stderr) == (0, True), said.stderr


def test_kea_reads_an_object_of_options() -> None:
    (option,) = json.loads(FILES["kea-dhcp4.json"])["option-data"]
    assert option == {"name": "v4-captive-portal", "data": API}


def test_each_server_is_told_the_same_address() -> None:
    assert all(API in text for text in FILES.values())
    assert all(str(DHCP4) in FILES[name] for name in ("dhcpd.conf", "mikrotik.rsc", "openwrt.sh"))
