"""Static files of the page: modules and styles from one folder, by name, revalidated at each use."""

from __future__ import annotations

from hashlib import blake2b
from importlib.resources import files
from typing import NamedTuple

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class Asset(NamedTuple):
    """A file as it is sent."""

    content: bytes
    content_type: str
    etag: str


def names() -> frozenset[str]:
    """Answer the names of all files there are; a request for any other finds nothing, whatever its path says."""
    return frozenset(each.name for each in files(__package__).joinpath("static").iterdir() if _suffix(each.name))


def find(name: str) -> Asset | None:
    """Answer a file by its name; None where there is none."""
    if name not in names():
        return None
    content = files(__package__).joinpath("static", name).read_bytes()
    return Asset(content, TYPES[_suffix(name)], blake2b(content, digest_size=12).hexdigest())


def _suffix(name: str) -> str:
    suffix = name[name.rfind(".") :]
    return suffix if suffix in TYPES else ""
