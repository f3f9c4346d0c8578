"""Where checks lead, with gateways of every sort on this machine."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from portal.doctor.capture import Led, capture, one_of_each, track
from portal.doctor.findings import Fault, State
from portal.doctor.net import Net
from portal.doctor.way import read_notice
from portal.domain.probes import Probe, parse_probes
from portal.resources import read_text
from tests.servers import free_port

NOTICE = read_notice("http://portal.invalid/s/cho")
LEADS_ON = "<meta http-equiv=refresh content='0; url=http://portal.invalid/s/cho?id=1'>"
Answers = dict[str, tuple[int, str, str]]


@pytest.fixture
def gateway() -> Iterator[Callable[[Answers], str]]:
    """Return what serves answers by path (status, Location, body) and says at which host."""
    servers: list[ThreadingHTTPServer] = []

    def serve(answers: Answers) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, location, body = answers[self.path]
                self.send_response(status)
                if location:
                    self.send_header("Location", location)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, format: str, *args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"127.0.0.1:{server.server_port}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def check(host: str, status: int = 204, body: str = "") -> Probe:
    return Probe("android", host, "/check", status, body)


@pytest.mark.parametrize(
    ("answers", "led"),
    [
        ({"/check": (302, "http://portal.invalid/s/cho?fas=x", "")}, Led.NOTICE),
        ({"/check": (302, "/login", ""), "/login": (200, "", LEADS_ON)}, Led.NOTICE),
        ({"/check": (204, "", "")}, Led.OPEN),
        ({"/check": (302, "http://portal.invalid/s/ben-xe", "")}, Led.OTHER_SITE),
        ({"/check": (302, "http://portal.invalid/splash", "")}, Led.ELSEWHERE),
        ({"/check": (302, "http://nowhere.invalid/s/cho", "")}, Led.ELSEWHERE),
        ({"/check": (200, "", "<h1>Welcome to our hotel</h1>")}, Led.ELSEWHERE),
        ({"/check": (302, "/check", "")}, Led.ELSEWHERE),  # for ever
    ],
)  # fmt: skip
def test_where_a_check_leads(gateway: Callable[[Answers], str], answers: Answers, led: Led) -> None:
    assert track(Net(2), NOTICE, check(gateway(answers))).led is led


def test_a_check_that_nobody_answers() -> None:
    assert track(Net(2), NOTICE, check(f"127.0.0.1:{free_port()}")).led is Led.DEAD
    assert track(Net(2), NOTICE, check("nowhere.invalid")).led is Led.UNKNOWN


def test_one_open_check_among_others_is_named(gateway: Callable[[Answers], str]) -> None:
    held = check(gateway({"/check": (302, "http://portal.invalid/s/cho", "")}))
    free = check(gateway({"/check": (204, "", "")}))
    findings, tracks = capture(Net(2), NOTICE, [held, free])
    assert [one.fault for one in findings] == [None, Fault.CHECK_OPEN]
    assert [one.led for one in tracks] == [Led.NOTICE, Led.OPEN]


@pytest.mark.parametrize("status", [204, 0])
def test_a_device_that_redirects_nobody(gateway: Callable[[Answers], str], status: int) -> None:
    host = gateway({"/check": (204, "", "")}) if status else f"127.0.0.1:{free_port()}"
    findings, tracks = capture(Net(2), NOTICE, [check(host)] * 5)
    assert [one.fault for one in findings] == [Fault.NO_REDIRECT]
    assert len(tracks) == (5 if status else 3)  # nobody waits for the others


def test_no_name_at_all_says_nothing_about_the_device() -> None:
    findings, _tracks = capture(Net(2), NOTICE, [check("nowhere.invalid")] * 2)
    assert [one.state for one in findings] == [State.LEFT]


def test_every_family_is_asked_once() -> None:
    probes = parse_probes(read_text("probes.json"))
    families = [probe.family for probe in one_of_each(probes)]
    assert len(families) == len(set(families)) == len({probe.family for probe in probes})
    assert {"android", "apple", "windows", "firefox"} <= set(families)
