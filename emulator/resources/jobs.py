"""Jobs of all kinds, by id: what has a course and comes to an end."""

from __future__ import annotations

from typing import Any, NamedTuple

from emulator.resources import export_jobs, previews, queries, segment_jobs
from emulator.resources.courses import JobKind
from emulator.resources.space import Space
from emulator.simulation.timeline import Lifecycle, Timeline

KINDS: tuple[JobKind[Any], ...] = (segment_jobs.KIND, export_jobs.KIND, previews.KIND, queries.KIND)


class Course(NamedTuple):
    """What one job may do, and what it will."""

    lifecycle: Lifecycle
    timeline: Timeline

    @property
    def end(self) -> int | None:
        """When the job ends or has ended, epoch ms; None when nothing that is planned would end it."""
        return self.timeline.ends if self.lifecycle.is_terminal(self.timeline.phases[-1].status) else None


def courses_of(space: Space, id: str) -> list[Course]:
    """Answer the course of every job of a sandbox that has this id, of whatever kind: one at most, or none."""
    found = ((kind.lifecycle, kind.get(space, id)) for kind in KINDS)
    return [Course(lifecycle, job.timeline) for lifecycle, job in found if job is not None]
