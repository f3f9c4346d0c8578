"""Logins: one for many visitors, a new one when it has ended, and no hammering."""

import threading
import time

import pytest

from portal.domain.errors import ReleaseFailed
from portal.gateways import logins
from portal.gateways.logins import LoggedOut, Login, Logins


class World:
    """A controller that counts, with a clock."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.logins = Logins(lambda: self.now)
        self.made: list[Login] = []
        self.valid: set[str] = set()
        self.asked: list[str] = []
        self.answer = ""  # what it says instead of yes
        self.refusal = ""  # what it says to a login

    def log_in(self) -> Login:
        login = Login({"token": str(len(self.made))})
        self.made.append(login)
        if self.refusal:
            raise ReleaseFailed(self.refusal)
        self.valid.add(login.headers["token"])
        return login

    def tell(self, login: Login) -> None:
        self.asked.append(login.headers["token"])
        if login.headers["token"] not in self.valid:
            raise LoggedOut
        if self.answer:
            raise LoggedOut(perhaps=self.answer)

    def release(self, account: str = "a") -> str:
        try:
            self.logins.ask(account, self.log_in, self.tell)
        except ReleaseFailed as failed:
            return failed.problem
        return ""


def test_one_login_for_all() -> None:
    world = World()
    assert [world.release() for _visitor in range(5)] == [""] * 5
    assert world.asked == ["0"] * 5
    assert world.release("another account") == ""
    assert len(world.made) == 2


def test_a_login_that_has_ended_is_renewed_once() -> None:
    world = World()
    assert world.release() == ""
    world.valid.clear()
    assert world.release() == ""
    assert world.asked == ["0", "0", "1"]
    assert world.release() == ""
    assert len(world.made) == 2


def test_who_is_logged_in_and_still_not_allowed_waits() -> None:
    world = World()
    genuine, world.log_in = world.log_in, lambda: Login({"token": "never valid"})  # type: ignore[method-assign]
    assert world.release() == "not_allowed"
    assert world.asked == ["never valid"]
    world.log_in = genuine  # type: ignore[method-assign]
    assert world.release() == "not_allowed"
    assert world.asked == ["never valid"]
    world.now += logins._REST + 1
    assert world.release() == ""


@pytest.mark.parametrize("refusal", sorted(logins.REFUSALS))
def test_a_refused_login_is_not_tried_again_at_once(refusal: str) -> None:
    world = World()
    world.refusal = refusal
    assert [world.release() for _visitor in range(9)] == [refusal] * 9
    assert len(world.made) == 1
    assert world.release("another account") == refusal
    world.refusal, world.now = "", world.now + logins._REST + 1
    assert world.release() == ""


def test_a_controller_that_was_away_is_asked_again() -> None:
    """Whether it may be is for Controllers to say, which lets it rest."""
    world = World()
    world.refusal = "timeout"
    assert world.release() == "timeout"
    world.refusal = ""
    assert world.release() == ""


def test_a_no_that_may_mean_the_end_of_the_login() -> None:
    world = World()
    world.answer = "refused"
    assert world.release() == "refused"
    assert world.release() == "refused"  # the login is new: the no is a no
    assert len(world.made) == 1
    world.now += logins._FRESH + 1
    assert world.release() == "refused"
    assert len(world.made) == 2
    world.answer = ""
    assert world.release() == ""
    assert len(world.made) == 2


def test_what_goes_wrong_otherwise_is_passed_on_and_the_login_kept() -> None:
    world = World()
    assert world.release() == ""

    def broken(_login: Login) -> None:
        raise ReleaseFailed("timeout")

    with pytest.raises(ReleaseFailed, match="timeout"):
        world.logins.ask("a", world.log_in, broken)
    assert world.release() == ""
    assert len(world.made) == 1


def test_many_at_once_share_one_login() -> None:
    world = World()
    genuine = world.log_in

    def slowly() -> Login:
        time.sleep(0.1)
        return genuine()

    world.log_in = slowly  # type: ignore[method-assign]
    words: list[str] = []
    threads = [threading.Thread(target=lambda: words.append(world.release())) for _n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert words == [""] * 8
    assert len(world.made) == 1


def test_nobody_waits_long_for_anothers_login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logins, "_PATIENCE", 0.05)
    world = World()
    inside, gate = threading.Event(), threading.Event()
    genuine = world.log_in

    def stuck() -> Login:
        inside.set()
        gate.wait(5)
        return genuine()

    world.log_in = stuck  # type: ignore[method-assign]
    thread = threading.Thread(target=world.release)
    thread.start()
    assert inside.wait(5)
    assert world.release() == "busy"
    gate.set()
    thread.join()
    assert world.release() == ""


def test_no_more_logins_are_kept_than_there_may_be_controllers() -> None:
    world = World()
    for number in range(logins._MOST + 10):
        world.release(f"account {number}")
    assert len(world.logins._accounts) == logins._MOST
    world.release("account 0")  # the oldest went
    assert len(world.made) == logins._MOST + 11
