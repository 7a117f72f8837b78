"""Lists of jobs come from indexes; what they show is what filtering and sorting every job's wire form would."""

from __future__ import annotations

from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from emulator import Emulator
from emulator.resources import segment_jobs
from emulator.resources.space import Space
from emulator.web.job_lists import wanted
from emulator.web.listing import Filter, in_order, matching

DEFINITIONS = ("4afe34ae-8c98-4513-8a1d-67ccaa54bc05", "42f49f2d-edb0-474f-b29d-2799d89cd5a6")
FILTERS = (
    Filter("status", None, "SUCCEEDED"),
    Filter("status", None, "PROCESSING"),
    Filter("status", None, "FAILED"),
    Filter("segments", "segmentId", DEFINITIONS[0]),
    Filter("segments", "segmentId", "unknown"),
    Filter("source", None, "api"),
    Filter("sandbox.sandboxName", None, "prod"),
    Filter("metrics.totalProfiles", None, "166"),
    Filter("creationTime", None, "1768467600000"),
    Filter("creationTime", None, "yesterday"),
    Filter("updateTime", None, "1768467600500"),
)

#: What jobs are asked for by with a value that one of them has.
ATTRIBUTES = ("id", "requestId", "profileInstanceId", "creationTime", "updateTime", "updateEpoch")
SORTS = ("status:asc", "status:desc", "source", "id:desc", "requestId:asc", "metrics.totalProfiles:desc")
LAST = ("creationTime:desc", "updateTime:desc", "updateTime:asc")


@cache
def eventful() -> tuple[Space, int]:
    """A sandbox whose jobs have ended, failed, been cancelled or not come so far; no two changed in one second."""
    emulator = Emulator(max_schedules=5)
    emulator.faults.add(job="segment", every=3, fail_at="PROCESSING")
    emulator.faults.add(job="segment", every=4, stuck_in="PROCESSING")
    world = emulator.world("A@AdobeOrg")
    space = world.spaces["prod"]
    for number in range(30):
        job = segment_jobs.create(space, DEFINITIONS[: 1 + number % 2], world.now())
        if number % 7 == 6:
            segment_jobs.cancel(space, job.id, world.now())
        emulator.clock.advance(seconds=(1.5, 3.1, 7.7, 11.3)[number % 4])
    return space, world.now()


def naive(space: Space, now: int, filters: list[Filter], sort: str | None) -> list[str]:
    wires = [segment_jobs.to_wire(job, space, now) for job in space.segment_jobs.newest_first()]
    return [wire["id"] for wire in in_order(matching(wires, filters), sort)]


@st.composite
def filters_of_jobs(draw: st.DrawFn) -> Filter:
    """Draw a filter that some job passes."""
    space, now = eventful()
    wire = segment_jobs.to_wire(draw(st.sampled_from(list(space.segment_jobs))), space, now)
    attribute = draw(st.sampled_from(ATTRIBUTES))
    return Filter(attribute, None, str(wire[attribute]))


@given(
    st.lists(st.sampled_from(FILTERS) | filters_of_jobs(), max_size=3),
    st.lists(st.sampled_from(SORTS), max_size=2),
    st.sampled_from([None, *LAST]),
)
def test_indexes_show_what_a_look_at_every_job_would(filters: list[Filter], sorts: list[str], last: str | None) -> None:
    space, now = eventful()
    parts = [*sorts, *([last] if last else [])]
    sort = ",".join(parts) or None
    ids = wanted(space.segment_jobs, filters, sort, now, lambda job: segment_jobs.to_wire(job, space, now))
    assert list(ids) == naive(space, now, filters, sort)


def test_the_sandbox_has_jobs_of_many_kinds() -> None:
    space, now = eventful()
    assert {job.timeline.status_at(now) for job in space.segment_jobs} >= {
        "SUCCEEDED",
        "FAILED",
        "PROCESSING",
        "CANCELLED",
    }
    updates = [segment_jobs.updated(job, now) for job in space.segment_jobs]
    assert len(set(updates)) == len(updates)
