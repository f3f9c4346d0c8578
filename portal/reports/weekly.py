"""The weekly report in words: from the numbers of a week to the paper that is signed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.domain.errors import message as _
from portal.domain.periods import HO_CHI_MINH
from portal.domain.weeks import (
    Report,
    Texts,
    Week,
    WeekNumbers,
    parse_week,
)
from portal.names import DEFINITION
from portal.reports.letter import (
    Annex,
    Block,
    Grid,
    Heading,
    Letter,
    Paragraph,
    Points,
    Trend,
)
from portal.reports.weekly_tables import WEEKDAYS, annex_table, commune_table
from portal.reports.weekly_words import (
    Say,
    adoption_text,
    day_text,
    footer,
    impressions_text,
    installs_text,
    number_text,
    silence,
)


@dataclass(frozen=True, slots=True)
class House:
    """Whose paper it is."""

    superior: str
    agency: str
    sign: str
    place: str
    app: str  # what the campaign asks to install
    cutoff: str  # HH:MM, on the Monday after the week


@dataclass(frozen=True, slots=True)
class Paper:
    """What a paper is made of."""

    numbers: WeekNumbers  # of the place alone
    texts: Texts
    place: str  # its name; "": the whole
    report: Report | None  # what was closed; None: a draft
    site: bool = False  # it is about one site

    @property
    def week(self) -> Week:
        """The week that it is about."""
        return parse_week(self.numbers.week)


def weekly_letter(paper: Paper, house: House, translate: Callable[[str], str]) -> Letter:
    """Return the paper about a week."""

    def say(text: str, **values: object) -> str:
        return translate(text) % values if values else translate(text)

    week, report = paper.week, paper.report
    subject = say(
        _(
            "The state of the notice that asks to install %(app)s on public wifi"
            " (week %(n)d of %(year)d)"
        ),
        app=house.app,
        n=week.number,
        year=week.year,
    )
    if paper.place:
        subject += " " + say(_("at %(place)s"), place=paper.place)
    return Letter(
        name=f"bao-cao-{week}".lower() + (f"-v{report.version}" if report else ""),
        superior=house.superior,
        agency=house.agency,
        sign=house.sign,
        place=house.place,
        day=datetime.fromtimestamp(report.at, HO_CHI_MINH).date() if report else None,
        kind=say(_("Report")),
        subject=subject,
        blocks=tuple(_blocks(paper, house, say)),
        recipients=(say(_("As above;")), say(_("Kept: clerk's office, culture and information."))),
        signer=(say(_("On behalf of the people's committee")), say(_("Chairperson"))),
        mark="" if report else say(_("Draft")),
        footer=footer(report, say),
    )


def _blocks(paper: Paper, house: House, say: Say) -> Iterator[Block]:
    week, numbers = paper.week, paper.numbers
    yield Paragraph(
        say(
            _(
                "%(agency)s reports on the notice that asks to install %(app)s on public wifi in"
                " week %(n)d of %(year)d (%(first)s to %(last)s) as follows:"
            ),
            agency=house.agency,
            app=house.app,
            n=week.number,
            year=week.year,
            first=day_text(week.period.first),
            last=day_text(week.period.last),
        )
    )
    yield Heading(say(_("I. RESULTS")))
    yield from _results(paper, say)
    yield Heading(say(_("II. DIFFICULTIES")))
    yield from _difficulties(paper, say)
    yield Heading(say(_("III. PROPOSALS")))
    yield Paragraph(paper.texts.proposals or say(_("None.")))
    yield Paragraph(
        say(
            _(
                "The numbers were taken after %(cutoff)s on %(day)s; annex II says how they are"
                " counted."
            ),
            cutoff=house.cutoff,
            day=day_text(week.period.last + timedelta(1)),
        )
    )
    yield Annex("I", say(_("Impressions by site and day")), landscape=True)
    yield Grid(annex_table(numbers))
    yield Annex("II", say(_("How it is counted")))
    yield from _rules(numbers, say)


def _results(paper: Paper, say: Say) -> Iterator[Block]:
    numbers = paper.numbers
    if not paper.site:
        active = [one for one in numbers.sites if one.active]
        communes = {one.path[-1] for one in active if one.path}
        yield Heading(say(_("1. Sites")))
        yield Paragraph(
            say(
                _("At the end of the week %(n)s sites were in service, in %(communes)s communes."),
                n=number_text(len(active)),
                communes=number_text(len(communes)),
            )
        )
        if numbers.sites:
            yield Grid(commune_table(numbers))
    yield Heading(say(_("2. Impressions")))
    yield Paragraph(impressions_text(numbers, say))
    yield _trend(numbers, say)
    yield Heading(say(_("3. Install taps")))
    yield Paragraph(installs_text(numbers, say))
    if not paper.site:
        yield Heading(say(_("4. Adoption")))
        yield from (Paragraph(adoption_text(one, numbers, say)) for one in numbers.standings)
        if not numbers.standings:
            yield Paragraph(say(_("No number of installs was entered for this area.")))


def _trend(numbers: WeekNumbers, say: Say) -> Trend:
    return Trend(
        say(_("Impressions by day")),
        tuple(map(say, WEEKDAYS)),
        tuple(sum(one.shown[day] for one in numbers.sites) for day in range(7)),
        say(_("This week")),
        tuple(sum(one.before[day] for one in numbers.sites) for day in range(7)),
        say(_("Week before")),
    )


def _difficulties(paper: Paper, say: Say) -> Iterator[Block]:
    names = {one.id: one.name for one in paper.numbers.sites}
    if paper.numbers.silences:
        yield Paragraph(say(_("Nothing was heard of these sites for a time:")))
        yield Points(tuple(silence(one, names, say) for one in paper.numbers.silences))
    else:
        yield Paragraph(say(_("No site was without a sign of life.")))
    if paper.texts.difficulties:
        yield Paragraph(paper.texts.difficulties)


_RULES = (
    DEFINITION,
    _(
        "An install tap is a tap on the button that leads to the store; whether the app was then"
        " installed is not known here."
    ),
    _("Days are days of Asia/Ho_Chi_Minh; weeks go from Monday to Sunday (ISO 8601)."),
    _("Neither address nor device of a visitor is kept: views are counted, not people."),
)


def _rules(numbers: WeekNumbers, say: Say) -> Iterator[Block]:
    waiting = _("Events that had not reached the store when the numbers were taken: %(n)s.")
    yield Points(
        (
            *map(say, _RULES),
            say(_("Version of the rules: %(n)s."), n=number_text(numbers.rules)),
            say(waiting, n=number_text(numbers.waiting)),
        )
    )
