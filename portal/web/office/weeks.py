"""The weekly report: the weeks there are, and one of them as the paper that it will be."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort

from portal.domain.areas import Area
from portal.domain.errors import message as _
from portal.domain.people import Right
from portal.domain.periods import BadPeriod, today
from portal.domain.weeks import (
    NoSuchReport,
    Report,
    State,
    Texts,
    Week,
    WeekNumbers,
    late,
    parse_week,
    week_of,
)
from portal.reports.cells import cell_text
from portal.reports.letter import MOTTO, NATION, Letter, dated
from portal.reports.weekly import House, Paper, weekly_letter
from portal.web.office.access import needs
from portal.web.office.numbers import whole
from portal.web.office.own import find_site
from portal.web.office.pages import show
from portal.web.office.week_files import as_week_file
from portal.web.requests import argument, services

weeks = Blueprint("weeks", __name__)

STATES = {
    State.OPEN: (_("open"), "off"),
    State.DRAFT: (_("draft"), "warn"),
    State.CLOSED: (_("closed"), "good"),
}
"""What a week's report may be, as a message, and its colour."""
_LISTED = 60  # weeks


@weeks.get("/office/weeks")
@needs(Right.READ)
def list_weeks() -> Response:
    """Show the weeks since the campaign's start, the latest first."""
    held = services()
    states = held.weeks.states()
    week = week_of(today(held.clock()))
    first = min(week_of(held.campaign.starts), week)
    rows: list[tuple[Week, State, int]] = []
    while week >= first and len(rows) < _LISTED:
        rows.append((week, *states.get(week, (State.OPEN, 0))))
        week = week.shifted(-1)
    return show("weeks.html", rows=rows, states=STATES, now=rows[0][0])


@weeks.get("/office/weeks/<week>")
@needs(Right.READ)
def show_week(week: str) -> Response:
    """Show a week's report about a place, as a draft or as it was closed."""
    found, held = chosen_week(week), services()
    report, numbers = _content(found)
    area = _area()
    # What lies nowhere is reported where the office is, so that nothing is left out.
    own = {step.code for step in held.areas.path(held.settings.report_area)}
    local = numbers.of(area.code, strays=area.code in own)
    letter = _letter(found, local, area.name, report)
    if answer := as_week_file(letter, local, report):
        return answer
    draft, reports = held.weeks.draft(found), held.weeks.reports(found)
    return show(
        "week.html",
        **paper_words(),
        week=found,
        letter=letter,
        area=area,
        areas=_areas(),
        draft=draft,
        reports=reports,
        report=report,
        state=STATES[State.CLOSED if reports else State.DRAFT if draft else State.OPEN],
        late=_late(found, reports[-1]) if reports else {},
        names={one.id: one.name for one in numbers.sites},
        over=_over(found),
        people={person.id: person.name for person in held.people.all()},
    )


@weeks.get("/office/weeks/<week>/site/<site_id>")
@needs(Right.READ_OWN)
def show_site_week(week: str, site_id: str) -> Response:
    """Show a week's report about one site."""
    found = chosen_week(week)
    site, _version = find_site(site_id)
    report, numbers = _content(found)
    own = numbers.of(f"site:{site_id}")
    letter = _letter(found, own, own.sites[0].name if own.sites else site.name, report, site=True)
    if answer := as_week_file(letter, own, None):
        return answer
    return show(
        "week_site.html", **paper_words(), week=found, letter=letter, site=site, over=_over(found)
    )


def chosen_week(text: str) -> Week:
    """Return the week of an address; 404 for none, and for one that has not begun."""
    try:
        week = parse_week(text)
    except BadPeriod:
        abort(404)
    if str(week) != text or week.period.first > today(services().clock()):
        abort(404)
    return week


def house() -> House:
    """Return whose paper a report is."""
    settings = services().settings
    return House(
        settings.superior,
        settings.agency,
        settings.report_sign,
        settings.report_place,
        services().campaign.app,
        settings.week_cutoff,
    )


def vietnamese() -> Callable[[str], str]:
    """Return what puts messages into Vietnamese: an official paper is in no other language."""
    say: Callable[[str], str] = services().catalogs.translations("vi").gettext
    return say


def paper_words() -> dict[str, Any]:
    """Return what a paper is written with on a page."""
    say = vietnamese()
    return {
        "nation": NATION,
        "motto": MOTTO,
        "dated": dated,
        "vietnamese": say,
        "cell": lambda value, sort: cell_text(value, sort, say),
    }


def _content(week: Week) -> tuple[Report | None, WeekNumbers]:
    """Return the version that the address asks for, or the last; without any the numbers now."""
    reports = services().weeks.reports(week)
    if not reports:
        return None, services().week_taker.take(week)
    version = whole(argument("version")) if argument("version") else len(reports)
    try:
        report = services().weeks.report(week, version)
    except NoSuchReport:
        abort(404)
    return report, report.numbers


def _letter(
    week: Week, numbers: WeekNumbers, place: str, report: Report | None, *, site: bool = False
) -> Letter:
    draft = services().weeks.draft(week)
    texts = report.texts if report else draft.texts if draft else Texts()
    if site:
        texts = Texts()  # what the office writes is about all of its sites
    paper = Paper(numbers, texts, place, report, site)
    return weekly_letter(paper, house(), vietnamese())


def _late(week: Week, report: Report) -> dict[str, tuple[int, int]]:
    """Return what was counted after a week was closed, by site."""
    return late(report, services().week_taker.take(week))


def _over(week: Week) -> bool:
    """Tell whether a week can be closed."""
    held = services()
    return held.clock() >= week.cutoff(held.settings.week_cutoff).timestamp()


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
