"""Jobs by status, segment, creation and last change: what the indexes answer is what a look at every job would."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from emulator.resources import segment_jobs
from emulator.resources.job_table import JobTable
from emulator.resources.segment_jobs import LIFECYCLE
from emulator.simulation.timeline import Phase, Timeline

NEW, PROCESSING, SUCCEEDED = segment_jobs.NEW, segment_jobs.PROCESSING, segment_jobs.SUCCEEDED
CANCELLING, CANCELLED = segment_jobs.CANCELLING, segment_jobs.CANCELLED
STATUSES = list(LIFECYCLE.moves)
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
        newest_first = sorted(held, key=lambda key: held[key].number, reverse=True)
        assert each.all_keys() == newest_first
        for status in STATUSES:
            expected = [key for key in newest_first if held[key].timeline.status_at(now) == status]
            assert each.with_status(status, now) == expected
        for segment in "abc":
            expected = [key for key in newest_first if segment in held[key].segments]
            assert each.with_mark("segmentId", segment) == expected
        for instant in {now, *(job.created for job in held.values())}:
            assert each.created_at(instant) == [key for key in newest_first if held[key].created == instant]
            changed = [key for key in newest_first if instant <= begins(held[key], now)[0] < instant + 10]
            assert each.updated_at(instant, 10, now) == changed
        assert each.by_update(now) == sorted(held, key=lambda key: begins(held[key], now), reverse=True)
        running = [key for key in newest_first if not LIFECYCLE.is_terminal(held[key].timeline.status_at(now))]
        assert each.running(LIFECYCLE, now) == running


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
            assert table.with_status(status, now) == expected
        assert table.by_update(now) == sorted(held, key=lambda key: begins(held[key], now), reverse=True)


def test_a_predecessor_is_the_last_one_before_over_the_same_segment() -> None:
    table: JobTable[str, Job] = JobTable()
    for number, segments in enumerate([("a",), ("b",), ("a", "b"), (), ("a",)], start=1):
        table.put(str(number), Job(number, 0, timeline(0, [NEW], [0]), segments))
    assert [table.predecessor(key) for key in "12345"] == [None, None, table.get("1"), None, table.get("3")]
