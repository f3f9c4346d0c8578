"""The book of weeks: drafts that people edit, and reports that nobody can change any more."""

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from portal.domain.errors import BadInput, Problem, VersionConflict
from portal.domain.errors import message as _
from portal.domain.weeks import (
    TEXT,
    NoSuchReport,
    Report,
    State,
    Texts,
    Week,
    WeekNotOver,
    WeekNumbers,
    numbers_from,
    parse_week,
)
from portal.stores.base import Store, dump

DRAFTS = "weeks"
"""Collection: week -> what people wrote for it."""
REPORTS = "weeks.closed"
"""Collection: week@version -> a closed report. What stands there is never written again."""


class BadReport(BadInput):
    """What was written for a report cannot be used."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A report that is being written."""

    week: Week
    texts: Texts
    who: str  # the id of whoever wrote last; "-": it was made by itself
    at: float
    version: int = 0


class WeekBook:
    """Reads and writes reports. Every method may raise StoreUnavailable."""

    def __init__(self, store: Store, clock: Callable[[], float], cutoff: str) -> None:
        """``cutoff``: the time on Monday, HH:MM, from which a week can be closed."""
        self._store = store
        self._clock = clock
        self._cutoff = cutoff

    def states(self) -> dict[Week, tuple[State, int]]:
        """Return the state and the last version of every week that has a draft or a report."""
        found = {parse_week(id): (State.DRAFT, 0) for id in self._store.documents(DRAFTS)}
        for id in sorted(self._store.documents(REPORTS)):
            name, _at, version = id.partition("@")
            found[parse_week(name)] = (State.CLOSED, int(version))
        return found

    def draft(self, week: Week) -> Draft | None:
        """Return what was written for a week so far."""
        document = self._store.document(DRAFTS, str(week))
        if document is None:
            return None
        body = document.body
        return Draft(week, Texts(**body["texts"]), body["who"], body["at"], document.version)

    def begin(self, week: Week, texts: Texts, who: str) -> bool:
        """Make the draft of a week; False if there is one already. Raise WeekNotOver."""
        if self._clock() < week.cutoff("00:00").timestamp():
            raise WeekNotOver(str(week))
        body = {"texts": asdict(texts), "who": who, "at": self._clock()}
        with suppress(VersionConflict):
            self._store.put(DRAFTS, str(week), body, 0)
            return True
        return False

    def edit(self, week: Week, fields: Mapping[str, str], who: str, version: int) -> Texts:
        """Change what is written for a week. Raise BadReport, or VersionConflict."""
        texts = parse_texts(fields)
        body = {"texts": asdict(texts), "who": who, "at": self._clock()}
        self._store.put(DRAFTS, str(week), body, version)
        return texts

    def close(
        self, numbers: WeekNumbers, texts: Texts, who: str, after: int = 0, reason: str = ""
    ) -> Report:
        """Freeze a week's numbers and texts as version ``after`` + 1.

        ``after`` is the last version that whoever closes has seen; a correction needs a reason.
        Raise WeekNotOver before the cut-off, BadReport without a reason, VersionConflict when
        somebody else was faster: there is one report of each version, for ever.
        """
        week, now = parse_week(numbers.week), self._clock()
        if now < week.cutoff(self._cutoff).timestamp():
            raise WeekNotOver(str(week))
        problems: list[Problem] = []
        reason = _text("reason", " ".join(reason.split()), problems)
        if after and not reason:
            problems.append(Problem("reason", _("write why the report is corrected")))
        if problems:
            raise BadReport(problems)
        if after != len(self.reports(week)):
            raise VersionConflict(str(week))
        report = Report(numbers, texts, after + 1, who, now, reason)
        body = _body(report)
        self._store.put(REPORTS, _id(week, after + 1), {**body, "sha256": sha256(body)}, 0)
        return self.report(week, after + 1)

    def reports(self, week: Week) -> list[Report]:
        """Return every version of a week's report, the first one first."""
        found: list[Report] = []
        while document := self._store.document(REPORTS, _id(week, len(found) + 1)):
            found.append(_report(document.body))
        return found

    def report(self, week: Week, version: int) -> Report:
        """Return one version. Raise NoSuchReport."""
        document = self._store.document(REPORTS, _id(week, version))
        if document is None:
            raise NoSuchReport(_id(week, version))
        return _report(document.body)


def parse_texts(fields: Mapping[str, str]) -> Texts:
    """Return the texts of a form. Raise BadReport with every problem."""
    problems: list[Problem] = []
    texts = {name: _text(name, fields.get(name, ""), problems) for name in asdict(Texts())}
    if problems:
        raise BadReport(problems)
    return Texts(**texts)


def sha256(body: Mapping[str, Any]) -> str:
    """Return the hash of a report: of its document without the hash, written canonically.

    Canonically is: keys sorted, no blanks, UTF-8. Anybody can reckon it again from the JSON.
    """
    return hashlib.sha256(dump(body).encode()).hexdigest()


def report_document(report: Report) -> dict[str, Any]:
    """Return a closed report as it is kept, its hash with it."""
    return {**_body(report), "sha256": report.sha256}


def _body(report: Report) -> dict[str, Any]:
    return {
        "numbers": report.numbers.document(),
        "texts": asdict(report.texts),
        "version": report.version,
        "who": report.who,
        "at": report.at,
        "reason": report.reason,
    }


def _report(body: Mapping[str, Any]) -> Report:
    fields = {"numbers": numbers_from(body["numbers"]), "texts": Texts(**body["texts"])}
    return Report(**{**body, **fields})


def _id(week: Week, version: int) -> str:
    return f"{week}@{version:04}"


def _text(name: str, text: str, problems: list[Problem]) -> str:
    """Return a text of several lines, each without blanks around it."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    if len(text) > TEXT:
        problems.append(Problem(name, _("at most %(most)d characters"), {"most": TEXT}))
    if not all(line.isprintable() for line in lines):
        problems.append(Problem(name, _("there are characters that cannot be printed")))
    return "\n".join(lines).strip()
