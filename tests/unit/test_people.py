"""The people book: passwords, sessions, and their end."""

import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from portal.domain.errors import BadPerson, NoSuchPerson, VersionConflict
from portal.people import LINK_HOURS, LINKS, PEOPLE, PeopleBook
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


def test_a_session_of_an_earlier_password_is_dead_even_if_its_end_was_not_written(
    book: PeopleBook,
) -> None:
    """Whoever signs in with the old password while another is being set gets nowhere."""
    before = book.get("lan")
    book.set_password("lan", PASSWORD + "!")
    assert book.signed_in(book.sign_in(before)) is None


def test_when_somebody_was_last_seen_is_known_until_they_sign_out(
    book: PeopleBook, clock: Clock
) -> None:
    assert book.sessions.last_seen() == {}
    cookie = book.sign_in(book.get("lan"))
    clock.now += 120
    book.signed_in(cookie)
    assert book.sessions.last_seen() == {"lan": clock.now}
    book.sign_out(cookie)
    assert book.sessions.last_seen() == {}


def test_a_password_is_the_same_however_a_keyboard_spells_it(book: PeopleBook) -> None:
    spelt = unicodedata.normalize("NFD", PASSWORD)
    assert spelt != PASSWORD
    assert book.check("lan", spelt) is not None
    book.set_password("lan", spelt + "!")
    assert book.check("lan", PASSWORD + "!") is not None


def test_a_person_is_not_overwritten_unseen(book: PeopleBook) -> None:
    _person, version = book.find("lan")
    book.edit("lan", {"name": "Lan Anh"}, version)
    with pytest.raises(VersionConflict):
        book.edit("lan", {"name": "Lan Chi"}, version)
    assert book.get("lan").name == "Lan Anh"


# --- the last administrator


@pytest.mark.parametrize(
    ("change", "where"), [({"active": False}, "active"), ({"role": "officer"}, "role")]
)
def test_the_last_administrator_stays(
    book: PeopleBook, change: dict[str, object], where: str
) -> None:
    for id in ("an", "binh"):
        book.add({"id": id, "name": id, "role": "admin"})
    book.edit("binh", {"active": False})  # one who may not sign in does not count
    with pytest.raises(BadPerson) as caught:
        book.edit("an", change)
    assert [problem.where for problem in caught.value.problems] == [where]
    assert book.get("an").active
    assert book.get("an").role == "admin"
    book.edit("an", {"name": "An"})
    book.edit("binh", {"active": True})
    book.edit("an", change)


def test_two_administrators_do_not_both_resign_at_once(book: PeopleBook) -> None:
    ids = ("an", "binh")
    for id in ids:
        book.add({"id": id, "name": id, "role": "admin"})

    def resign(id: str) -> None:
        with suppress(BadPerson):
            book.edit(id, {"role": "viewer"})

    for _n in range(20):
        for id in ids:
            book.edit(id, {"role": "admin"})
        with ThreadPoolExecutor(2) as both:
            list(both.map(resign, ids))
        assert any(book.get(id).role == "admin" for id in ids)


# --- links


def test_a_link_sets_a_password_once(book: PeopleBook) -> None:
    cookie, token = book.sign_in(book.get("lan")), book.make_link("lan")
    assert book.by_link(token) == book.get("lan")
    assert book.link_until(book.get("lan")) > 0
    with pytest.raises(BadPerson):
        book.use_link(token, "short")
    assert book.use_link(token, PASSWORD + "!") is not None
    assert book.check("lan", PASSWORD + "!") is not None
    assert book.signed_in(cookie) is None
    assert book.by_link(token) is None
    assert book.use_link(token, PASSWORD + "?") is None
    assert book.check("lan", PASSWORD + "!") is not None
    assert book.link_until(book.get("lan")) == 0


def test_a_link_also_sets_the_first_password(book: PeopleBook) -> None:
    book.add({"id": "minh", "name": "Minh", "role": "viewer"})
    book.use_link(book.make_link("minh"), PASSWORD)
    assert book.check("minh", PASSWORD) is not None


def test_a_link_ends_after_a_day_by_a_new_one_by_a_password_and_with_the_access(
    book: PeopleBook, clock: Clock
) -> None:
    token = book.make_link("lan")
    clock.now += LINK_HOURS * 3600 - 1
    assert book.by_link(token) is not None
    clock.now += 1
    assert book.by_link(token) is None
    first, second = book.make_link("lan"), book.make_link("lan")
    assert book.by_link(first) is None
    assert book.by_link(second) is not None
    book.edit("lan", {"active": False})
    assert book.by_link(second) is None
    book.edit("lan", {"active": True})
    book.set_password("lan", PASSWORD + "!")
    assert book.by_link(second) is None
    assert book.use_link(second, PASSWORD) is None


def test_of_many_who_use_a_link_at_once_one_succeeds(book: PeopleBook) -> None:
    token = book.make_link("lan")
    with ThreadPoolExecutor(4) as crowd:
        used = list(crowd.map(lambda n: book.use_link(token, f"{PASSWORD} {n}"), range(4)))
    assert sum(one is not None for one in used) == 1


@pytest.mark.parametrize("token", ["", "x", "lan", "x" * 9999, "\udcff"])
def test_nothing_else_is_a_link(book: PeopleBook, token: str) -> None:
    book.use_link(book.make_link("lan"), PASSWORD + "!")
    book.add({"id": "minh", "name": "Minh", "role": "viewer"})
    book.make_link("minh")
    assert book.by_link(token) is None


def test_nobody_has_a_link_who_is_not_here(book: PeopleBook) -> None:
    with pytest.raises(NoSuchPerson):
        book.make_link("minh")


def test_the_store_knows_no_link(book: PeopleBook) -> None:
    token = book.make_link("lan")
    assert token not in str(book._store.documents(LINKS))
