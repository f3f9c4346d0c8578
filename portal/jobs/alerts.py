"""The thread that looks after alerts: every 5 minutes, in one worker of each node and of all."""

import logging
import os
import random
import secrets
import threading
import time
from collections.abc import Callable
from functools import cached_property

from portal.alertbook import AlertBook
from portal.alertmessages import Writer
from portal.alertwords import Words
from portal.domain.areas import Areas
from portal.domain.errors import StoreUnavailable
from portal.i18n import Catalogs
from portal.jobs.alert_news import News
from portal.jobs.alert_nodes import NodeCheck
from portal.jobs.alert_sites import SiteCheck, sites_of
from portal.jobs.bulletin import Bulletin
from portal.jobs.digest import DIGEST, Digest
from portal.jobs.lease import Lease
from portal.jobs.weekly import Drafts
from portal.notify import Notifier, Outcome
from portal.settings import Settings
from portal.stores.base import Store
from portal.stores.rollup import Rollup

EVERY = 5 * 60.0
"""Seconds between two checks."""
LEASE = 10 * 60.0
"""Seconds after which another worker takes over from one that says nothing more."""
_SOON = 60.0  # seconds to the first check, and to the next after the store was away
_PATIENCE = 5.0  # seconds that the end waits for what is under way

log = logging.getLogger(__name__)


class AlertJob:
    """Checks, settles the alert book, and tells people. No visitor waits for any of it."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        rollup: Rollup,
        book: AlertBook,
        areas: Areas,
        catalogs: Catalogs,
        app: str,
        clock: Callable[[], float] = time.time,
        drafts: Drafts | None = None,
    ) -> None:
        """``app``: what the messages say they are from; ``drafts``: makes the weekly report's."""
        self._settings = settings
        self._store = store
        self._areas = areas
        self._catalogs = catalogs
        self._app = app
        self._clock = clock
        self._notifier = notifier = Notifier(settings.notify, app, settings.console_url)
        limit = settings.journal_limit << 20
        node = settings.node_name
        self._node = NodeCheck(store, book, clock, node, settings.journal, limit)
        self._sites = SiteCheck(store, rollup, book, clock)
        self._rollup = rollup
        self._news = News(book, notifier, self.writer, clock)
        digests = Bulletin(store, notifier, DIGEST)
        self._digest = Digest(digests, rollup, book, self.writer, settings.digest_at)
        self._weeks = Bulletin(store, notifier, "week")
        self._drafts = drafts
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; in the process that serves, after any fork."""
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; a message that is under way for longer ends with the process."""
        self._stopping.set()
        if self._thread:
            self._thread.join(_PATIENCE)

    def follow(self) -> None:
        """Bring this node's roll-up up to date, unless another of its workers does."""
        node, _sites = self._leases
        while node.hold() and self._rollup.refresh():
            if self._stopping.is_set():
                break

    def check_node(self) -> None:
        """Look at this node, unless another of its workers does. Raise StoreUnavailable."""
        node, _sites = self._leases
        if node.hold():
            self._node.check(self._stopping.wait)

    def check_sites(self) -> None:
        """Look at every site, unless another worker does. Raise StoreUnavailable."""
        _node, sites = self._leases
        if sites.hold():
            self._sites.check(self._stopping.wait)

    def tell(self) -> None:
        """Tell people what is new, unless another worker does. Raise StoreUnavailable."""
        _node, sites = self._leases
        if sites.hold():
            self._news.deliver()
            self._digest.deliver(self._clock())
            self._report()

    def _report(self) -> None:
        """Make the draft of the last week once it is due, and say so."""
        now = self._clock()
        if self._drafts and (made := self._drafts.make(now)):
            week, due = made
            self._weeks.deliver(str(week), due, now, lambda: self.writer().week(week))

    def try_out(self) -> list[tuple[str, Outcome]]:
        """Send a test message; return each address, as people may see it, and what became of it."""
        message, notifier = self.writer().test(), self._notifier
        return [(notifier.shown(name), notifier.send(name, *message)) for name in notifier.names]

    def writer(self) -> Writer:
        """Return what writes messages, about the sites as they are now. Raise StoreUnavailable."""
        lang = self._settings.notify_lang
        translate = self._catalogs.translations(lang).gettext
        words = Words(translate, lang, self._areas, sites_of(self._store))
        return Writer(words, self._app, self._settings.console_url)

    @cached_property
    def _leases(self) -> tuple[Lease, Lease]:
        # Made in the worker: before the fork all would have the same name.
        node = self._settings.node_name
        me = f"{node}.{os.getpid()}.{secrets.token_hex(4)}"
        names = (f"alerts:node:{node}", "alerts:sites")
        first, second = (Lease(self._store, self._store.now, name, me, LEASE) for name in names)
        return first, second

    def _run(self) -> None:
        steps = (self.follow, self.check_node, self.check_sites, self.tell)
        pause = _SOON * random.random()  # noqa: S311  # not all workers at once
        while not self._stopping.wait(pause):
            done = [self._outlive(do) for do in steps]
            pause = EVERY if all(done) else _SOON
        for lease in self._leases:
            self._outlive(lease.release)

    def _outlive(self, work: Callable[[], object]) -> bool:
        """Do something; False if the store was away. The thread goes on, whatever happens."""
        try:
            work()
        except StoreUnavailable:
            return False  # the flusher says so
        except Exception:
            log.exception("looking after alerts failed")
        return True
