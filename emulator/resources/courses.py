"""What jobs of every kind have in common: they are planned, found, read, and come to their end alike.

A job's course is planned when it is made: which phases, how long each, and what a fault or the progression makes of it.
Progression ``time`` is the rule: phases last as long as they last. ``immediate``: all lengths are zero. ``polls``: a
phase lasts until the job is read, and reading moves it on; a choice for clients that count their polls.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from emulator.faults.plan import JobFault
from emulator.resources import events, merge_policies
from emulator.resources.events import Settled
from emulator.resources.refusals import Refusal, not_found
from emulator.resources.space import Space
from emulator.resources.tables import Table
from emulator.simulation.timeline import Lifecycle, Phase, Timeline

#: The code of a failure that was given none; the sample in Adobe's document of 2020 has it.
STANDARD_CODE = "0080000018"

#: A phase that is left out where it has no length.
_OPTIONAL = "QUEUED"

CANCELLING, CANCELLED, FAILED = "CANCELLING", "CANCELLED", "FAILED"

#: What an event says of a job that is taken away.
REMOVED = "REMOVED"


class JobError(Struct, frozen=True):
    """Why a job failed."""

    code: str
    message: str
    call_stack: str = ""

    def to_wire(self) -> dict[str, str]:
        """Answer the wire form."""
        return {"code": self.code, "msg": self.message, "callStack": self.call_stack}


class Job(Protocol):
    """What a job of any kind tells."""

    @property
    def id(self) -> str | int:
        """The key under which it is kept."""

    @property
    def timeline(self) -> Timeline:
        """What it will be when."""


J = TypeVar("J", bound=Job)


class JobKind(Struct, Generic[J], frozen=True):
    """A kind of job: its name in durations and fault rules, the type of its events, and where a sandbox keeps its jobs.

    ``come_to`` lets a job come to a status at an instant (epoch ms). ``key`` makes the key of an id as text, and
    ``missing`` the refusal where there is no such job.
    """

    name: str
    event: str
    lifecycle: Lifecycle
    jobs: Callable[[Space], Table[Any, J]]
    come_to: Callable[[Space, J, str, int], Settled]
    key: Callable[[str], object] = str
    missing: Callable[[str], Refusal] = not_found

    def plan(self, space: Space, statuses: Sequence[str], at: int, job_id: str, fault: JobFault) -> Timeline:
        """Plan the course of a job made at ``at`` (epoch ms) that meets ``fault``; with the last status it ends."""
        steps = [
            (status, round(self._length(space, status, job_id) * fault.slower))
            for status in statuses[:-1]
            if status != _OPTIONAL or self._length(space, status, job_id)
        ]
        timeline = Timeline.plan(self.lifecycle, at, _afflicted([*steps, (statuses[-1], 0)], fault))
        return _dated(space, timeline, 1)

    def keep(self, space: Space, job: J) -> None:
        """Keep a job that has just been made, and put its course on the agenda."""
        self.jobs(space).put(job.id, job)
        for phase in job.timeline.phases[1:]:
            space.plan(phase.begins, self.event, str(job.id), phase.status)

    def get(self, space: Space, job_id: str) -> J | None:
        """Answer a job by its id as text, or None."""
        return self.jobs(space).get(self.key(job_id))

    def find(self, space: Space, job_id: str) -> J:
        """Answer a job by its id as text. Raises ``Refusal`` (404)."""
        return self.jobs(space).find(self.key(job_id), lambda key: self.missing(job_id))

    def poll(self, space: Space, job_id: str, at: int) -> J:
        """Answer a job that is read at ``at``; under progression ``polls`` it moves on a phase. Raises ``Refusal``."""
        job = self.find(space, job_id)
        if job.timeline.later:
            status, *later = job.timeline.later
            timeline = Timeline((*job.timeline.phases, Phase(status, at)), tuple(later))
            self.change(space, job, timeline=timeline)
            events.come_true(self.settle(space, job_id, status, at))
        return self.find(space, job_id)

    def cancel(self, space: Space, job_id: str, at: int) -> None:
        """Mark a job for cancelling; one that has ended is taken away instead, after the same delay.

        Raises ``Refusal`` (404). A job that is being cancelled already stays as it is.
        """
        job: Any = self.find(space, job_id)
        status = job.timeline.status_at(at)
        if self.lifecycle.is_terminal(status):
            if space.settings.delete_terminal_job == "remove":
                space.plan(at + self._length(space, CANCELLING, job_id), self.event, job_id, REMOVED)
        elif status != CANCELLING and not job.refuses_cancel:
            steps = [(CANCELLING, self._length(space, CANCELLING, job_id)), (CANCELLED, 0)]
            timeline = job.timeline.cut(self.lifecycle, at, steps)
            timeline = _dated(space, timeline, len(timeline.phases) - 1)
            self.change(space, job, timeline=timeline, errors=())
            if not timeline.later:
                space.plan(timeline.ends, self.event, job_id, CANCELLED)

    def end_of(self, job: J) -> int | None:
        """Answer when a job ends or has ended, epoch ms; None when nothing that is planned would end it."""
        return job.timeline.ends if self.lifecycle.is_terminal(job.timeline.phases[-1].status) else None

    def settle(self, space: Space, job_id: str, status: str, at: int) -> Settled:
        """Let come true what was planned of a job for ``at``."""
        if not self.still_holds(space, job_id, status, at):
            return None
        job = self.find(space, job_id)
        if status == REMOVED:
            self.jobs(space).remove(job.id)
            return "the record is gone"
        return self.come_to(space, job, status, at)

    def still_holds(self, space: Space, job_id: str, status: str, at: int) -> bool:
        """Answer whether what the agenda says of a job for ``at`` is still the plan."""
        job = self.get(space, job_id)
        return job is not None and (status == REMOVED or (status, at) in job.timeline.phases)

    def fail(self, space: Space, job: J, **members: Any) -> None:
        """Let a job fail that was to come to another end, and keep it with other ``members``."""
        timeline = job.timeline.ending(self.lifecycle, FAILED)
        self.change(space, job, timeline=timeline, **members)
        space.plan(timeline.ends, self.event, str(job.id), FAILED)

    def change(self, space: Space, job: Any, **members: Any) -> None:
        """Keep a job with other ``members``."""
        self.jobs(space).put(job.id, replace(job, **members))

    def _length(self, space: Space, status: str, job_id: str) -> int:
        if space.settings.progression == "immediate":
            return 0
        return space.durations.ms(self.name, status, lambda: _profiles(space), job_id)


def as_made(job: Any) -> Any:
    """Answer a job as the answer that makes it shows it: in its first phase, however short."""
    return replace(job, timeline=Timeline(job.timeline.phases[:1]))


def begun(timeline: Timeline, status: str, now: int) -> int | None:
    """Answer when a job came to ``status``, epoch ms; None when it has not by ``now``."""
    begins = timeline.began(status)
    return begins if begins is not None and begins <= now else None


def span_to_wire(start: int, end: int | None) -> dict[str, int]:
    """Answer the wire form of a time that a job took, epoch ms; ``end`` is None while it takes it."""
    if end is None:
        return {"startTimeInMs": start}
    return {"startTimeInMs": start, "endTimeInMs": end, "totalTimeInMs": end - start}


def failure(fault: JobFault) -> tuple[JobError, ...]:
    """Answer the errors of a job that fails by ``fault``; none if it does not fail."""
    if fault.fail_at is None:
        return ()
    given = tuple(JobError(each["code"], each["msg"], each.get("callStack", "")) for each in fault.errors)
    return given or (JobError(STANDARD_CODE, f"The job failed in phase {fault.fail_at}."),)


def _profiles(space: Space) -> int:
    return len(space.population.merged(merge_policies.rule_of(space, None)).profiles)


def _afflicted(steps: list[tuple[str, int]], fault: JobFault) -> list[tuple[str, int]]:
    for position, (status, _) in enumerate(steps):
        if status == fault.stuck_in:
            return steps[: position + 1]
        if status == fault.fail_at:
            return [*steps[: position + 1], (FAILED, 0)]
    return steps


def _dated(space: Space, timeline: Timeline, count: int) -> Timeline:
    """Answer a course of which, where phases wait for readers, the first ``count`` have a date."""
    if space.settings.progression != "polls":
        return timeline
    return Timeline(timeline.phases[:count], tuple(phase.status for phase in timeline.phases[count:]))
