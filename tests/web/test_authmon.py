"""What openNDS's "authmon" is told, and that whoever imitates it learns and changes nothing."""

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.opennds import OPENNDS
from tests.web.conftest import World

HASH = hashlib.sha256(b"Nha%20khach").hexdigest()
RHID = "d8318213e1ab05144f1f6d142a1cb37b70c336f52bdee48101fdc6130022fbb8"


@pytest.fixture
def site(world: World) -> World:
    """A portal with a site at level 3."""
    world.add(id="cap-3", name="Nhà khách", **OPENNDS | {"gateway.level": "3"})
    return world


def post(world: World, path: str = "/s/cap-3", **changes: Any) -> TestResponse:
    """Post as PHP's stream does for authmon.sh; a field of None is left out."""
    fields = {"auth_get": "view", "gatewayhash": HASH, "payload": "none"} | changes
    if fields["payload"] is not None:
        fields["payload"] = base64.b64encode(fields["payload"].encode()).decode()
    sent = {name: value for name, value in fields.items() if value is not None}
    agent = {"User-Agent": "openNDS(authmon;NDS:9.10.0;)"}
    return world.visitor.post(path, data=sent, headers=agent)


def files(world: World) -> dict[Path, bytes]:
    """Everything under the data folder."""
    world.services.recorder.flush()
    found = world.services.settings.data.rglob("*")
    return {path: path.read_bytes() for path in found if path.is_file()}


@pytest.mark.parametrize(
    ("action", "payload", "answer"),
    [
        ("clear", "none", b""),
        ("view", "none", b"*"),
        ("view", "*", b"ack"),
        ("view", f"* {RHID} {RHID}", b"ack"),
        ("list", "none", b"*"),
        ("deauthed", "method=idle_deauth, clientmac=02:00:5e:00:53:01, token=b4f456c4", b"ack"),
        ("custom", "whatever", b"ack"),
    ],
)
def test_the_real_daemon_gets_what_it_expects(
    site: World, action: str, payload: str, answer: bytes
) -> None:
    got = post(site, auth_get=action, payload=payload)
    assert (got.status_code, got.data) == (200, answer)
    assert got.headers["Cache-Control"] == "no-store"
    assert got.content_type.startswith("text/plain")


@pytest.mark.parametrize(
    "changes",
    [
        {"auth_get": None},
        {"auth_get": ""},
        {"auth_get": "VIEW"},
        {"auth_get": "delete"},
        {"gatewayhash": None},
        {"gatewayhash": ""},
        {"gatewayhash": HASH.upper()},
        {"gatewayhash": HASH[:-1]},
        {"gatewayhash": HASH + "\n"},
        {"gatewayhash": "../" * 20 + "etc"},
        {"gatewayhash": "..%2f..%2fetc"},
        {"gatewayhash": "/etc/passwd\0"},
        {"payload": None},
        {"payload": ""},
    ],
)
def test_what_is_no_request_of_authmon_is_refused(site: World, changes: dict[str, Any]) -> None:
    got = post(site, **changes)
    assert (got.status_code, got.data) == (403, b"")


@pytest.mark.parametrize("payload", ["*", "bm9uZ", "bm9uZQ==\n!", "//8=", "ế"])
def test_a_payload_that_is_no_base64_of_text_is_refused(site: World, payload: str) -> None:
    sent = {"auth_get": "view", "gatewayhash": HASH, "payload": payload}
    assert site.visitor.post("/s/cap-3", data=sent).status_code == 403


def test_only_a_site_at_level_3_has_an_authmon(site: World) -> None:
    site.add(id="cap-2", name="A", **OPENNDS | {"gateway.level": "2"})
    for id in ("ben-xe", "nha-khach", "cap-2", "none", "..", "cap-3\0"):
        assert post(site, f"/s/{id}").status_code == 405, id
    site.book.archive("cap-3")
    site.services.snapshot.refresh()
    assert post(site).status_code == 405


def test_nothing_else_can_be_posted(site: World) -> None:
    for path in ("/", "/generate_204", "/capport/cap-3", "/continue/N", "/online/N", "/preview/x"):
        assert site.visitor.post(path, data={"auth_get": "view"}).status_code == 405, path


@pytest.mark.parametrize("size", [5000, 10_000_000])
def test_a_large_payload_is_refused_unread(site: World, size: int) -> None:
    assert post(site, payload="x" * size).status_code == 413


def test_guessing_and_repeating_changes_nothing_anywhere(site: World) -> None:
    """The hash is that of a name on a sign, so anybody has it: there must be nothing behind it."""
    post(site)
    before = files(site)
    for hash in (HASH, "0" * 64, hashlib.sha256(b"openNDS").hexdigest()):
        for action in ("clear", "list", "view", "custom", "deauthed"):
            for payload in ("none", f"* {RHID}", "../../secret_key", "MALLORY 02:00:5e:00:53:01"):
                for _again in range(2):
                    answer = post(site, auth_get=action, gatewayhash=hash, payload=payload)
                    assert answer.data in (b"", b"*", b"ack")
    assert files(site) == before
    assert site.counts("cap-3") == {}


def test_nobody_is_named_in_the_log(site: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    post(site, auth_get="deauthed", payload="clientmac=02:00:5e:00:53:01")
    post(site, auth_get="nonsense", payload="clientmac=02:00:5e:00:53:01")
    assert "02:00:5e" not in caplog.text
