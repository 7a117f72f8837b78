"""Static files of the page: modules and styles from one folder, by name, revalidated at each use."""

from __future__ import annotations

from importlib.resources import files
from pathlib import PurePath

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


def names() -> frozenset[str]:
    """Answer the names of all files there are; a request for any other finds nothing, whatever its path says."""
    there = (each.name for each in files(__package__).joinpath("static").iterdir())
    return frozenset(name for name in there if PurePath(name).suffix in TYPES)


def content(name: str) -> bytes:
    """Answer what is in a file."""
    return files(__package__).joinpath("static", name).read_bytes()
