"""Segment jobs: the asynchronous evaluation of definitions over the profiles of a sandbox.

A job is planned when it is made: its timeline says when it will be what. Only two things happen to it by themselves,
and both are on the agenda: it ends, and a deleted one goes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

from msgspec import Struct

from emulator.resources import courses, events, flexible_evaluation, merge_policies, segment_definitions
from emulator.resources.courses import JobError, JobKind
from emulator.resources.evaluation import Outcome, SegmentationMetrics, evaluate, write_down
from emulator.resources.refusals import Refusal, invalid
from emulator.resources.segment_definitions import SegmentDefinition
from emulator.resources.space import Space
from emulator.simulation import randomness
from emulator.simulation.timeline import Lifecycle, Timeline

NEW, QUEUED, PROCESSING = "NEW", "QUEUED", "PROCESSING"
SUCCEEDED, FAILED = "SUCCEEDED", "FAILED"
CANCELLING, CANCELLED = "CANCELLING", "CANCELLED"

LIFECYCLE = Lifecycle(
    kind="segment job",
    initial=NEW,
    moves={
        NEW: frozenset((QUEUED, PROCESSING, CANCELLING, FAILED)),  # FAILED before PROCESSING only by a fault
        QUEUED: frozenset((PROCESSING, CANCELLING, FAILED)),
        PROCESSING: frozenset((SUCCEEDED, FAILED, CANCELLING)),
        CANCELLING: frozenset((CANCELLED,)),
        SUCCEEDED: frozenset(),
        FAILED: frozenset(),
        CANCELLED: frozenset(),
    },
)

_COURSE = (NEW, QUEUED, PROCESSING, SUCCEEDED)

#: Any batch-enabled definition of the sandbox.
ALL = "*"


class JobSegment(Struct, frozen=True):
    """A definition as it was when the job was made."""

    segment_id: str
    expression: Mapping[str, str]
    merge_policy_id: str
    merge_policy_version: int


class SegmentJob(Struct, frozen=True):
    """A planned or finished evaluation. Times are epoch ms; ``metrics`` are there once it has succeeded.

    ``only_segments`` and ``refuses_cancel`` are faults: it evaluates only the first n of its segments or those named,
    and goes on when it is cancelled.
    """

    id: str
    source: str
    segments: tuple[JobSegment, ...]
    created: int
    timeline: Timeline
    request_id: str
    profile_instance_id: str
    compute_job_id: int
    schedule_id: str | None = None
    metrics: SegmentationMetrics | None = None
    errors: tuple[JobError, ...] = ()
    only_segments: int | tuple[str, ...] | None = None
    refuses_cancel: bool = False

    @property
    def number(self) -> int:
        """Where it stands in the order of making."""
        return self.compute_job_id

    @property
    def marks(self) -> tuple[tuple[str, str], ...]:
        """The segments that it is about, and what else lists are filtered by that never changes."""
        return (
            *dict.fromkeys(("segmentId", segment.segment_id) for segment in self.segments),
            ("source", self.source),
            ("profileInstanceId", self.profile_instance_id),
            ("requestId", self.request_id),
        )


@lru_cache(maxsize=1 << 12)
def _following(job_id: str, what: str) -> str:
    """Answer an id that follows from that of a job; who lists jobs wants the same ones again and again."""
    return randomness.uuid(job_id, what)


def create(
    space: Space,
    segment_ids: Sequence[str],
    at: int,
    *,
    request_id: str | None = None,
    profile_instance_id: str = "ups",
    schedule_id: str | None = None,
) -> SegmentJob:
    """Make a job over ``segment_ids`` (``*`` stands for all batch-enabled definitions) and plan its course.

    Raises ``Refusal``: 400 for no id or an unknown one, 429 when too many jobs are running, either for what the limits
    of flexible evaluation forbid.
    """
    definitions = chosen(space, segment_ids)
    limit = space.settings.max_running_jobs
    if limit and len(space.segment_jobs.running(LIFECYCLE, at)) >= limit:
        raise Refusal(429, f"Too many segment jobs in processing: the limit is {limit}.", code="EMULATOR-429001-429")
    if schedule_id is None and space.settings.flexible_evaluation_limits:
        flexible_evaluation.count_run(space, len(definitions), at)
    fault = space.faults.meet_job("segment", space.sandbox.name, at)
    id = space.mint.uuid("segment-job")
    if schedule_id is not None:
        request_id = f"{schedule_id}-{at}"
    job = SegmentJob(
        id=id,
        source="api" if schedule_id is None else "scheduler",
        segments=tuple(as_it_is(space, definition) for definition in definitions),
        created=at,
        timeline=KIND.plan(space, _COURSE, at, id, fault),
        request_id=request_id or space.mint.request_id(),
        profile_instance_id=profile_instance_id,
        compute_job_id=space.mint.next_ordinal("compute-job"),
        schedule_id=schedule_id,
        errors=courses.failure(fault),
        only_segments=fault.only_segments,
        refuses_cancel=fault.refuse_cancel,
    )
    KIND.keep(space, job)
    return job


def chosen(space: Space, segment_ids: Sequence[str]) -> list[SegmentDefinition]:
    """Answer the definitions that ``segment_ids`` name, each once. Raises ``Refusal`` (400)."""
    if not segment_ids:
        raise invalid("At least one segment id is required.")
    if ALL in segment_ids:
        return [each for each in space.definitions if each.is_enabled("batch") and each.lifecycle_state != "inactive"]
    unknown = [each for each in dict.fromkeys(segment_ids) if each not in space.definitions]
    if unknown:
        named = ", ".join(unknown[:5]) + (f" and {len(unknown) - 5} more" if len(unknown) > 5 else "")
        raise invalid(f"No segment definition with id {named} in sandbox {space.sandbox.name}.")
    return [segment_definitions.find(space, each) for each in dict.fromkeys(segment_ids)]


def as_it_is(space: Space, definition: SegmentDefinition) -> JobSegment:
    """Answer what a run evaluates of a definition, under the newest version of its merge policy."""
    policy = merge_policies.newest(space, definition.merge_policy_id)
    return JobSegment(definition.id, definition.expression, definition.merge_policy_id, policy.version if policy else 1)


def _come_to(space: Space, job: SegmentJob, status: str, at: int) -> events.Settled:
    if status == SUCCEEDED and job.metrics is None:
        segments = _evaluated(job)
        profiles = len(segments) * len(space.population.fragments)
        find_out = partial(evaluate, space, segments, at)
        return events.Work(profiles, find_out, partial(_succeed, space, job), partial(_fail, space, job))
    return ""


def _succeed(space: Space, job: SegmentJob, outcome: Outcome) -> str:
    write_down(space, outcome)
    metrics = outcome.metrics
    earlier = space.segment_jobs.predecessor(job.id)
    if earlier is not None and earlier.metrics == metrics:
        metrics = earlier.metrics  # jobs are many, and mostly count what the job before counted: that is kept once
    KIND.change(space, job, metrics=metrics)
    return f"{metrics.total_profiles} profiles, {sum(metrics.sizes.values())} memberships"


def _fail(space: Space, job: SegmentJob, reason: str) -> None:
    """Let a job fail that was to succeed."""
    KIND.fail(space, job, errors=(JobError(courses.STANDARD_CODE, reason),))


def _evaluated(job: SegmentJob) -> Sequence[JobSegment]:
    only = job.only_segments
    if only is None:
        return job.segments
    if isinstance(only, int):
        return job.segments[:only]
    return [segment for segment in job.segments if segment.segment_id in only]


KIND = JobKind("segment", events.SEGMENT_JOB, LIFECYCLE, lambda space: space.segment_jobs, _come_to)

find, cancel = KIND.find, KIND.cancel


def updated(job: SegmentJob, now: int) -> int:
    """Answer when a job, as it is at ``now`` (epoch ms), changed last: epoch s."""
    return job.timeline.phase_at(now).begins // 1000


def to_wire(job: SegmentJob, space: Space, now: int) -> dict[str, Any]:
    """Answer the wire form at ``now``: what a client sees grows with the job's phases (contract 2.2, 7.1)."""
    phase = job.timeline.phase_at(now)
    epoch = updated(job, now)
    begun = courses.begun(job.timeline, PROCESSING, now)
    wire: dict[str, Any] = {
        "id": job.id,
        "imsOrgId": space.org,
        "sandbox": space.sandbox.reference(),
        "profileInstanceId": job.profile_instance_id,
        "source": job.source,
        "status": phase.status,
    }
    if begun is not None:
        wire["batchId"] = _following(job.id, "batch")
        wire["computeJobId"] = job.compute_job_id
        wire["computeGatewayJobId"] = _following(job.id, "gateway")
    if len(job.segments) > space.settings.star_threshold:
        wire["segments"] = [{"segmentId": ALL}]
    else:
        wire["segments"] = [_segment_to_wire(segment) for segment in job.segments]
    if begun is not None:
        wire["metrics"] = _metrics_to_wire(job, begun, now)
    if job.errors and phase.status == FAILED:
        wire["errors"] = [each.to_wire() for each in job.errors]
    wire["requestId"] = job.request_id
    wire["schema"] = {"name": merge_policies.PROFILE_SCHEMA}
    if job.schedule_id is not None:
        wire["properties"] = {"scheduleId": job.schedule_id, "runId": _following(job.id, "run")}
    href = f"/segment/jobs/{job.id}"
    wire["_links"] = {
        "cancel": {"href": href, "method": "DELETE"},
        "checkStatus": {"href": href, "method": "GET"},
    }
    wire["updateTime"] = epoch * 1000
    wire["creationTime"] = job.created
    wire["updateEpoch"] = epoch
    return wire


