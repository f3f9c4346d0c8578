"""Connectivity checks: the real table, requests as clients send them, hostile addresses."""

import json
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.probes import BadProbes, Probe, Probes, parse_probes

TEXT = (files("portal") / "data" / "probes.json").read_text(encoding="utf-8")
PROBES = parse_probes(TEXT)
SUCCESS = "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>"

anything = st.text(st.characters(), max_size=80)  # lone surrogates too


def table(*rows: object) -> str:
    return json.dumps({"probes": rows})


def row(**changes: object) -> dict[str, object]:
    base: dict[str, object] = {
        "family": "android",
        "host": "check.example",
        "path": "/x",
        "status": 204,
    }
    return base | changes


def found(host: str, path: str) -> Probe:
    probe = PROBES.match(host, path)
    assert probe is not None
    return probe


@pytest.mark.parametrize(
    ("host", "path", "status", "body"),
    [
        ("connectivitycheck.gstatic.com", "/generate_204", 204, ""),
        ("www.google.com", "/gen_204", 204, ""),
        ("www.google.com", "/generate_204", 204, ""),
        ("captive.apple.com", "/hotspot-detect.html", 200, SUCCESS + "\n"),
        ("captive.apple.com", "/", 200, SUCCESS + "\n"),
        ("www.apple.com", "/library/test/success.html", 200, SUCCESS),
        ("www.msftconnecttest.com", "/connecttest.txt", 200, "Microsoft Connect Test"),
        ("www.msftncsi.com", "/ncsi.txt", 200, "Microsoft NCSI"),
        ("detectportal.firefox.com", "/success.txt", 200, "success\n"),
        ("nmcheck.gnome.org", "/check_network_status.txt", 200, "NetworkManager is online"),
        ("network-test.debian.org", "/nm", 200, "NetworkManager is online\n"),
        ("connectivity.samsung.com.cn", "/generate_204", 204, ""),
        ("wifi.vivo.com.cn", "/generate_204", 204, ""),
        ("conn1.oppomobile.com", "/generate_204", 204, ""),
        ("connect.rom.miui.com", "/generate_204", 204, ""),
        ("connectivitycheck.platform.hicloud.com", "/generate_204", 204, ""),
    ],
)
def test_a_check_gets_the_answer_it_waits_for(host: str, path: str, status: int, body: str) -> None:
    probe = found(host, path)
    assert (probe.status, probe.body) == (status, body)


@pytest.mark.parametrize(
    "host",
    [
        "connectivity-check.ubuntu.com.",  # Ubuntu asks for the name with its final dot
        "Connectivity-Check.Ubuntu.COM",
        "connectivity-check.ubuntu.com:80",
        "connectivity-check.ubuntu.com.:80",
    ],
)
def test_a_host_is_known_in_any_spelling(host: str) -> None:
    assert found(host, "/").family == "networkmanager"


def test_firefox_asks_with_a_query() -> None:
    assert found("detectportal.firefox.com", "/success.txt?ipv4").family == "firefox"


@pytest.mark.parametrize("path", ["/", "/JBBMBpeG6/A9yRRmuXS.html", "/library/test/success.html"])
def test_a_host_that_serves_only_checks_matches_any_path(path: str) -> None:
    assert found("www.ibook.info", path).body == SUCCESS


def test_an_exact_path_wins_over_any_path() -> None:
    every, one = Probe("a", "x.test", "*", 200), Probe("a", "x.test", "/one", 204)
    probes = Probes([every, one])
    assert probes.match("x.test", "/one") is one
    assert probes.match("x.test", "/two") is every


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("www.google.com", "/"),
        ("www.google.com", "/GENERATE_204"),
        ("www.apple.com", "/"),
        ("www.apple.com", "/iphone"),
        ("example.com", "/generate_204"),
        ("portal.example", "/"),
        ("captive.apple.com.evil.example", "/hotspot-detect.html"),
        ("evilcaptive.apple.com", "/hotspot-detect.html"),
        ("captive.apple.com..", "/hotspot-detect.html"),
        ("", ""),
        ("[::1]:80", "/generate_204"),
    ],
)
def test_a_page_that_somebody_wants_is_no_check(host: str, path: str) -> None:
    assert PROBES.match(host, path) is None


