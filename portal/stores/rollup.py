"""The roll-up: every day of every site added up, in a file of this node that follows the store.

Reading a year of 500 sites from the counters takes minutes; from here it takes milliseconds. It is
a copy: whatever is in it can be read from the store again, and it follows the stamps of the days.
"""

import fcntl
import json
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from portal.domain.days import Day, day_of, together
from portal.domain.events import NOWHERE, Kind
from portal.domain.periods import Period
from portal.domain.summaries import Summary
from portal.stores.base import Cell, Store
from portal.stores.sqlite_file import SQLiteFile

_SCHEMA = """
CREATE TABLE IF NOT EXISTS site_days (
  site TEXT, day TEXT, stamp INTEGER NOT NULL, shown INTEGER NOT NULL, installs INTEGER NOT NULL,
  body TEXT NOT NULL, PRIMARY KEY (site, day)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sums ON site_days (day, site, shown, installs);
CREATE TABLE IF NOT EXISTS days (day TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sites (site TEXT PRIMARY KEY, stamp INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS source (generation TEXT NOT NULL, missing INTEGER NOT NULL);
"""
_STEP = 500  # site-days in one transaction
_PATIENCE = 1.0  # seconds to wait for another process that is reading the same
_PARTS = ("kinds", "rejected", "os", "channels", "tiers")

_Body = dict[str, dict[str, int]]
_Place = tuple[int, str, str]  # stamp, site, day


class Counts(NamedTuple):
    """What a site's line in a table needs."""

    shown: int
    installs: int


class Rollup:
    """Days as values, from the file; ``refresh`` first. Methods may raise StoreUnavailable."""

    def __init__(self, store: Store, path: Path) -> None:
        self._store = store
        self._lock = path.with_suffix(".lock")
        self._file = SQLiteFile(path, _SCHEMA, durable=False)

    def refresh(self, most: int = 2000) -> int:
        """Take over what has changed in the store; return how many site-days are still to come.

        ``most``: site-days that are read now, so that a page need not wait for a whole year.
        """
        with self._alone() as mine:
            if not mine:
                return self._missing()
            generation = self._store.generation()
            anew = generation != self._generation()
            found = self._store.touched({} if anew else self._stamps())
            found.pop(NOWHERE, None)
            changed = sorted(
                (stamp, site, day) for site, days in found.items() for day, stamp in days.items()
            )
            if anew:
                changed = self._differing(changed)
            # Days of one stamp are never parted: what follows is asked for by its stamp.
            while most < len(changed) and changed[most][0] == changed[most - 1][0]:
                most += 1
            for start in range(0, min(most, len(changed)), _STEP):
                self._take(changed[start : min(start + _STEP, most)])
            missing = max(0, len(changed) - most)
            with self._file.transaction() as db:
                db.execute("DELETE FROM source")
                # Of what is not complete the generation is not yet known.
                db.execute(
                    "INSERT INTO source VALUES (?, ?)",
                    ("" if anew and missing else generation, missing),
                )
            return missing

    def days(self, period: Period, sites: Collection[str] | None = None) -> dict[str, list[Day]]:
        """Return per site its days that counted anything, ascending."""
        where, values = _where(period, sites)
        found: dict[str, list[Day]] = {}
        with self._file.reading() as db:
            rows = db.execute(
                f"SELECT site, day, body FROM site_days WHERE {where} ORDER BY site, day",  # noqa: S608
                values,
            )
            for site, day, body in rows:
                found.setdefault(site, []).append(_day(day, json.loads(body)))
        return found

    def totals(self, period: Period, sites: Collection[str] | None = None) -> list[Day]:
        """Return per day the sum of all sites, or of those given, ascending."""
        if sites is not None:
            by_day: dict[str, list[Day]] = {}
            for days in self.days(period, sites).values():
                for one in days:
                    by_day.setdefault(f"{one.day}", []).append(one)
            return [together(same) for _day, same in sorted(by_day.items())]
        where, values = _where(period, None)
        with self._file.reading() as db:
            rows = db.execute(f"SELECT day, body FROM days WHERE {where} ORDER BY day", values)  # noqa: S608
            return [_day(day, json.loads(body)) for day, body in rows]

    def sums(self, period: Period, sites: Collection[str] | None = None) -> dict[str, Counts]:
        """Return per site what it counted in ``period``."""
        where, values = _where(period, sites)
        with self._file.reading() as db:
            query = f"SELECT site, sum(shown), sum(installs) FROM site_days WHERE {where}"  # noqa: S608
            rows = db.execute(f"{query} GROUP BY site", values)
            return {site: Counts(shown, installs) for site, shown, installs in rows}

    def shown(self, period: Period, sites: Collection[str]) -> dict[str, list[int]]:
        """Return per site of ``sites`` its impressions on each day of ``period``, in order."""
        where, values = _where(period, sites)
        found = {site: [0] * len(list(period.days())) for site in sites}
        with self._file.reading() as db:
            query = f"SELECT site, day, shown FROM site_days WHERE {where}"  # noqa: S608
            for site, label, shown in db.execute(query, values):
                found[site][(_date(label) - period.first).days] = shown
        return found

    def last_shown(self) -> dict[str, date]:
        """Return the last day on which each site had an impression."""
        with self._file.reading() as db:
            query = "SELECT site, max(day) FROM site_days WHERE shown > 0 GROUP BY site"
            return {site: _date(label) for site, label in db.execute(query)}

    def close(self) -> None:
        """Close the connections of all threads."""
        self._file.close()

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Yield whether no other process is reading the same meanwhile."""
        with self._lock.open("a") as file:
            yield _locked(file)

    def _generation(self) -> str:
        with self._file.reading() as db:
            row = db.execute("SELECT generation FROM source").fetchone()
        return str(row[0]) if row else ""

    def _missing(self) -> int:
        with self._file.reading() as db:
            row = db.execute("SELECT missing FROM source").fetchone()
        return int(row[0]) if row else 0

    def _stamps(self) -> dict[str, int]:
        with self._file.reading() as db:
            return dict(db.execute("SELECT site, stamp FROM sites").fetchall())

    def _differing(self, there: list[_Place]) -> list[_Place]:
        """Forget the days that the store no longer has; return those that are another there."""
        with self._file.reading() as db:
            here = {
                (site, day): stamp
                for site, day, stamp in db.execute("SELECT site, day, stamp FROM site_days")
            }
        gone = set(here) - {(site, day) for _stamp, site, day in there}
        with self._file.transaction() as db:
            for site, day in gone:
                _replace(db, site, day, 0, {})
            db.execute("DELETE FROM sites")
            db.executemany(
                "INSERT OR REPLACE INTO sites VALUES (?, ?)",
                ((site, stamp) for stamp, site, day in there if here.get((site, day)) == stamp),
            )
        return [place for place in there if here.get(place[1:]) != place[0]]

    def _take(self, places: list[_Place]) -> None:
        wanted: dict[str, list[str]] = {}
        for _stamp, site, day in places:
            wanted.setdefault(site, []).append(day)
        cells: dict[tuple[str, str], dict[Cell, int]] = {}
        for site, found in self._store.day_counters(wanted).items():
            for cell, number in found.items():
                cells.setdefault((site, cell.hour[:8]), {})[cell] = number
        with self._file.transaction() as db:
            for stamp, site, day in places:
                _replace(db, site, day, stamp, _body(day_of(day, cells.get((site, day), {}))))
                db.execute(
                    "INSERT INTO sites VALUES (?, ?) ON CONFLICT DO UPDATE SET"
                    " stamp = max(stamp, excluded.stamp)",
                    (site, stamp),
                )


def _replace(db: Any, site: str, day: str, stamp: int, body: _Body) -> None:
    """Put a site's day in the place of what was there, in the sum of its day too."""
    row = db.execute(
        "SELECT body FROM site_days WHERE site = ? AND day = ?", (site, day)
    ).fetchone()
    before: _Body = json.loads(row[0]) if row else {}
    row = db.execute("SELECT body FROM days WHERE day = ?", (day,)).fetchone()
    total = _plus(_plus(json.loads(row[0]) if row else {}, before, -1), body, 1)
    if body:
        kinds = body.get("kinds", {})
        numbers = (kinds.get(Kind.SHOWN, 0), kinds.get(Kind.INSTALL, 0))
        db.execute(
            "INSERT OR REPLACE INTO site_days VALUES (?, ?, ?, ?, ?, ?)",
            (site, day, stamp, *numbers, json.dumps(body, separators=(",", ":"))),
        )
    else:
        db.execute("DELETE FROM site_days WHERE site = ? AND day = ?", (site, day))
    if total:
        text = json.dumps(total, separators=(",", ":"))
        db.execute("INSERT OR REPLACE INTO days VALUES (?, ?)", (day, text))
    else:
        db.execute("DELETE FROM days WHERE day = ?", (day,))


