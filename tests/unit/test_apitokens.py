"""The book of tokens: what opens something, for whom, and until when."""

import hashlib
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.apitokens import LIVES, MOST, TOKENS, BadToken, NoSuchToken, TokenBook
from portal.stores.sqlite import SQLiteStore

DAY = 86_400


class Clock:
    now = 1_614_920_400.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(tmp_path: Path, clock: Clock) -> Iterator[TokenBook]:
    store = SQLiteStore(tmp_path / "portal.db")
    made = TokenBook(store, clock)
    made.add("minh", "another's", 0)
    yield made
    store.close()


def test_a_token_opens_until_it_is_revoked(book: TokenBook) -> None:
    token, text = book.add("lan", "  báo cáo   tháng ", 0)
    assert token.name == "báo cáo tháng"
    assert token.expires == 0
    found = book.check(text)
    assert found is not None
    assert (found.id, found.person) == (token.id, "lan")
    assert book.revoke(token.id).revoked
    assert book.check(text) is None


@pytest.mark.parametrize("days", [days for days in LIVES if days])
def test_a_token_ends_at_its_time(book: TokenBook, clock: Clock, days: int) -> None:
    _token, text = book.add("lan", "x", days)
    clock.now += days * DAY - 1
    assert book.check(text) is not None
    clock.now += 1
    assert book.check(text) is None


def test_what_is_kept_opens_nothing(book: TokenBook) -> None:
    token, text = book.add("lan", "x", 30)
    kept = book._store.document(TOKENS, token.id)
    assert kept is not None
    secret = text.rpartition(f"bzp_{token.id}_")[2]
    assert len(secret) == 43  # 32 bytes
    assert secret not in str(kept.body)
    assert kept.body["hash"] == hashlib.sha256(text.encode()).hexdigest()
    for wrong in (kept.body["hash"], f"bzp_{token.id}_{kept.body['hash'][:43]}", token.id):
        assert book.check(wrong) is None


def test_no_two_tokens_are_alike(book: TokenBook) -> None:
    texts = {book.add("lan", f"{n}", 30)[1] for n in range(MOST)}
    assert len(texts) == MOST
    assert all(re.fullmatch(r"bzp_[0-9a-f]{12}_[\w-]{43}", text, re.ASCII) for text in texts)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(noise=st.text(max_size=80))
def test_nothing_else_opens_anything(book: TokenBook, noise: str) -> None:
    token = book.of("minh")[0]
    for wrong in (noise, f"bzp_{token.id}_{noise}"):
        assert book.check(wrong) is None


def test_a_damaged_token_opens_nothing(book: TokenBook) -> None:
    token, text = book.add("lan", "x", 30)
    other, _text = book.add("lan", "y", 30)
    last = "A" if text[-1] != "A" else "B"
    for wrong in (
        text[:-1], text + "A", text[:-1] + last, text.upper(), f" {text}", f"{text}\n",
        text.replace(token.id, other.id), text.replace("bzp", "bzq"), "",
    ):  # fmt: skip
        assert book.check(wrong) is None


@pytest.mark.parametrize(
    ("name", "days", "where"),
    [
        ("", 30, ["name"]),
        ("   ", 30, ["name"]),
        ("x" * 61, 30, ["name"]),
        ("a\u202eb", 30, ["name"]),
        ("a\x00", 30, ["name"]),
        ("x", 31, ["days"]),
        ("x", -1, ["days"]),
        ("", 10**9, ["name", "days"]),
    ],
)
def test_what_cannot_be_made_is_told(
    book: TokenBook, name: str, days: int, where: list[str]
) -> None:
    with pytest.raises(BadToken) as caught:
        book.add("lan", name, days)
    assert [problem.where for problem in caught.value.problems] == where
    assert book.of("lan") == []


def test_a_person_has_not_more_than_some_at_a_time(book: TokenBook, clock: Clock) -> None:
    made = [book.add("lan", f"{n}", 30)[0] for n in range(MOST)]
    with pytest.raises(BadToken):
        book.add("lan", "one more", 30)
    book.add("minh", "another's", 30)
    book.revoke(made[0].id)
    book.add("lan", "one more", 30)
    clock.now += 30 * DAY
    book.add("lan", "after the others have ended", 30)


def test_the_list_has_the_latest_first(book: TokenBook, clock: Clock) -> None:
    for name in ("first", "second"):
        clock.now += 1
        book.add("lan", name, 30)
    assert [token.name for token in book.of("lan")] == ["second", "first"]
    assert [token.person for token in book.all()] == ["lan", "lan", "minh"]


def test_when_it_was_used_is_written_down_once_an_hour(book: TokenBook, clock: Clock) -> None:
    token, text = book.add("lan", "x", 30)
    assert token.used == 0
    for minutes, used in ((1, 1), (30, 1), (60, 1), (62, 62)):
        clock.now = token.made + minutes * 60
        assert book.check(text) is not None
        assert book.get(token.id).used == token.made + used * 60


def test_revoking_twice_keeps_the_first_moment(book: TokenBook, clock: Clock) -> None:
    token, _text = book.add("lan", "x", 30)
    first = book.revoke(token.id)
    clock.now += 60
    assert book.revoke(token.id) == first
    for unknown in ("0" * 12, "", "../x"):
        with pytest.raises(NoSuchToken):
            book.revoke(unknown)


def test_a_revoked_token_stays_revoked_while_it_is_being_used(
    book: TokenBook, clock: Clock
) -> None:
    """Writing down its use must not bring back what another request has ended."""
    token, text = book.add("lan", "x", 0)
    go = threading.Barrier(5)

    def use() -> None:
        go.wait()
        for _n in range(20):
            clock.now += 3700
            book.check(text)

    threads = [threading.Thread(target=use) for _n in range(4)]
    for thread in threads:
        thread.start()
    go.wait()
    book.revoke(token.id)
    for thread in threads:
        thread.join()
    assert book.get(token.id).revoked
    assert book.check(text) is None
