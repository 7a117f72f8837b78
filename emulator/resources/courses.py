"""The course of a job: which phases, how long each, and what a fault or the progression makes of it.

Progression ``time`` is the rule: phases last as long as they last. ``immediate``: all lengths are zero. ``polls``: a
phase lasts until the job is read, and reading moves it on; a choice for clients that count their polls.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from emulator.faults.plan import JobFault
from emulator.resources import merge_policies
from emulator.resources.space import Space
from emulator.simulation.timeline import Lifecycle, Phase, Timeline

#: The code of a failure that was given none; the sample in Adobe's document of 2020 has it.
STANDARD_CODE = "0080000018"

#: A phase that is left out where it has no length.
_OPTIONAL = "QUEUED"


class JobError(Struct, frozen=True):
    """Why a job failed."""

    code: str
    message: str
    call_stack: str = ""

    def to_wire(self) -> dict[str, str]:
        """Answer the wire form."""
        return {"code": self.code, "msg": self.message, "callStack": self.call_stack}


def plan(
    space: Space, lifecycle: Lifecycle, kind: str, statuses: Sequence[str], at: int, job_id: str, fault: JobFault
) -> Timeline:
    """Plan the course of a job that is made at ``at`` (epoch ms) and meets ``fault``; with the last status it ends."""
    steps = [
        (status, round(_length(space, kind, status, job_id) * fault.slower))
        for status in statuses[:-1]
        if status != _OPTIONAL or _length(space, kind, status, job_id)
    ]
    timeline = Timeline.plan(lifecycle, at, _afflicted([*steps, (statuses[-1], 0)], fault))
    return _dated(space, timeline, 1)


def cut(
    space: Space, lifecycle: Lifecycle, kind: str, statuses: Sequence[str], at: int, job_id: str, timeline: Timeline
) -> Timeline:
    """Answer the course that leaves ``timeline`` at ``at`` for ``statuses``."""
    steps = [(status, _length(space, kind, status, job_id)) for status in statuses[:-1]]
    lived = sum(phase.begins <= at for phase in timeline.phases)
    return _dated(space, timeline.cut(lifecycle, at, [*steps, (statuses[-1], 0)]), lived + 1)


def as_made(timeline: Timeline) -> Timeline:
    """Answer what the answer that makes a job shows: its first phase, however short."""
    return Timeline(timeline.phases[:1])


def polled(timeline: Timeline, at: int) -> Timeline:
    """Answer the course of a job that is read at ``at``: one phase on, where phases wait for readers."""
    if not timeline.later:
        return timeline
    return Timeline((*timeline.phases, Phase(timeline.later[0], at)), timeline.later[1:])


def failure(fault: JobFault) -> tuple[JobError, ...]:
    """Answer the errors of a job that fails by ``fault``; none if it does not fail."""
    if fault.fail_at is None:
        return ()
    given = tuple(JobError(each["code"], each["msg"], each.get("callStack", "")) for each in fault.errors)
    return given or (JobError(STANDARD_CODE, f"The job failed in phase {fault.fail_at}."),)


def _length(space: Space, kind: str, status: str, job_id: str) -> int:
    if space.settings.progression == "immediate":
        return 0
    return space.durations.ms(kind, status, lambda: _profiles(space), job_id)


def _profiles(space: Space) -> int:
    return len(space.population.merged(merge_policies.rule_of(space, None)).profiles)


def _afflicted(steps: list[tuple[str, int]], fault: JobFault) -> list[tuple[str, int]]:
    for position, (status, _) in enumerate(steps):
        if status == fault.stuck_in:
            return steps[: position + 1]
        if status == fault.fail_at:
            return [*steps[: position + 1], ("FAILED", 0)]
    return steps


def _dated(space: Space, timeline: Timeline, count: int) -> Timeline:
    """Answer a course of which, where phases wait for readers, the first ``count`` have a date."""
    if space.settings.progression != "polls":
        return timeline
    return Timeline(timeline.phases[:count], tuple(phase.status for phase in timeline.phases[count:]))
