"""Inviting a site's owner: a link that opens an account for this site and no other."""

from flask import Blueprint, Response, abort, request
from werkzeug.wrappers import Response as Answer

from portal.domain.errors import BadPerson, NoSuchPerson
from portal.domain.errors import message as _
from portal.domain.people import Person, Right, Role
from portal.domain.sites import Site
from portal.web.office.access import needs
from portal.web.office.own import find_site
from portal.web.office.pages import reader, show
from portal.web.office.session import me
from portal.web.office.site_print import picture
from portal.web.requests import services

invite = Blueprint("invite", __name__)

DAYS = 7
"""Days for which an invitation is good: a weekend lies in them."""
_PATH = "/office/sites/id/<site_id>/invite"


@invite.get(_PATH)
@needs(Right.SITES)
def ask_invite(site_id: str) -> Response:
    """Show who owns a site, and offer to invite them."""
    site, _version = find_site(site_id)
    owner = _owner(site)
    until = services().people.link_until(owner) if owner else 0
    return show("site_invite.html", site=site, owner=owner, until=until, link="", code="")


@invite.post(_PATH)
@needs(Right.SITES)
def make_invite(site_id: str) -> Answer:
    """Make an invitation, and show it, this once; an earlier one is worth nothing then."""
    site, _version = find_site(site_id)
    held, owner = services(), _owner(site)
    if owner is None:
        owner = _added(site)
    if not owner.active or owner.id == me().id:
        abort(409)
    token = held.people.make_link(owner.id, DAYS * 24)
    held.audit.note(me().id, "person.link", owner.id)
    base = held.settings.console_url or request.host_url.rstrip("/")
    link = f"{base}/office/reset/{token}"
    until = held.people.link_until(owner)
    return show(
        "site_invite.html", site=site, owner=owner, until=until, link=link, code=picture(link)
    )


def _owner(site: Site) -> Person | None:
    """Return the account that invitations of this site are for."""
    try:
        found = services().people.get(_id(site))
    except NoSuchPerson:
        return None
    if found.role is not Role.OWNER or site.id not in found.sites:
        abort(409)  # somebody has made it something else: administrators decide
    return found


def _added(site: Site) -> Person:
    held = services()
    name = held.catalogs.translations(reader()).gettext(_("Owner: %(site)s")) % {"site": site.name}
    fields = {"id": _id(site), "name": name[:80], "role": Role.OWNER.value, "sites": [site.id]}
    try:
        person = held.people.add(fields)
    except BadPerson:  # somebody else invites in this moment
        abort(409)
    held.audit.note(
        me().id, "person.add", person.id, name=person.name, role=person.role, sites=person.sites
    )
    return person


def _id(site: Site) -> str:
    return f"chu-{site.id}"
