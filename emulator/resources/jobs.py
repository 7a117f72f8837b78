"""Jobs of all kinds, by id."""

from __future__ import annotations

from typing import Any

from emulator.resources import export_jobs, previews, queries, segment_jobs
from emulator.resources.courses import Job, JobKind
from emulator.resources.space import Space

KINDS: tuple[JobKind[Any], ...] = (segment_jobs.KIND, export_jobs.KIND, previews.KIND, queries.KIND)


def with_id(space: Space, id: str) -> list[tuple[JobKind[Any], Job]]:
    """Answer every job of a sandbox that has this id, after its kind: one at most, or none."""
    found = ((kind, kind.get(space, id)) for kind in KINDS)
    return [(kind, job) for kind, job in found if job is not None]
