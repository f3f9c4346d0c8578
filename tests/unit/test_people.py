"""The people book: passwords, sessions, and their end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.domain.errors import BadPerson, NoSuchPerson
from portal.people import PEOPLE, PeopleBook
from portal.stores.sqlite import SQLiteStore

LAN = {"id": "lan", "name": "Nguyễn Thị Lan", "role": "officer"}
PASSWORD = "một câu thật dài"


class Clock:
    now = 1_614_920_400.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(tmp_path: Path, clock: Clock) -> Iterator[PeopleBook]:
    store = SQLiteStore(tmp_path / "portal.db")
    made = PeopleBook(store, clock)
    made.add(LAN)
    made.set_password("lan", PASSWORD)
    yield made
    store.close()


def test_the_right_password_and_no_other(book: PeopleBook) -> None:
    assert book.check("lan", PASSWORD) == book.get("lan")
    assert book.check(" LAN ", PASSWORD) is not None
    for id, password in (("lan", PASSWORD + " "), ("lan", ""), ("minh", PASSWORD), ("", "")):
        assert book.check(id, password) is None
    assert book.check("lan", "nobody's password") is None
    assert book.check("nobody", "nobody's password") is None
    assert book.check("lan", "x" * 100_000) is None


def test_a_password_is_kept_as_a_hash_only(book: PeopleBook) -> None:
    kept = book._store.document(PEOPLE, "lan")
    assert kept is not None
    assert kept.body["password"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PASSWORD not in str(kept.body)


def test_a_person_without_password_cannot_sign_in(book: PeopleBook) -> None:
    book.add({"id": "minh", "name": "Minh", "role": "viewer"})
    assert book.check("minh", "") is None
    assert book.check("minh", "nobody's password") is None


def test_names_are_taken_once_and_mistakes_are_named(book: PeopleBook) -> None:
    with pytest.raises(BadPerson):
        book.add(LAN)
    with pytest.raises(BadPerson):
        book.set_password("lan", "short")
    with pytest.raises(NoSuchPerson):
        book.get("minh")
    with pytest.raises(NoSuchPerson):
        book.edit("minh", {"name": "x"})


def test_a_session_is_whose_it_is_until_it_is_ended(book: PeopleBook) -> None:
    one, two = (book.sign_in(book.get("lan")) for _n in range(2))
    assert one != two
    assert book.signed_in(one) == book.signed_in(two) == book.get("lan")
    book.sign_out(one)
    assert book.signed_in(one) is None  # also for whoever has stolen it
    assert book.signed_in(two) is not None
    book.sign_out_everywhere("lan")
    assert book.signed_in(two) is None


@pytest.mark.parametrize(
    "cookie", ["", "lan", "lan:", "lan:x", "minh:x", ":x", "lan:" + "x" * 9999]
)
def test_nothing_else_is_a_session(book: PeopleBook, cookie: str) -> None:
    book.sign_in(book.get("lan"))
    assert book.signed_in(cookie) is None


def test_a_session_ends_when_nobody_uses_it_and_at_the_end_of_the_day(
    book: PeopleBook, clock: Clock
) -> None:
    cookie = book.sign_in(book.get("lan"))
    for _quarter in range(39):
        clock.now += 15 * 60
        assert book.signed_in(cookie) is not None
    clock.now += 31 * 60  # ten hours
    assert book.signed_in(cookie) is None
    cookie = book.sign_in(book.get("lan"))
    clock.now += 61 * 60
    assert book.signed_in(cookie) is None


def test_another_password_or_no_access_ends_every_session(book: PeopleBook) -> None:
    cookie = book.sign_in(book.get("lan"))
    book.set_password("lan", PASSWORD + "!")
    assert book.signed_in(cookie) is None
    cookie = book.sign_in(book.get("lan"))
    book.edit("lan", {"active": False})
    assert book.signed_in(cookie) is None
    assert book.check("lan", PASSWORD + "!") is None


def test_a_changed_role_holds_at_once(book: PeopleBook) -> None:
    cookie = book.sign_in(book.get("lan"))
    book.edit("lan", {"role": "viewer"})
    found = book.signed_in(cookie)
    assert found is not None
    assert found.role == "viewer"


def test_only_so_many_sessions_are_kept(book: PeopleBook, clock: Clock) -> None:
    cookies = []
    for _n in range(12):
        clock.now += 1
        cookies.append(book.sign_in(book.get("lan")))
    alive = [cookie for cookie in cookies if book.signed_in(cookie)]
    assert alive == cookies[-8:]


def test_the_store_knows_no_token(book: PeopleBook) -> None:
    cookie = book.sign_in(book.get("lan"))
    kept = book._store.document("sessions", "lan")
    assert kept is not None
    assert cookie.partition(":")[2] not in str(kept.body)
