"""The note book: notes on dates, as the office keeps them."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace

from portal.domain.areas import Areas
from portal.domain.errors import VersionConflict
from portal.domain.notes import NoSuchNote, Note, concerns, note_from, parse_note
from portal.domain.periods import Period
from portal.snapshot import SITES
from portal.stores.base import Store

NOTES = "notes"


class NoteBook:
    """Reads and writes notes. Every method may raise StoreUnavailable."""

    def __init__(self, store: Store, clock: Callable[[], float], areas: Areas) -> None:
        self._store = store
        self._clock = clock
        self._areas = areas

    def all(self) -> list[Note]:
        """Return every note, removed ones too, the latest days first."""
        found = [note_from(document.body) for document in self._store.documents(NOTES).values()]
        return sorted(found, key=lambda note: (note.first, note.last, note.at), reverse=True)

    def between(
        self, period: Period, site: str | None = None, area: str | None = None
    ) -> list[Note]:
        """Return the notes about any day of a period, the earliest first; none that was removed.

        ``site``: only those that concern this site, its area included; ``area``: only those that
        concern this area, or anything within.
        """
        found = [note for note in self.all() if not note.removed and note.during(period)]
        if site is not None:
            place = self._sites().get(site, "") if area is None else area
            found = [note for note in found if concerns(note, self._areas, place, site)]
        elif area is not None:
            found = [note for note in found if concerns(note, self._areas, area)]
        return found[::-1]

    def get(self, id: str) -> tuple[Note, int]:
        """Return a note and its version. Raise NoSuchNote."""
        document = self._store.document(NOTES, id)
        if document is None:
            raise NoSuchNote(id)
        return note_from(document.body), document.version

    def add(self, fields: Mapping[str, str], who: str) -> Note:
        """Write a new note. Raise BadNote with every problem."""
        note = parse_note(fields, self._areas, self._sites())
        made = replace(note, id=secrets.token_hex(6), who=who, at=self._clock())
        self._store.put(NOTES, made.id, made.document(), 0)
        return made

    def edit(self, id: str, fields: Mapping[str, str], who: str, version: int) -> tuple[Note, Note]:
        """Change a note; return it before and after. ``version``: what the change was made from.

        Raise NoSuchNote, BadNote, or VersionConflict; one that was removed is not changed either.
        """
        before, _version = self.get(id)
        note = parse_note(fields, self._areas, self._sites())
        if before.removed:
            raise VersionConflict(id)
        made = replace(note, id=id, who=before.who, at=before.at, editor=who, edited=self._clock())
        self._store.put(NOTES, id, made.document(), version)
        return before, made

    def remove(self, id: str, who: str, version: int) -> Note:
        """Mark a note as removed; return it. Raise NoSuchNote, or VersionConflict."""
        note, _version = self.get(id)
        if note.removed:
            raise VersionConflict(id)
        gone = replace(note, removed=self._clock(), remover=who)
        self._store.put(NOTES, id, gone.document(), version)
        return gone

    def _sites(self) -> dict[str, str]:
        """Return the area of every site, by id."""
        found = self._store.documents(SITES)
        return {id: str(document.body.get("area", "")) for id, document in found.items()}
