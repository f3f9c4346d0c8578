"""The doctor's round: what is looked at, and in which order."""

from collections.abc import Iterator

from portal.doctor import surroundings
from portal.doctor.capport import option_114, state_of_api
from portal.doctor.capture import Led, Track, capture, one_of_each
from portal.doctor.findings import Fault, Finding
from portal.doctor.garden import garden
from portal.doctor.net import Net
from portal.doctor.visit import visit
from portal.doctor.way import Notice
from portal.domain.garden import Garden
from portal.domain.probes import Probes


def examine(
    net: Net, notice: Notice, probes: Probes, hosts: Garden, *, tap: bool = True
) -> Iterator[Finding]:
    """Yield what is found, step by step. ``tap``: take the last step too, and go online."""
    checks = one_of_each(probes)
    named = surroundings.names(net, notice, checks[0].host)
    yield named
    if named.fault is Fault.NAMES and named.values["host"] == checks[0].host:
        return  # without names nothing else can be said
    found, answer = surroundings.portal(net, notice)
    yield found
    if answer:
        yield surroundings.certificate(net, notice)
    held = state_of_api(net, notice) if answer else None
    tracks: list[Track] = []
    if held is not False:
        findings, tracks = capture(net, notice, checks)
        yield from findings
    if answer:
        first = next((one.first for one in tracks if one.led is not Led.OPEN and one.first), None)
        yield from surroundings.clocks(answer, first)
    yield option_114(net, notice, held is False)
    if held is False:
        return  # nobody is held here: no garden, and nobody to release
    yield from garden(net, hosts)
    leading = next((one.probe for one in tracks if one.led is Led.NOTICE), None)
    if answer and leading and tap:
        yield from visit(net, notice, leading)
