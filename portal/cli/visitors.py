"""Visits that are played: phones as they come, through HTTP to this machine alone."""

import html
import re
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from random import Random
from urllib.parse import urlsplit

from portal.cli.agents import AGENTS, ROBOT
from portal.domain.events import Kind, Reason

RATE = 50.0  # visits a second
_THREADS = 4
_PATIENCE = 10  # seconds for an answer

_LANGUAGES = ("vi-VN,vi;q=0.9,en-US;q=0.6",) * 8 + ("en-US,en;q=0.9", "zh-CN,zh;q=0.9,en;q=0.5")
_CHANNELS = ("?c=poster",) * 5 + ("?c=screen", "?c=link", "", "", "")
_APPLE_CHECK = ("captive.apple.com", "/hotspot-detect.html")
_ANDROID_CHECK = ("connectivitycheck.gstatic.com", "/generate_204")


@dataclass
class Played:
    """What was played: how often each counter should have risen, and visits that failed."""

    here: Counter[str] = field(default_factory=Counter)  # at the site
    nowhere: Counter[str] = field(default_factory=Counter)
    failed: int = 0

    def __add__(self, other: "Played") -> "Played":
        return Played(
            self.here + other.here, self.nowhere + other.nowhere, self.failed + other.failed
        )


def play(host: str, port: int, site: str, visits: int, seed: int = 2021) -> Played:
    """Play ``visits`` visits and return what they should have been counted as."""
    begin = time.monotonic()

    def one(index: int) -> Played:
        time.sleep(max(0.0, begin + index / RATE - time.monotonic()))
        return _Visit(host, port, site, Random(f"{seed}:{index}")).play()  # noqa: S311  # no secret

    with ThreadPoolExecutor(_THREADS) as crowd:
        try:
            return sum(crowd.map(one, range(visits)), Played())
        except BaseException:
            crowd.shutdown(cancel_futures=True)
            raise


class _Visit:
    """One visitor, from the connectivity check to the last tap."""

    def __init__(self, host: str, port: int, site: str, chance: Random) -> None:
        self._connection = HTTPConnection(host, port, timeout=_PATIENCE)
        self._own = (host, port)
        self._site = site
        self._chance = chance
        self._agent = chance.choices(list(AGENTS), list(AGENTS.values()))[0]
        self._language = chance.choice(_LANGUAGES)
        self._played = Played()
        self._once: set[str] = set()

    def play(self) -> Played:
        try:
            if self._likely(0.02):
                self._robot()
            else:
                self._person()
        except (OSError, HTTPException, LookupError):
            self._played.failed = 1
        finally:
            self._connection.close()
        return self._played

    def _robot(self) -> None:
        """A link was sent in a chat, and the chat's preview looks at it."""
        self._agent = ROBOT
        self._page(f"/s/{self._site}?c=link")
        self._note(f"{Kind.REJECTED}:{Reason.BOT}")

    def _person(self) -> None:
        if self._likely(0.7):
            self._check()
        page = self._page(f"/s/{self._site}{self._chance.choice(_CHANNELS)}")
        self._note(Kind.PAGE)
        self._look(page)
        if self._likely(0.05):
            self._reload(page)
        installs = re.findall(r'href="(/go/[^"]+)"', page)
        if installs and self._likely(0.2):
            self._tap(installs[0], Kind.INSTALL)
        proceed = re.search(r'href="(/continue/[^"]+)"', page)
        if proceed and self._likely(0.85):
            self._tap(proceed[1], Kind.CONTINUE)

    def _check(self) -> None:
        """The phone asks whether it is online, mostly in a network that sends this to us."""
        host, path = _APPLE_CHECK if "iPhone" in self._agent else _ANDROID_CHECK
        if self._likely(0.8):
            self._get(path, host)
            self._played.nowhere[Kind.PROBE] += 1
        else:
            self._get(path)  # to no host that is known for it: not found, and not counted

    def _look(self, page: str) -> None:
        if self._likely(0.96):
            beacon = _found(r'src="(/i/[^"]+)"', page)
            for _time in range(2 if self._likely(0.03) else 1):
                self._get(beacon)
                self._count_once(Kind.SHOWN, f"{Kind.REJECTED}:{Reason.REPLAYED}")
        if self._likely(0.85):
            self._get(_found(r'"(/v/[^"]+\.gif)"', page))
            self._count_once(Kind.VIEWABLE, Kind.SEEN_AGAIN)

    def _reload(self, page: str) -> None:
        nonce = _found(r"/i/([^\"]+)\.gif", page)
        again = self._page(f"/s/{self._site}?v={nonce}")
        self._note(Kind.RELOAD)
        self._get(_found(r'src="(/i/[^"]+)"', again))
        self._count_once(Kind.SHOWN, f"{Kind.REJECTED}:{Reason.REPLAYED}")

    def _tap(self, path: str, kind: Kind) -> None:
        answer = self._get(html.unescape(path))
        self._count_once(kind, f"{Kind.REJECTED}:{Reason.REPEATED}")
        self._count_once(Kind.VIEWABLE, Kind.SEEN_AGAIN)
        target = urlsplit(answer.getheader("Location", ""))
        # Never off this machine: a store and the official page are not ours to call.
        if (target.hostname, target.port) == self._own and target.path.startswith("/online/"):
            self._get(f"{target.path}?{target.query}")
            self._count_once(Kind.ONLINE, f"{Kind.REJECTED}:{Reason.REPEATED}")

    def _page(self, path: str) -> str:
        self._get(path)
        return self._body

    def _get(self, path: str, host: str = "") -> HTTPResponse:
        headers = {"User-Agent": self._agent, "Accept-Language": self._language}
        if host:
            headers["Host"] = host
        self._connection.request("GET", path, headers=headers)
        answer = self._connection.getresponse()
        self._body = answer.read().decode(errors="replace")
        if answer.status >= 500:
            raise HTTPException(f"{path}: {answer.status}")
        return answer

    def _likely(self, share: float) -> bool:
        return self._chance.random() < share

    def _count_once(self, kind: Kind, again: str) -> None:
        self._note(again if kind in self._once else kind)
        self._once.add(kind)

    def _note(self, label: str) -> None:
        self._played.here[str(label)] += 1


def _found(pattern: str, page: str) -> str:
    """Return what the pattern finds; LookupError when the page has none."""
    match = re.search(pattern, page)
    if match is None:
        raise LookupError(pattern)
    return html.unescape(match[1])
