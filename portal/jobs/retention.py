"""Retention: hours for a while, days for ever. Nothing personal is kept at any time."""

from datetime import date, timedelta

from portal.domain.errors import VersionConflict
from portal.stores.base import Store

COLLECTION, ID = "retention", "hours"
"""The document that says up to which day hours were folded."""
_STEP = timedelta(days=7)


def fold_old(store: Store, today: date, days: int) -> int:
    """Fold the hours of days that are more than ``days`` old; return how many counters went.

    It moves on by a week in a day at the most: a clock that jumps years ahead must not cost the
    hours of all the days between. Folding is atomic for a day and harmless when repeated, so
    every worker of every node may try. Raises StoreUnavailable.
    """
    mark = store.document(COLLECTION, ID)
    done = date.fromisoformat(mark.body["before"]) if mark else date.min
    limit = today - timedelta(days=days)
    if mark:
        limit = min(limit, done + _STEP)
    if limit <= done or (mark and mark.body["on"] == today.isoformat()):
        return 0
    first, end = f"{done:%Y%m%d}", f"{limit:%Y%m%d}"
    gone = sum(
        store.fold(site, day)
        for site in store.counted_sites()
        for day in sorted(store.days(site))
        if first <= day < end
    )
    try:
        version = mark.version if mark else 0
        store.put(COLLECTION, ID, {"before": f"{limit}", "on": f"{today}"}, version)
    except VersionConflict:
        pass  # another worker has done the same
    return gone
