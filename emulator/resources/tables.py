"""Tables: what a sandbox holds of one kind, by id and in the order of making.

Records are immutable, so a fork shares them. It shares the dicts as well: what is written from then on lies over a base
that nobody writes to any more. So a snapshot, a new organisation and the first write after it cost the same however
much there is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Generic, TypeVar

K = TypeVar("K")
R = TypeVar("R")

#: A fork puts base and what lies over it into one, unless that is less than one part in so many.
_PARTS = 8


class Table(Generic[K, R]):
    """Records by key, oldest first."""

    __slots__ = ("_base", "_changed", "_removed", "_rows", "_shared")

    def __init__(self, rows: dict[K, R] | None = None) -> None:
        self._base: dict[K, R] = {}
        self._changed: dict[K, R | None] = {}  # records of the base as they are now, None for those that are gone
        self._removed = 0
        self._rows: dict[K, R] = {} if rows is None else rows  # those that came later
        self._shared = False  # whether a fork has the same dicts

    def __len__(self) -> int:
        return len(self._base) - self._removed + len(self._rows)

    def __contains__(self, key: K) -> bool:
        return self.get(key) is not None

    def __iter__(self) -> Iterator[R]:
        if self._changed:
            return (record for _, record in self.items())
        return chain(self._base.values(), self._rows.values())

    def __getitem__(self, key: K) -> R:
        record = self._rows.get(key)
        if record is None and (record := self.get(key)) is None:
            raise KeyError(key)
        return record

    def get(self, key: K) -> R | None:
        """Answer the record under ``key``, or None."""
        record = self._rows.get(key)
        if record is None:
            record = self._changed[key] if key in self._changed else self._base.get(key)
        return record

    def find(self, key: K, missing: Callable[[K], Exception]) -> R:
        """Answer the record under ``key``. Raises what ``missing`` makes of the key when there is none."""
        record = self.get(key)
        if record is None:
            raise missing(key)
        return record

    def keys(self) -> Iterator[K]:
        """Answer the keys, oldest first."""
        return (key for key, _ in self.items())

    def items(self) -> Iterator[tuple[K, R]]:
        """Answer keys with records, oldest first."""
        if self._changed:
            now = ((key, self._changed.get(key, record)) for key, record in self._base.items())
            return chain(((key, record) for key, record in now if record is not None), self._rows.items())
        return chain(self._base.items(), self._rows.items())

    def newest_first(self) -> list[R]:
        """Answer all records, newest first."""
        return [*self][::-1]

    def newest_keys(self) -> Iterator[K]:
        """Answer the keys, newest first."""
        remaining = (key for key in reversed(self._base) if self._changed.get(key, key) is not None)
        return chain(reversed(self._rows), remaining)

    def put(self, key: K, record: R) -> None:
        """Keep ``record`` under ``key``; a record already there is replaced in its place."""
        self._own()
        if key in self._base and self._changed.get(key, record) is not None:
            self._changed[key] = record
        else:
            self._rows[key] = record

    def remove(self, key: K) -> R | None:
        """Take the record under ``key`` out and answer it; None when there is none."""
        record = self.get(key)
        if record is not None:
            self._own()
            if self._rows.pop(key, None) is None:
                self._changed[key] = None
                self._removed += 1
        return record

    def fork(self) -> Table[K, R]:
        """Answer a table of its own with the same records."""
        other: Table[K, R] = Table()
        self._share_with(other)
        return other

    def shares_rows_with(self, other: Table[K, R]) -> bool:
        """Answer whether neither has been written to since one was forked from the other: then all is the same."""
        return self._rows is other._rows

    def _share_with(self, other: Table[K, R]) -> None:
        if not self._shared and (len(self._rows) + len(self._changed)) * _PARTS > len(self._base):
            self._base = dict(self.items()) if self._base else self._rows
            self._rows, self._changed, self._removed = {}, {}, 0
        self._shared = other._shared = True
        other._base, other._rows = self._base, self._rows
        other._changed, other._removed = self._changed, self._removed

    def _own(self) -> None:
        if self._shared:
            self._rows, self._changed = self._rows.copy(), self._changed.copy()
            self._shared = False
