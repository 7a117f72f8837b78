"""How long the phases of jobs last. All lengths are milliseconds of virtual time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """The length of each phase, by kind of job, in ms. Scenario `realistic` has those of Adobe's samples."""

    segment_new: int = 1000
    segment_queued: int = 0
    segment_processing: int = 4000
    segment_cancelling: int = 1000
    export_new: int = 1000
    export_processing: int = 5000
    export_cancelling: int = 1000
    preview_new: int = 500
    preview_running: int = 1500
    query_submitted: int = 500
    query_running: int = 1500