def _segment_to_wire(segment: JobSegment) -> dict[str, Any]:
    return {
        "segmentId": segment.segment_id,
        "segment": {
            "id": segment.segment_id,
            "expression": dict(segment.expression),
            "mergePolicyId": segment.merge_policy_id,
            "mergePolicy": {"id": segment.merge_policy_id, "version": segment.merge_policy_version},
        },
    }


def _metrics_to_wire(job: SegmentJob, begun: int, now: int) -> dict[str, Any]:
    status = job.timeline.status_at(now)
    if not LIFECYCLE.is_terminal(status):
        return {"totalTime": courses.span_to_wire(begun, None), "profileSegmentationTime": {}}
    span = courses.span_to_wire(begun, job.timeline.ends)
    wire: dict[str, Any] = {"totalTime": span, "profileSegmentationTime": span}
    if job.metrics is not None and status == SUCCEEDED:
        wire["totalProfiles"] = job.metrics.total_profiles
        wire["segmentedProfileCounter"] = job.metrics.sizes
        wire["segmentedProfileByNamespaceCounter"] = job.metrics.by_namespace
        wire["segmentedProfileByStatusCounter"] = job.metrics.by_status
        wire["totalProfilesByMergePolicy"] = job.metrics.by_merge_policy
    return wire
