"""Messages to people: each address by itself, through a real web hook and a real mail server."""

import logging
import subprocess
import sys

import pytest

from portal.notify import Notifier, Outcome
from tests.servers import free_port
from tests.sinks import hook, mailbox

TITLE, TEXT = "Bluezone: điểm im lặng", "Chợ <Bảo Lâm> *mới* & _cũ_\nTừ 14:00 05/03/2021"


def sent(*addresses: str) -> list[Outcome]:
    notifier = Notifier(addresses, "Bluezone", "https://quanly.example.vn")
    return [notifier.send(name, TITLE, TEXT) for name in notifier.names]


def test_a_web_hook_gets_title_and_text_as_they_are() -> None:
    with hook() as there:
        assert sent(there.url) == [Outcome.SENT]
        assert [(one["title"], one["message"]) for one in there.got] == [(TITLE, TEXT)]


def test_a_mail_arrives_with_every_letter() -> None:
    with mailbox() as there:
        assert sent(there.url) == [Outcome.SENT]
    (mail,) = there.got
    assert mail["Subject"] == TITLE
    assert mail["To"] == "office@baolam.example"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().split() == TEXT.split()


def test_what_cannot_be_sent_is_told_and_does_not_stop_the_others() -> None:
    with hook() as good, hook() as bad:
        bad.status = 500
        dead = f"json://127.0.0.1:{free_port()}/"
        assert sent(bad.url, dead, "nosuch://x", "mailto://", good.url) == [
            Outcome.FAILED,
            Outcome.FAILED,
            Outcome.UNKNOWN,
            Outcome.UNKNOWN,
            Outcome.SENT,
        ]
        assert len(good.got) == 1


def test_a_bug_in_a_plugin_is_a_failure_of_one_address(monkeypatch: pytest.MonkeyPatch) -> None:
    import apprise

    def broken(self: object, **values: object) -> bool:
        raise RuntimeError("s3cret")

    monkeypatch.setattr(apprise.Apprise, "notify", broken)
    assert sent("json://127.0.0.1/") == [Outcome.FAILED]


def test_no_password_is_ever_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    port = free_port()
    addresses = [
        f"json://user:s3cretpass@127.0.0.1:{port}/s3cretpath",
        f"mailto://user:s3cretpass@127.0.0.1:{port}?from=a@b.example&to=c@d.example&mode=insecure",
    ]
    assert set(sent(*addresses)) == {Outcome.FAILED}
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("portal")]
    assert ours
    assert not any("s3cret" in line for line in ours)
    assert not any("s3cretpass" in record.getMessage() for record in caplog.records)
    notifier = Notifier(addresses, "Bluezone")
    assert [notifier.shown(name) for name in notifier.names] == ["1 (json)", "2 (mailto)"]
    assert "s3cret" not in "".join(notifier.names)


def test_apprise_is_loaded_when_it_is_needed_and_not_before() -> None:
    code = "import sys, portal.app, portal.cli.alerts; assert 'apprise' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
