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
from portal.web.office.own import find_site
from portal.web.office.pages import show
from portal.web.office.session import me
from portal.web.office.setup_words import STEPS
from portal.web.requests import argument, own_url, services

site_kit = Blueprint("site_kit", __name__)

_MADE = (2021, 2, 1, 0, 0, 0)  # the same kit is the same file


@site_kit.get("/office/sites/id/<site_id>/kit")
@needs(Right.READ_OWN)
def show_kit(site_id: str) -> Response:
    """Show a site's kit, or send a file of it, or all of them as a ZIP."""
    if me().may(Right.READ) and not me().may(Right.SITES):
        abort(403)  # who reads everything but changes nothing has no use for keys
    site, _version = find_site(site_id)
    files = _files(site)
    name, zipped = argument("file"), argument("format") == "zip"
    if files:
        services().audit.note(me().id, "site.kit", site_id, file="zip" if zipped else name)
    if not (name or zipped):
        steps = STEPS.get(site.gateway, ())
        return show("site_kit.html", site=site, files=files, steps=steps, gateways=GATEWAYS)
    chosen = [file for file in files if zipped or file.name == name]
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
            info = zipfile.ZipInfo(file.name, _MADE)
            archive.writestr(info, file.text.encode(), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _files(site: Site) -> list[File]:
    held = services()
    gateway = held.gateways.get(site.gateway)
    return gateway.kit(site, own_url(f"/s/{site.id}"), held.garden) if gateway else []
