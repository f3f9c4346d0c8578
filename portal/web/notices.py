"""Composing the visitor's pages: what stands in a notice for this site, device and language."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import segno
from flask import Response
from markupsafe import Markup, escape

from portal.domain.campaign import Texts
from portal.domain.errors import message as _
from portal.domain.offers import Offer
from portal.domain.sites import LANGUAGES, Site
from portal.i18n import NATIVE_NAMES, tag
from portal.web.languages import choose_language
from portal.web.page import CODE, GREETING, NAME, NONCE, SEALED, SITE, Filling, Page
from portal.web.requests import argument, offered, own_url, pages, sent, services, takes_gzip
from portal.web.visits import Mode, Visit

_WAYS = ("continue", "installed")  # routes that take a visitor online

STORE_NAMES = (_("Google Play"), _("App Store"))
"""Names of stores in a campaign, as messages: in Viet Nam Google's is called CH Play."""


def language(site: Site | None = None) -> str:
    """Return the language for this request: asked for, preferred, or the site's first."""
    allowed = site.languages if site else LANGUAGES
    preferred = sent().get("HTTP_ACCEPT_LANGUAGE", "")
    return choose_language(argument("lang"), preferred, allowed)


def notice(site: Site, visit: Visit) -> Response:
    """Return the notice for one view."""
    what = offered()
    base = own_url("") if what.code else ""  # the address stands in the page only with a code
    page = notice_page(site, language(site), what, visit.mode, base)
    return _answer(page, filling(site, visit.view.nonce, visit.sealed, base))


def filling(site: Site | None, nonce: str = "", sealed: str = "", base: str = "") -> Filling:
    """Return what is put into a page's gaps for ``site``; ``base``: with a code, from where."""
    if site is None:
        return Filling(nonce, sealed)
    code = _code(f"{base}/s/{site.id}") if base else ""
    return Filling(nonce, sealed, site.id, escape(site.name), escape(site.greeting), code)


class Away(NamedTuple):
    """What an edge server makes of a page while we are away; see ``portal.web.edge``."""

    head: Markup  # for its filters
    leads: bool  # whether a tap leads the visitor online all the same


def notice_page(
    site: Site, lang: str, what: Offer, mode: Mode, base: str, away: Away | None = None
) -> Page:
    """Return the notice of ``site``, to be filled in. ``base`` is where visitors reach us."""

    def context() -> dict[str, Any]:
        suffix = f"?lang={lang}&g={SEALED}"
        ways = () if mode is Mode.UNCONFIGURED else _WAYS
        code = Markup(CODE)  # noqa: S704  # a gap
        return _notice(_any(site), lang, what, mode, base, code) | {
            "beacon": f"/i/{NONCE}.gif",
            "viewable": f"/v/{NONCE}.gif",
            "own": f"/s/{SITE}?v={NONCE}&lang={lang}&g={SEALED}",
            "switch": {"action": f"/s/{SITE}", "fields": {"v": NONCE, "g": SEALED}},
            "install": {store: f"/go/{NONCE}/{store}{suffix}" for store in what.stores},
            "ways": {way: f"/{way}/{NONCE}{suffix}" for way in ways},
            "away": away,
        }

    key = ("notice", *_look(site), lang, what.name, mode.value, base, away)
    return _page(key, lang, "visitor/notice.html", context)


def specimen(site: Site, lang: str, what: Offer, mode: Mode, base: str) -> str:
    """Return the notice as a picture of itself: it counts nothing and leads nowhere."""
    code = _code(f"{base}/s/{site.id}")
    context = _notice(site, lang, what, mode, base, code) | {
        "beacon": None,
        "viewable": None,
        "switch": {"action": None, "fields": {}},
        "install": dict.fromkeys(what.stores, "#"),
        "ways": dict.fromkeys(_WAYS, "#"),
    }
    return pages().text(lang, "visitor/notice.html", context)


