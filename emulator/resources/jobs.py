"""Jobs of all kinds, by id: what has a course and comes to an end."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from emulator.resources import export_jobs, previews, queries, segment_jobs
from emulator.resources.refusals import Refusal
from emulator.resources.space import Space
from emulator.simulation.timeline import Lifecycle, Timeline


class Course(NamedTuple):
    """What one job may do, and what it will."""

    lifecycle: Lifecycle
    timeline: Timeline

    @property
    def end(self) -> int | None:
        """When the job ends or has ended, epoch ms; None when nothing that is planned would end it."""
        return self.timeline.ends if self.lifecycle.is_terminal(self.timeline.phases[-1].status) else None


class _Job(Protocol):
    @property
    def timeline(self) -> Timeline: ...


class _Kind(Protocol):
    LIFECYCLE: Lifecycle

    def find(self, space: Space, id: str, /) -> _Job: ...


_KINDS: tuple[_Kind, ...] = (segment_jobs, export_jobs, previews, queries)


def courses_of(space: Space, id: str) -> list[Course]:
    """Answer the course of every job of a sandbox that has this id, of whatever kind: one at most, or none."""
    found = []
    for kind in _KINDS:
        try:
            found.append(Course(kind.LIFECYCLE, kind.find(space, id).timeline))
        except Refusal:
            continue
    return found
