"""The command ``bluezone-portal doctor``, away from any venue."""

import json

import pytest

from portal.cli.doctor import _telling
from portal.cli.words import tr
from portal.doctor.advice import MEND
from portal.doctor.findings import Fault, Finding, State
from portal.doctor.net import Net
from tests.servers import free_port
from tests.unit.cli.conftest import Run

HERE = "localhost"


@pytest.fixture(autouse=True)
def no_uplink(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have only this machine's own name be known: nobody else is asked anything."""
    monkeypatch.setattr(Net, "_resolves", lambda _net, host: host == HERE)


def test_an_address_that_is_none_is_told(run: Run) -> None:
    assert "https://example.org/s/cho" in run("doctor", "nha-khach", expect=1).output
    said = run("doctor", "nha-khach", expect=1, lang="vi_VN.UTF-8").output
    assert "địa chỉ đầy đủ" in said


@pytest.mark.parametrize("lang", ["en_US.UTF-8", "vi_VN.UTF-8"])
def test_a_portal_that_is_away_is_told_with_what_to_do(run: Run, lang: str) -> None:
    url = f"http://{HERE}:{free_port()}/s/cho"
    said = run("doctor", url, "--patience", "0.5", expect=1, lang=lang).output
    assert "✗" in said
    assert ("máy chủ" if lang.startswith("vi") else "See that the server runs") in said


def test_the_report_as_json(run: Run) -> None:
    url = f"http://{HERE}:{free_port()}/s/cho"
    printed = run("doctor", url, "--patience", "0.5", "--format", "json", expect=1).output
    said = json.loads(printed)
    assert {step["fault"] for step in said["steps"] if step["fault"]} == set(said["faults"])


def test_nothing_that_was_sent_steers_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    sent = Finding(
        "The portal answers", State.GOOD, "%(url)s", {"url": "http://a/\a\x9b2J\x1b]0;b"}
    )
    assert list(_telling([sent])) == [sent]
    assert "http://a/??2J?]0;b" in capsys.readouterr().out


def test_each_fault_has_its_mend() -> None:
    assert set(MEND) == set(Fault)
    assert all(tr(text) for text in MEND.values())
