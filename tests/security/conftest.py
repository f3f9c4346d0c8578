"""The same world as the web's tests."""

from tests.web.conftest import office, world

__all__ = ["office", "world"]
