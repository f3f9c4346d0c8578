"""openNDS: its side is tests/opennds.py."""

from tests.opennds import FIELDS, query

__all__ = ["FIELDS", "query"]
