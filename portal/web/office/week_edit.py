"""Working on a week's report: making the draft, writing in it, closing and correcting it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from flask import Blueprint, Response, abort, request
from werkzeug.wrappers import Response as Answer

from portal.domain.errors import Problem, VersionConflict
from portal.domain.errors import message as _
from portal.domain.people import Right
from portal.domain.weeks import NoSuchReport, Report, Texts, Week, WeekNotOver
from portal.jobs.weekly import first_texts
from portal.web.office.access import needs
from portal.web.office.numbers import form_version, whole
from portal.web.office.pages import done, show
from portal.web.office.session import me
from portal.web.office.weeks import chosen_week
from portal.web.requests import argument, services
from portal.weekbook import BadReport, Draft

week_edit = Blueprint("week_edit", __name__)


@week_edit.post("/office/weeks/<week>/draft")
@needs(Right.ENTER)
def make_draft(week: str) -> Answer:
    """Make the draft of a week that is over, unless there is one."""
    found, held = chosen_week(week), services()
    try:
        made = held.weeks.begin(found, first_texts(found, held.notes), me().id)
    except WeekNotOver:
        abort(409)
    if made:
        held.audit.note(me().id, "week.draft", str(found))
    return done(_path(found), "added")


@week_edit.get("/office/weeks/<week>/edit")
@needs(Right.ENTER)
def ask_texts(week: str) -> Response:
    """Show what is written in a draft, to be changed."""
    found = chosen_week(week)
    draft = _draft(found)
    return _form(found, asdict(draft.texts), draft.version)


@week_edit.post("/office/weeks/<week>/edit")
@needs(Right.ENTER)
def change_texts(week: str) -> Answer:
    """Change what is written in a draft, unless somebody else did meanwhile."""
    found, held = chosen_week(week), services()
    draft, fields = _draft(found), request.form.to_dict()
    given = {name: fields.get(name, "") for name in asdict(Texts())}
    try:
        texts = held.weeks.edit(found, given, me().id, form_version())
    except BadReport as error:
        return _form(found, given, form_version(), 400, error.problems)
    except VersionConflict:
        return _form(found, given, draft.version, 409, now=draft.texts)
    old, new = asdict(draft.texts), asdict(texts)
    changed = {name: [old[name], new[name]] for name in new if old[name] != new[name]}
    held.audit.note(me().id, "week.edit", str(found), **changed)
    return done(_path(found))


@week_edit.get("/office/weeks/<week>/close")
@needs(Right.CLOSE)
def ask_close(week: str) -> Response:
    """Show what would be closed, and ask whether it is to be."""
    return _closing(chosen_week(week))


@week_edit.post("/office/weeks/<week>/close")
@needs(Right.CLOSE)
def close_week(week: str) -> Answer:
    """Close a week, or correct it, unless somebody else did meanwhile."""
    found, held = chosen_week(week), services()
    draft = held.weeks.draft(found)
    if form_version() != (draft.version if draft else 0):
        return _closing(found, 409)  # the texts are not those that were seen
    after, reason = whole(request.form.get("after", "")), request.form.get("reason", "")
    texts = draft.texts if draft else Texts()
    try:
        report = held.weeks.close(held.week_taker.take(found), texts, me().id, after, reason)
    except WeekNotOver:
        abort(409)
    except BadReport as error:
        return _closing(found, 400, error.problems, reason)
    except VersionConflict:
        return _closing(found, 409)
    held.audit.note(me().id, "week.close", str(found), version=report.version, sha256=report.sha256)
    return done(_path(found), "closed")


@week_edit.get("/office/weeks/<week>/changes")
@needs(Right.READ)
def show_changes(week: str) -> Response:
    """Show what changed from one version of a report to another, or by the last correction."""
    found = chosen_week(week)
    last = len(services().weeks.reports(found))
    one, other = _version(found, "from", last - 1), _version(found, "to", last)
    return show(
        "week_changes.html",
        week=found,
        one=one,
        other=other,
        changes=_changes(one, other),
        people={person.id: person.name for person in services().people.all()},
    )


def _changes(one: Report, other: Report) -> list[tuple[str, str, str, str, bool]]:
    """Return what differs: site, what, before, after, and whether these are numbers."""
    before = {site.id: site for site in one.numbers.sites}
    after = {site.id: site for site in other.numbers.sites}
    found = []
    for id in sorted({*before, *after}):
        then, now = before.get(id), after.get(id)
        name = now.name if now else then.name if then else id
        for what in ("impressions", "installs"):
            old, new = (str(getattr(site, what) if site else 0) for site in (then, now))
            if old != new:
                found.append((name, what, old, new, True))
    for what, text in asdict(one.texts).items():
        if text != asdict(other.texts)[what]:
            found.append(("", what, text, asdict(other.texts)[what], False))
    return found


def _version(week: Week, name: str, default: int) -> Report:
    version = whole(argument(name)) if argument(name) else default
    try:
        return services().weeks.report(week, version)
    except NoSuchReport:
        abort(404)


def _closing(
    week: Week, status: int = 200, problems: Sequence[Problem] = (), reason: str = ""
) -> Response:
    held = services()
    if held.clock() < week.cutoff(held.settings.week_cutoff).timestamp():
        abort(409)
    reports, numbers = held.weeks.reports(week), held.week_taker.take(week)
    draft = held.weeks.draft(week)
    return show(
        "week_close.html",
        status,
        week=week,
        reports=reports,
        version=draft.version if draft else 0,
        waiting=numbers.waiting,
        impressions=sum(one.impressions for one in numbers.sites),
        sites=len(numbers.sites),
        problems=problems,
        reason=reason,
        conflict=status == 409,
    )


def _draft(week: Week) -> Draft:
    draft = services().weeks.draft(week)
    if draft is None:
        abort(404)
    return draft


def _path(week: Week) -> str:
    return f"/office/weeks/{week}"


def _form(
    week: Week,
    fields: Mapping[str, str],
    version: int,
    status: int = 200,
    problems: Sequence[Problem] = (),
    now: Texts | None = None,
) -> Response:
    labels = {"difficulties": _("Difficulties"), "proposals": _("Proposals")}
    return show(
        "week_edit.html",
        status,
        week=week,
        fields=fields,
        version=version,
        problems=problems,
        now=asdict(now) if now else {},
        labels=labels,
    )
