"""Finding the files that come with the code, in a wheel as in a checkout."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def folder(name: str) -> Path:
    """Return the folder ``templates`` or ``data``: in the package, or beside it in a checkout."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


def read_text(name: str) -> str:
    """Return the text of a file under ``portal/data``."""
    return (folder("data") / name).read_text(encoding="utf-8")
