"""What owners change at their own site: the greeting and the languages of its notice."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from portal.domain.errors import BadSite, Problem, VersionConflict
from portal.domain.people import Right
from portal.domain.sites import LANGUAGES
from portal.i18n import NATIVE_NAMES
from portal.sitebook import changes
from portal.web.office.access import needs
from portal.web.office.numbers import form_version
from portal.web.office.own import find_site, only_who_looks_after_it
from portal.web.office.pages import done, show
from portal.web.office.session import me
from portal.web.requests import services

site_own = Blueprint("site_own", __name__)

_PATH = "/office/sites/id/<site_id>/notice"


@site_own.get(_PATH)
@needs(Right.READ_OWN)
def ask_notice(site_id: str) -> Response:
    """Show the greeting and the languages of a site's notice, to be changed."""
    only_who_looks_after_it()
    site, version = find_site(site_id)
    fields = {"greeting": site.greeting, "languages": list(site.languages)}
    return _form(site_id, fields, version)


@site_own.post(_PATH)
@needs(Right.READ_OWN)
def change_notice(site_id: str) -> Answer:
    """Change them, unless somebody changed the site meanwhile."""
    only_who_looks_after_it()
    held = services()
    before, version = find_site(site_id)
    fields = {
        "greeting": request.form.get("greeting", ""),
        "languages": ["vi", *request.form.getlist("languages")],  # the first language stays
    }
    try:
        after = held.sites.edit(site_id, fields, form_version())
    except BadSite as error:
        return _form(site_id, fields, form_version(), 400, error.problems)
    except VersionConflict:
        return _form(site_id, fields, version, 409)
    if found := changes(before, after, held.gateways):
        held.audit.note(me().id, "site.edit", site_id, **found)
    return done(f"/office/sites/id/{site_id}")


def _form(
    site_id: str,
    fields: Mapping[str, object],
    version: int,
    status: int = 200,
    problems: Sequence[Problem] = (),
) -> Response:
    site, _version = find_site(site_id)
    return show(
        "site_notice.html",
        status,
        site=site,
        fields=fields,
        version=version,
        problems=problems,
        conflict=status == 409,
        languages_offered=[(code, NATIVE_NAMES[code]) for code in LANGUAGES if code != "vi"],
    )
