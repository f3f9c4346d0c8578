"""A lease: of all workers on all nodes one does the work, until it ends or is heard of no more."""

from collections.abc import Callable

from portal.domain.errors import VersionConflict
from portal.stores.base import Document, Store

LEASES = "leases"


class Lease:
    """One work that one ``holder`` at a time may do. Every method may raise StoreUnavailable.

    It is a document of the store, so that of two who reach for it at the same moment the version
    lets one have it. Give ``store.now`` as the clock where several machines reach for it.
    """

    def __init__(
        self, store: Store, clock: Callable[[], float], name: str, holder: str, seconds: float
    ) -> None:
        """``holder``: a text that no other worker has; ``seconds``: how long it lasts."""
        self._store = store
        self._clock = clock
        self._name = name
        self._holder = holder
        self._seconds = seconds

    def hold(self) -> bool:
        """Take the lease, or keep it for its seconds from now on; False: somebody else has it.

        Work that takes longer has to call this again in between.
        """
        document = self._store.document(LEASES, self._name)
        now = self._clock()
        if document and document.body["holder"] != self._holder and now < document.body["until"]:
            return False
        return self._put(document, self._holder, now + self._seconds)

    def release(self) -> None:
        """Give it back before its time, if it is ours: another need not wait."""
        document = self._store.document(LEASES, self._name)
        if document and document.body["holder"] == self._holder:
            self._put(document, "", 0)

    def _put(self, document: Document | None, holder: str, until: float) -> bool:
        body = {"holder": holder, "until": until}
        try:
            self._store.put(LEASES, self._name, body, document.version if document else 0)
        except VersionConflict:
            return False
        return True
