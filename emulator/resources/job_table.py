"""Jobs by status, by segment and by when they end: found without a look at all the others.

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
    def segment_ids(self) -> Sequence[str]:
        """The segments it is about, each once."""


K = TypeVar("K")
J = TypeVar("J", bound=Job)
P = TypeVar("P", int, tuple[int, int])


class JobTable(Table[K, J]):
    """A table of jobs with its indexes: lists of keys, oldest first. All answers are lists of keys, newest first."""

    __slots__ = ("_by_end", "_by_number", "_by_segment", "_by_status")

    def __init__(self, rows: dict[K, J] | None = None) -> None:
        super().__init__()
        self._by_number: list[K] = []
        self._by_status: dict[str, list[K]] = {}
        self._by_segment: dict[str, list[K]] = {}
        self._by_end: list[K] = []
        for key, record in (rows or {}).items():
            self.put(key, record)

    def put(self, key: K, record: J) -> None:
        """Keep ``record`` under ``key``; a record already there is replaced in its place."""
        self._own()
        present = self._rows.get(key)
        if present is not None:
            if present.timeline is record.timeline and present.segment_ids == record.segment_ids:
                self._rows[key] = record
                return
            self._forget(key)
        self._rows[key] = record
        self._insert(self._by_number, key, self._number)
        self._insert(self._by_status.setdefault(_last_status(record), []), key, self._number)
        for segment_id in record.segment_ids:
            self._insert(self._by_segment.setdefault(segment_id, []), key, self._number)
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
        other._by_number, other._by_end = self._by_number, self._by_end
        other._by_status, other._by_segment = self._by_status, self._by_segment
        return other

    # -- questions

    def all_keys(self) -> list[K]:
        """Answer the keys of all jobs."""
        return self._by_number[::-1]

    def with_status(self, status: str, now: int) -> list[K]:
        """Answer the jobs that have ``status`` at ``now`` (epoch ms)."""
        underway = self._underway(now)
        others = [key for key in underway if self._rows[key].timeline.status_at(now) == status]
        if len(underway) > _FEW:
            left_out = set(underway)
            keys = [key for key in self._by_status.get(status, []) if key not in left_out]
            return sorted([*keys, *others], key=self._number, reverse=True)
        keys = self._by_status.get(status, []).copy()
        for key in underway:
            if _last_status(self._rows[key]) == status:
                del keys[bisect_left(keys, self._number(key), key=self._number)]
        for key in others:
            self._insert(keys, key, self._number)
        keys.reverse()
        return keys

    def of_segment(self, segment_id: str) -> list[K]:
        """Answer the jobs over a segment."""
        return self._by_segment.get(segment_id, [])[::-1]

    def predecessor(self, key: K) -> J | None:
        """Answer the job that was made over the same first segment before this one; None when there is none."""
        record = self._rows[key]
        for segment_id in record.segment_ids[:1]:
            keys = self._by_segment[segment_id]
            place = bisect_left(keys, record.number, key=self._number)
            return self._rows[keys[place - 1]] if place else None
        return None

    def created_at(self, instant: int) -> list[K]:
        """Answer the jobs made at ``instant`` (epoch ms); clocks do not run backwards."""
        first = bisect_left(self._by_number, instant, key=self._created)
        return self._by_number[first : bisect_right(self._by_number, instant, first, key=self._created)][::-1]

    def by_update(self, now: int) -> list[K]:
        """Answer all jobs by when their phase at ``now`` (epoch ms) began, latest first."""
        underway = self._underway(now)
        if len(underway) > _FEW:
            return sorted(self._rows, key=lambda key: self._update(key, now), reverse=True)
        keys = self._by_end[: len(self._by_end) - len(underway)]
        for key in underway:
            self._insert(keys, key, lambda each: self._update(each, now))
        keys.reverse()
        return keys

    def running(self, lifecycle: Lifecycle, now: int) -> list[K]:
        """Answer the jobs that have not ended at ``now`` (epoch ms): what is under way, and what is stuck."""
        underway = set(self._underway(now))
        stuck = [
            key
            for status, keys in self._by_status.items()
            if not lifecycle.is_terminal(status)
            for key in keys
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
        by_segment = map(self._by_segment.__getitem__, record.segment_ids)
        for keys in (self._by_number, self._by_status[_last_status(record)], *by_segment):
            del keys[bisect_left(keys, record.number, key=self._number)]
        del self._by_end[bisect_left(self._by_end, self._end(key), key=self._end)]

    def _own(self) -> None:
        if self._shared:
            self._by_status = {status: keys.copy() for status, keys in self._by_status.items()}
            self._by_segment = {segment_id: keys.copy() for segment_id, keys in self._by_segment.items()}
            self._by_number, self._by_end = self._by_number.copy(), self._by_end.copy()
        super()._own()

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


#: So many jobs are put into a list one by one; more are sorted with all the rest.
_FEW = 2000


def _last_status(job: Job) -> str:
    return job.timeline.phases[-1].status
