"""The book of second factors: set up, used once, and kept so that nobody can read it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyotp
import pytest

from portal.domain.second_factor import OFFERED, RECOVERY_CODES, STEP, in_fours
from portal.factorbook import FACTORS, FactorBook, app_address
from portal.stores.sqlite import SQLiteStore
from portal.vault import Vault

VAULT = Vault([b"k" * 32])


class Clock:
    now = 1_614_920_400.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteStore]:
    made = SQLiteStore(tmp_path / "portal.db")
    yield made
    made.close()


@pytest.fixture
def book(store: SQLiteStore, clock: Clock) -> FactorBook:
    return FactorBook(store, clock)


def switched_on(book: FactorBook, clock: Clock) -> tuple[pyotp.TOTP, list[str]]:
    """Return lan's app and her recovery codes, a minute after she switched it on."""
    book.offer("lan", VAULT)
    app = pyotp.TOTP(book.offered("lan", VAULT))
    codes = book.switch_on("lan", app.at(clock.now), VAULT)
    assert codes is not None
    clock.now += 2 * STEP
    return app, codes


def test_it_is_on_only_after_a_right_code(book: FactorBook, clock: Clock) -> None:
    book.offer("lan", VAULT)
    app = pyotp.TOTP(book.offered("lan", VAULT))
    wrong = f"{(int(app.at(clock.now)) + 1) % 10**6:06d}"
    assert book.switch_on("lan", wrong, VAULT) is None
    assert not book.of("lan").on
    assert not book.accept("lan", app.at(clock.now), VAULT)
    codes = book.switch_on("lan", app.at(clock.now), VAULT)
    assert codes is not None
    assert len(set(codes)) == RECOVERY_CODES
    assert book.of("lan").on
    assert book.people() == {"lan"}
    assert not book.accept("lan", app.at(clock.now), VAULT)  # it was used up by this


def test_a_key_is_offered_for_a_while(book: FactorBook, clock: Clock) -> None:
    assert book.offered("lan", VAULT) == ""
    assert book.switch_on("lan", "123456", VAULT) is None
    book.offer("lan", VAULT)
    app = pyotp.TOTP(book.offered("lan", VAULT))
    clock.now += OFFERED
    assert book.offered("lan", VAULT) == ""
    assert book.switch_on("lan", app.at(clock.now), VAULT) is None


def test_a_key_in_force_is_not_replaced(book: FactorBook, clock: Clock) -> None:
    app, _codes = switched_on(book, clock)
    book.offer("lan", VAULT)
    other = pyotp.TOTP(book.offered("lan", VAULT))
    assert book.switch_on("lan", other.at(clock.now), VAULT) is None
    assert book.accept("lan", app.at(clock.now), VAULT)


def test_a_code_is_accepted_once(book: FactorBook, clock: Clock) -> None:
    app, _codes = switched_on(book, clock)
    assert book.accept("lan", app.at(clock.now), VAULT)
    assert not book.accept("lan", app.at(clock.now), VAULT)
    clock.now += STEP
    assert book.accept("lan", app.at(clock.now), VAULT)


def test_of_many_at_once_one_gets_in_by_a_code(book: FactorBook, clock: Clock) -> None:
    app, codes = switched_on(book, clock)
    for written in (app.at(clock.now), codes[0]):
        with ThreadPoolExecutor(8) as crowd:
            tries = [crowd.submit(book.accept, "lan", written, VAULT) for _n in range(8)]
        assert sum(one.result() for one in tries) == 1


def test_a_recovery_code_is_good_once(book: FactorBook, clock: Clock) -> None:
    _app, codes = switched_on(book, clock)
    assert book.accept("lan", in_fours(codes[3]).lower(), VAULT)
    assert not book.accept("lan", codes[3], VAULT)
    assert len(book.of("lan").recovery) == RECOVERY_CODES - 1
    again = book.renew_recovery("lan")
    assert not book.accept("lan", codes[4], VAULT)
    assert book.accept("lan", again[0], VAULT)


def test_switched_off_nothing_is_left(book: FactorBook, store: SQLiteStore, clock: Clock) -> None:
    app, codes = switched_on(book, clock)
    assert book.switch_off("lan")
    assert not book.switch_off("lan")
    assert not book.accept("lan", app.at(clock.now), VAULT)
    assert not book.accept("lan", codes[0], VAULT)
    assert book.people() == set()
    kept = store.document(FACTORS, "lan")
    assert kept is not None
    assert not any(kept.body.values())


def test_who_has_none_is_not_let_in_by_any_code(book: FactorBook) -> None:
    for written in ("", "000000", "A" * 24):
        assert not book.accept("minh", written, VAULT)


def test_the_store_knows_neither_the_key_nor_the_codes(
    book: FactorBook, store: SQLiteStore, clock: Clock
) -> None:
    app, codes = switched_on(book, clock)
    book.offer("lan", VAULT)
    kept = str(store.documents(FACTORS))
    assert app.secret not in kept
    assert book.offered("lan", VAULT) not in kept
    assert not any(code in kept for code in codes)


def test_without_the_vaults_key_recovery_codes_still_work(book: FactorBook, clock: Clock) -> None:
    app, codes = switched_on(book, clock)
    other = Vault([b"o" * 32])
    assert not book.accept("lan", app.at(clock.now), other)
    assert book.accept("lan", codes[0], other)


def test_an_app_reads_its_key() -> None:
    made = app_address("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "lan@cao-bang.gov.vn", "Bluezone")
    read = pyotp.parse_uri(made)
    assert (read.name, read.issuer) == ("lan@cao-bang.gov.vn", "Bluezone")
    assert read.secret == "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
