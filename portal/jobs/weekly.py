"""The weekly report's draft: made once the cut-off is over, by whichever node comes first."""

from dataclasses import dataclass

from portal.domain.periods import today
from portal.domain.weeks import Texts, Week, week_of
from portal.notebook import NoteBook
from portal.weekbook import WeekBook

AUTHOR = "-"
"""Who makes a draft by itself."""


@dataclass(frozen=True)
class Drafts:
    """Makes drafts. ``make`` may raise StoreUnavailable."""

    book: WeekBook
    notes: NoteBook
    cutoff: str  # HH:MM, on Monday

    def make(self, now: float) -> tuple[Week, float] | None:
        """Make the draft of the last week, unless there is one; return it and when it was due.

        None before the cut-off. Moments are Unix seconds.
        """
        week = week_of(today(now)).shifted(-1)
        due = week.cutoff(self.cutoff).timestamp()
        if now < due:
            return None
        if self.book.draft(week) is None:
            self.book.begin(week, first_texts(week, self.notes), AUTHOR)
        return week, due


def first_texts(week: Week, notes: NoteBook) -> Texts:
    """Return what a draft begins with: the notes on the week's days, a line for each."""
    lines = [
        f"- {note.first:%d/%m/%Y}"
        + (f" – {note.last:%d/%m/%Y}" if note.last != note.first else "")
        + f": {note.text}"
        for note in notes.between(week.period)
    ]
    return Texts(difficulties="\n".join(lines))
