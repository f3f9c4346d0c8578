"""The visitor's routes: the notice, its beacons, the taps, and the page behind the release."""

import base64
import logging
from urllib.parse import quote

from flask import Blueprint, Response, request
from werkzeug.datastructures import Headers

from portal.domain.campaign import StoreLink
from portal.domain.errors import BadArrival, BadNonce, ReleaseFailed, ReleaseRefused
from portal.domain.errors import message as _
from portal.domain.events import Kind, Reason
from portal.domain.nonces import View
from portal.gateways.base import ApiCall, FormPost, Local, Redirect, Release
from portal.snapshot import Place
from portal.web import edge, notices
from portal.web.counted import count, count_probe, reject
from portal.web.pages import Prepared
from portal.web.requests import device, own_url, services
from portal.web.visits import AlreadyOnline, read_visit, release_of

visitor = Blueprint("visitor", __name__)

log = logging.getLogger(__name__)

GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
"""One transparent pixel."""
_GIF_HEADERS = Headers(
    {
        "Content-Type": "image/gif",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
)
INSTALLED = "installed"
"""Where the visitor says that they have the app already."""

# One response each for everybody: nothing in it is the visitor's.
_BEACONS = {status: Prepared(GIF, status, _GIF_HEADERS) for status in (200, 400, 403, 404, 410)}
_BEACON_STATUS = {None: 200, Reason.FORGED: 404, Reason.STALE: 410, Reason.FUTURE: 400}


@visitor.get("/s/<site_id>")
def notice(site_id: str) -> Response:
    """Show the notice of a site to a visitor whom its gateway, a poster or a link brought."""
    place = services().snapshot.place(site_id)
    if place is None:
        return no_site()
    try:
        visit = read_visit(place)
    except AlreadyOnline as again:
        return _see(_landing(again.view, place, again.after))
    except BadArrival as error:
        services().mishaps.note(place.site.id, error.problem)
        reject(Reason.ARRIVAL, place.site.id)
        return notices.plain(200, *_UNREADABLE, place.site, error.problem)
    if kept := edge.rendering(place, visit):
        return kept
    if visit.kind is Kind.PROBE:  # whatever its agent: a probe is no bot that wanted to count
        count_probe(place.site.id)
    else:
        count(visit.view, visit.kind)
    return notices.notice(place.site, visit)


@visitor.get("/i/<nonce>.gif")
def shown(nonce: str) -> Response:
    """Take the beacon of a notice that begins to render: an impression."""
    return _beacon(nonce, Kind.SHOWN)


@visitor.get("/v/<nonce>.gif")
def viewable(nonce: str) -> Response:
    """Take the beacon of a notice that was half visible for one second."""
    return _beacon(nonce, Kind.VIEWABLE)


@visitor.get("/go/<nonce>/<store>")
def install(nonce: str, store: str) -> Response:
    """Take the visitor to the app store; whoever is held goes online first."""
    link = services().campaign.stores.get(store)
    view = _view(nonce)
    if view is None or link is None:
        return notices.plain(404, *_NO_VIEW)
    count(view, Kind.INSTALL, Kind.VIEWABLE)
    place = services().snapshot.place(view.site)
    if place is None:  # archived since
        return _see(_store(link))
    try:
        released = _release(view, place, store)
    except (BadArrival, ReleaseRefused):
        # Outside a sheet the store's page is the best that is left; inside none opens.
        if device().sheet:
            return notices.plain(403, *_UNCONFIGURED, place.site, "not_allowed")
        return _see(link.url)
    if released:
        return _let_through(view, place, released, store)
    # Inside a sheet our page says what to do.
    return _see(_landing(view, place) if device().sheet else _store(link))


@visitor.get("/installed/<nonce>")
def installed(nonce: str) -> Response:
    """Believe that the visitor has the app, and have the gateway let them online."""
    return _go_online(nonce, Kind.INSTALLED, INSTALLED)


@visitor.get("/continue/<nonce>")
def proceed(nonce: str) -> Response:
    """Have the gateway let the visitor online."""
    return _go_online(nonce, Kind.CONTINUE)


@visitor.get("/online/<nonce>", defaults={"after": ""})
@visitor.get("/online/<nonce>/<after>")
def online(nonce: str, after: str) -> Response:
    """Tell the visitor that they are online, and how to install the app now.

    ``after`` is what they tapped before: a store, where they go on to, or INSTALLED.
    """
    link = services().campaign.stores.get(after)
    view = _view(nonce) if link or after in ("", INSTALLED) else None
    if view is None:
        return notices.plain(404, *_NO_VIEW)
    count(view, Kind.ONLINE)
    if link and not device().sheet:
        return _see(_store(link))
    place = services().snapshot.place(view.site)
    return notices.online(place.site if place else None, nonce, has_it=after == INSTALLED)


def _go_online(nonce: str, kind: Kind, after: str = "") -> Response:
    """Count the tap and send the visitor to whoever lets them through."""
    view = _view(nonce)
    if view is None:
        return notices.plain(404, *_NO_VIEW)
    place = services().snapshot.place(view.site)
    if place is None:
        return no_site()
    try:
        released = _release(view, place, after)
    except BadArrival as error:
        services().mishaps.note(view.site, error.problem)
        reject(Reason.ARRIVAL, view.site)
        return notices.plain(400, *_UNREADABLE, place.site, error.problem)
    except ReleaseRefused:  # the notice has told already: see visits._mode
        return notices.plain(403, *_UNCONFIGURED, place.site, "not_allowed")
    count(view, kind, Kind.VIEWABLE)
    if released:
        return _let_through(view, place, released, after)
    return _see(_landing(view, place, after) if after else services().campaign.official_page)


def _beacon(nonce: str, kind: Kind) -> Response:
    view = _view(nonce)
    reason = count(view, kind, ours=True) if view else Reason.FORGED
    return _BEACONS[_BEACON_STATUS.get(reason, 403)]


def _view(nonce: str) -> View | None:
    try:
        return services().signer.read(nonce)
    except BadNonce:
        reject(Reason.FORGED)
        return None


def _release(view: View, place: Place, after: str) -> Release | None:
    """Return how the gateway lets the visitor through; None if nobody holds them."""
    release = release_of(view, place)
    if not release:
        return None
    if place.gateway is None:
        raise ReleaseRefused
    return place.gateway.release(place.site, release, own_url(_landing(view, place, after)))


def _let_through(view: View, place: Place, released: Release, after: str) -> Response:
    """Do what the gateway takes for a release; nothing for a HEAD, which nobody taps."""
    match released:
        case ApiCall() | Local() if request.method != "GET":
            return _see(released.landing)
        case Redirect(url):
            return _see(url)
        case FormPost(url, fields):
            return notices.form(place.site, url, fields)
        case Local(landing, minutes):
            services().released.add(request.remote_addr or "", minutes)
            return _see(landing)
        case ApiCall(tell, landing):
            try:
                tell(services().controllers)
            except ReleaseFailed as failed:
                log.warning("site %s: no release: %s", place.site.id, failed.problem)
                services().mishaps.note(place.site.id, f"controller_{failed.problem}")
                count(view, Kind.FAILED)
                sealed = services().signer.seal(view, release_of(view, place))
                return notices.failed(place.site, view.nonce, sealed, after)
            return _see(landing)


def _landing(view: View, place: Place, after: str = "") -> str:
    step = f"/{after}" if after else ""
    return f"/online/{view.nonce}{step}?lang={quote(notices.language(place.site))}"


def _store(link: StoreLink) -> str:
    """Return the address that opens the store's app, or else its page."""
    return link.intent or link.url if device().intents else link.url


def _see(url: str) -> Response:
    # Not flask.redirect(): it rewrites an address after it was checked.
    headers = {"Location": url, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return Response(status=303, headers=headers)


def no_site() -> Response:
    """Say that the place is not known, and count that somebody was told so."""
    reject(Reason.UNKNOWN_SITE)
    return notices.plain(404, *_UNKNOWN)


_UNKNOWN = (
    _("This place is not known"),
    _("The link leads to a place that is not, or no longer, taking part. The app is here:"),
)
_NO_VIEW = (
    _("This link is no longer valid"),
    _("Please connect to the wifi again, or scan the code again. The app is here:"),
)
_UNREADABLE = (
    _("The wifi here is not set up correctly"),
    _("What the wifi device sent could not be read. Please tell the staff. The app is here:"),
)
_UNCONFIGURED = (
    _("The wifi here is not set up correctly"),
    _("The wifi device is not entered for this place. Please tell the staff. The app is here:"),
)
