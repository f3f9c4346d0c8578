"""A site's kit: what is entered at its wifi device, to be copied or downloaded. Keys are in it."""

import io
import zipfile
from collections.abc import Sequence

from flask import Blueprint, Response, abort

from portal.domain.people import Right
from portal.domain.sites import Site
from portal.gateways.base import File
from portal.names import GATEWAYS
from portal.web.office.access import needs
from portal.web.office.files import download
from portal.web.office.own import find_site, only_who_looks_after_it
from portal.web.office.pages import show
from portal.web.office.session import me
from portal.web.office.setup_words import STEPS
from portal.web.requests import argument, own_url, services

site_kit = Blueprint("site_kit", __name__)

MADE = (2021, 2, 1, 0, 0, 0)
"""When files in a ZIP were made: the same kit is the same file."""


@site_kit.get("/office/sites/id/<site_id>/kit")
@needs(Right.READ_OWN)
def show_kit(site_id: str) -> Response:
    """Show a site's kit, or send a file of it, or all of them as a ZIP."""
    only_who_looks_after_it()
    site, _version = find_site(site_id)
    files = kit_of(site)
    name, zipped = argument("file"), argument("format") == "zip"
    chosen = [file for file in files if not name or file.name == name]
    if chosen:
        services().audit.note(me().id, "site.kit", site_id, file="zip" if zipped else name)
    if not (name or zipped):
        steps = STEPS.get(site.gateway, ())
        return show("site_kit.html", site=site, files=files, steps=steps, gateways=GATEWAYS)
    if not chosen:
        abort(404)
    if zipped:
        return download(f"{site_id}.zip", packed(files), "application/zip")
    return download(name, chosen[0].text.encode(), "application/octet-stream")


def packed(files: Sequence[File]) -> bytes:
    """Return files as a ZIP; the same files are the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            info = zipfile.ZipInfo(file.name, MADE)
            archive.writestr(info, file.text.encode(), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def kit_of(site: Site) -> list[File]:
    """Return what is entered at a site's wifi device; nothing where there is none."""
    held = services()
    gateway = held.gateways.get(site.gateway)
    return gateway.kit(site, own_url(f"/s/{site.id}"), held.garden) if gateway else []
