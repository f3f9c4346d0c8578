"""What owners change at their own site: greeting and languages of its notice, time online."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from portal.domain.errors import BadSite, Problem, VersionConflict
from portal.domain.errors import message as _
from portal.domain.people import Right
from portal.domain.sites import LANGUAGES, Site
from portal.i18n import NATIVE_NAMES
from portal.sitebook import SETTING, changes
from portal.web.office.access import needs
from portal.web.office.numbers import form_version
from portal.web.office.own import find_site, only_who_looks_after_it
from portal.web.office.pages import done, show
from portal.web.office.session import me
from portal.web.requests import services

site_own = Blueprint("site_own", __name__)

MINUTES = f"{SETTING}minutes"
_PATH = "/office/sites/id/<site_id>/notice"


@site_own.get(_PATH)
@needs(Right.READ_OWN)
def ask_notice(site_id: str) -> Response:
    """Show the greeting and the languages of a site's notice, to be changed."""
    only_who_looks_after_it()
    site, version = find_site(site_id)
    fields = {
        "greeting": site.greeting,
        "languages": list(site.languages),
        MINUTES: site.gateway_settings.get("minutes", ""),
    }
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
    if "minutes" in before.gateway_settings:
        fields[MINUTES] = request.form.get(MINUTES, "").strip()
    try:
        _check_minutes(before, fields.get(MINUTES))
        after = held.sites.edit(site_id, fields, form_version())
    except BadSite as error:
        return _form(site_id, fields, form_version(), 400, error.problems)
    except VersionConflict:
        return _form(site_id, fields, version, 409)
    if found := changes(before, after, held.gateways):
        held.audit.note(me().id, "site.edit", site_id, **found)
    return done(f"/office/sites/id/{site_id}")


def _check_minutes(site: Site, asked: object) -> None:
    """Raise BadSite when an owner asks for a time online outside the office's limits."""
    limits = services().settings
    least, most = limits.minutes_least, limits.minutes_most
    if asked in (None, site.gateway_settings.get("minutes")):
        return  # what the office has chosen may stay
    text = str(asked)
    if not (text.isascii() and text.isdigit() and least <= int(text[:9]) <= most):
        wrong = _("write a number of minutes from %(least)s to %(most)s")
        raise BadSite([Problem(MINUTES, wrong, {"least": least, "most": most})])


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
        minutes=MINUTES if "minutes" in site.gateway_settings else "",
        limits=services().settings,
        languages_offered=[(code, NATIVE_NAMES[code]) for code in LANGUAGES if code != "vi"],
    )
