"""``bluezone-portal user``: who may sign in."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result

from portal.people import PeopleBook
from portal.stores.sqlite import SQLiteStore

Run = Callable[..., Result]
PASSWORD = "một câu thật dài"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(f"{PASSWORD}\n", encoding="utf-8")
    return path


@pytest.fixture
def book(data: Path) -> Iterator[PeopleBook]:
    data.mkdir(exist_ok=True)
    store = SQLiteStore(data / "portal.db")
    yield PeopleBook(store, lambda: 0.0)
    store.close()


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
