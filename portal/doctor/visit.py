"""The whole visit: held, shown the notice, let online. Counted as a robot's, so as nobody's."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from portal.doctor.capture import is_owners
from portal.doctor.findings import Fault, Finding, State
from portal.doctor.net import Answer, Net, NoAnswer, NoName
from portal.doctor.pages import Reading
from portal.doctor.way import Notice, onward, steps
from portal.domain.errors import message as _
from portal.domain.probes import Probe

_NOTICE, _BEACON = _("The notice shows"), _("The impression is taken")
_RELEASE, _ONLINE = _("A tap on “Go online” is answered"), _("The guest is online")
_HTML = "text/html,*/*;q=0.8"
_LONGEST = 10  # hops of a release
_KEYS = ("wrong_key", "not_encrypted", "level")


def visit(net: Net, notice: Notice, probe: Probe) -> Iterator[Finding]:
    """Go a guest's whole way, beginning with ``probe``; it ends where something is missing."""
    try:
        held = list(steps(net, f"http://{probe.host}{probe.path}", _HTML, stop=notice))
        shown = net.fetch(onward(held[-1]), _HTML, blind=True)
    except (NoName, NoAnswer, IndexError):
        yield Finding(_NOTICE, State.FAULT, _("No page comes"), {}, Fault.NOTICE)
        return
    page = Reading(shown.url, shown.body)
    if fault := _unready(shown, page):
        yield fault
        return
    yield Finding(_NOTICE, State.GOOD, seconds=shown.seconds)
    yield _beacon(net, page)
    yield from _go_online(net, notice, page, probe)


def _unready(shown: Answer, page: Reading) -> Finding | None:
    """Return why there is no notice with which a guest could go online."""
    if page.mishap:
        return _mishap(_NOTICE, page.mishap)
    if shown.status == 404:
        text = _("The portal does not know this place")
        return Finding(_NOTICE, State.FAULT, text, {}, Fault.WRONG_SITE)
    if shown.status == 200 and page.image("/i/"):
        if page.link("continue"):
            return None
        return _mishap(_NOTICE, "not_allowed")
    text, values = _("Status %(status)s, and no notice"), {"status": shown.status}
    return Finding(_NOTICE, State.FAULT, text, values, Fault.NOTICE)


def _mishap(title: str, word: str) -> Finding:
    """Return what the portal says is wrong with what the gateway sent."""
    values = {"word": word}
    if word == "not_allowed":
        text = _("The device's address is not the one that is entered at the portal")
        return Finding(title, State.FAULT, text, {}, Fault.NOT_ALLOWED)
    if word in _KEYS:
        text = _("The portal cannot read what the device sends (%(word)s)")
        return Finding(title, State.FAULT, text, values, Fault.WRONG_KEY)
    text = _("What the device sends is not of its brand's form (%(word)s)")
    return Finding(title, State.FAULT, text, values, Fault.ARRIVAL)


def _beacon(net: Net, page: Reading) -> Finding:
    try:
        answer = net.fetch(page.image("/i/"), "image/*", blind=True)
    except (NoName, NoAnswer):
        return Finding(_BEACON, State.FAULT, _("No answer"), {}, Fault.BEACON)
    # 403: understood, and not counted, as it comes from a robot.
    if answer.status in (200, 403) and answer.headers.get("Content-Type") == "image/gif":
        text = _("This computer's visit is not counted")
        return Finding(_BEACON, State.GOOD, text, {}, None, answer.seconds)
    text, values = _("Status %(status)s"), {"status": answer.status}
    return Finding(_BEACON, State.FAULT, text, values, Fault.BEACON)


def _go_online(net: Net, notice: Notice, page: Reading, probe: Probe) -> Iterator[Finding]:
    seconds, last = 0.0, None
    try:
        for last in _release(net, page.link("continue")):
            seconds += last.seconds
    except (NoName, NoAnswer) as error:
        text, values = _("%(host)s does not answer"), {"host": _host(str(error), last, page)}
        yield Finding(_RELEASE, State.FAULT, text, values, Fault.NOT_ONLINE)
        return
    if last is None or not notice.is_portal(last.url):
        text = _("It ends at %(url)s, not at the portal")
        values = {"url": last.url.partition("?")[0][:120] if last else ""}
        yield Finding(_RELEASE, State.FAULT, text, values, Fault.NOT_ONLINE)
        return
    if word := Reading(last.url, last.body).mishap:
        yield _mishap(_RELEASE, word)
        return
    if urlsplit(last.url).path == f"/s/{notice.site}":
        text = _("The device does not accept the release and sends the guest back")
        yield Finding(_RELEASE, State.FAULT, text, {}, Fault.WRONG_KEY)
        return
    yield Finding(_RELEASE, State.GOOD, seconds=seconds)
    yield _online(net, probe)


def _host(named: str, last: Answer | None, page: Reading) -> str:
    target = onward(last) if last else page.link("continue")
    return urlsplit(target).hostname or named[:80]


def _release(net: Net, url: str) -> Iterator[Answer]:
    """Yield the answers from the tap on: redirects, pages that lead on, and forms."""
    form = None
    for _hop in range(_LONGEST):
        answer = net.fetch(url, _HTML, form, blind=True)
        yield answer
        target = onward(answer)
        found = Reading(answer.url, answer.body).form if not target and answer.body else None
        if found and not urlsplit(answer.url).path.startswith("/online/"):
            url, form = found.action, found.fields
        elif target:
            url, form = target, None
        else:
            return


def _online(net: Net, probe: Probe) -> Finding:
    try:
        answer = net.fetch(f"http://{probe.host}{probe.path}")
    except (NoName, NoAnswer):
        return Finding(_ONLINE, State.FAULT, _("No answer"), {}, Fault.NOT_ONLINE)
    if is_owners(probe, answer):
        return Finding(_ONLINE, State.GOOD, "%(host)s", {"host": probe.host}, None, answer.seconds)
    text = _("The device says yes, and still holds the guest")
    return Finding(_ONLINE, State.FAULT, text, {}, Fault.NOT_ONLINE)
