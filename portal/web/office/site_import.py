"""Sites from a file: shown row by row first, then written."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from unicodedata import normalize

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from portal.domain.errors import BadInput, Problem, VersionConflict
from portal.domain.errors import message as _
from portal.domain.people import Right
from portal.domain.periods import today
from portal.domain.sites import Site
from portal.names import GATEWAYS, SITE_KINDS
from portal.reports.cells import Translate, answer
from portal.reports.table import Table
from portal.sitebook import SETTING, changes, typed
from portal.siteplan import Fate, PlannedRow, SitePlan
from portal.tables import BadTable, Row
from portal.web.office.access import needs
from portal.web.office.files import as_file
from portal.web.office.gateway_words import SETTINGS
from portal.web.office.own import commune
from portal.web.office.pages import LANGUAGES, done, reader, show
from portal.web.office.session import me
from portal.web.office.sites import COLUMNS
from portal.web.office.uploads import LARGEST, carried_rows, carried_text, sent_rows
from portal.web.requests import services

site_import = Blueprint("site_import", __name__)

_MANY = 1000  # rows
_NOTE = _(
    "One row for each site. An empty cell, and a column that is not there, leave a site as it is."
    " An id that is not there is made of the name. The area by its code or its name. Settings of"
    " the wifi device stand in columns such as gateway.faskey."
)
FATES = {
    Fate.NEW: (_("new"), "good"),
    Fate.CHANGED: (_("changed"), "warn"),
    Fate.SAME: (_("as it was"), "off"),
    Fate.WRONG: (_("wrong"), "bad"),
}
"""What becomes of a row, as a message, and its colour."""
_NAMES = {
    **{column.key: column.title for column in COLUMNS},
    **{f"{SETTING}{name}": title for name, title in SETTINGS.items()},
}
_HIDDEN = "••••"


class Shown(NamedTuple):
    """A field of a site as it is and as it would be, for people."""

    name: str  # a message
    before: str | None  # None: the site is new
    after: str


@site_import.get("/office/sites/import")
@needs(Right.SITES)
def ask_file() -> Response:
    """Ask for a file; as a file, an empty one to fill in."""
    empty = Table("sites-form", _("Sites"), COLUMNS[:-2], (), _NOTE, head="keys")
    return as_file(empty) or _page()


@site_import.post("/office/sites/import")
@needs(Right.SITES, largest=LARGEST)
def read_file() -> Response:
    """Show what the rows of a file would do; nothing is written."""
    try:
        rows = sent_rows(COLUMNS, _MANY, SETTING)
    except BadTable as error:
        return _page(400, error.problems)
    return _preview(_plan(rows), carried_text(rows))


@site_import.post("/office/sites/import/enter")
@needs(Right.SITES, largest=LARGEST)
def enter_rows() -> Answer:
    """Write the rows that were shown, if they would still do what was shown."""
    text = request.form.get("rows", "")
    try:
        rows = carried_rows(text, COLUMNS, _MANY, SETTING)
    except BadTable as error:
        return _page(400, error.problems)
    plan = _plan(rows)
    if plan.problems or plan.agreed != request.form.get("agreed", ""):
        return _preview(plan, text, late=True)
    if not _enter(plan):
        return _preview(_plan(rows), text, late=True)
    return done("/office/sites", "saved")


def _plan(rows: Iterable[Row]) -> SitePlan:
    kinds = _kinds()
    return services().sites.plan((number, typed(_row(fields, kinds))) for number, fields in rows)


def _row(fields: Mapping[str, str], kinds: Mapping[str, str]) -> dict[str, str]:
    """Return a row with its kind by key, where it was written as a page shows it."""
    kind = fields.get("kind", "")
    key = kinds.get(normalize("NFC", kind).lower(), kind)
    return {**fields, "kind": key} if kind else dict(fields)


def _kinds() -> dict[str, str]:
    found: dict[str, str] = {}
    for lang in LANGUAGES:
        translate = services().catalogs.translations(lang).gettext
        found |= {translate(text).lower(): key for key, text in SITE_KINDS.items()}
    return found


def _enter(plan: SitePlan) -> bool:
    """Write a plan, each site into the audit log too; tell whether all could be written."""
    held, who, written, whole = services(), me().id, 0, True
    now = today(held.clock())
    for row in plan.writing:
        try:
            site = held.sites.put_row(row, now)
        except (VersionConflict, BadInput):  # changed, or its name taken, in this moment
            whole = False
            break
        if row.before is None:
            held.audit.note(who, "site.add", site.id, name=site.name, gateway=site.gateway)
        else:
            held.audit.note(who, "site.edit", site.id, **(row.changes or {}))
        written += 1
    held.audit.note(who, "site.import", "sites", rows=written, whole=whole)
    return whole


def _preview(plan: SitePlan, text: str, late: bool = False) -> Response:
    status = 400 if plan.problems else 409 if late else 200
    return _page(status, plan=plan, text=text, late=late)


def _page(
    status: int = 200,
    problems: Sequence[Problem] = (),
    plan: SitePlan | None = None,
    text: str = "",
    late: bool = False,
) -> Response:
    translate = services().catalogs.translations(reader()).gettext
    return show(
        "site_import.html",
        status,
        plan=plan,
        problems=problems,
        counts={fate: plan.count(fate) for fate in Fate} if plan else {},
        fates=FATES,
        shown={row.number: _shown(row, translate) for row in plan.rows} if plan else {},
        names=_NAMES,
        text=text,
        late=late,
        about=_NOTE,
    )


def _shown(row: PlannedRow, translate: Translate) -> list[Shown]:
    """Return what writing a row would change; of a new site, all that is not as in any other."""
    after = row.after
    if row.problems or after is None:
        return []
    before = row.before or Site(after.id, after.name)
    return [
        Shown(
            _NAMES.get(name, name),
            _value(name, before, change, translate) if row.before else None,
            _value(name, after, change, translate),
        )
        for name, change in changes(before, after, services().gateways).items()
    ]


def _value(name: str, site: Site, change: object, translate: Translate) -> str:
    """Return a field of a site for people: of a secret only whether there is one."""
    setting = name.removeprefix(SETTING)
    if setting != name:
        text = site.gateway_settings.get(setting, "")
        return _HIDDEN if text and isinstance(change, str) else text
    match name:
        case "kind":
            return translate(SITE_KINDS[site.kind])
        case "gateway":
            return translate(GATEWAYS[site.gateway])
        case "area":
            return f"{commune(site)} ({site.area})" if site.area else ""
        case "active":
            return answer(site.active, translate)
    value = getattr(site, name)
    return value if isinstance(value, str) else ", ".join(value)
