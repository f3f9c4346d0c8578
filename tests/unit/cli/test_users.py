"""``bluezone-portal user``: who may sign in."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pyotp
import pytest
from click.testing import Result

from portal.audit import AuditLog, Entry
from portal.people import PeopleBook
from portal.stores.sqlite import SQLiteStore
from portal.vault import Vault

Run = Callable[..., Result]
PASSWORD = "một câu thật dài"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(f"{PASSWORD}\n", encoding="utf-8")
    return path


@pytest.fixture
def store(data: Path) -> Iterator[SQLiteStore]:
    data.mkdir(exist_ok=True)
    made = SQLiteStore(data / "portal.db")
    yield made
    made.close()


@pytest.fixture
def book(store: SQLiteStore) -> PeopleBook:
    return PeopleBook(store, lambda: 0.0)


def noted(store: SQLiteStore) -> list[Entry]:
    """Return what the audit log has, the earliest first."""
    log = AuditLog(store, lambda: 0.0)
    return [entry for month in log.months() for entry in log.entries(month)][::-1]


def test_somebody_is_added_and_can_sign_in(run: Run, secret: Path, book: PeopleBook) -> None:
    said = run("user", "add", "Lan", "--name", "Nguyễn Thị Lan", "--role", "officer",
               "--password-file", secret).stdout  # fmt: skip
    assert "Nguyễn Thị Lan (lan)" in said
    assert PASSWORD not in said
    person = book.check("lan", PASSWORD)
    assert person is not None
    assert person.role == "officer"
    assert "officer" in run("user", "list").stdout


def test_access_is_taken_and_given(run: Run, secret: Path, book: PeopleBook) -> None:
    run("user", "add", "lan", "--name", "Lan", "--password-file", secret)
    run("user", "disable", "lan")
    assert book.check("lan", PASSWORD) is None
    run("user", "enable", "lan")
    assert book.check("lan", PASSWORD) is not None
    run("user", "edit", "lan", "--role", "owner", "--sites", "a,b")
    assert book.get("lan").sites == ("a", "b")


def test_another_password_ends_every_session(run: Run, secret: Path, book: PeopleBook) -> None:
    run("user", "add", "lan", "--name", "Lan", "--password-file", secret)
    cookie = book.sign_in(book.get("lan"))
    assert book.signed_in(cookie) is not None
    secret.write_text("một câu khác, cũng dài", encoding="utf-8")
    run("user", "password", "lan", "--password-file", secret)
    assert book.signed_in(cookie) is None
    assert book.check("lan", "một câu khác, cũng dài") is not None


def test_mistakes_are_told(run: Run, secret: Path) -> None:
    assert "id" in run("user", "add", "l n", "--name", "Lan", expect=1).stderr
    run("user", "add", "lan", "--name", "Lan", "--password-file", secret)
    run("user", "add", "lan", "--name", "Lan", "--password-file", secret, expect=1)
    assert "minh" in run("user", "disable", "minh", expect=1).stderr
    run("user", "edit", "lan", expect=2)
    secret.write_text("short")
    assert "12" in run("user", "password", "lan", "--password-file", secret, expect=1).stderr


def test_the_last_administrator_is_kept(run: Run, secret: Path, book: PeopleBook) -> None:
    run("user", "add", "lan", "--name", "Lan", "--role", "admin", "--password-file", secret)
    assert "last administrator" in run("user", "disable", "lan", expect=1).stderr
    assert "last administrator" in run("user", "edit", "lan", "--role", "viewer", expect=1).stderr
    assert book.get("lan").active
    assert book.get("lan").role == "admin"


def test_a_link_sets_a_password(
    run: Run, secret: Path, book: PeopleBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("user", "add", "lan", "--name", "Lan", "--password-file", secret)
    path = run("user", "link", "lan").stdout.strip()
    monkeypatch.setenv("PORTAL_CONSOLE_URL", "https://quanly.example.vn")
    whole = run("user", "link", "lan").stdout.strip()
    assert path.startswith("/office/reset/")
    assert whole.startswith("https://quanly.example.vn/office/reset/")
    assert book.by_link(path.rpartition("/")[2]) is None
    assert book.use_link(whole.rpartition("/")[2], "một câu khác, cũng dài") is not None
    run("user", "disable", "lan")
    assert "lan" in run("user", "link", "lan", expect=1).stderr
    assert "minh" in run("user", "link", "minh", expect=1).stderr


def test_a_second_factor_is_taken_away(run: Run, secret: Path, book: PeopleBook) -> None:
    run("user", "add", "lan", "--name", "Lan", "--password-file", secret)
    assert "lan" in run("user", "totp-off", "lan", expect=1).stderr
    assert "minh" in run("user", "totp-off", "minh", expect=1).stderr
    vault = Vault([b"k" * 32])
    book.factors.offer("lan", vault)
    app = pyotp.TOTP(book.factors.offered("lan", vault))
    assert book.factors.switch_on("lan", app.at(0), vault) is None  # the step 0 counts as used
    assert book.factors.switch_on("lan", app.at(30), vault) is not None
    cookie = book.sign_in(book.get("lan"))
    assert "Lan (lan)" in run("user", "totp-off", "lan").stdout
    assert not book.factors.of("lan").on
    assert book.signed_in(cookie) is None


def test_every_change_stands_in_the_audit_log_and_no_secret(
    run: Run, secret: Path, store: SQLiteStore
) -> None:
    run("user", "add", "lan", "--name", "Lan", "--password-file", secret)
    run("user", "edit", "lan", "--name", "Lan Anh", "--role", "officer")
    run("user", "password", "lan", "--password-file", secret)
    run("user", "disable", "lan")
    run("user", "enable", "lan")
    token = run("user", "link", "lan").stdout.strip().rpartition("/")[2]
    entries = noted(store)
    assert [entry.action for entry in entries] == [
        "person.add",
        "person.password",
        "person.edit",
        "person.password",
        "person.disable",
        "person.enable",
        "person.link",
    ]
    assert {(entry.who, entry.subject) for entry in entries} == {("-", "lan")}
    assert entries[2].details == {"name": ["Lan", "Lan Anh"], "role": ["viewer", "officer"]}
    assert PASSWORD not in str(entries)
    assert token not in str(entries)
    assert "argon2" not in str(entries)
