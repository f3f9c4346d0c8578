"""One request for the notice, understood: which view it is, and what can be done for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from flask import request

from portal.domain.errors import BadArrival, BadNonce, ReleaseRefused
from portal.domain.events import LINKED, Channel, Kind, Tier
from portal.domain.nonces import EARLY, LIFE, View
from portal.domain.sites import Site
from portal.gateways.base import Arrival
from portal.gateways.guess import guess
from portal.snapshot import Place
from portal.web.requests import argument, asked_url, device, own_url, sent, services


class Mode(StrEnum):
    """What the notice can offer."""

    CAPTIVE = "captive"  # a tap on continue has the gateway let the visitor online
    OPEN = "open"  # nobody is held: continue goes on to the official page
    REFUSED = "refused"  # the gateway did not accept the release and sent the visitor back
    UNCONFIGURED = "unconfigured"  # the release would go where the site does not allow


@dataclass(frozen=True, slots=True)
class Visit:
    """A view with what belongs to this one request."""

    view: View
    sealed: str
    mode: Mode
    kind: Kind  # what to journal: a page, a reload, a probe, a refusal


HANDED_ON = "."
"""Begins what stands in place of a sealed arrival; no sealed one does."""


class AlreadyOnline(Exception):
    """The gateway has let this view's visitor through, and sent them back to us.

    ``after`` is what they had tapped, as in the address of the landing page.
    """

    def __init__(self, view: View, after: str) -> None:
        super().__init__()
        self.view = view
        self.after = after


def read_visit(place: Place) -> Visit:
    """Understand the request. Raise BadArrival, or AlreadyOnline."""
    view = _named_view(argument("v"), place.site)
    if view:
        return _kept_visit(place, view)
    if place.gateway is None:
        return Visit(_issue(place.site, None), "", Mode.UNCONFIGURED, Kind.PAGE)
    # Latin-1 keeps every byte: adapters decide themselves how to read them.
    query = sent().get("QUERY_STRING", "")
    try:
        arrival = place.gateway.arrive(place.site, query, asked_url())
    except BadArrival as error:
        raise BadArrival(_other_brand(place.site, query) or error.problem) from None
    if arrival is None:
        if brand := _other_brand(place.site, query):
            services().mishaps.note(place.site.id, brand)
        return Visit(_issue(place.site, None), "", Mode.OPEN, Kind.PAGE)
    return _arrived_visit(place, arrival)


def _other_brand(site: Site, query: str) -> str:
    """Return the mishap of a device of another brand than the site's, "" if it is none."""
    brand = guess(query) if query else ""
    # A form takes any names: what looks like another brand's may be its own.
    return f"brand_{brand}" if brand and site.gateway not in (brand, "form") else ""


def _kept_visit(place: Place, view: View) -> Visit:
    """The same view once more: a reload, another language, or back from another page."""
    try:
        release = release_of(view, place)
    except BadArrival:
        release = {}
    sealed = services().signer.seal(view, release)
    return Visit(view, sealed, _mode(place, release), Kind.RELOAD)


def release_of(view: View, place: Place) -> Mapping[str, str]:
    """Return what the release of ``view`` needs; empty if nobody holds the visitor.

    It was sealed by us, or an edge server handed on what the gateway had sent. Raise BadArrival.
    """
    sealed = argument("g")
    if not sealed.startswith(HANDED_ON):
        return services().signer.unseal(view, sealed)
    # Of a link it is the rest of the address as it came, of a form the field.
    rest = sent().get("QUERY_STRING", "").partition(f"g={HANDED_ON}&")[2]
    query = rest or sealed[2:].encode().decode("latin-1")
    arrival = place.gateway.arrive(place.site, query, asked_url()) if place.gateway else None
    return arrival.release if arrival else {}


def _arrived_visit(place: Place, arrival: Arrival) -> Visit:
    landed = _landed_view(arrival.origin, place.site)
    if landed and not arrival.captive:
        raise AlreadyOnline(landed, _tapped(arrival.origin))
    view = landed or _issue(place.site, arrival)
    sealed = services().signer.seal(view, arrival.release)
    if landed:
        return Visit(view, sealed, Mode.REFUSED, Kind.REFUSED)
    kind = Kind.PROBE if _is_probe(arrival) else Kind.PAGE
    return Visit(view, sealed, _mode(place, arrival.release), kind)


def _mode(place: Place, release: Mapping[str, str]) -> Mode:
    if place.gateway is None:
        return Mode.UNCONFIGURED
    if not release:
        return Mode.OPEN
    try:
        place.gateway.release(place.site, release, own_url("/"))
    except ReleaseRefused:
        services().mishaps.note(place.site.id, "not_allowed")
        return Mode.UNCONFIGURED
    return Mode.CAPTIVE


def _issue(site: Site, arrival: Arrival | None) -> View:
    held = services()
    tier = arrival.tier if arrival else Tier.NONE
    if tier is Tier.NONE and site.egress and site.sends_from(request.remote_addr):
        tier = Tier.EGRESS
    channel = Channel.WIFI if arrival else _channel(argument("c"))
    return held.signer.issue(site.id, held.clock(), device().os, channel, tier, held.new_id())


def _channel(name: str) -> Channel:
    """Return the channel that a poster's, screen's or message's link names."""
    return Channel(name) if name in LINKED else Channel.LINK


def _named_view(nonce: str, site: Site) -> View | None:
    """Return the view that the address names, if it is this site's and still counts."""
    if not nonce:
        return None
    try:
        view = services().signer.read(nonce)
    except BadNonce:
        return None
    fresh = -EARLY <= view.age(services().clock()) <= LIFE
    return view if view.site == site.id and fresh else None


def _landed_view(origin: str, site: Site) -> View | None:
    """Return the view whose landing page the phone had asked for when the gateway held it."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return None
    if not parts.path.startswith("/online/"):
        return None
    return _named_view(parts.path.removeprefix("/online/").partition("/")[0], site)


def _tapped(landing: str) -> str:
    """Return what stands behind the nonce in a landing page's address: a store, or nothing."""
    after = urlsplit(landing).path.removeprefix("/online/").partition("/")[2]
    return after if after.isascii() and after.isalnum() else ""


def _is_probe(arrival: Arrival) -> bool:
    """Tell whether an operating system asks, not a person: a check that wants no page.

    A login sheet asks for the same address, but as a browser does, for text/html.
    """
    wants_page = "text/html" in sent().get("HTTP_ACCEPT", "")
    return not wants_page and services().probes.is_probe_url(arrival.origin)