def _plus(one: _Body, other: _Body, times: int) -> _Body:
    """Return ``one`` with ``other`` added so many times; what is 0 is left out."""
    sums: _Body = {}
    for part in {*one, *other}:
        added = Counter(one.get(part, {}))
        for name, number in other.get(part, {}).items():
            added[name] += times * number
        if left := {name: number for name, number in added.items() if number}:
            sums[part] = left
    return sums


def _body(day: Day) -> _Body:
    parts: dict[str, Mapping[Any, int]] = {part: getattr(day.summary, part) for part in _PARTS}
    parts |= {f"hours:{kind}": hours for kind, hours in day.hours.items()}
    return {
        part: {str(name): number for name, number in numbers.items()}
        for part, numbers in parts.items()
        if numbers
    }


def _day(label: str, body: _Body) -> Day:
    hours = {
        part.removeprefix("hours:"): {int(hour): number for hour, number in numbers.items()}
        for part, numbers in body.items()
        if part.startswith("hours:")
    }
    summary = Summary(**{part: Counter(body.get(part, {})) for part in _PARTS})
    return Day(_date(label), summary, hours)


def _date(label: str) -> date:
    return date(int(label[:4]), int(label[4:6]), int(label[6:]))  # strptime costs ten times that


def _where(period: Period, sites: Collection[str] | None) -> tuple[str, list[str]]:
    values = [f"{period.first:%Y%m%d}", f"{period.last:%Y%m%d}"]
    if sites is None:
        return "day BETWEEN ? AND ?", values
    return "day BETWEEN ? AND ? AND site IN (SELECT value FROM json_each(?))", [
        *values,
        json.dumps(sorted(sites)),
    ]


def _locked(file: Any) -> bool:
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > end:
                return False
        time.sleep(0.01)
