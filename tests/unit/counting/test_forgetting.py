"""R07: a store that forgets what it acknowledged: whatever happens, every event counts once."""

import os
import shutil
import sqlite3
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from portal.counting.adoption import writers
from portal.counting.flush import Flusher
from portal.counting.journal import Journal
from portal.counting.reconciliation import reconcile, total
from portal.domain.events import Kind
from portal.stores.base import node_of
from portal.stores.sqlite import SQLiteStore
from tests.events import by_kind, event

SITES = ("ben-xe", "khach-san")
NODES = ("one", "two")


class Forgetful(SQLiteStore):
    """A store that can be put back to what it was."""

    forgotten = 0

    def generation(self) -> str:
        """Return another text each time after it has forgotten something."""
        return f"{super().generation()}.{self.forgotten}"


class Nodes(RuleBasedStateMachine):
    """Two nodes of a few writers each, and a store that now and then forgets."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="forgetting"))
        self.file, self.saved = self.folder / "portal.db", self.folder / "saved.db"
        self.store = Forgetful(self.file)
        self.save()
        self.begun = 0
        self.flushers: list[Flusher] = []
        self.events: Counter[str] = Counter()
        self.views: set[str] = set()
        for node in NODES * 2:
            self._begin(node)

    def _begin(self, node: str) -> None:
        self.begun += 1
        root = self.folder / node
        journal = Journal(root, f"{node}.{self.begun:02d}", segment_bytes=300)
        self.flushers.append(Flusher(journal, self.store, root))

    def _one(self, n: int) -> Flusher:
        return self.flushers[n % len(self.flushers)]

    @rule(
        n=st.integers(0, 3),
        site=st.sampled_from(SITES),
        times=st.integers(1, 12),
        flush=st.booleans(),
    )
    def pages_are_sent(self, n: int, site: str, times: int, flush: bool) -> None:
        """Several pages at one site."""
        for _ in range(times):
            self._one(n)._journal.append(event(site=site))
        self.events["page"] += times
        if flush:
            self.flush(n)

    @rule(n=st.integers(0, 3), view=st.integers(0, 9))
    def a_view_is_shown(self, n: int, view: int) -> None:
        """A view, which another writer may have had, too."""
        self._one(n)._journal.append(event(Kind.SHOWN, f"view{view}"))
        again = f"view{view}" in self.views
        self.events["rejected:replayed" if again else "shown"] += 1
        self.views.add(f"view{view}")

    @rule(n=st.integers(0, 3))
    def flush(self, n: int) -> None:
        """One writer brings what it has."""
        self._one(n).flush_now()

    @rule(n=st.integers(0, 3))
    def look(self, n: int) -> None:
        """One writer looks after the store and the other writers of its node."""
        self._one(n).look()

    @rule(n=st.integers(0, 3))
    def stop(self, n: int) -> None:
        """One writer ends in order, and another begins."""
        flusher = self._one(n)
        self.flushers.remove(flusher)
        flusher._stopping.set()
        assert flusher._flush_safely()
        assert flusher._look_safely()
        assert flusher._flush_safely()
        assert flusher._journal.close()
        self.store.retire(flusher._journal.writer)
        self._begin(node_of(flusher._journal.writer))

    @rule(n=st.integers(0, 3))
    def kill(self, n: int) -> None:
        """One writer is killed: the kernel closes its files."""
        journal = self._one(n)._journal
        self.flushers.remove(self._one(n))
        os.close(journal._fd)
        os.close(journal._acked_fd)
        self._begin(node_of(journal.writer))

    @rule()
    def save(self) -> None:
        """Somebody makes a backup, or a replica gets this far."""
        _copy(self.file, self.saved)

    @rule()
    def forget(self) -> None:
        """The backup is restored, or the replica takes over."""
        _copy(self.saved, self.file)
        self.store.forgotten += 1

    def teardown(self) -> None:
        """Bring everything, and compare."""
        try:
            for _ in range(2):
                for flusher in self.flushers:
                    flusher.flush_now()
                    flusher.look()
            for flusher in self.flushers:
                flusher.flush_now()
            assert by_kind(self.store) == dict(self.events)
            for node in NODES:
                balance = total(reconcile(self.folder / node, self.store))
                assert (balance.waiting, balance.difference) == (0, 0)
                living = {flusher._journal.writer for flusher in self.flushers}
                assert {path.name for path in writers(self.folder / node)} <= living
        finally:
            for flusher in self.flushers:
                flusher._journal.close()
            self.store.close()
            shutil.rmtree(self.folder)


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


TestNodes = Nodes.TestCase
TestNodes.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
