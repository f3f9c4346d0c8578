"""The papers about a week: of the whole, of a commune, of a site; as they are, or as closed."""

from dataclasses import dataclass
from datetime import datetime

from portal.domain.areas import Areas
from portal.domain.periods import HO_CHI_MINH
from portal.domain.weeks import Report, Texts, Week, WeekNumbers
from portal.reports.cells import Translate
from portal.reports.letter import Letter
from portal.reports.weekly import House, Paper, weekly_letter
from portal.reports.weekly_files import weekly_file
from portal.settings import Settings
from portal.weekbook import WeekBook, report_document, sha256
from portal.weeknumbers import WeekTaker


@dataclass(frozen=True, slots=True)
class Content:
    """What a week's papers are made of."""

    week: Week
    numbers: WeekNumbers
    texts: Texts
    report: Report | None  # None: it is not closed

    @property
    def intact(self) -> bool:
        """Whether a closed report is still what was closed."""
        if self.report is None:
            return True
        body = report_document(self.report)
        return bool(body.pop("sha256") == sha256(body))


@dataclass(frozen=True, slots=True)
class PlacePaper:
    """The paper about one place."""

    content: Content
    numbers: WeekNumbers  # of the place
    letter: Letter


@dataclass(frozen=True)
class WeekPapers:
    """Makes papers. Methods may raise StoreUnavailable."""

    book: WeekBook
    taker: WeekTaker
    areas: Areas
    settings: Settings
    app: str
    vietnamese: Translate
    """An official paper is in no other language."""

    def content(self, week: Week, version: int = 0) -> Content:
        """Return a version of a week's report, 0 for the last; without any the numbers now.

        Raise NoSuchReport.
        """
        last = len(self.book.reports(week))
        if version or last:
            report = self.book.report(week, version or last)
            return Content(week, report.numbers, report.texts, report)
        draft = self.book.draft(week)
        return Content(week, self.taker.take(week), draft.texts if draft else Texts(), None)

    def about(self, content: Content, place: str) -> PlacePaper:
        """Return the paper about a place: an area's code, or "site:<id>"."""
        site = place.startswith("site:")
        # What lies nowhere is reported where the office is, so that nothing is left out.
        home = {step.code for step in self.areas.path(self.settings.report_area)}
        above = [step.code for step in self.areas.path(place)]
        numbers = content.numbers.of(place, strays=place in home, above=above)
        # What the office writes is about all of its sites.
        texts = Texts() if site else content.texts
        paper = Paper(numbers, texts, self._name(place, numbers), content.report, site)
        return PlacePaper(content, numbers, weekly_letter(paper, self._house(), self.vietnamese))

    def file(self, paper: PlacePaper, form: str, now: float) -> bytes:
        """Return a paper as a file. ``now``: when it is made, in Unix seconds."""
        report = paper.content.report
        kept = report_document(report) if report else paper.content.numbers.document()
        made = datetime.fromtimestamp(report.at if report else now, HO_CHI_MINH)
        return weekly_file(form, paper.letter, paper.numbers, kept, self.vietnamese, made)

    def _name(self, place: str, numbers: WeekNumbers) -> str:
        if place.startswith("site:"):
            return numbers.sites[0].name if numbers.sites else place.removeprefix("site:")
        area = self.areas.get(place)
        own = place == self.settings.report_area  # the agency's name says it
        return "" if own or area is None else area.name

    def _house(self) -> House:
        own = self.settings
        return House(
            own.superior, own.agency, own.report_sign, own.report_place, self.app, own.week_cutoff
        )
