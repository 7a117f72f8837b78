"""Jobs by status, segment, creation and last change: what the indexes answer is what a look at every job would."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from emulator.resources import segment_jobs
from emulator.resources.job_table import JobTable
from emulator.resources.segment_jobs import LIFECYCLE
from emulator.simulation.timeline import Phase, Timeline

NEW, PROCESSING, SUCCEEDED = segment_jobs.NEW, segment_jobs.PROCESSING, segment_jobs.SUCCEEDED
CANCELLING, CANCELLED = segment_jobs.CANCELLING, segment_jobs.CANCELLED
STATUSES = list(LIFECYCLE.moves)
MARKS = [[("segmentId", segment) for segment in segments] for segments in ("", "a", "b", "ab", "abc")]
COURSES = ([NEW, PROCESSING, SUCCEEDED], [NEW, PROCESSING], [NEW, CANCELLING, CANCELLED], [NEW])


@dataclass(frozen=True)
class Job:
    number: int
    created: int
    timeline: Timeline
    segments: tuple[str, ...]

    @property
    def marks(self) -> tuple[tuple[str, str], ...]:
        return tuple(("segmentId", segment) for segment in self.segments)


LENGTHS = st.lists(st.integers(0, 30), min_size=3, max_size=3)
SEGMENTS = st.lists(st.sampled_from("abc"), unique=True, max_size=3).map(tuple)
MADE = st.tuples(st.just("make"), st.sampled_from(COURSES), LENGTHS, SEGMENTS, st.integers(0, 20))
CHANGED = st.tuples(st.just("change"), st.sampled_from(COURSES), LENGTHS, st.integers(0))
REMOVED = st.tuples(st.just("remove"), st.integers(0))
FORKED = st.tuples(st.just("fork"))


def timeline(begins: int, statuses: list[str], lengths: list[int]) -> Timeline:
    at = begins
    phases = []
    for status, length in zip(statuses, lengths, strict=False):
        phases.append(Phase(status, at))
        at += length
    return Timeline(tuple(phases))


def begins(job: Job, now: int) -> tuple[int, int]:
    return job.timeline.phase_at(now).begins, job.number


@given(st.lists(MADE | CHANGED | REMOVED | FORKED, max_size=40), st.integers(0, 600))
def test_indexes_answer_what_a_look_at_every_job_would(steps: list[tuple[object, ...]], now: int) -> None:
    table: JobTable[str, Job] = JobTable()
    originals: list[tuple[JobTable[str, Job], dict[str, Job]]] = []
    rows: dict[str, Job] = {}
    created = number = 0
    for step in steps:
        match step:
            case ("make", list(statuses), list(lengths), tuple(segments), int(later)):
                created, number = created + later, number + 1
                job = Job(number, created, timeline(created, statuses, lengths), segments)
                rows[f"job {number}"] = job
                table.put(f"job {number}", job)
            case ("change", list(statuses), list(lengths), int(which)) if rows:
                key = list(rows)[which % len(rows)]
                rows[key] = replace(rows[key], timeline=timeline(rows[key].created, statuses, lengths))
                table.put(key, rows[key])
            case ("remove", int(which)) if rows:
                key = list(rows)[which % len(rows)]
                assert table.remove(key) is rows.pop(key)
            case ("fork",):
                originals.append((table, dict(rows)))
                table = table.fork()
    for each, held in [*originals, (table, rows), (JobTable(rows), rows)]:
        for status, marks in product([None, *STATUSES], MARKS):
            check(each, held, status, marks, now)
        newest_first = sorted(held, key=lambda key: held[key].number, reverse=True)
        for instant in {now, *(job.created for job in held.values())}:
            assert list(each.created_at(instant)) == [key for key in newest_first if held[key].created == instant]
            changed = [key for key in newest_first if instant <= begins(held[key], now)[0] < instant + 10]
            assert each.updated_at(instant, 10, now) == changed
        running = [key for key in newest_first if not LIFECYCLE.is_terminal(held[key].timeline.status_at(now))]
        assert each.running(LIFECYCLE, now) == running


def check(
    table: JobTable[str, Job], held: dict[str, Job], status: str | None, marks: list[tuple[str, str]], now: int
) -> None:
    expected = [
        key
        for key in sorted(held, key=lambda key: held[key].number, reverse=True)
        if status in (None, held[key].timeline.status_at(now)) and set(marks) <= set(held[key].marks)
    ]
    by_update = sorted(expected, key=lambda key: begins(held[key], now), reverse=True)
    assert list(table.having(marks, status, now)) == expected
    assert {key for key in held if table.has(key, marks, status, now)} == set(expected)
    assert list(table.by_update(marks, status, now)) == by_update
    assert table.latest_first(expected, now) == by_update


def test_what_is_asked_for_again_is_told_as_it_has_become() -> None:
    marks = [("segmentId", "a"), ("segmentId", "b")]
    table: JobTable[str, Job] = JobTable()
    held: dict[str, Job] = {}
    forks: list[tuple[JobTable[str, Job], dict[str, Job]]] = []
    for number in range(1, 41):
        key, other = f"job {number}", f"job {number // 2}"
        held[key] = Job(
            number, number, timeline(number, COURSES[number % 3], [0, number % 7, 0]), tuple("abc"[number % 3 :])
        )
        table.put(key, held[key])
        if other in held and number % 4 == 0:
            held[other] = replace(held[other], timeline=timeline(number, COURSES[number % 2], [0, 3, 0]))
            table.put(other, held[other])
        if number % 9 == 0:
            table.remove(other)
            held.pop(other, None)
        if number % 10 == 0:
            forks.append((table.fork(), dict(held)))
        for each, rows in [(table, held), *forks]:
            for status in (None, SUCCEEDED, CANCELLED):
                check(each, rows, status, [], 1000)
                check(each, rows, status, marks[:1], 1000)
                check(each, rows, status, marks, 1000)


MANY = 5000


def test_many_jobs_under_way_are_told_like_few() -> None:
    table: JobTable[int, Job] = JobTable()
    course = [NEW, PROCESSING, SUCCEEDED]
    held = {
        number: Job(number, number, timeline(number, course, [10, 5000, 0]), ("a",)) for number in range(1, MANY + 1)
    }
    for number, job in held.items():
        table.put(number, job)
    for now in (0, 500, 6000, 30_000):
        for status in (NEW, PROCESSING, SUCCEEDED):
            expected = [number for number in range(MANY, 0, -1) if held[number].timeline.status_at(now) == status]
            assert list(table.having((), status, now)) == expected
        assert list(table.by_update((), None, now)) == sorted(
            held, key=lambda key: begins(held[key], now), reverse=True
        )


def test_a_predecessor_is_the_last_one_before_over_the_same_segment() -> None:
    table: JobTable[str, Job] = JobTable()
    for number, segments in enumerate([("a",), ("b",), ("a", "b"), (), ("a",)], start=1):
        table.put(str(number), Job(number, 0, timeline(0, [NEW], [0]), segments))
    assert [table.predecessor(key) for key in "12345"] == [None, None, table.get("1"), None, table.get("3")]
