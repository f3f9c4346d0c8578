"""The shared store: Redis, one script call per site and batch."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from importlib.resources import files
from typing import Any, cast

import redis
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError
from redis.retry import Retry

from portal.domain.errors import StoreUnavailable, VersionConflict
from portal.stores import keys
from portal.stores.base import (
    NONCE_HOURS,
    Applied,
    Cell,
    Document,
    Ledger,
    Record,
    SiteState,
    by_site,
    cell_of,
    counts_once,
    dump,
    load,
    second_cell,
)
from portal.stores.redis_parts import (
    cell,
    field,
    read_state,
    replace_call,
    replace_documents_call,
    state_call,
)

_TRIES = 10  # to read a site between two batches that begin a new day
_TIMEOUT = 2.0  # seconds; only background threads and the command line wait for the store


class RedisStore:
    """Counters and documents in one Redis server."""

    def __init__(self, url: str) -> None:
        # redis-py resends a command up to ten times after a time-out, which counts twice what
        # the server had done already. Repeating is ours: apply() is safe to repeat.
        self._redis: Any = redis.Redis.from_url(
            url,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=_TIMEOUT,
            socket_connect_timeout=_TIMEOUT,
            decode_responses=True,
        )
        self._scripts: dict[str, str] = {}

    def apply(self, writer: str, records: Sequence[Record]) -> Applied:
        """Count ``records``; see the contract. One round trip, one script call per site."""
        groups = by_site(records)
        if not groups:
            return Applied()
        calls = [_apply_call(writer, site, group) for site, group in groups.items()]
        with _errors():
            results = self._run("apply.lua", calls, list(groups))
        return sum((Applied(*result) for result in results), Applied())

    def ledgers(self) -> list[Ledger]:
        """Return what was applied per writer."""
        sums: dict[str, tuple[int, int]] = {}
        with _errors():
            for rows in self._each(self.counted_sites(), "hgetall", keys.writers):
                for writer, row in rows.items():
                    _, counted, rejected = map(int, row.split(" "))
                    before = sums.get(writer, (0, 0))
                    sums[writer] = (before[0] + counted, before[1] + rejected)
        return [Ledger(writer, *both) for writer, both in sums.items()]

    def retire(self, writer: str) -> None:
        """Fold a finished writer's ledger into the writer ''."""
        with _errors():
            calls = [([keys.writers(site)], [writer]) for site in self.counted_sites()]
            self._run("retire.lua", calls)

    def counters(
        self, first: date, last: date, sites: Iterable[str] | None = None
    ) -> dict[str, dict[Cell, int]]:
        """Return the counters of local days ``first`` to ``last`` per site."""
        days = [f"{first + timedelta(n):%Y%m%d}" for n in range((last - first).days + 1)]
        wanted = sorted(self.counted_sites() if sites is None else set(sites))
        places = [(site, day) for site in wanted for day in days]
        found: dict[str, dict[Cell, int]] = {}
        with _errors():
            rows = self._each(places, "hgetall", lambda place: keys.counters(*place))
        for (site, day), fields in zip(places, rows, strict=True):
            for name, n in fields.items():
                found.setdefault(site, {})[cell(day, name)] = int(n)
        return found

    def counted_sites(self) -> set[str]:
        """Return every site that ever counted anything."""
        with _errors():
            return set(self._redis.smembers(keys.SITES))

    def documents(self, collection: str) -> dict[str, Document]:
        """Return the documents of a collection by id."""
        with _errors():
            rows = self._redis.hgetall(keys.documents(collection))
        return {id: _document(row) for id, row in rows.items()}

    def document(self, collection: str, id: str) -> Document | None:
        """Return one document, or None."""
        with _errors():
            row = self._redis.hget(keys.documents(collection), id)
        return _document(row) if row else None

    def put(self, collection: str, id: str, body: Mapping[str, Any], version: int) -> int:
        """Write a document whose stored version is ``version``; see the contract."""
        call = ([keys.documents(collection)], [id, str(version), dump(body)])
        with _errors():
            self._redis.sadd(keys.COLLECTIONS, collection)
            (written,) = self._run("put.lua", [call])
        if not written:
            raise VersionConflict(id)
        return version + 1

    def days(self, site: str) -> set[str]:
        """Return every local day YYYYMMDD for which the site has counters."""
        with _errors():
            return set(self._redis.smembers(keys.days(site)))

    def fold(self, site: str, day: str) -> int:
        """Add up the hours of a site's day; see the contract."""
        with _errors():
            (gone,) = self._run("fold.lua", [([keys.counters(site, day)], [])])
        return int(gone)

    def state(self, site: str) -> SiteState:
        """Return everything of one site; see the contract."""
        for _ in range(_TRIES):
            days = self.days(site)
            with _errors():
                (found,) = self._run("state.lua", [state_call(site, days)])
            if found is not None:
                return read_state(site, days, found)
        raise StoreUnavailable(f"{site}: never quiet")

    def replace_state(self, state: SiteState) -> None:
        """Make a site's state the given one; see the contract."""
        call = replace_call(state, self.days(state.site))
        with _errors():
            self._run("replace.lua", [call], [state.site])

    def collections(self) -> set[str]:
        """Return the name of every collection that ever held a document."""
        with _errors():
            return set(self._redis.smembers(keys.COLLECTIONS))

    def replace_documents(self, collection: str, documents: Mapping[str, Document]) -> None:
        """Make a collection's documents the given ones; see the contract."""
        with _errors():
            self._redis.sadd(keys.COLLECTIONS, collection)
            self._run("replace.lua", [replace_documents_call(collection, documents)])

    def close(self) -> None:
        """Close the connections."""
        self._redis.close()

    def _run(
        self, name: str, calls: Sequence[tuple[list[str], list[str]]], sites: Sequence[str] = ()
    ) -> list[Any]:
        """Run the script ``name`` once per (keys, arguments), after ``sites`` were listed.

        Every script may be repeated.
        """
        for attempt in (1, 2):
            sha = self._scripts.get(name) or self._load(name)
            pipe = self._redis.pipeline(transaction=False)
            if sites:
                # Before they count, so that no count is unlisted; and every time, because a
                # server that was restored or failed over may have forgotten what it knew.
                pipe.sadd(keys.SITES, *sites)
            for names, arguments in calls:
                pipe.evalsha(sha, len(names), *names, *arguments)
            try:
                return cast(list[Any], pipe.execute())[1 if sites else 0 :]
            except NoScriptError:  # the server was restarted or its scripts flushed
                self._scripts.pop(name, None)
                if attempt == 2:
                    raise
        raise AssertionError("unreachable")

    def _load(self, name: str) -> str:
        text = (files("portal.stores") / name).read_text(encoding="utf-8")
        sha: str = self._redis.script_load(text)
        self._scripts[name] = sha
        return sha

    def _each(self, items: Iterable[Any], command: str, key: Any) -> list[Any]:
        """Run a read command for the key of every item, in one round trip per thousand."""
        results: list[Any] = []
        listed = list(items)
        for start in range(0, len(listed), 1000):
            pipe = self._redis.pipeline(transaction=False)
            for item in listed[start : start + 1000]:
                getattr(pipe, command)(key(item))
            results.extend(pipe.execute())
        return results


def _apply_call(writer: str, site: str, records: Sequence[Record]) -> tuple[list[str], list[str]]:
    """Return the keys and arguments of apply.lua for one site's records."""
    index: dict[str, int] = {keys.writers(site): 1, keys.days(site): 2}
    arguments = [writer, str(NONCE_HOURS * 3600)]
    for seq, event in records:
        counter = index.setdefault(keys.counters(site, event.hour[:8]), len(index) + 1)
        once = counts_once(event)
        nonces = index.setdefault(keys.nonces(site, event.hour), len(index) + 1) if once else 0
        arguments += (
            str(seq),
            str(counter),
            field(cell_of(event)),
            str(nonces),
            f"{event.nonce}|{event.kind}",
            field(second_cell(event)),
        )
    return list(index), arguments


def _document(row: str) -> Document:
    version, _, body = row.partition(" ")
    return Document(int(version), load(body))


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except RedisError as error:
        raise StoreUnavailable(f"{type(error).__name__}: {error}") from error