def _notice(
    site: Site, lang: str, what: Offer, mode: Mode, base: str, code: Markup
) -> dict[str, Any]:
    shared = _shared(site, lang, base, code) if what.code else None
    return _context(site, lang, what) | {"mode": mode.value, "shared": shared}


def online(site: Site | None, nonce: str, *, has_it: bool) -> Response:
    """Return the page that the visitor lands on once they are online."""
    lang, what = language(site), offered()

    def context() -> dict[str, Any]:
        suffix = f"?lang={lang}"
        # No store opens inside a login sheet: there the steps say what to do.
        stores = () if what.sheet else what.stores
        return _context(site and _any(site), lang, what) | {
            "has_it": has_it,
            "switch": {"action": None, "fields": {}},
            "install": {store: f"/go/{NONCE}/{store}{suffix}" for store in stores},
            "shared": None,
        }

    key = ("online", *_look(site), lang, what.name, has_it)
    return _answer(_page(key, lang, "visitor/online.html", context), filling(site, nonce))


def failed(site: Site, nonce: str, sealed: str, after: str) -> Response:
    """Return the page for a controller that did not let the visitor through: try again.

    ``after``: what was tapped, a store's key or INSTALLED; "" for the way online alone.
    """
    lang, what = language(site), offered()

    def context() -> dict[str, Any]:
        suffix = f"?lang={lang}&g={SEALED}"
        again = f"/go/{NONCE}/{after}" if after in services().campaign.stores else ""
        again = again or f"/{'installed' if after else 'continue'}/{NONCE}"
        return _context(_any(site), lang, what) | {
            "again": again + suffix,
            "switch": {"action": None, "fields": {"g": SEALED}},
        }

    key = ("failed", *_look(site), lang, what.name, after)
    page = _page(key, lang, "visitor/failed.html", context)
    return _answer(page, filling(site, nonce, sealed))


def form(site: Site, url: str, fields: Mapping[str, str]) -> Response:
    """Return the page that posts a form to the gateway: by script, or with a tap.

    It holds what the gateway told us of this visitor, so it is rendered for this once.
    """
    lang = language(site)
    context = _context(site, lang, offered()) | {
        "target": url,
        "fields": fields,
        "switch": {"action": None, "fields": {}},
        "languages": [],
    }
    # Browsers hold to the policy what follows a form, too: back to us, and on to a store.
    links = services().campaign.stores.values()
    addresses = [url, own_url(""), *(link.url for link in links), *(link.intent for link in links)]
    origins = " ".join(dict.fromkeys(_source(address) for address in addresses if address))
    return pages().posting(lang, "visitor/form.html", context, origins)


def _source(address: str) -> str:
    """Return how a policy names where ``address`` is."""
    parts = urlsplit(address)
    # It cannot name an IPv6 address, nor what belongs to an app: of these the scheme has to do.
    web = parts.scheme in ("http", "https") and "[" not in parts.netloc
    return f"{parts.scheme}://{parts.netloc}" if web else f"{parts.scheme}:"


def plain(
    status: int, title: str, text: str, site: Site | None = None, mishap: str = ""
) -> Response:
    """Return a page without view: ``title`` and ``text`` are messages of the catalogues.

    It still leads to the store directly, so that nobody ends here empty-handed. ``mishap`` says in
    its head what is wrong at the wifi device, for whoever looks for that (``portal.doctor``).
    """
    lang, what = language(site), offered()

    def context() -> dict[str, Any]:
        translate = services().catalogs.translations(lang).gettext
        app = {"app": services().campaign.app}
        links = services().campaign.stores
        return _context(site and _any(site), lang, what) | {
            "title": translate(title) % app,
            "message": translate(text) % app,
            "mishap": mishap,
            "switch": {"action": None, "fields": {}},
            "install": {store: links[store].url for store in what.stores},
            "shared": None,
        }

    key = ("plain", *_look(site), lang, what.name, title, text, mishap)
    return _answer(_page(key, lang, "visitor/plain.html", context), filling(site), status)


