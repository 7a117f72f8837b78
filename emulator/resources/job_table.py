"""Jobs by status, by what never changes of them, and by when they end: found without a look at all the others.

A job's course is planned when it is made, so the status that it ends with is known before its time. Which jobs have a
status now is therefore what the index of last statuses says, but for the few whose last phase has not begun.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from emulator.resources.tables import Table
from emulator.simulation.timeline import Lifecycle, Timeline


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
    def marks(self) -> Sequence[tuple[str, str]]:
        """What never changes and jobs are asked for by, as attribute and value, each once; segments come first."""


K = TypeVar("K")
J = TypeVar("J", bound=Job)
P = TypeVar("P", int, tuple[int, int])


class JobTable(Table[K, J]):
    """A table of jobs with its indexes: lists of keys, oldest first. All answers are lists of keys, newest first."""

    __slots__ = ("_by_end", "_by_mark", "_by_number", "_owned")

    def __init__(self, rows: dict[K, J] | None = None) -> None:
        super().__init__()
        self._by_number: list[K] = []
        self._by_mark: dict[tuple[str, str], list[K]] = {}
        self._by_end: list[K] = []
        self._owned: set[tuple[str, str]] = set()  # whose lists no fork has as well
        for key, record in (rows or {}).items():
            self.put(key, record)

    def put(self, key: K, record: J) -> None:
        """Keep ``record`` under ``key``; a record already there is replaced in its place."""
        self._own()
        present = self._rows.get(key)
        if present is not None:
            if present.timeline is record.timeline:
                self._rows[key] = record
                return
            self._forget(key)
        self._rows[key] = record
        self._insert(self._by_number, key, self._number)
        for mark in _marks(record):
            self._insert(self._of_mark(mark), key, self._number)
        self._insert(self._by_end, key, self._end)

    def remove(self, key: K) -> J | None:
        """Take the record under ``key`` out and answer it; None when there is none."""
        if key not in self._rows:
            return None
        self._own()
        self._forget(key)
        return self._rows.pop(key)

    def fork(self) -> JobTable[K, J]:
        """Answer a table of its own with the same records."""
        self._shared = True
        other: JobTable[K, J] = JobTable()
        other._rows, other._shared = self._rows, True
        other._by_number, other._by_mark, other._by_end = self._by_number, self._by_mark, self._by_end
        return other

    # -- questions

    def all_keys(self) -> list[K]:
        """Answer the keys of all jobs."""
        return self._by_number[::-1]

    def with_status(self, status: str, now: int) -> list[K]:
        """Answer the jobs that have ``status`` at ``now`` (epoch ms)."""
        keys = self._by_mark.get((STATUS, status), [])
        underway = self._underway(now)
        if not underway:
            return keys[::-1]
        left_out = set(underway)
        first = bisect_left(keys, min(map(self._number, underway)), key=self._number)
        later = [key for key in keys[first:] if key not in left_out]
        later += (key for key in underway if self._rows[key].timeline.status_at(now) == status)
        return [*sorted(later, key=self._number, reverse=True), *keys[:first][::-1]]

    def with_mark(self, attribute: str, value: str) -> list[K]:
        """Answer the jobs that have a mark."""
        return self._by_mark.get((attribute, value), [])[::-1]

    def predecessor(self, key: K) -> J | None:
        """Answer the job that was made before this one and has the same first mark; None when there is none."""
        record = self._rows[key]
        for mark in record.marks[:1]:
            keys = self._by_mark[mark]
            place = bisect_left(keys, record.number, key=self._number)
            return self._rows[keys[place - 1]] if place else None
        return None

    def created_at(self, instant: int) -> list[K]:
        """Answer the jobs made at ``instant`` (epoch ms); clocks do not run backwards."""
        first = bisect_left(self._by_number, instant, key=self._created)
        return self._by_number[first : bisect_right(self._by_number, instant, first, key=self._created)][::-1]

    def updated_at(self, instant: int, length: int, now: int) -> list[K]:
        """Answer the jobs whose phase at ``now`` began within ``length`` ms from ``instant`` on (both epoch ms)."""
        first = bisect_left(self._by_end, (instant, 0), key=self._end)
        keys = self._by_end[first : bisect_left(self._by_end, (min(instant + length, now + 1), 0), key=self._end)]
        keys += (key for key in self._underway(now) if instant <= self._update(key, now)[0] < instant + length)
        return sorted(keys, key=self._number, reverse=True)

    def by_update(self, now: int) -> list[K]:
        """Answer all jobs by when their phase at ``now`` (epoch ms) began, latest first."""
        underway = sorted((self._update(key, now), key) for key in self._underway(now))
        ended = self._by_end[: len(self._by_end) - len(underway)]
        first = bisect_left(ended, underway[0][0], key=self._end) if underway else len(ended)
        later = [(self._end(key), key) for key in ended[first:]] + underway
        return [*(key for _, key in sorted(later, reverse=True)), *ended[:first][::-1]]

    def running(self, lifecycle: Lifecycle, now: int) -> list[K]:
        """Answer the jobs that have not ended at ``now`` (epoch ms): what is under way, and what is stuck."""
        underway = set(self._underway(now))
        stuck = [
            key
            for status in lifecycle.moves
            if not lifecycle.is_terminal(status)
            for key in self._by_mark.get((STATUS, status), ())
            if key not in underway
        ]
        return sorted([*underway, *stuck], key=self._number, reverse=True)

    # -- indexes

    def _underway(self, now: int) -> Sequence[K]:
        """Answer the jobs whose last phase has not begun at ``now``."""
        return self._by_end[bisect_right(self._by_end, now, key=lambda key: self._rows[key].timeline.ends) :]

    def _insert(self, keys: list[K], key: K, place: Callable[[K], P]) -> None:
        at = place(key)
        if not keys or place(keys[-1]) < at:
            keys.append(key)
        else:
            keys.insert(bisect_left(keys, at, key=place), key)

    def _forget(self, key: K) -> None:
        record = self._rows[key]
        for keys in (self._by_number, *map(self._of_mark, _marks(record))):
            del keys[bisect_left(keys, record.number, key=self._number)]
        del self._by_end[bisect_left(self._by_end, self._end(key), key=self._end)]

    def _own(self) -> None:
        if self._shared:
            self._by_number, self._by_end = self._by_number.copy(), self._by_end.copy()
            self._by_mark = self._by_mark.copy()
            self._owned = set()
        super()._own()

    def _of_mark(self, mark: tuple[str, str]) -> list[K]:
        """Answer the list of a mark, to be changed: copied before if a fork has it as well."""
        if mark not in self._owned:
            self._by_mark[mark] = self._by_mark.get(mark, []).copy()
            self._owned.add(mark)
        return self._by_mark[mark]

    def _number(self, key: K) -> int:
        return self._rows[key].number

    def _created(self, key: K) -> int:
        return self._rows[key].created

    def _end(self, key: K) -> tuple[int, int]:
        record = self._rows[key]
        return record.timeline.ends, record.number

    def _update(self, key: K, now: int) -> tuple[int, int]:
        record = self._rows[key]
        return record.timeline.phase_at(now).begins, record.number


#: The mark of the status that a job ends with.
STATUS = "status"


def _marks(job: Job) -> Sequence[tuple[str, str]]:
    return (*job.marks, (STATUS, job.timeline.phases[-1].status))
