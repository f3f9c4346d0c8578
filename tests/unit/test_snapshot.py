"""The snapshot: visitors are served from memory, whatever the store does or holds."""

import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portal.domain.errors import StoreUnavailable
from portal.gateways import gateways
from portal.snapshot import SITES, Snapshot
from portal.stores.base import Document
from portal.stores.sqlite import SQLiteStore
from portal.vault import Vault

VAULT = Vault([b"a key of at least sixteen bytes"])
OPENNDS = {"level": "1", "faskey": "abcdefghij0123456789", "address": "10.77.0.1"}


class Flaky(SQLiteStore):
    """A real store whose database can be away."""

    away = False
    failed = 0

    def documents(self, collection: str) -> dict[str, Document]:
        if self.away:
            self.failed += 1
            raise StoreUnavailable("away")
        return super().documents(collection)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Flaky]:
    opened = Flaky(tmp_path / "portal.db")
    yield opened
    opened.close()


def snapshot(store: Flaky, tmp_path: Path) -> Snapshot:
    return Snapshot(store, gateways(), VAULT, tmp_path / "sites.json")


def put(store: Flaky, id: str, version: int = 0, **fields: Any) -> None:
    store.put(SITES, id, {"id": id, "name": id.upper(), **fields}, version)


def test_sites_with_their_gateways(store: Flaky, tmp_path: Path) -> None:
    put(store, "a")
    put(store, "b", gateway="opennds", gateway_settings=OPENNDS)
    shot = snapshot(store, tmp_path)
    shot.load()
    for id, gateway in (("a", "link"), ("b", "opennds")):
        place = shot.place(id)
        assert place is not None
        assert (place.site.id, place.gateway and place.gateway.name) == (id, gateway)
    assert shot.place("c") is None


def test_an_archived_site_is_not_there(store: Flaky, tmp_path: Path) -> None:
    put(store, "a", active=False, egress=["203.0.113.0/24"])
    shot = snapshot(store, tmp_path)
    shot.load()
    assert shot.place("a") is None
    assert shot.place_of("203.0.113.9") is None


def test_a_change_is_taken_and_nothing_else_read_anew(store: Flaky, tmp_path: Path) -> None:
    shot = snapshot(store, tmp_path)
    put(store, "a")
    shot.load()
    first = shot.place("a")
    shot.refresh()
    assert shot.place("a") is first
    put(store, "a", 1, greeting="Xin chào")
    shot.refresh()
    place = shot.place("a")
    assert place is not None
    assert place.site.greeting == "Xin chào"


def test_the_kept_file_serves_while_the_store_is_away(store: Flaky, tmp_path: Path) -> None:
    put(store, "a", gateway="opennds", gateway_settings=OPENNDS)
    snapshot(store, tmp_path).load()
    file = tmp_path / "sites.json"
    assert file.stat().st_mode & 0o777 == 0o600  # it holds gateways' keys
    store.away = True
    shot = snapshot(store, tmp_path)
    shot.load()
    place = shot.place("a")
    assert place is not None
    assert place.gateway is not None
    with pytest.raises(StoreUnavailable):
        shot.refresh()
    assert shot.place("a") is place
    store.away = False
    put(store, "b")
    shot.refresh()
    assert shot.place("b") is not None
    assert set(json.loads(file.read_text(encoding="utf-8"))) == {"a", "b"}
    assert [path.name for path in tmp_path.glob(".sites*")] == []


@pytest.mark.parametrize(
    "content", [None, b"", b'{"a": {"id"', b"\xff\xfe", b"[]", b"null", b'{"a": null, "b": [1]}']
)
def test_a_damaged_kept_file_does_not_stop_the_start(
    store: Flaky, tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "sites.json").write_bytes(content)
    store.away = True
    shot = snapshot(store, tmp_path)
    shot.load()
    assert shot.place("a") is None
    store.away = False
    put(store, "a")
    shot.refresh()
    assert shot.place("a") is not None


def test_bad_documents_are_skipped_and_said(
    store: Flaky, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(store, "good")
    put(store, "nameless", name="")
    put(store, "odd", languages=5, egress=7)
    put(store, "later", field_of_another_release=1)
    with caplog.at_level(logging.ERROR):
        shot = snapshot(store, tmp_path)
        shot.load()
    assert shot.place("good") is not None
    for id in ("nameless", "odd", "later"):
        assert shot.place(id) is None
    assert len(caplog.records) == 3


def test_an_unusable_gateway_leaves_the_notice(
    store: Flaky, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(store, "a", gateway="opennds", gateway_settings=OPENNDS | {"faskey": "weak!key"})
    put(store, "b", gateway="of-another-release")
    shot = snapshot(store, tmp_path)
    shot.load()
    for id in ("a", "b"):
        place = shot.place(id)
        assert place is not None
        assert place.gateway is None
    assert "faskey" in caplog.text
    assert "weak!key" not in caplog.text


def test_settings_that_a_document_lacks_are_completed(store: Flaky, tmp_path: Path) -> None:
    """An older document without a level must not fail when its first visitor comes."""
    older = {name: text for name, text in OPENNDS.items() if name != "level"}
    put(store, "a", gateway="opennds", gateway_settings=older)
    shot = snapshot(store, tmp_path)
    shot.load()
    place = shot.place("a")
    assert place is not None
    assert place.site.gateway_settings["level"] == "2"


def test_a_sender_names_its_one_site(store: Flaky, tmp_path: Path) -> None:
    put(store, "a", egress=["203.0.113.0/25"])
    put(store, "b", egress=["203.0.113.128/25", "198.51.100.1"])
    put(store, "c", egress=["198.51.100.0/24"])
    put(store, "d")
    shot = snapshot(store, tmp_path)
    shot.load()
    found = {
        address: place and place.site.id
        for address in ("203.0.113.1", "203.0.113.200", "198.51.100.1", "198.51.100.2", "192.0.2.1")
        for place in [shot.place_of(address)]
    }
    assert found == {
        "203.0.113.1": "a",
        "203.0.113.200": "b",
        "198.51.100.1": None,  # two sites: nobody can say which
        "198.51.100.2": "c",
        "192.0.2.1": None,
    }
    assert shot.place_of(None) is None


def test_a_folder_that_cannot_be_written_is_only_a_warning(
    store: Flaky, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(store, "a")
    shot = Snapshot(store, gateways(), VAULT, tmp_path / "gone" / "sites.json")
    shot.load()
    assert shot.place("a") is not None
    assert "could not be kept" in caplog.text


def test_it_refreshes_by_itself(
    store: Flaky,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("portal.snapshot._REFRESH", 0.01)
    shot = snapshot(store, tmp_path)
    pause = threading.Event()
    store.away = True
    shot.start()
    try:
        for _ in range(1000):
            if store.failed > 1:  # the thread outlives an outage
                break
            pause.wait(0.01)
        store.away = False
        put(store, "a")
        for _ in range(1000):
            if shot.place("a"):
                break
            pause.wait(0.01)
        assert store.failed > 1
        assert shot.place("a") is not None
    finally:
        shot.stop()
    assert "snapshot" not in [thread.name for thread in threading.enumerate()]
    assert caplog.records == []  # the flusher says that the store is away, once
