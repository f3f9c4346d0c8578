"""Composing the visitor's pages: what stands in a notice for this site, device and language."""

from collections.abc import Mapping
from typing import Any

from flask import Response, request

from portal.domain.devices import Device
from portal.domain.sites import LANGUAGES, Site
from portal.i18n import NATIVE_NAMES
from portal.web.languages import choose_language
from portal.web.pages import NONCE, SEALED
from portal.web.requests import argument, device, pages, services
from portal.web.visits import Mode, Visit

_PRESENT = Mode.OPEN  # what the landing page offers is the same whatever the gateway


def language(site: Site | None = None) -> str:
    """Return the language for this request: asked for, preferred, or the site's first."""
    allowed = site.languages if site else LANGUAGES
    preferred = request.environ.get("HTTP_ACCEPT_LANGUAGE", "")
    return choose_language(argument("lang"), preferred, allowed)


def notice(site: Site, visit: Visit) -> Response:
    """Return the notice for one view."""
    lang, phone = language(site), device()

    def context() -> dict[str, Any]:
        own = f"/s/{site.id}?v={NONCE}&g={SEALED}"
        proceed = None if visit.mode is Mode.UNCONFIGURED else f"/continue/{NONCE}"
        urls = {
            "beacon": f"/i/{NONCE}.gif",
            "viewable": f"/v/{NONCE}.gif",
            "own": f"{own}&lang={lang}",
            "install": _install(phone, lang),
            "proceed": proceed and f"{proceed}?lang={lang}&g={SEALED}",
            "official": services().campaign.official_page,
        }
        return _context(site, lang, phone, urls, own) | {"mode": visit.mode.value}

    key = ("notice", services().snapshot.version, site.id, lang, phone, visit.mode)
    page = pages().page(key, lang, "visitor/notice.html", context)
    return pages().answer(page.fill(visit.view.nonce, visit.sealed))


def online(site: Site | None, nonce: str) -> Response:
    """Return the page that the visitor lands on once they are online."""
    lang, phone = language(site), device()

    def context() -> dict[str, Any]:
        urls = {
            "beacon": None,
            "viewable": None,
            "own": None,
            "install": _install(phone, lang),
            "proceed": None,
            "official": services().campaign.official_page,
        }
        own = f"/online/{NONCE}?"
        return _context(site, lang, phone, urls, own) | {"mode": _PRESENT.value}

    key = ("online", services().snapshot.version, site and site.id, lang, phone)
    page = pages().page(key, lang, "visitor/online.html", context)
    return pages().answer(page.fill(nonce))


def plain(status: int, title: str, text: str, site: Site | None = None) -> Response:
    """Return a page without view: ``title`` and ``text`` are messages of the catalogues.

    It still leads to the store directly, so that nobody ends here empty-handed.
    """
    lang, phone = language(site), device()

    def context() -> dict[str, Any]:
        translate = services().catalogs.translations(lang).gettext
        app = {"app": services().campaign.app}
        links = services().campaign.stores
        urls: dict[str, Any] = {
            "beacon": None,
            "viewable": None,
            "own": None,
            "install": {store: links[store].url for store in phone.stores if store in links},
            "proceed": None,
            "official": services().campaign.official_page,
        }
        words = {"title": translate(title) % app, "message": translate(text) % app}
        return _context(site, lang, phone, urls, "?") | words | {"direct": urls["install"]}

    key = ("plain", services().snapshot.version, site and site.id, lang, phone, title, text)
    page = pages().page(key, lang, "visitor/plain.html", context)
    return pages().answer(page.fill(), status)


def _install(phone: Device, lang: str) -> dict[str, str]:
    links = services().campaign.stores
    return {
        store: f"/go/{NONCE}/{store}?lang={lang}&g={SEALED}"
        for store in phone.stores
        if store in links
    }


def _context(
    site: Site | None, lang: str, phone: Device, urls: Mapping[str, Any], own: str
) -> dict[str, Any]:
    campaign = services().campaign
    joint = "" if own.endswith("?") else "&"
    return {
        "lang": lang,
        "languages": [
            {
                "code": code,
                "name": NATIVE_NAMES[code],
                "url": f"{own}{joint}lang={code}",
                "current": code == lang,
            }
            for code in (site.languages if site else LANGUAGES)
        ],
        "texts": campaign.texts(lang),
        "site": site,
        "device": phone,
        "urls": urls,
    }
