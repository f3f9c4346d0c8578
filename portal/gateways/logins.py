"""Being logged in at controllers: once for many visitors.

Controllers lock out who logs in too often; UniFi OS answers 429 after a few in a minute
(github.com/Art-of-WiFi/UniFi-API-client, issues 194 and 268; github.com/woodjme/unifi-hotspot,
issue 75). So what a login gave is kept, in memory only, and a login that failed is not tried
again at once.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field

from portal.domain.errors import ReleaseFailed
from portal.gateways.base import Answer

_MOST = 256  # controllers; a portal has fewer
_REST = 20.0  # seconds before a login that failed is tried again
_FRESH = 30.0  # seconds for which a login is not suspected of having ended
_PATIENCE = 4.0  # seconds that a visitor waits

REFUSALS = frozenset({"login", "too_many"})
"""What a login fails with when the controller answered: wrong password, or asked too often."""


class LoggedOut(Exception):
    """The controller does not know this login, or no longer.

    ``perhaps``: it only said no, which may have another reason; that reason's word.
    """

    def __init__(self, perhaps: str = "") -> None:
        super().__init__(perhaps)
        self.perhaps = perhaps


@dataclass(frozen=True, slots=True)
class Login:
    """What shows a controller that we are logged in."""

    headers: Mapping[str, str]


@dataclass(slots=True)
class _Account:
    """One account at one controller."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    login: Login | None = None
    since: float = 0.0
    resting: tuple[float, str] = (0.0, "")  # until when, and what was wrong


class Logins:
    """The logins of a brand's sites, shared by the threads of a process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._accounts: OrderedDict[Hashable, _Account] = OrderedDict()

    def ask(
        self, account: Hashable, log_in: Callable[[], Login], ask: Callable[[Login], None]
    ) -> None:
        """Call ``ask`` with the login that is kept; when it raises LoggedOut, once with a new one.

        ``account`` holds the password too, so that a new one is a new account. Both functions
        raise ReleaseFailed for everything else that goes wrong.
        """
        kept = self._account(account)
        old = kept.login
        if old:
            try:
                ask(old)
            except LoggedOut as out:
                if out.perhaps and self._clock() - kept.since < _FRESH:
                    raise ReleaseFailed(out.perhaps) from None
            else:
                return
        try:
            ask(self._renewed(kept, old, log_in))
        except LoggedOut as out:
            if not out.perhaps:
                kept.login = None
                kept.resting = (self._clock() + _REST, "not_allowed")
            raise ReleaseFailed(out.perhaps or "not_allowed") from None

    def _account(self, account: Hashable) -> _Account:
        with self._lock:
            kept = self._accounts.setdefault(account, _Account())
            self._accounts.move_to_end(account)
            while len(self._accounts) > _MOST:
                self._accounts.popitem(last=False)
            return kept

    def _renewed(self, kept: _Account, old: Login | None, log_in: Callable[[], Login]) -> Login:
        if not kept.lock.acquire(timeout=_PATIENCE):
            raise ReleaseFailed("busy")
        try:
            if kept.login is not None and kept.login is not old:
                return kept.login  # another thread was faster
            until, problem = kept.resting
            if until > self._clock():
                raise ReleaseFailed(problem)
            kept.login = None
            try:
                kept.login = log_in()
                kept.since = self._clock()
            except ReleaseFailed as failed:
                if failed.problem in REFUSALS:
                    kept.resting = (self._clock() + _REST, failed.problem)
                raise
            return kept.login
        finally:
            kept.lock.release()


def insist(answer: Answer) -> None:
    """Raise ReleaseFailed unless the controller's answer is one of success."""
    words = {404: "not_found", 429: "too_many"}
    if not 200 <= answer.status < 300:
        raise ReleaseFailed(words.get(answer.status, "broken" if answer.status >= 500 else "no"))
