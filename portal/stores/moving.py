"""Moving a whole store: part by part, each part whole, and checked at the end."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from portal.domain.errors import PortalError
from portal.stores.base import Document, SiteState, Store


class Collection(NamedTuple):
    """All documents of a collection, by id."""

    name: str
    documents: Mapping[str, Document]


Part = SiteState | Collection
"""A store is the sum of its parts: every site that ever counted, and every collection."""


class WouldOverwrite(PortalError):
    """The store that is written to holds something that is not in what would replace it."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class CopyDiffers(PortalError):
    """What was written reads differently: another process changed it meanwhile."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(frozen=True, slots=True)
class Totals:
    """What a store or a backup holds, in numbers."""

    sites: int = 0
    documents: int = 0
    counted: int = 0
    rejected: int = 0

    @classmethod
    def of(cls, part: Part) -> "Totals":
        """Return what one part holds."""
        if isinstance(part, Collection):
            return cls(documents=len(part.documents))
        rows = part.writers.values()
        return cls(1, 0, sum(row.counted for row in rows), sum(row.rejected for row in rows))

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(
            self.sites + other.sites,
            self.documents + other.documents,
            self.counted + other.counted,
            self.rejected + other.rejected,
        )


def parts(store: Store) -> Iterator[Part]:
    """Yield every part of ``store``, each as of one moment. May raise StoreUnavailable."""
    for name in sorted(store.collections()):
        yield Collection(name, store.documents(name))
    for site in sorted(store.counted_sites()):
        yield store.state(site)


def write(
    found: Iterable[Part], target: Store, seen: Callable[[Part], object] = lambda part: None
) -> Totals:
    """Write every part into ``target`` and read it back; return what they hold together.

    A part replaces what was there under its name, so that writing may be repeated. ``seen`` is
    called after each. Raises CopyDiffers, StoreUnavailable.

    Before and after it the target's generation is renewed, so that every node sends again what it
    has counted since the copy was made.
    """
    total = Totals()
    target.renew()  # also if this is interrupted
    for part in found:
        if isinstance(part, Collection):
            target.replace_documents(part.name, part.documents)
            same = target.documents(part.name) == part.documents
        else:
            target.replace_state(part)
            same = target.state(part.site) == part
        if not same:
            raise CopyDiffers(_name(part))
        total += Totals.of(part)
        seen(part)
    target.renew()
    return total


def refuse_loss(found: Iterable[Part], target: Store) -> None:
    """Raise WouldOverwrite if ``target`` holds anything newer than, or missing in, ``found``.

    An empty store, or an older copy of the same, is written to without a question.
    """
    sites, collections = target.counted_sites(), target.collections()
    for part in found:
        if isinstance(part, Collection):
            collections.discard(part.name)
            _compare_documents(part, target)
        else:
            sites.discard(part.site)
            here, there = Totals.of(target.state(part.site)), Totals.of(part)
            if (here.counted, here.rejected) > (there.counted, there.rejected):
                raise WouldOverwrite(part.site)
    if left := sorted(sites | collections):
        raise WouldOverwrite(left[0])


def imbalance(part: Part) -> list[tuple[str, int, int]]:
    """Return a site's events by its counters and by its ledgers, if they differ.

    Every event that was applied stands in one counter and in one ledger.
    """
    if isinstance(part, Collection):
        return []
    total, counters = Totals.of(part), sum(part.counters.values())
    ledgers = total.counted + total.rejected
    return [(part.site, counters, ledgers)] if counters != ledgers else []


def _compare_documents(part: Collection, target: Store) -> None:
    for id, document in target.documents(part.name).items():
        if id not in part.documents or document.version > part.documents[id].version:
            raise WouldOverwrite(f"{part.name}/{id}")


def _name(part: Part) -> str:
    return part.name if isinstance(part, Collection) else part.site