UNATTENDED = {
    "notice": ("visitor/plain.html", "", ""),
    "again": (
        "visitor/plain.html",
        _("The wifi did not answer"),
        _(
            "You are not online yet. Please try again in a moment. If it happens again, ask the"
            " staff."
        ),
    ),
    "online": ("visitor/online.html", "", ""),
}
"""Pages that are there without us: template, title and text."""


def unattended(kind: str, lang: str, what: Offer, head: str) -> str:
    """Return a page for an edge server to show while we are away; ``head`` is for its filter."""
    template, title, text = UNATTENDED[kind]
    translate = services().catalogs.translations(lang).gettext
    texts, links = services().campaign.texts(lang), services().campaign.stores
    context = _context(None, lang, what) | {
        "title": translate(title) if title else texts.headline,
        "message": translate(text) if text else texts.summary,
        "mishap": "",
        "has_it": False,
        "languages": [],
        "switch": {"action": None, "fields": {}},
        "install": {store: links[store].url for store in what.stores},
        "shared": None,
        "away": Away(Markup(head), True),  # noqa: S704  # ours
    }
    return pages().text(lang, template, context)


def _page(
    key: tuple[object, ...], lang: str, template: str, context: Callable[[], dict[str, Any]]
) -> Page:
    return pages().page(key, lang, template, context)


def _answer(page: Page, filling: Filling, status: int = 200) -> Response:
    return pages().answer(page, filling, gzip=takes_gzip(), status=status)


def _look(site: Site | None) -> tuple[object, ...]:
    """Return by what pages of sites differ, besides what fills their gaps."""
    return (site.languages, site.greeting != "") if site else ()


def _any(site: Site) -> Site:
    """Return ``site`` with gaps: whichever looks like it."""
    return replace(site, id=SITE, name=NAME, greeting=site.greeting and GREETING)


def _context(site: Site | None, lang: str, what: Offer) -> dict[str, Any]:
    """Return what every page needs."""
    texts = services().campaign.texts(lang)
    return {
        "lang": tag(lang),
        "languages": [
            {"code": code, "tag": tag(code), "name": NATIVE_NAMES[code], "current": code == lang}
            for code in (site.languages if site else LANGUAGES)
        ],
        "texts": texts,
        "steps": _steps(texts, lang, what),
        "site": site,
        "offer": what,
        "own": None,
        "away": None,
    }


def _steps(texts: Texts, lang: str, what: Offer) -> list[str]:
    """Return the steps of the install, for the visitor's own store where it is known."""
    stores = services().campaign.stores
    translate = services().catalogs.translations(lang).gettext
    if what.store:
        return texts.steps_in(translate(stores[what.store].name))
    names = {key: translate(store.name) for key, store in stores.items()}
    return texts.steps_in(translate(_("%(play)s (Android) or %(appstore)s (iPhone)")) % names)


def _shared(site: Site, lang: str, base: str, code: Markup) -> Mapping[str, Any]:
    """Return how another phone gets to this notice: its address, as a code and as a message."""
    address = f"{base}/s/{site.id}"  # without more it counts as a link
    words = quote(f"{services().campaign.texts(lang).headline} {base}/s/")
    return {
        "address": address,
        "shown": address.partition("://")[2],
        "code": code,
        # Both ways in which telephones take a message for nobody in particular (RFC 5724).
        "message": f"sms:?&body={words}{site.id}",
    }


@lru_cache(maxsize=1024)
def _code(address: str) -> Markup:
    """Return the QR code of ``address`` as SVG."""
    code = segno.make(address, error="m", micro=False)
    # The words are ours, and everything in it is numbers.
    return Markup(code.svg_inline(border=0, omitsize=True, svgclass="qr", lineclass=None))  # noqa: S704
