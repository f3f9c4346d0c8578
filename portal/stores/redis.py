"""The shared store: Redis, one script call per site and batch."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from redis.exceptions import NoScriptError, RedisClusterException, RedisError

from portal.domain.errors import StoreForgot, StoreUnavailable, VersionConflict
from portal.stores import keys
from portal.stores.address import RedisAddress
from portal.stores.base import (
    NOTHING,
    RETIRED_HOURS,
    Applied,
    Cell,
    Document,
    Ledger,
    Record,
    SiteState,
    by_site,
    dump,
    load,
    node_of,
)
from portal.stores.connections import Connections
from portal.stores.redis_parts import (
    Call,
    apply_call,
    cell,
    read_state,
    replace_call,
    replace_documents_call,
    state_call,
    writer_row,
)

_TRIES = 10  # to read a site between two batches that begin a new day
_WAIT = 1000  # milliseconds for replicas to say that they have a batch


class RedisStore:
    """Counters and documents in Redis: one server, what Sentinels name, or a Cluster."""

    def __init__(self, address: RedisAddress) -> None:
        self._connections = Connections(address)
        self._wait = address.wait

    def apply(
        self, writer: str, records: Sequence[Record], acked: Mapping[str, int] = NOTHING
    ) -> Applied:
        """Count ``records``; see the contract. One script call per site, all sent at once."""
        groups = by_site(records)
        if not groups:
            return Applied()
        calls = [
            apply_call(writer, site, group, acked.get(site, 0)) for site, group in groups.items()
        ]
        with self._errors():
            results = self._run("apply.lua", calls, list(groups))
        short = {site: row[0] for site, row in zip(groups, results, strict=True) if len(row) == 1}
        if short:
            raise StoreForgot(short)
        return sum((Applied(*result) for result in results), Applied())

    def watermarks(self, writer: str, sites: Sequence[str]) -> dict[str, int]:
        """Return per site the last sequence of ``writer`` that was applied; 0 for none."""
        with self._errors():
            rows = self._each(sites, "hget", keys.writers, writer)
        return {
            site: writer_row(row).watermark if row else 0
            for site, row in zip(sites, rows, strict=True)
        }

    def generation(self) -> str:
        """Return which runs of which servers hold the data; see the contract."""
        with self._errors():
            nodes = self._connections.primaries()
            runs = sorted(node.info("server")["run_id"] for node in nodes)
            return " ".join((*runs, self._redis.hget(keys.RENEWED, "times") or "0"))

    def renew(self) -> None:
        """Begin another generation."""
        with self._errors():
            self._redis.hincrby(keys.RENEWED, "times", 1)

    def ledgers(self) -> list[Ledger]:
        """Return what was applied per writer."""
        sums: dict[str, tuple[int, int]] = {}
        with self._errors():
            for rows in self._each(self.counted_sites(), "hgetall", keys.writers):
                for writer, text in rows.items():
                    row, before = writer_row(text), sums.get(writer, (0, 0))
                    if not row.until:
                        sums[writer] = (before[0] + row.counted, before[1] + row.rejected)
        return [Ledger(writer, *both) for writer, both in sums.items()]

    def retire(self, writer: str) -> None:
        """Fold a finished writer's ledger into its node's; see the contract."""
        arguments = [writer, node_of(writer), str(RETIRED_HOURS * 3600)]
        with self._errors():
            self._run(
                "retire.lua", [([keys.writers(site)], arguments) for site in self.counted_sites()]
            )

    def counters(
        self, first: date, last: date, sites: Iterable[str] | None = None
    ) -> dict[str, dict[Cell, int]]:
        """Return the counters of local days ``first`` to ``last`` per site."""
        days = [f"{first + timedelta(n):%Y%m%d}" for n in range((last - first).days + 1)]
        wanted = self.counted_sites() if sites is None else sites
        return self.day_counters(dict.fromkeys(sorted(wanted), days))

    def day_counters(self, days: Mapping[str, Collection[str]]) -> dict[str, dict[Cell, int]]:
        """Return per site the counters of the given local days."""
        places = [(site, day) for site, found in days.items() for day in found]
        found: dict[str, dict[Cell, int]] = {}
        with self._errors():
            rows = self._each(places, "hgetall", lambda place: keys.counters(*place))
        for (site, day), fields in zip(places, rows, strict=True):
            for name, n in fields.items():
                found.setdefault(site, {})[cell(day, name)] = int(n)
        return found

    def touched(self, since: Mapping[str, int]) -> dict[str, dict[str, int]]:
        """Return per site the days whose counters changed; see the contract."""
        sites = sorted(self.counted_sites())
        with self._errors():
            pipe = self._redis.pipeline(transaction=False)
            for site in sites:
                later = f"({since.get(site, 0)}"
                pipe.zrangebyscore(keys.days(site), later, "+inf", withscores=True)
            rows = pipe.execute()
        found = zip(sites, rows, strict=True)
        return {site: {day: int(stamp) for day, stamp in row} for site, row in found if row}

    def counted_sites(self) -> set[str]:
        """Return every site that ever counted anything."""
        with self._errors():
            return set(self._redis.smembers(keys.SITES))

    def documents(self, collection: str) -> dict[str, Document]:
        """Return the documents of a collection by id."""
        with self._errors():
            rows = self._redis.hgetall(keys.documents(collection))
        return {id: _document(row) for id, row in rows.items()}

    def document(self, collection: str, id: str) -> Document | None:
        """Return one document, or None."""
        with self._errors():
            row = self._redis.hget(keys.documents(collection), id)
        return _document(row) if row else None

    def put(self, collection: str, id: str, body: Mapping[str, Any], version: int) -> int:
        """Write a document whose stored version is ``version``; see the contract."""
        call = ([keys.documents(collection)], [id, str(version), dump(body)])
        with self._errors():
            self._redis.sadd(keys.COLLECTIONS, collection)
            (written,) = self._run("put.lua", [call])
        if not written:
            raise VersionConflict(id)
        return version + 1

    def days(self, site: str) -> set[str]:
        """Return every local day YYYYMMDD for which the site has counters."""
        with self._errors():
            return set(self._redis.zrange(keys.days(site), 0, -1))

    def fold(self, site: str, day: str) -> int:
        """Add up the hours of a site's day; see the contract."""
        with self._errors():
            (gone,) = self._run("fold.lua", [([keys.counters(site, day), keys.days(site)], [])])
        return int(gone)

    def state(self, site: str) -> SiteState:
        """Return everything of one site; see the contract."""
        for _ in range(_TRIES):
            days = self.days(site)
            with self._errors():
                (found,) = self._run("state.lua", [state_call(site, days)])
            if found is not None:
                return read_state(site, days, found)
        raise StoreUnavailable(f"{site}: never quiet")

    def replace_state(self, state: SiteState) -> None:
        """Make a site's state the given one; see the contract."""
        call = replace_call(state, self.days(state.site))
        with self._errors():
            self._run("replace.lua", [call], [state.site])

    def collections(self) -> set[str]:
        """Return the name of every collection that ever held a document."""
        with self._errors():
            return set(self._redis.smembers(keys.COLLECTIONS))

    def replace_documents(self, collection: str, documents: Mapping[str, Document]) -> None:
        """Make a collection's documents the given ones; see the contract."""
        with self._errors():
            self._redis.sadd(keys.COLLECTIONS, collection)
            self._run("replace.lua", [replace_documents_call(collection, documents)])

    def now(self) -> float:
        """Return the time of the server, of a Cluster of one of them."""
        with self._errors():
            seconds, micros = self._connections.primaries()[0].time()
        return float(seconds) + float(micros) / 1e6

    def close(self) -> None:
        """Close the connections. The next call opens new ones."""
        self._connections.close()

    @property
    def _redis(self) -> Any:
        return self._connections.client

    def _run(self, name: str, calls: Sequence[Call], sites: Sequence[str] = ()) -> list[Any]:
        """Run the script ``name`` once per call, after ``sites`` were listed.

        All calls of a node are sent at once. Every script may be repeated.
        """
        text, sha = _script(name)
        # Before they count, so that no count is unlisted; and every time, because a server that
        # was restored or failed over may have forgotten what it knew.
        commands: list[Any] = [("SADD", keys.SITES, *sites)] if sites else []
        keyed = [keys.SITES] * len(commands) + [names[0] for names, _arguments in calls]
        commands += [("EVALSHA", sha, len(names), *names, *rest) for names, rest in calls]
        results: list[Any] = [None] * len(commands)
        for node, places in self._connections.by_node(keyed):
            found = _send(node, text, [commands[place] for place in places], self._wait)
            for place, result in zip(places, found, strict=True):
                results[place] = result
        return results[-len(calls) :] if calls else []

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (RedisError, RedisClusterException) as error:  # the one is none of the other
            self._connections.forget()
            raise StoreUnavailable(f"{type(error).__name__}: {error}") from error

    def _each(self, items: Iterable[Any], command: str, key: Any, *rest: str) -> list[Any]:
        """Run a read command for the key of every item, in one round trip per thousand."""
        results: list[Any] = []
        listed = list(items)
        for start in range(0, len(listed), 1000):
            pipe = self._redis.pipeline(transaction=False)
            for item in listed[start : start + 1000]:
                getattr(pipe, command)(key(item), *rest)
            results.extend(pipe.execute())
        return results


def _document(row: str) -> Document:
    version, _, body = row.partition(" ")
    return Document(int(version), load(body))


def _send(node: Any, script: str, commands: Sequence[Sequence[Any]], wait: int) -> list[Any]:
    """Send commands to one node in one round trip; load the script there if it is unknown.

    ``wait``: how many replicas must have it all, or else it is taken for not done.
    """
    for attempt in (1, 2):
        pipe = node.pipeline(transaction=False)
        for command in commands:
            pipe.execute_command(*command)
        if wait:
            pipe.execute_command("WAIT", wait, _WAIT)
        try:
            found: list[Any] = pipe.execute()
            break
        except NoScriptError:  # a new server, or one that was restarted or flushed
            if attempt == 2:
                raise
            node.script_load(script)
    if wait and found.pop() < wait:
        raise StoreUnavailable("too few replicas have confirmed")
    return found


@cache
def _script(name: str) -> tuple[str, str]:
    """Return a script's text and its SHA-1, by which Redis knows it."""
    text = (files("portal.stores") / name).read_text(encoding="utf-8")
    return text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