def test_hosts_and_paths_route_every_check() -> None:
    for probe in PROBES:
        assert probe.host in PROBES.hosts
        assert probe.path in PROBES.paths or probe.path == "*"
    assert "/generate_204" in PROBES.paths
    assert "*" not in PROBES.paths


def test_every_row_of_the_table_matches_itself() -> None:
    for probe in PROBES:
        if probe.path != "*":
            assert PROBES.match(probe.host, probe.path) is probe
            assert PROBES.is_probe_url(f"http://{probe.host}{probe.path}")


def test_each_check_has_a_line_of_its_own() -> None:
    assert sum('"family"' in line for line in TEXT.splitlines()) == len(PROBES)


def test_an_answer_with_a_body_says_what_it_is() -> None:
    assert [p for p in PROBES if bool(p.body) != bool(p.content_type)] == []


def test_network_manager_is_told_online_by_its_header() -> None:
    headers = found("connectivity-check.ubuntu.com", "/").headers
    assert headers == (("X-NetworkManager-Status", "online"),)


@pytest.mark.parametrize(
    ("url", "is_probe"),
    [
        ("http://connectivitycheck.gstatic.com/generate_204", True),
        ("https://www.google.com/generate_204", True),
        ("HTTP://Captive.Apple.Com", True),
        ("http://captive.apple.com:80/hotspot-detect.html?x=1#y", True),
        ("http://connectivity-check.ubuntu.com./", True),
        ("http://detectportal.firefox.com/success.txt?ipv6", True),
        ("http://captive.apple.com@evil.example/hotspot-detect.html", False),
        ("http://evil.example/http://captive.apple.com/hotspot-detect.html", False),
        ("ftp://captive.apple.com/hotspot-detect.html", False),
        ("//captive.apple.com/hotspot-detect.html", False),
        ("captive.apple.com/hotspot-detect.html", False),
        ("javascript:alert(1)", False),
        ("http://[", False),
        ("http://[::1", False),
        ("http://a]b/", False),
        ("http://ⅷ℀/", False),
        ("http://", False),
        ("", False),
        ("\x00", False),
    ],
)
def test_a_caught_address_is_told_apart(url: str, is_probe: bool) -> None:
    assert PROBES.is_probe_url(url) is is_probe


@given(anything)
def test_no_address_raises(url: str) -> None:
    assert PROBES.is_probe_url(url) in (True, False)
    assert PROBES.is_probe_url("http://" + url) in (True, False)
    assert PROBES.is_probe_url(f"http://{url}@captive.apple.com:{url}/") in (True, False)


@given(anything, anything)
def test_no_host_or_path_raises_or_invents_a_check(host: str, path: str) -> None:
    probe = PROBES.match(host, path)
    assert probe is None or probe.host in PROBES.hosts


@given(st.sampled_from(sorted(PROBES.hosts)), anything)
def test_another_path_never_gets_another_check(host: str, path: str) -> None:
    probe = PROBES.match(host, path)
    assert probe is None or probe.path in ("*", path.partition("?")[0] or "/")


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", '{"probes": []}', "[" * 100_000])
def test_a_text_that_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(BadProbes, match="probes"):
        parse_probes(text)


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (7, "an object is expected"),
        ({"family": "x"}, '"host" is missing'),
        (row(agent="x"), '"agent" is not a known key'),
        (row(host=7), '"host": a text'),
        (row(host="Check.Example"), '"host": a host name in lower case'),
        (row(host="check.example."), '"host": a host name'),
        (row(host="check.example:80"), '"host": a host name'),
        (row(host="localhost"), '"host": a host name'),
        (row(path="x"), '"path": a path'),
        (row(path="/x?y"), '"path": a path'),
        (row(status=True), '"status": a number from 200 to 399'),
        (row(status=404), '"status": a number from 200 to 399'),
        (row(body="x"), '"body": nothing is expected'),
        (row(headers=[]), '"headers": an object of texts'),
        (row(headers={"A": 1}), '"headers": an object of texts'),
    ],
)
def test_a_broken_row_is_named(broken: object, says: str) -> None:
    with pytest.raises(BadProbes, match=says) as caught:
        parse_probes(table(row(), broken))
    assert all(problem.startswith("row 2: ") for problem in caught.value.problems)


def test_a_check_stands_once() -> None:
    with pytest.raises(BadProbes, match="/x: appears twice"):
        parse_probes(table(row(), row(family="apple")))
