"""Tables: what a sandbox holds of one kind, by id and in the order of making.

Records are immutable, so a fork shares them. It shares the dict as well, until one side writes: taking a snapshot or
starting a new organisation costs the same however much there is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

K = TypeVar("K")
R = TypeVar("R")


class Table(Generic[K, R]):
    """Records by key, oldest first, copied on the first write after a fork."""

    __slots__ = ("_rows", "_shared")

    def __init__(self, rows: dict[K, R] | None = None) -> None:
        self._rows: dict[K, R] = {} if rows is None else rows
        self._shared = False

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, key: object) -> bool:
        return key in self._rows

    def __iter__(self) -> Iterator[R]:
        return iter(self._rows.values())

    def get(self, key: K) -> R | None:
        """Answer the record under ``key``, or None."""
        return self._rows.get(key)

    def keys(self) -> Iterator[K]:
        """Answer the keys, oldest first."""
        return iter(self._rows)

    def items(self) -> Iterator[tuple[K, R]]:
        """Answer keys with records, oldest first."""
        return iter(self._rows.items())

    def newest_first(self) -> list[R]:
        """Answer all records, newest first."""
        return list(reversed(self._rows.values()))

    def newest_keys(self) -> Iterator[K]:
        """Answer the keys, newest first."""
        return reversed(self._rows)

    def put(self, key: K, record: R) -> None:
        """Keep ``record`` under ``key``; a record already there is replaced in its place."""
        self._own()
        self._rows[key] = record

    def remove(self, key: K) -> R | None:
        """Take the record under ``key`` out and answer it; None when there is none."""
        if key not in self._rows:
            return None
        self._own()
        return self._rows.pop(key)

    def fork(self) -> Table[K, R]:
        """Answer a table of its own with the same records."""
        self._shared = True
        other: Table[K, R] = Table(self._rows)
        other._shared = True
        return other

    def shares_rows_with(self, other: Table[K, R]) -> bool:
        """Answer whether neither has been written to since one was forked from the other: then all is the same."""
        return self._rows is other._rows

    def _own(self) -> None:
        if self._shared:
            self._rows = self._rows.copy()
            self._shared = False
