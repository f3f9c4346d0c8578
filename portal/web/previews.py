"""The notice of a site as each device and language sees it. Nothing here is counted.

Open to everybody: it shows what every visitor of the site is shown.
"""

from collections.abc import Callable
from typing import NamedTuple

from flask import Blueprint, Response, request

from portal.domain.errors import message as _
from portal.domain.offers import offer
from portal.i18n import NATIVE_NAMES, tag
from portal.snapshot import Place
from portal.web import notices
from portal.web.agents import detect
from portal.web.languages import choose_language
from portal.web.pages import page_headers
from portal.web.requests import own_url, pages, services
from portal.web.visits import Mode

previews = Blueprint("previews", __name__)

STAFF_LANGUAGES = ("vi", "en")


class Specimen(NamedTuple):
    """A device to look through: its name, its user agent, and the shape of its window."""

    name: str
    agent: str
    shape: str = "phone"


_BLINK = "AppleWebKit/537.36 (KHTML, like Gecko)"
_CHROME = f"{_BLINK} Chrome/88.0.4324.93 Mobile Safari/537.36"
_WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
_IOS = f"like Mac OS X) {_WEBKIT}"
_SAFARI = "Version/14.0.3 Mobile/15E148 Safari/604.1"

DEVICES = {
    "android": Specimen(_("Android phone"), f"Mozilla/5.0 (Linux; Android 10; SM-A105F) {_CHROME}"),
    "android-sheet": Specimen(
        _("Android, login window"),
        f"Mozilla/5.0 (Linux; Android 10; SM-A105F; wv) {_BLINK}"
        " Version/4.0 Chrome/88.0.4324.93 Mobile Safari/537.36",
    ),
    "iphone": Specimen("iPhone", f"Mozilla/5.0 (iPhone; CPU iPhone OS 14_4 {_IOS} {_SAFARI}"),
    "iphone-sheet": Specimen(
        _("iPhone, login window"),
        f"Mozilla/5.0 (iPhone; CPU iPhone OS 14_4 {_IOS} Mobile/15E148",
    ),
    "huawei": Specimen(
        "Huawei", f"Mozilla/5.0 (Linux; Android 10; NOH-NX9; HMSCore 5.0.4.301) {_CHROME}"
    ),
    "harmonyos": Specimen(
        "HarmonyOS", f"Mozilla/5.0 (Linux; Android 10; HarmonyOS; OCE-AL50) {_CHROME}"
    ),
    "old-android": Specimen(
        _("Android before 5.0"), f"Mozilla/5.0 (Linux; Android 4.4.2; GT-I9195) {_CHROME}"
    ),
    "feature-phone": Specimen(
        _("Feature phone"),
        "Mozilla/5.0 (Mobile; Nokia_8110_4G; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5",
        "small",
    ),
    "ipad": Specimen(
        "iPad",
        f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_WEBKIT} Version/14.0 Safari/605.1.15",
        "tablet",
    ),
    "computer": Specimen(
        _("Computer"),
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:86.0) Gecko/20100101 Firefox/86.0",
        "computer",
    ),
}
"""The devices that are shown, by the name they have in an address."""


@previews.get("/preview/<site_id>")
def gallery(site_id: str) -> Response:
    """Show the notice of a site on every device, in one language."""
    place = services().snapshot.place(site_id)
    if place is None:
        return notices.plain(404, *_UNKNOWN)
    accepted = request.environ.get("HTTP_ACCEPT_LANGUAGE", "")
    text = gallery_text(
        place,
        notices.language(place.site),
        choose_language("", accepted, STAFF_LANGUAGES),
        lambda lang: f"/preview/{site_id}?lang={lang}",
        lambda device, lang: f"/preview/{site_id}/{device}?lang={lang}",
    )
    style = pages().source("preview/gallery.css")
    headers = page_headers(f"style-src {style}; frame-src 'self'; frame-ancestors 'none'")
    return Response(text, headers=headers)


@previews.get("/preview/<site_id>/<device>")
def specimen(site_id: str, device: str) -> Response:
    """Show the notice of a site on one device."""
    place = services().snapshot.place(site_id)
    if place is None or device not in DEVICES:
        return notices.plain(404, *_UNKNOWN)
    text = specimen_text(place, device, notices.language(place.site), own_url(""))
    style = pages().source("visitor/page.css")
    headers = page_headers(f"style-src {style}; img-src data:; frame-ancestors 'self'")
    return Response(text, headers=headers)


def gallery_text(
    place: Place,
    lang: str,
    reader: str,
    in_language: Callable[[str], str],
    on_device: Callable[[str, str], str],
) -> str:
    """Return the page with all devices, said in the language of the ``reader``.

    ``in_language`` and ``on_device`` give the addresses of the other pages.
    """
    languages = [
        {"name": NATIVE_NAMES[code], "tag": tag(code), "url": in_language(code), "on": code == lang}
        for code in place.site.languages
    ]
    devices = [
        {"name": device.name, "shape": device.shape, "url": on_device(key, lang)}
        for key, device in DEVICES.items()
    ]
    context = {"lang": reader, "site": place.site, "languages": languages, "devices": devices}
    return pages().text(reader, "preview/gallery.html", context)


def specimen_text(place: Place, device: str, lang: str, base: str) -> str:
    """Return the notice as ``device`` shows it, leading nowhere."""
    held = place.gateway is not None and place.gateway.captive
    mode = Mode.CAPTIVE if held else Mode.OPEN
    what = offer(detect(DEVICES[device].agent), services().campaign)
    return notices.specimen(place.site, lang, what, mode, base)


_UNKNOWN = (_("Page not found"), _("There is nothing here. The app:"))
