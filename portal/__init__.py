"""Bluezone Portal: the notice on public wifi, and its exact count."""

__version__ = "0.1.0"
