"""The adoption book: installs by area and day, with all that was ever entered."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from portal.domain.adoption import (
    BadEntry,
    Entry,
    History,
    NoSuchEntry,
    Population,
    Standing,
    Unconfirmed,
    fingerprint,
    parse_entry,
    parse_history,
    parse_population,
    standing,
    warnings,
)
from portal.domain.areas import Area, Areas
from portal.domain.errors import Problem, VersionConflict
from portal.domain.errors import message as _
from portal.domain.periods import today
from portal.domain.written import line
from portal.stores.base import Store

ADOPTION = "adoption"
_REASON = 200  # characters


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a file that is to be entered, and what it would do."""

    number: int  # in the file
    fields: Mapping[str, str]
    entry: Entry | None  # None: it has problems
    problems: Sequence[Problem] = ()
    warnings: Sequence[Problem] = ()
    known: bool = False  # the same entry counts already: nothing will be written


@dataclass(frozen=True, slots=True)
class Plan:
    """The rows of a file, checked together against the book."""

    rows: Sequence[Row]

    @property
    def problems(self) -> list[Problem]:
        """What keeps the file from being entered."""
        return [problem for row in self.rows for problem in row.problems]

    @property
    def agreed(self) -> str:
        """What stands for all warnings of the plan; "" for none."""
        return fingerprint([warning for row in self.rows for warning in row.warnings])

    @property
    def new(self) -> dict[str, list[Row]]:
        """The rows that will be written, by area."""
        return _by_area(self.rows)


