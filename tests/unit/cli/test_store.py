"""``bluezone-portal store``: copied, saved, restored and checked, in words that help."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from portal.domain.events import Kind
from portal.stores import open_store
from portal.stores.moving import parts
from portal.stores.sqlite import SQLiteStore
from tests.events import event, pages, records
from tests.servers import RedisServer

Run = Callable[..., Result]
SUMS = "2 sites, 1 documents, 9 events (1 rejected)"


@pytest.fixture
def filled(data: Path, run: Run) -> SQLiteStore:
    """Return the store of the command line, with something in it."""
    run("site", "add", "ben-xe", "--name", "Bến xe")
    store = SQLiteStore(data / "portal.db")
    store.apply("node.w1", records([event(Kind.SHOWN, "n1"), event(Kind.SHOWN, "n1")]))
    store.apply("node.w1", pages(3, 9, "khach-san"))
    return store


def test_a_copy_to_redis_and_back(
    run: Run, filled: SQLiteStore, redis_server: RedisServer, tmp_path: Path
) -> None:
    said = run("store", "copy", "sqlite:", redis_server.url).output
    assert said == f"Copied and compared: {SUMS}.\n"
    back = tmp_path / "back.db"
    run("store", "copy", redis_server.url, f"sqlite:{back}")
    assert list(parts(SQLiteStore(back))) == list(parts(filled))
    run("store", "copy", "sqlite:", redis_server.url)  # may be repeated


def test_what_is_newer_is_replaced_only_when_asked(
    run: Run, filled: SQLiteStore, tmp_path: Path
) -> None:
    there = f"sqlite:{tmp_path / 'there.db'}"
    run("store", "copy", "sqlite:", there)
    newer = open_store(there, tmp_path)
    newer.apply("node.w2", pages(1, 1))
    said = run("store", "copy", "sqlite:", there, expect=1).output
    assert "“ben-xe” is newer there, or only there." in said
    run("store", "copy", "sqlite:", there, "--overwrite")
    assert list(parts(newer)) == list(parts(filled))


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ("sqlite:none.db", "sqlite:there.db", "none.db does not exist."),
        ("sqlite:", "sqlite:data/portal.db", "Both are the same store."),
        ("mysql://x", "sqlite:", "store: write an address that begins with one of: sqlite:"),
        ("sqlite:", "redis://127.0.0.1:1/0", "The store cannot be reached"),
    ],
)
def test_stores_that_are_none(
    run: Run, filled: SQLiteStore, source: str, target: str, said: str
) -> None:
    output = run("store", "copy", source, target, expect=1).output
    assert said in output
    assert "Traceback" not in output


def test_saved_and_restored(run: Run, filled: SQLiteStore, data: Path, tmp_path: Path) -> None:
    file = tmp_path / "saved.gz"
    assert run("store", "backup", file).output == f"Saved and read back: {SUMS}.\n"
    before = list(parts(filled))
    filled.apply("node.w1", pages(10, 12))
    assert "Nothing was written" in run("store", "restore", file, expect=1).output
    run("store", "restore", file, "--overwrite")
    assert list(parts(filled)) == before
    filled.close()
    for path in data.glob("portal.db*"):
        path.unlink()
    assert run("store", "restore", file).output == f"Restored and compared: {SUMS}.\n"
    assert list(parts(SQLiteStore(data / "portal.db"))) == before


def test_a_file_that_is_no_backup_is_named(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "holiday.jpg"
    file.write_bytes(b"\xff\xd8\xff")
    for command in (("restore", file), ("check", "--file", file)):
        said = run("store", *command, expect=1).output
        assert said == "Error: holiday.jpg: this is no saved store, or not a whole one\n"


def test_a_check_says_what_agrees_and_what_does_not(
    run: Run, filled: SQLiteStore, data: Path, tmp_path: Path
) -> None:
    """C13: a counter that was altered by hand."""
    assert run("store", "check").output == f"Whole, and the sums agree: {SUMS}.\n"
    file = tmp_path / "saved.gz"
    run("store", "backup", file)
    assert run("store", "check", "--file", file).output.endswith(f"{SUMS}.\n")
    with sqlite3.connect(data / "portal.db") as db:
        db.execute("UPDATE counters SET n = n + 1200 WHERE site = 'khach-san'")
    db.close()
    said = run("store", "check", expect=1).output
    assert "khach-san: 1,207 in the counters, 7 in the ledgers" in said
    assert "The sums of 1 sites do not agree." in said
    vietnamese = run("store", "check", expect=1, lang="vi_VN.UTF-8").output
    assert "khach-san: bộ đếm có 1.207, sổ ghi có 7" in vietnamese


def test_a_damaged_file_is_told(run: Run, filled: SQLiteStore, data: Path) -> None:
    filled.close()
    path = data / "portal.db"
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\0" * (len(whole) - 4096))
    said = run("store", "check", expect=1).output
    assert "The store cannot be reached" in said


def test_r18_every_key_is_replaced_and_nothing_is_lost(
    run: Run, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old key holds until what it encrypted is renewed; after that it may go."""
    old, new = "o" * 40, "n" * 40
    monkeypatch.setenv("PORTAL_SECRET_KEY", old)
    settings = ("--set", "address=192.168.8.1", "--set", "faskey=abcdefghij12")
    run("site", "add", "nha", "--name", "Nhà khách", "--gateway", "opennds", *settings)
    monkeypatch.setenv("PORTAL_SECRET_KEY", new)
    lost = run("store", "renew-secrets", expect=1)
    assert "sites/nha" in lost.output
    monkeypatch.setenv("PORTAL_OLD_SECRET_KEYS", old)
    assert run("store", "renew-secrets").output == "Encrypted anew: 1 documents.\n"
    assert run("store", "renew-secrets").output == "Encrypted anew: 0 documents.\n"
    monkeypatch.delenv("PORTAL_OLD_SECRET_KEYS")
    assert "abcdefghij12" in run("site", "show", "nha", "--secrets").output
    assert b"abcdefghij12" not in (data / "portal.db").read_bytes()
