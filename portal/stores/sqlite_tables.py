"""The tables of the SQLite store, and in one of them which days of a site changed when."""

import sqlite3
import time
from collections.abc import Iterable, Mapping

SCHEMA = """
CREATE TABLE IF NOT EXISTS counters (
  site TEXT, hour TEXT, kind TEXT, os TEXT, channel TEXT, tier TEXT, n INTEGER NOT NULL,
  PRIMARY KEY (site, hour, kind, os, channel, tier)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS nonces (
  site TEXT, hour TEXT, nonce TEXT, kind TEXT, used INTEGER NOT NULL,
  PRIMARY KEY (site, hour, nonce, kind)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS writers (
  writer TEXT, site TEXT, watermark INTEGER NOT NULL, counted INTEGER NOT NULL,
  rejected INTEGER NOT NULL, until INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (writer, site)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS documents (
  collection TEXT, id TEXT, version INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (collection, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS days (
  site TEXT, day TEXT, stamp INTEGER NOT NULL, PRIMARY KEY (site, day)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS days_by_stamp ON days (site, stamp);
INSERT INTO days SELECT site, day, row_number() OVER () FROM (
  SELECT DISTINCT site, substr(hour, 1, 8) AS day FROM counters
  WHERE NOT EXISTS (SELECT 1 FROM days));
"""
"""The last statement is for a file from before there were stamps."""

USE = """
INSERT INTO nonces SELECT ?1, json_extract(value, '$[2]'), json_extract(value, '$[0]'),
json_extract(value, '$[1]'), ?2
FROM json_each(?3) WHERE true ON CONFLICT DO NOTHING RETURNING nonce, kind"""
ADD = """
INSERT INTO counters VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET n = n + excluded.n"""
FOLD = """
INSERT INTO counters
SELECT site, ?, kind, os, channel, tier, sum(n) FROM counters
WHERE site = ? AND hour BETWEEN ? AND ? GROUP BY site, kind, os, channel, tier
ON CONFLICT DO UPDATE SET n = n + excluded.n"""
MOVE = """
INSERT INTO writers (writer, site, watermark, counted, rejected) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET watermark = max(watermark, excluded.watermark),
  counted = counted + excluded.counted, rejected = rejected + excluded.rejected, until = 0"""
RETIRE = """
INSERT INTO writers (writer, site, watermark, counted, rejected)
SELECT ?, site, 0, counted, rejected FROM writers WHERE writer = ? AND until = 0
ON CONFLICT DO UPDATE SET
  counted = counted + excluded.counted, rejected = rejected + excluded.rejected"""

# Microseconds, but always later than the site's last: clocks go back.
_STAMP = """
INSERT INTO days SELECT ?1, ?2, max(?3, coalesce(max(stamp) + 1, 0)) FROM days WHERE site = ?1
ON CONFLICT DO UPDATE SET stamp = excluded.stamp"""


def stamp(db: sqlite3.Connection, site: str, days: Iterable[str]) -> None:
    """Note that counters of ``days`` (YYYYMMDD) have changed, in the transaction that did it."""
    now = time.time_ns() // 1000
    db.executemany(_STAMP, ((site, day, now) for day in sorted(days)))


def touched(
    db: sqlite3.Connection, sites: Iterable[str], since: Mapping[str, int]
) -> dict[str, dict[str, int]]:
    """Return per site the days that changed after its stamp in ``since``, with their stamps."""
    found = {
        site: dict(
            db.execute(
                "SELECT day, stamp FROM days WHERE site = ? AND stamp > ?",
                (site, since.get(site, 0)),
            ).fetchall()
        )
        for site in sites
    }
    return {site: days for site, days in found.items() if days}
