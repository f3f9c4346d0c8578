"""The weekly report: the weeks there are, and one of them as the paper that it will be."""

from typing import Any

from flask import Blueprint, Response, abort

from portal.domain.areas import Area
from portal.domain.people import Right
from portal.domain.periods import BadPeriod, today
from portal.domain.weeks import NoSuchReport, State, Week, late, parse_week, week_of
from portal.names import WEEK_STATES
from portal.reports.cells import cell_text
from portal.reports.letter import MOTTO, NATION, dated
from portal.web.office.access import needs
from portal.web.office.numbers import page_number, whole
from portal.web.office.own import find_site
from portal.web.office.pages import show
from portal.web.office.week_files import as_week_file
from portal.web.requests import argument, services
from portal.weekpapers import Content, PlacePaper

weeks = Blueprint("weeks", __name__)

_COLOURS = {State.OPEN: "off", State.DRAFT: "warn", State.CLOSED: "good"}
_LISTED = 53  # weeks on a page


@weeks.get("/office/weeks")
@needs(Right.READ)
def list_weeks() -> Response:
    """Show the weeks since the campaign's start, the latest first."""
    held = services()
    states = held.weeks.states()
    now, page = week_of(today(held.clock())), page_number()
    first = min(week_of(held.campaign.starts), now, *states)
    found: list[Week] = []
    week = now.shifted(-page * _LISTED)
    while week >= first and len(found) < _LISTED:
        found.append(week)
        week = week.shifted(-1)
    return show(
        "weeks.html",
        rows=[(week, *states.get(week, (State.OPEN, 0))) for week in found],
        states=WEEK_STATES,
        colours=_COLOURS,
        now=now,
        page=page,
        more=week >= first,
    )


@weeks.get("/office/weeks/<week>")
@needs(Right.READ)
def show_week(week: str) -> Response:
    """Show a week's report about a place, as a draft or as it was closed."""
    found, area, held = chosen_week(week), _area(), services()
    content = _content(found)
    paper = held.week_papers.about(content, area.code)
    if answer := as_week_file(paper, whole=True):
        return answer
    return show(
        "week.html",
        **_papers(paper),
        **_standing(found),
        report=content.report,
        intact=content.intact,
        area=area,
        areas=_areas(),
        names={one.id: one.name for one in content.numbers.sites},
    )


@weeks.get("/office/weeks/<week>/site/<site_id>")
@needs(Right.READ_OWN)
def show_site_week(week: str, site_id: str) -> Response:
    """Show a week's report about one site."""
    found = chosen_week(week)
    site, _version = find_site(site_id)
    paper = services().week_papers.about(_content(found), f"site:{site_id}")
    if answer := as_week_file(paper, whole=False):
        return answer
    return show("week_site.html", **_papers(paper), week=found, site=site)


def chosen_week(text: str) -> Week:
    """Return the week of an address; 404 for none, and for one that has not begun."""
    try:
        week = parse_week(text)
    except BadPeriod:
        abort(404)
    if str(week) != text or week.period.first > today(services().clock()):
        abort(404)
    return week


def _content(week: Week) -> Content:
    try:
        return services().week_papers.content(week, whole(argument("version")))
    except NoSuchReport:
        abort(404)


def _standing(week: Week) -> dict[str, Any]:
    """Return what has become of a week's report."""
    held = services()
    draft, reports = held.weeks.draft(week), held.weeks.reports(week)
    state = State.CLOSED if reports else State.DRAFT if draft else State.OPEN
    return {
        "week": week,
        "draft": draft,
        "reports": reports,
        "state": (WEEK_STATES[state], _COLOURS[state]),
        "late": late(reports[-1], held.week_taker.take(week)) if reports else {},
        "over": held.clock() >= week.cutoff(held.settings.week_cutoff).timestamp(),
        "people": {person.id: person.name for person in held.people.all()},
    }


def _papers(paper: PlacePaper) -> dict[str, Any]:
    """Return a paper, and what it is written with on a page."""
    say = services().week_papers.vietnamese
    return {
        "letter": paper.letter,
        "blocks": [(type(block).__name__, block) for block in paper.letter.blocks],
        "nation": NATION,
        "motto": MOTTO,
        "dated": dated,
        "vietnamese": say,
        "cell": lambda value, sort: cell_text(value, sort, say),
    }


def _area() -> Area:
    """Return the area that the address asks for, or the office's own; 404 for none."""
    held = services()
    area = held.areas.get(argument("place") or held.settings.report_area)
    if area is None:
        abort(404)
    return area


def _areas() -> list[Area]:
    """Return the areas that a report may be about: the own one, those above, and those within."""
    areas, own = services().areas, services().settings.report_area
    return [*areas.path(own), *areas.children(own)]
