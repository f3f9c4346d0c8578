"""Every Redis key: its name, its type and its lifetime, on one screen.

All keys of a site carry the hash tag {site}, so that one script may touch them in a Cluster.
"""

PREFIX = "portal:"


def writers(site: str) -> str:
    """Hash: writer -> "watermark counted rejected", and "until" after a retired writer's.

    For ever: a retired writer's numbers go to its node's row, the rest goes after a while.
    """
    return f"{PREFIX}{{{site}}}:w"


def counters(site: str, day: str) -> str:
    """Hash: HH|kind|os|channel|tier -> count, for the local day YYYYMMDD. For ever."""
    return f"{PREFIX}{{{site}}}:c:{day}"


def days(site: str) -> str:
    """Sorted set: every local day YYYYMMDD with counters, by when they changed (µs). For ever."""
    return f"{PREFIX}{{{site}}}:t"


def nonces(site: str, hour: str) -> str:
    """Set: id|kind, for views issued in the local hour YYYYMMDDHH. Expires after its last use."""
    return f"{PREFIX}{{{site}}}:n:{hour}"


SITES = f"{PREFIX}sites"
"""Set: every site that ever counted anything. For ever."""


COLLECTIONS = f"{PREFIX}collections"
"""Set: every collection that ever held a document. For ever."""


RENEWED = f"{PREFIX}renewed"
"""Hash: times -> how often this store was written over. For ever."""


def documents(collection: str) -> str:
    """Hash: id -> "version body". For ever."""
    return f"{PREFIX}doc:{collection}"
