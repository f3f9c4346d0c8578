"""Kits and posters of many sites at once, a folder for each, as one ZIP."""

import io
import zipfile

from flask import Blueprint, Response

from portal.domain.people import Right
from portal.web.office.access import needs
from portal.web.office.files import download
from portal.web.office.session import me
from portal.web.office.site_kit import MADE, kit_of
from portal.web.office.site_print import second_of, sheet_page
from portal.web.office.sites import fits
from portal.web.requests import own_url, services

site_bundle = Blueprint("site_bundle", __name__)


@site_bundle.get("/office/sites/bundle.zip")
@needs(Right.SITES)
def send_bundle() -> Response:
    """Send kits and posters of the sites in service that the address asks for, as in the list."""
    chosen = [site for site in services().sites.all() if fits(site) and site.active]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for site in chosen:
            files = [(file.name, file.text.encode()) for file in kit_of(site)]
            poster = sheet_page(site, "poster", second_of(site)).get_data()
            address = f"{own_url(f'/s/{site.id}')}\n".encode()
            for name, body in (*files, ("poster.html", poster), ("address.txt", address)):
                info = zipfile.ZipInfo(f"{site.id}/{name}", MADE)
                archive.writestr(info, body, zipfile.ZIP_DEFLATED)
    services().audit.note(me().id, "site.kit", "sites", sites=len(chosen))
    return download("sites.zip", out.getvalue(), "application/zip")
