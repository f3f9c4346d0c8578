"""Whether the gateway holds guests: every system's check has to lead to the site's notice."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from portal.doctor.findings import Fault, Finding, State
from portal.doctor.net import Answer, Net, NoAnswer, NoName
from portal.doctor.way import Notice, onward, steps
from portal.domain.errors import message as _
from portal.domain.probes import ANY_PATH, Probe

_GIVE_UP = 3  # checks in a row that nobody answers: the others would not be either


class Led(StrEnum):
    """Where a check led."""

    NOTICE = "notice"
    OPEN = "open"  # its owner answered
    DEAD = "dead"  # nobody answered
    UNKNOWN = "unknown"  # its name is not resolved
    OTHER_SITE = "other_site"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Track:
    """Where one check led, by which answers."""

    probe: Probe
    led: Led
    url: str = ""  # where it led to
    first: Answer | None = None
    seconds: float = 0.0


def one_of_each(probes: Iterable[Probe]) -> list[Probe]:
    """Return the first check of each family: what that family's devices ask first."""
    first: dict[str, Probe] = {}
    for probe in probes:
        first.setdefault(probe.family, probe)
    return list(first.values())


def track(net: Net, notice: Notice, probe: Probe) -> Track:
    """Send a check as its system does, and see where it leads; the portal itself is not asked.

    So nothing is counted there: the doctor's checks are nobody's.
    """
    begun, answers = time.monotonic(), []
    path = "/" if probe.path == ANY_PATH else probe.path
    try:
        for answer in steps(net, f"http://{probe.host}{path}", stop=notice):
            answers.append(answer)
    except (NoName, NoAnswer) as error:
        if answers:
            return Track(probe, Led.ELSEWHERE, onward(answers[-1]), answers[0])
        return Track(probe, Led.UNKNOWN if isinstance(error, NoName) else Led.DEAD)
    taken = time.monotonic() - begun
    url = onward(answers[-1]) or answers[-1].url
    return Track(probe, _judge(notice, probe, answers, url), url, answers[0], taken)


def _judge(notice: Notice, probe: Probe, answers: list[Answer], url: str) -> Led:
    first = answers[0]
    if is_owners(probe, first):
        return Led.OPEN
    if not notice.is_portal(url):
        return Led.ELSEWHERE
    path = urlsplit(url).path
    if path == f"/s/{notice.site}":
        return Led.NOTICE
    return Led.OTHER_SITE if path.startswith("/s/") else Led.ELSEWHERE


def is_owners(probe: Probe, answer: Answer) -> bool:
    """Tell whether an answer is the one that makes the check's system believe it is online."""
    return answer.status == probe.status and answer.body.strip() == probe.body.strip()


def capture(net: Net, notice: Notice, probes: Iterable[Probe]) -> tuple[list[Finding], list[Track]]:
    """See where the checks lead. One after the other: several at once can end openNDS."""
    tracks: list[Track] = []
    for probe in probes:
        tracks.append(track(net, notice, probe))
        last = tracks[-_GIVE_UP:]
        if len(last) == _GIVE_UP and all(one.led in (Led.DEAD, Led.UNKNOWN) for one in last):
            break
    return list(_findings(tracks)), tracks


def _findings(tracks: list[Track]) -> Iterator[Finding]:
    asked = [one for one in tracks if one.led is not Led.UNKNOWN]
    title = _("Guests are held and led to the notice")
    if not asked:
        yield Finding(title, State.LEFT, _("No system's check could be sent"))
        return
    if all(one.led is Led.DEAD for one in asked):
        text = _("No check is answered: the device blocks, but redirects nobody")
        yield Finding(title, State.FAULT, text, {}, Fault.NO_REDIRECT)
        return
    if all(one.led is Led.OPEN for one in asked):
        text = _(
            "Everything is open: the device redirects nobody, or this computer is online already"
        )
        yield Finding(title, State.FAULT, text, {}, Fault.NO_REDIRECT)
        return
    for one in asked:
        yield _finding(one)


def _finding(one: Track) -> Finding:
    title = _("A check is led to the notice")
    values = {"host": one.probe.host, "family": one.probe.family, "url": _without_query(one.url)}
    match one.led:
        case Led.NOTICE:
            text = "%(family)s: %(host)s"
            return Finding(title, State.GOOD, text, values, None, one.seconds)
        case Led.OPEN:
            text = _("%(family)s: %(host)s is open, so no notice will appear there")
            return Finding(title, State.FAULT, text, values, Fault.CHECK_OPEN)
        case Led.DEAD:
            text = _("%(family)s: %(host)s does not answer")
            return Finding(title, State.FAULT, text, values, Fault.NO_REDIRECT)
        case Led.OTHER_SITE:
            text = _("%(family)s: it is led to another place's notice, %(url)s")
            return Finding(title, State.FAULT, text, values, Fault.WRONG_SITE)
    text = _("%(family)s: it is led to %(url)s")
    return Finding(title, State.FAULT, text, values, Fault.WRONG_ADDRESS)


def _without_query(url: str) -> str:
    """Return an address without what a gateway says of the visitor."""
    return url.partition("?")[0][:120]
