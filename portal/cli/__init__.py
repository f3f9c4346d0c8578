"""The command ``bluezone-portal``: serve, try out, keep the sites, read the counts."""

from portal.cli.root import main

__all__ = ["main"]
