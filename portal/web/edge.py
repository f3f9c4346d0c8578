"""What an edge server keeps of ours: a notice for many visitors, and pages for when we are away.

The edge (``portal.edge``) asks for a rendering with two headers: the class of the agent and the
shape of the query, as it has found them. If both are ours as well, it gets the notice with marks
where the view's name and the gateway's parameters belong, shows it to everybody of that class for
some seconds, and writes down each time that it did: then we count nothing here.
"""

import re
from collections.abc import Iterator
from html import escape
from urllib.parse import quote

from flask import Flask, Response
from markupsafe import Markup
from werkzeug.datastructures import Headers

from portal.domain.agent_classes import class_of
from portal.domain.devices import APPSTORE, BOTH, OS, PLAY, Device, Form
from portal.domain.events import LINKED, Channel, Kind, Tier
from portal.domain.offers import offer
from portal.domain.sites import LANGUAGES
from portal.edge import config
from portal.gateways.base import PlainRelease
from portal.gateways.notice import VENUE
from portal.snapshot import Place
from portal.web import notices, visits
from portal.web.notices import Away
from portal.web.proxies import CLASS
from portal.web.requests import device, offered, own_url, pages, sent, services
from portal.web.visits import Mode, Visit

KEPT = 5
"""Seconds for which an edge shows the same rendering."""
RENEWED = 55
"""Further seconds for which it may, while it asks for a new one."""

_SHAPES = {
    "none": None,
    **{str(channel): channel for channel in LINKED},
    VENUE: Channel.WIFI,
    "wifi": Channel.WIFI,
}
"""What the edge tells of a query, with the channel that it means; None: what the site's own is."""
_DEVICES = {
    "play": Device(OS.ANDROID, Form.PHONE, PLAY),
    "appstore": Device(OS.IOS, Form.PHONE, APPSTORE),
    "both": Device(OS.OTHER, Form.OTHER, BOTH),
}


def rendering(place: Place, visit: Visit) -> Response | None:
    """Return the notice for an edge to keep; None where it is this one visitor's."""
    if not sent().get(CLASS) or not _is_for_many(place, visit):
        return None
    held, view, lang = services(), visit.view, notices.language(place.site)
    away = _away(place, lang) if visit.mode is Mode.CAPTIVE else None
    base = own_url("") if offered().code else ""
    page = notices.notice_page(place.site, lang, offered(), visit.mode, base, away)
    headers = Headers(pages().headers)
    headers["Cache-Control"] = f"max-age={KEPT}, stale-while-revalidate={RENEWED}"
    headers["Edge-Token"] = held.signer.token(view.site, held.clock(), view.os, view.channel)
    if away and away.leads:
        headers["Edge-Link"] = "1"
    handed_on = f"{visits.HANDED_ON}&{config.HANDED_ON}" if away else ""
    filling = notices.filling(place.site, config.VIEW, handed_on, base)
    return Response(page.fill(filling), headers=headers)


def _is_for_many(place: Place, visit: Visit) -> bool:
    held, env = services(), sent()
    shape = env.get("HTTP_EDGE_SHAPE", "")
    if shape not in _SHAPES or visit.view.channel is not (_SHAPES[shape] or visit.view.channel):
        return False
    return (
        env[CLASS] == class_of(device(), held.campaign)
        and bool(held.settings.trusted_proxies)  # they alone are believed; see proxies
        and not device().bot
        and visit.kind is Kind.PAGE
        and visit.view.tier is Tier.NONE
        and not place.site.egress  # whose address this is only we can tell
        and held.settings.public_url != ""  # else the page might say what this visitor calls us
        # Of any other query only one answer is everybody's: that it holds somebody.
        and (shape != "wifi" or visit.mode is Mode.CAPTIVE)
    )


def _away(place: Place, lang: str) -> Away:
    """Return what follows a tap while we are away."""
    link = None
    if isinstance(place.gateway, PlainRelease):
        landing = own_url(f"/online/{{nonce}}{{step}}?lang={lang}")
        link = place.gateway.plain_release(place.site, landing)
    wanted = f"0;url={_with_gaps(link)}" if link else "5"
    refresh = f'<meta http-equiv="refresh" content="{wanted}">'
    # A comment, until the edge takes its marks away.
    return Away(Markup(f"<!--~away{refresh}away~-->"), link is not None)  # noqa: S704


def _with_gaps(link: str) -> str:
    """Return ``link`` with gaps for the landing's own, and for the gateway's parameters."""
    text = escape(link)
    for gap, variable in (("nonce", "edge_nonce"), ("step", "edge_step")):
        text = text.replace(quote(f"{{{gap}}}"), f"[~{variable}~]")
    return re.sub(r"\{([\w.-]+)\}", r"[~arg_\1~]", text)


def pages_for_absence(app: Flask) -> Iterator[tuple[str, str]]:
    """Yield name and text of the pages that an edge shows while we are away.

    One for each language and store; "both" where the store is not known. They lead to the store
    themselves, and count nothing.
    """
    again = '0;url=<!--# echo var="request_uri" default="" -->'
    refresh = f'<meta http-equiv="refresh" content="{again}">'
    retry = f'<!--# if expr="$edge_raw" -->{refresh}<!--# endif -->'
    with app.test_request_context("/"):
        for lang in LANGUAGES:
            for store, known in _DEVICES.items():
                what = offer(known, services().campaign)
                for kind in ("notice", "again", "online"):
                    text = notices.unattended(kind, lang, what, retry if kind == "notice" else "")
                    yield f"{kind}.{lang}.{store}.html", text