class AdoptionBook:
    """Reads and writes entries. Every method may raise StoreUnavailable.

    An area's history is one document, so what was checked against it is written against it.
    """

    def __init__(self, store: Store, clock: Callable[[], float], areas: Areas) -> None:
        self._store = store
        self._clock = clock
        self._areas = areas

    def histories(self) -> dict[str, History]:
        """Return the history of every area that has one, by code."""
        found = self._store.documents(ADOPTION)
        return {area: parse_history(area, found[area].body) for area in sorted(found)}

    def history(self, area: str) -> History:
        """Return the history of one area, an empty one where nothing was entered."""
        return self._read(area)[0]

    def standing(self, area: Area, target: float, at: date | None = None) -> Standing:
        """Return how an area stands against the ``target`` share on a day, by default today."""
        return standing(area, self.history(area.code), target, at or today(self._clock()))

    def add(
        self, fields: Mapping[str, str], who: str, agreed: str = ""
    ) -> tuple[Entry, Entry | None]:
        """Write an entry; return it and the one that it replaces. Raise BadEntry.

        Raise Unconfirmed where there is something to be looked at, unless ``agreed`` says that
        just this was seen.
        """
        entry = parse_entry(fields, self._areas, today(self._clock()))

        def join(history: History) -> History:
            if problem := self._too_many(entry, history):
                raise BadEntry([problem])
            found = warnings(history, [entry], ["installs"])
            if fingerprint(found) != agreed and found:
                raise Unconfirmed(found)
            return self._joined(history, [entry], who)

        before, after = self._change(entry.area, join)
        return after.entries[-1], before.valid.get(entry.day)

    def plan(self, rows: Iterable[tuple[int, Mapping[str, str]]]) -> Plan:
        """Check all rows of a file (number, fields) against the book and each other."""
        histories = self.histories()
        seen: dict[tuple[str, date], int] = {}
        checked = [self._check(number, fields, histories, seen) for number, fields in rows]
        found: dict[int, list[Problem]] = {}
        for area, rows_there in _by_area(checked).items():
            for warning in _warnings(histories.get(area, History(area)), rows_there):
                found.setdefault(int(warning.where), []).append(warning)
        return Plan([replace(row, warnings=found.get(row.number, ())) for row in checked])

    def add_all(self, plan: Plan, who: str) -> Iterator[tuple[Entry, Entry | None]]:
        """Write the rows of a plan without problems; yield each with the one that it replaces.

        Raise VersionConflict when an area is no longer as the plan saw it; what was written until
        then stays, and a new plan finds it known.
        """
        for area, rows in plan.new.items():
            yield from self._add_rows(area, rows, who)

    def remove(self, id: str, reason: str, who: str) -> Entry:
        """Mark an entry as removed; what it had replaced counts again.

        Raise NoSuchEntry, BadEntry without a reason, VersionConflict when it is removed already.
        """
        problems: list[Problem] = []
        why = line({"reason": reason}, "reason", _REASON, problems, needed=_("write the reason"))
        if problems:
            raise BadEntry(problems)
        place = self.entry(id).number - 1
        now = self._clock()

        def mark(history: History) -> History:
            entries = list(history.entries)
            if entries[place].removed:
                raise VersionConflict(id)
            entries[place] = replace(entries[place], removed=now, remover=who, reason=why)
            return replace(history, entries=tuple(entries))

        _before, after = self._change(id.partition("-")[0], mark)
        return after.entries[place]

    def entry(self, id: str) -> Entry:
        """Return one entry, also one that no longer counts. Raise NoSuchEntry."""
        found = (entry for entry in self.history(id.partition("-")[0]).entries if entry.id == id)
        if (entry := next(found, None)) is None:
            raise NoSuchEntry(id)
        return entry

    def set_population(
        self, fields: Mapping[str, str], who: str, agreed: str = ""
    ) -> tuple[Area, Population, Population]:
        """Write an area's population; return the area, the population before, and the new one.

        Raise BadEntry, or Unconfirmed where another was entered that one has not seen.
        """
        area, population = parse_population(fields, self._areas, today(self._clock()))
        made = replace(population, who=who, at=self._clock())

        def join(history: History) -> History:
            if problem := _too_few(made, history):
                raise BadEntry([problem])
            found = _other_population(history)
            if fingerprint(found) != agreed and found:
                raise Unconfirmed(found)
            return replace(history, populations=(*history.populations, made))

        before, after = self._change(area.code, join)
        return area, before.population(area), after.population(area)

    def _check(
        self,
        number: int,
        fields: Mapping[str, str],
        histories: Mapping[str, History],
        seen: dict[tuple[str, date], int],
    ) -> Row:
        try:
            entry = parse_entry(fields, self._areas, today(self._clock()))
        except BadEntry as error:
            return Row(number, fields, None, _in_row(number, error.problems))
        history = histories.get(entry.area, History(entry.area))
        if problem := self._too_many(entry, history):
            return Row(number, fields, None, _in_row(number, [problem]))
        if (first := seen.setdefault((entry.area, entry.day), number)) != number:
            text = _("this area and day stand in row %(row)s already")
            return Row(
                number, fields, None, _in_row(number, [Problem("day", text, {"row": first})])
            )
        same = history.valid.get(entry.day)
        return Row(number, fields, entry, known=same is not None and _as_written(same) == entry)

    def _add_rows(
        self, area: str, rows: Sequence[Row], who: str
    ) -> list[tuple[Entry, Entry | None]]:
        entries = [row.entry for row in rows if row.entry]
        planned = fingerprint([warning for row in rows for warning in row.warnings])

        def join(history: History) -> History:
            late = any(self._too_many(entry, history) for entry in entries)
            if late or fingerprint(_warnings(history, rows)) != planned:
                raise VersionConflict(area)
            return self._joined(history, entries, who)

        before, after = self._change(area, join)
        new = after.entries[-len(entries) :]
        return [(entry, before.valid.get(entry.day)) for entry in new]

    def _too_many(self, entry: Entry, history: History) -> Problem | None:
        area = self._areas.get(entry.area)
        people = history.population(area).people if area else None
        if people is None or entry.installs <= people:
            return None
        text = _("there are only %(people)s people here")
        return Problem("installs", text, {"people": people})

    def _joined(self, history: History, entries: Sequence[Entry], who: str) -> History:
        now = self._clock()
        kept = [
            replace(entry, number=number, who=who, at=now)
            for number, entry in enumerate(entries, len(history.entries) + 1)
        ]
        return replace(history, entries=(*history.entries, *kept))

    def _read(self, area: str) -> tuple[History, int]:
        document = self._store.document(ADOPTION, area)
        if document is None:
            return History(area), 0
        return parse_history(area, document.body), document.version

    def _change(self, area: str, change: Callable[[History], History]) -> tuple[History, History]:
        """Change an area's history; return it before and after. ``change`` may be asked again."""
        while True:
            before, version = self._read(area)
            after = change(before)
            try:
                self._store.put(ADOPTION, area, after.document(), version)
            except VersionConflict:
                continue  # somebody else entered something: it is looked at anew
            return before, after


def _by_area(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Return the rows that are to be written, by area."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row.entry and not row.known:
            found.setdefault(row.entry.area, []).append(row)
    return found


def _warnings(history: History, rows: Sequence[Row]) -> list[Problem]:
    entries = [row.entry for row in rows if row.entry]
    return warnings(history, entries, [str(row.number) for row in rows])


def _in_row(number: int, problems: Iterable[Problem]) -> list[Problem]:
    return [problem._replace(where=f"{number}, {problem.where}") for problem in problems]


def _as_written(entry: Entry) -> Entry:
    return Entry(entry.area, entry.day, entry.installs, entry.source, entry.note)


def _too_few(population: Population, history: History) -> Problem | None:
    most = max((entry.installs for entry in history.valid.values()), default=0)
    if population.people is None or population.people >= most:
        return None
    text = _("there are more installs already: %(installs)s")
    return Problem("people", text, {"installs": most})


def _other_population(history: History) -> list[Problem]:
    last = history.populations[-1] if history.populations else None
    if last is None or last.people is None:
        return []
    text = _("a population was entered already, which this replaces: %(people)s (%(source)s)")
    told = {"people": last.people, "source": last.source, "at": last.at, "who": last.who}
    return [Problem("people", text, told)]
