"""Jobs by status, by what never changes of them, and by when they end: found without a look at all the others.

A job's course is planned when it is made, so the status that it ends with is known before its time. Which jobs have a
status now is therefore what the index of last statuses says, but for the few whose last phase has not begun.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, Literal, Protocol, TypeVar

from emulator.resources.keys import Keys, SortedKeys
from emulator.resources.tables import Table
from emulator.simulation.timeline import Lifecycle, Timeline

#: What jobs are asked for by, as attribute and value.
Mark = tuple[str, str]

#: Lists go by when jobs were made, or by when they end.
Order = Literal["number", "end"]

#: The attribute of the status that a job ends with, as a mark.
STATUS = "status"

#: So many answers are remembered that no index has.
_FOUND_AT_MOST = 16


class Job(Protocol):
    """What a job tells the table. ``number`` grows from job to job; it is the order of making."""

    @property
    def timeline(self) -> Timeline:
        """What it will be when."""

    @property
    def created(self) -> int:
        """When it was made, epoch ms."""

    @property
    def number(self) -> int:
        """Where it stands in the order of making."""

    @property
    def marks(self) -> Sequence[Mark]:
        """What never changes and jobs are asked for by, each once; segments come first."""


K = TypeVar("K")
J = TypeVar("J", bound=Job)


class JobTable(Table[K, J]):
    """A table of jobs with its indexes. All answers are keys, newest first."""

    __slots__ = ("_by_end", "_by_mark", "_by_number", "_found", "_owned")

    def __init__(self, rows: dict[K, J] | None = None) -> None:
        super().__init__()
        self._by_number: SortedKeys[K] = SortedKeys()
        self._by_mark: Table[Mark, SortedKeys[K]] = Table()
        self._by_end: SortedKeys[K] = SortedKeys()
        self._found: dict[tuple[Order, frozenset[Mark]], SortedKeys[K]] = {}  # what was asked for and has no list
        self._owned: dict[Mark, SortedKeys[K]] = {}  # those of marks that no fork has as well
        for key, record in (rows or {}).items():
            self.put(key, record)

    def put(self, key: K, record: J) -> None:
        """Keep ``record`` under ``key``; a record already there is replaced in its place."""
        present = self.get(key)
        if present is not None and present.timeline is record.timeline:
            super().put(key, record)
            return
        if present is not None:
            self._forget(present)
        super().put(key, record)
        for keys, at, place in self._lists_of(record):
            keys.add(key, at, place)

    def remove(self, key: K) -> J | None:
        """Take the record under ``key`` out and answer it; None when there is none."""
        present = self.get(key)
        if present is not None:
            self._forget(present)
        return super().remove(key)

    def fork(self) -> JobTable[K, J]:
        """Answer a table of its own with the same records."""
        other: JobTable[K, J] = JobTable()
        self._share_with(other)
        other._by_number, other._by_mark, other._by_end = self._by_number, self._by_mark.fork(), self._by_end
        other._found = self._found.copy()
        return other

    # -- questions

    def having(self, marks: Collection[Mark], status: str | None, now: int) -> Keys[K]:
        """Answer the jobs that have all ``marks`` and, unless it is None, ``status`` at ``now`` (epoch ms)."""
        if status is None:
            return self._list("number", marks).newest_first()
        return self._at(now, "number", marks, status)

    def by_update(self, marks: Collection[Mark], status: str | None, now: int) -> Keys[K]:
        """Answer the same jobs as ``having``, by when their phase at ``now`` began, latest first."""
        return self._at(now, "end", marks, status)

    def has(self, key: K, marks: Collection[Mark], status: str | None, now: int) -> bool:
        """Answer whether the job under ``key`` is one of those of ``having``."""
        record = self[key]
        return status in (None, record.timeline.status_at(now)) and (not marks or set(marks).issubset(record.marks))

    def latest_first(self, keys: Iterable[K], now: int) -> list[K]:
        """Answer ``keys`` in the order of ``by_update``."""
        return sorted(keys, key=lambda key: self._update(key, now), reverse=True)

    def predecessor(self, key: K) -> J | None:
        """Answer the job that was made before this one and has the same first mark; None when there is none."""
        record = self[key]
        for mark in record.marks[:1]:
            for earlier in self._by_mark[mark].before(record.number, self._number):
                return self[earlier]
        return None

    def created_at(self, instant: int) -> Keys[K]:
        """Answer the jobs made at ``instant`` (epoch ms); clocks do not run backwards."""
        return self._by_number.between(instant, instant + 1, self._created)

    def updated_at(self, instant: int, length: int, now: int) -> list[K]:
        """Answer the jobs whose phase at ``now`` began within ``length`` ms from ``instant`` on (both epoch ms)."""
        keys = [*self._by_end.between((instant, 0), (min(instant + length, now + 1), 0), self._end)]
        keys += (key for key in self._underway(now) if instant <= self._update(key, now)[0] < instant + length)
        return sorted(keys, key=self._number, reverse=True)

    def running(self, lifecycle: Lifecycle, now: int) -> list[K]:
        """Answer the jobs that have not ended at ``now`` (epoch ms): what is under way, and what is stuck."""
        underway = set(self._underway(now))
        stuck = [
            key
            for status in lifecycle.moves
            if not lifecycle.is_terminal(status)
            for key in self._by_mark.get((STATUS, status)) or ()
            if key not in underway
        ]
        return sorted([*underway, *stuck], key=self._number, reverse=True)

    # -- indexes

    def _at(self, now: int, order: Order, marks: Collection[Mark], status: str | None) -> Keys[K]:
        """Answer the jobs with ``marks`` and ``status`` at ``now``: those that end so, but for who is under way."""
        keys = self._list(order, marks if status is None else [*marks, (STATUS, status)])
        underway = self._underway(now)
        if not underway:
            return keys.newest_first()
        place: Callable[[K], Any] = self._number if order == "number" else lambda key: self._update(key, now)
        first = min(map(place, underway))
        left_out = set(underway)
        later = [key for key in keys.since(first, self._place(order)) if key not in left_out]
        later += (key for key in underway if self.has(key, marks, status, now))
        later.sort(key=place, reverse=True)
        return Keys((later, range(len(later)))) + keys.before(first, self._place(order))

    def _list(self, order: Order, marks: Collection[Mark]) -> SortedKeys[K]:
        """Answer the jobs that have all marks, the status that they end with among them, oldest first."""
        told = frozenset(mark for mark in marks if len(self._by_mark.get(mark) or ()) < len(self))
        if not told:
            return self._by_number if order == "number" else self._by_end
        if order == "number" and len(told) == 1:
            return self._by_mark.get(next(iter(told))) or SortedKeys()
        if (order, told) not in self._found:
            if len(self._found) == _FOUND_AT_MOST:
                self._found.clear()
            self._found[order, told] = self._find(order, told)
        return self._found[order, told]

    def _find(self, order: Order, marks: Collection[Mark]) -> SortedKeys[K]:
        first, *others = sorted((self._by_mark.get(mark) or SortedKeys() for mark in marks), key=len)
        if order == "end":
            others.append(self._by_end)
        found: Iterable[K] = first
        for other in others:
            found = [*filter(set(found).__contains__, other)]
        return SortedKeys([*found])

    def _underway(self, now: int) -> Sequence[K]:
        """Answer the jobs whose last phase has not begun at ``now``."""
        return self._by_end.since((now + 1, 0), self._end)

    def _forget(self, record: J) -> None:
        self._own()
        for keys, at, place in self._lists_of(record):
            keys.remove(at, place)

    def _lists_of(self, record: J) -> Iterator[tuple[SortedKeys[K], Any, Callable[[K], Any]]]:
        """Answer the keys that a record's is one of, to be changed: where it stands, and what they go by."""
        by_number = record.number, self._number
        by_end = (record.timeline.ends, record.number), self._end
        marks = frozenset((*record.marks, (STATUS, record.timeline.phases[-1].status)))
        yield self._by_number, *by_number
        yield self._by_end, *by_end
        for mark in marks:
            yield self._of_mark(mark), *by_number
        for (order, those), keys in self._found.items():
            if those <= marks:
                yield keys, *(by_number if order == "number" else by_end)

    def _place(self, order: Order) -> Callable[[K], Any]:
        return self._number if order == "number" else self._end

    def _own(self) -> None:
        if self._shared:
            self._by_number, self._by_end = self._by_number.copy(), self._by_end.copy()
            self._found, self._owned = {asked: keys.copy() for asked, keys in self._found.items()}, {}
            super()._own()

    def _of_mark(self, mark: Mark) -> SortedKeys[K]:
        """Answer the keys with a mark, to be changed: copied before if a fork has them as well."""
        keys = self._owned.get(mark)
        if keys is None:
            shared = self._by_mark.get(mark)
            keys = self._owned[mark] = SortedKeys() if shared is None else shared.copy()
            self._by_mark.put(mark, keys)
        return keys

    def _number(self, key: K) -> int:
        return self[key].number

    def _created(self, key: K) -> int:
        return self[key].created

    def _end(self, key: K) -> tuple[int, int]:
        record = self[key]
        return record.timeline.ends, record.number

    def _update(self, key: K, now: int) -> tuple[int, int]:
        record = self[key]
        return record.timeline.phase_at(now).begins, record.number
