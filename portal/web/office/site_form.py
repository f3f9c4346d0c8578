"""Adding and changing a site, its wifi device's settings included. No kept secret is sent back."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from portal.domain.errors import BadSite, Problem, VersionConflict
from portal.domain.people import Right
from portal.domain.periods import today
from portal.domain.sites import LANGUAGES, Site
from portal.domain.slugs import free_slug
from portal.gateways.base import Option
from portal.i18n import NATIVE_NAMES
from portal.names import GATEWAYS, SITE_KINDS
from portal.sitebook import SETTING, changes
from portal.snapshot import SITES
from portal.web.office.access import needs
from portal.web.office.adoption import groups
from portal.web.office.audit_words import FIELDS
from portal.web.office.gateway_words import KEYS, SETTINGS
from portal.web.office.numbers import form_version
from portal.web.office.own import find_site
from portal.web.office.pages import done, reader, show
from portal.web.office.session import me
from portal.web.requests import argument, services

site_form = Blueprint("site_form", __name__)

_TEXTS = ("name", "kind", "area", "address", "operator", "greeting", "egress", "gateway")
_CLEAR = "clear."
"""Prefix of the box that takes a secret away: an empty field leaves it as it is."""


class Field(NamedTuple):
    """A setting of a wifi device in the form."""

    option: Option
    title: str  # a message
    value: str
    kept: bool  # a secret is there, and stays if nothing is entered
    can_be_made: bool


@site_form.get("/office/sites/new")
@needs(Right.SITES)
def new_site() -> Response:
    """Ask for a site."""
    gateway = argument("gateway") if argument("gateway") in services().gateways else "link"
    empty = dict.fromkeys(("id", *_TEXTS), "")
    return _form({**empty, "kind": "hotel", "gateway": gateway, "languages": list(LANGUAGES)})


@site_form.post("/office/sites/new")
@needs(Right.SITES)
def add_site() -> Answer:
    """Write a site; the id is made of the name where none was given."""
    held, fields = services(), _entered()
    if "choose" in request.form or "make" in request.form:
        return _form(fields)
    id = fields["id"].strip() or free_slug(fields["name"], held.store.documents(SITES))
    try:
        site = held.sites.add({**_changes(fields, None), "id": id}, today(held.clock()))
    except BadSite as error:
        return _form(fields, 400, error.problems)
    held.audit.note(me().id, "site.add", site.id, name=site.name, gateway=site.gateway)
    return done(f"/office/sites/id/{site.id}", "added")


@site_form.get("/office/sites/id/<site_id>/edit")
@needs(Right.SITES)
def ask_change(site_id: str) -> Response:
    """Show a site, to be changed."""
    site, version = find_site(site_id)
    return _form(_fields(site), site=site, version=version)


@site_form.post("/office/sites/id/<site_id>/edit")
@needs(Right.SITES)
def change_site(site_id: str) -> Answer:
    """Change a site, unless somebody else did meanwhile."""
    held, fields = services(), _entered()
    before, version = find_site(site_id)
    if "choose" in request.form or "make" in request.form:
        return _form(fields, site=before, version=form_version())
    try:
        after = held.sites.edit(site_id, _changes(fields, before), form_version())
    except BadSite as error:
        return _form(fields, 400, error.problems, before, form_version())
    except VersionConflict:
        before, version = find_site(site_id)
        return _form(fields, 409, site=before, version=version)
    if found := changes(before, after, held.gateways):
        held.audit.note(me().id, "site.edit", site_id, **found)
    return done(f"/office/sites/id/{site_id}")


def _entered() -> dict[str, Any]:
    """Return what the form says, as it is shown again."""
    form = request.form
    settings = {name: form[name] for name in form if name.startswith((SETTING, _CLEAR))}
    if (made := form.get("make", "")).removeprefix(SETTING) in KEYS:
        settings[made] = secrets.token_hex(16)
    texts = {name: form.get(name, "") for name in ("id", *_TEXTS)}
    return {**texts, **settings, "languages": form.getlist("languages")}


def _changes(fields: Mapping[str, Any], before: Site | None) -> dict[str, Any]:
    """Return what a form changes: a secret only where one was entered or taken away."""
    gateway = services().gateways.get(fields["gateway"])
    settings = {}
    for option in gateway.options if gateway else ():
        value = fields.get(f"{SETTING}{option.name}", "").strip()
        kept = before is not None and before.gateway == fields["gateway"] and not value
        if option.secret and kept and f"{_CLEAR}{option.name}" not in fields:
            continue
        settings[option.name] = value
    texts = {name: fields[name] for name in _TEXTS}
    return {**texts, "languages": fields["languages"], "gateway_settings": settings}


def _fields(site: Site) -> dict[str, Any]:
    """Return a site as the form shows it."""
    texts = {name: str(getattr(site, name)) for name in _TEXTS if name != "egress"}
    gateway = services().gateways.get(site.gateway)  # a brand may be gone
    settings = {
        f"{SETTING}{option.name}": site.gateway_settings.get(option.name, "")
        for option in (gateway.options if gateway else ())
        if not option.secret
    }
    lists = {"languages": list(site.languages), "egress": " ".join(site.egress)}
    return {**texts, **lists, **settings}


def _settings(fields: Mapping[str, Any], site: Site | None) -> list[Field]:
    """Return the settings of the chosen wifi device."""
    gateway = services().gateways.get(fields["gateway"])
    same = site is not None and site.gateway == fields["gateway"]
    found = []
    for option in gateway.options if gateway else ():
        kept = same and option.secret and bool(site and site.gateway_settings.get(option.name))
        value = fields.get(f"{SETTING}{option.name}", option.default or "")
        title = SETTINGS.get(option.name, option.name)
        made = option.secret and option.name in KEYS
        found.append(Field(option, title, value, kept, made))
    return found


def _form(
    fields: Mapping[str, Any],
    status: int = 200,
    problems: Sequence[Problem] = (),
    site: Site | None = None,
    version: int = 0,
) -> Response:
    translate = services().catalogs.translations(reader()).gettext
    return show(
        "site_form.html",
        status,
        site=site,
        version=version,
        fields=fields,
        problems=problems,
        late=_differences(fields, site) if status == 409 and site else [],
        conflict=status == 409,
        settings=_settings(fields, site),
        kinds=[(key, translate(text)) for key, text in SITE_KINDS.items()],
        gateways=[(key, translate(text)) for key, text in GATEWAYS.items()],
        names={**FIELDS, **{f"{SETTING}{name}": text for name, text in SETTINGS.items()}},
        languages_offered=[(code, NATIVE_NAMES[code]) for code in LANGUAGES],
        groups=groups(),
    )


def _differences(fields: Mapping[str, Any], site: Site) -> list[tuple[str, str]]:
    """Return what the site says now where the form says something else, by the field's name."""
    return [
        (name, ", ".join(value) if isinstance(value, list) else value)
        for name, value in _fields(site).items()
        if name in fields and fields[name] != value
    ]
