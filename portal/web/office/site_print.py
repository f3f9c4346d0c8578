"""What a site hangs up, shows on a screen, or sends: poster, card, slide, message, and the code."""

import io
from collections.abc import Mapping
from typing import NamedTuple

import segno
from flask import Blueprint, Response, abort
from markupsafe import Markup

from portal.domain.errors import message as _
from portal.domain.events import Channel
from portal.domain.people import Right
from portal.domain.sites import LANGUAGES, Site
from portal.i18n import NATIVE_NAMES, tag
from portal.web.office.access import needs
from portal.web.office.files import download
from portal.web.office.own import find_site
from portal.web.office.pages import show
from portal.web.requests import argument, own_url, services

site_print = Blueprint("site_print", __name__)


class Sheet(NamedTuple):
    """Something to hang up or to show."""

    title: str  # a message
    channel: Channel
    copies: int = 1  # on a sheet of A4


SHEETS: Mapping[str, Sheet] = {
    "poster": Sheet(_("Poster, A4"), Channel.POSTER),
    "card": Sheet(_("Table cards, four on A4"), Channel.POSTER, 4),
    "slide": Sheet(_("Slide for a screen, 16:9"), Channel.SCREEN),
}
_PRINTED = 30  # of the code's dots, in pixels of a PNG: 30 cm at 150 dpi stay sharp
_CHANNELS = (Channel.POSTER, Channel.SCREEN, Channel.LINK)


@site_print.get("/office/sites/id/<site_id>/print")
@needs(Right.READ_OWN)
def show_prints(site_id: str) -> Response:
    """Show what there is to hang up, to show and to send."""
    site, _version = find_site(site_id)
    second = _second(site)
    return show(
        "site_print.html",
        site=site,
        sheets=SHEETS,
        second=second,
        languages_offered=[(code, NATIVE_NAMES[code]) for code in LANGUAGES if code != "vi"],
        messages=[_message(site, lang) for lang in ("vi", second)],
        channels=_CHANNELS,
    )


@site_print.get("/office/sites/id/<site_id>/print/<sheet>")
@needs(Right.READ_OWN)
def show_sheet(site_id: str, sheet: str) -> Response:
    """Show a sheet alone, as it is printed or put on a screen."""
    site, _version = find_site(site_id)
    if sheet not in SHEETS:
        abort(404)
    return sheet_page(site, sheet, _second(site))


def sheet_page(site: Site, sheet: str, second: str) -> Response:
    """Return a sheet of SHEETS as a page that needs nothing else."""
    found, langs = SHEETS[sheet], ("vi", second)
    catalogs, campaign = services().catalogs, services().campaign
    return show(
        "site_sheet.html",
        site=site,
        sheet=sheet,
        copies=found.copies,
        code=picture(_address(site, found.channel)),
        address=own_url(f"/s/{site.id}").partition("://")[2],
        parts=[
            (tag(lang), campaign.texts(lang), catalogs.translations(lang).gettext) for lang in langs
        ],
        app=campaign.app,
    )


@site_print.get("/office/sites/id/<site_id>/code/<channel>.<form>")
@needs(Right.READ_OWN)
def send_code(site_id: str, channel: str, form: str) -> Response:
    """Send a site's code alone, as SVG or PNG, for somebody's own poster."""
    site, _version = find_site(site_id)
    if channel not in _CHANNELS or form not in ("svg", "png"):
        abort(404)
    code = segno.make(_address(site, Channel(channel)), error="q", micro=False)
    out = io.BytesIO()
    code.save(out, kind=form, scale=_PRINTED if form == "png" else 10, border=4)
    kind = "image/svg+xml" if form == "svg" else "image/png"
    return download(f"{site.id}-{channel}.{form}", out.getvalue(), kind)


def _second(site: Site) -> str:
    """Return the second language: chosen in the address, or the site's first that is another."""
    chosen = argument("second")
    if chosen and (chosen not in LANGUAGES or chosen == "vi"):
        abort(400)
    return chosen or second_of(site)


def second_of(site: Site) -> str:
    """Return the first of a site's languages that is another than Vietnamese."""
    return next((lang for lang in site.languages if lang != "vi"), "en")


def _address(site: Site, channel: Channel) -> str:
    return own_url(f"/s/{site.id}?c={channel}")


def _message(site: Site, lang: str) -> str:
    """Return the text of a message, short enough for two SMS at most."""
    headline = services().campaign.texts(lang).headline
    return f"{headline}: {_address(site, Channel.LINK)}"


def picture(address: str) -> Markup:
    """Return the code of an address as SVG. It bears a stain: a quarter of it may be lost."""
    code = segno.make(address, error="q", micro=False)
    # The words are ours, and everything in it is numbers.
    return Markup(code.svg_inline(border=0, omitsize=True, svgclass="qr", lineclass=None))  # noqa: S704
