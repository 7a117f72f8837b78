"""Export jobs: profiles, written into a dataset as files.

A job is planned when it is made, like a segment job. When it ends, what the dataset held before is replaced by what the
job selects at that instant; a job that fails or is cancelled leaves the dataset as it was. Its batches are in Catalog
from the start: ``loading``, then ``processing``, then ``success``, ``failed`` or ``aborted``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from emulator.formats import row_files
from emulator.resources import (
    batches,
    courses,
    dataset_content,
    datasets,
    evaluation,
    events,
    export_requests,
    merge_policies,
    segment_jobs,
)
from emulator.resources.courses import JobError, JobKind
from emulator.resources.export_requests import ExportRequest, SegmentFilter
from emulator.resources.export_rows import PolicyVersion, Source, profiles_with_rows
from emulator.resources.identities import Identity
from emulator.resources.membership_view import COMPUTED
from emulator.resources.population import Profile
from emulator.resources.refusals import Refusal, invalid
from emulator.resources.segment_jobs import ALL
from emulator.resources.space import Space
from emulator.simulation.timeline import Lifecycle, Timeline

#: An id as it is written: a number has one spelling.
_ID = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)

NEW, PROCESSING = "NEW", "PROCESSING"
SUCCEEDED, FAILED = "SUCCEEDED", "FAILED"
CANCELLING, CANCELLED = "CANCELLING", "CANCELLED"

LIFECYCLE = Lifecycle(
    kind="export job",
    initial=NEW,
    moves={
        NEW: frozenset((PROCESSING, CANCELLING, FAILED)),  # FAILED before PROCESSING only by a fault
        PROCESSING: frozenset((SUCCEEDED, FAILED, CANCELLING)),
        CANCELLING: frozenset((CANCELLED,)),
        SUCCEEDED: frozenset(),
        FAILED: frozenset(),
        CANCELLED: frozenset(),
    },
)

#: The dataset of scheduled exports that name none; made on first use.
SCHEDULED_EXPORT = "Scheduled export"

#: What the service writes of every failed export, after the reason itself (Adobe's tutorial).
ABORTED = JobError("unknown", "Job aborted.", "org.apache.spark.SparkException: Job aborted.")


class ExportCounts(Struct, frozen=True):
    """What was counted of a finished export: profiles, and how many of them are known in each namespace."""

    profiles: int
    by_namespace: Mapping[str, int]


class ExportJob(Struct, frozen=True):
    """A planned or finished export. Times are epoch ms; ``counts`` are there once it has succeeded.

    With ``request.segment_per_batch`` there is one batch for each source, else one for all of them. ``refuses_cancel``
    is a fault: it goes on when it is cancelled.
    """

    id: int
    request: ExportRequest
    sources: tuple[Source, ...]
    policy: PolicyVersion | None
    batch_ids: tuple[str, ...]
    created: int
    timeline: Timeline
    request_id: str
    profile_instance_id: str
    export_job_id: str
    push_job_id: str
    counts: ExportCounts | None = None
    errors: tuple[JobError, ...] = ()
    refuses_cancel: bool = False

    @property
    def number(self) -> int:
        """Where it stands in the order of making."""
        return self.id

    @property
    def marks(self) -> tuple[tuple[str, str], ...]:
        """None: exports are looked for by their status alone."""
        return ()

    def sources_of(self, position: int) -> tuple[Source, ...]:
        """Answer what goes into the batch at ``position`` of ``batch_ids``."""
        return self.sources[position : position + 1] if self.request.segment_per_batch else self.sources


# -- making


def create(
    space: Space,
    document: Mapping[str, Any],
    at: int,
    *,
    request_id: str | None = None,
    profile_instance_id: str = "ups",
) -> ExportJob:
    """Make a job from the wire form of a request and plan its course.

    Raises ``Refusal`` (400) for a request that is wrong or names an unknown dataset or merge policy. A dataset that is
    there but cannot be exported to is no such case: that job fails.
    """
    request = export_requests.read(document)
    if request.dataset_id not in space.datasets:
        raise datasets.unknown_target(request.dataset_id)
    return _planned(space, request, at, request_id, profile_instance_id)


def create_scheduled(space: Space, properties: Mapping[str, Any], at: int, schedule_id: str) -> ExportJob:
    """Make the job of a schedule that fires at ``at``: all batch-enabled segments, one batch.

    The dataset is that of ``properties.destination.datasetId``, else one named ``Scheduled export``. When the dataset
    named is not there, the job fails.
    """
    destination = properties.get("destination")
    dataset_id = destination.get("datasetId") if isinstance(destination, Mapping) else None
    if not isinstance(dataset_id, str) or not dataset_id:
        dataset_id = _scheduled_target(space, at)
    document = {"destination": {"datasetId": dataset_id}, "schema": {"name": merge_policies.PROFILE_SCHEMA}}
    request = export_requests.read(document)
    segments = [SegmentFilter.of(definition.id) for definition in segment_jobs.chosen(space, [ALL])]
    shown = {"segments": [{"segmentId": each.segment_id} for each in segments]}
    request = replace(request, document={**document, "filter": shown}, segments=tuple(segments))
    return _planned(space, request, at, f"{schedule_id}-{at}", "ups")


def _scheduled_target(space: Space, at: int) -> str:
    for dataset in space.datasets:
        if dataset.name == SCHEDULED_EXPORT and dataset.schema_id == datasets.UNION_SCHEMA:
            return dataset.id
    schema = {"id": datasets.UNION_SCHEMA, "contentType": "application/vnd.adobe.xed+json;version=1"}
    return datasets.create(space, {"name": SCHEDULED_EXPORT, "schemaRef": schema}, at).id


def _planned(
    space: Space, request: ExportRequest, at: int, request_id: str | None, profile_instance_id: str
) -> ExportJob:
    policy = _policy(space, request)
    filters = (None,) if request.segments is None else request.segments
    sources = tuple(_source(space, request, each, policy) for each in filters)
    number = len(sources) if request.segment_per_batch else 1
    obstacle = _obstacle(space, request, sources)
    fault = space.faults.meet_job("export", space.sandbox.name, at)
    id = space.mint.next_ordinal("export-job")
    job = ExportJob(
        id=id,
        request=request,
        sources=sources,
        policy=policy or next((each.policy for each in sources), None),
        batch_ids=tuple(space.mint.hexadecimal(32, "batch") for _ in range(number)),
        created=at,
        timeline=KIND.plan(space, (NEW, PROCESSING, FAILED if obstacle else SUCCEEDED), at, str(id), fault),
        request_id=request_id or space.mint.request_id(),
        profile_instance_id=profile_instance_id,
        export_job_id=space.mint.uuid("export-gateway"),
        push_job_id=space.mint.uuid("export-gateway"),
        errors=_errors(obstacle) if obstacle else courses.failure(fault),
        refuses_cancel=fault.refuse_cancel,
    )
    KIND.keep(space, job)
    if request.dataset_id in space.datasets:
        document: dict[str, Any] = {"relatedObjects": [{"type": "dataSet", "id": request.dataset_id}]}
        if job.timeline.status_at(at) == NEW:
            document["status"] = batches.LOADING
        else:  # a phase of no length is over at once, and never on the agenda
            document.update(status=batches.PROCESSING, started=at)
        for batch_id in job.batch_ids:
            batches.create(space, document, at, batch_id=batch_id)
    return job


def _policy(space: Space, request: ExportRequest) -> PolicyVersion | None:
    """Answer the policy that the request names, None when it names none."""
    if request.policy_id is None:
        return None
    version = request.policy_version
    try:
        found = merge_policies.find(space, request.policy_id, version)
    except Refusal:
        named = request.policy_id if version is None else f"{request.policy_id} version {version}"
        raise invalid(f"`mergePolicy` names no merge policy of this sandbox: {named}") from None
    return PolicyVersion(found.id, found.version)


def _source(space: Space, request: ExportRequest, filter: SegmentFilter | None, policy: PolicyVersion | None) -> Source:
    definition = None
    if filter is not None and filter.namespace.casefold() == COMPUTED:
        definition = space.definitions.get(filter.segment_id)
    if policy is None:
        own = merge_policies.newest(space, definition.merge_policy_id) if definition else None
        found = own or merge_policies.default_for(space)
        policy = PolicyVersion(found.id, found.version) if found else None
    fields = definition.document.get("fields") if definition else None
    return Source(filter, policy, export_requests.split_paths(fields) if isinstance(fields, str) else None)


def _obstacle(space: Space, request: ExportRequest, sources: Sequence[Source]) -> str | None:
    """Answer why the export cannot succeed as things are; None when it can."""
    dataset = space.datasets.get(request.dataset_id)
    if dataset is None:
        return f"dataset {request.dataset_id} cannot be retrieved from Catalog"
    if dataset.schema_id != datasets.UNION_SCHEMA:
        return (
            f"dataset {dataset.id} is based on {dataset.schema_id or 'no schema'}, "
            f"an export needs one based on {datasets.UNION_SCHEMA}"
        )
    if not dataset.is_json and not row_files.can_write_parquet():
        return (
            f"dataset {dataset.id} holds Parquet files, and the library that writes them is not installed: "
            f"{row_files.INSTALL_PARQUET}"
        )
    for policy in (each.policy for each in sources):
        if policy is not None and (policy.id, policy.version) not in space.merge_policies:
            return f"merge policy {policy.id} is no longer there"
    return None


def _errors(reason: str) -> tuple[JobError, ...]:
    return (JobError("0090000009", f"Error writing profiles to dataset: {reason}"), ABORTED)


# -- what happens


def _come_to(space: Space, job: ExportJob, status: str, at: int) -> events.Settled:
    if status == PROCESSING:
        _change_batches(space, job, {"status": batches.PROCESSING, "started": at}, at)
    elif status == CANCELLED:
        _change_batches(space, job, {"status": batches.ABORTED, "completed": at}, at)
    elif status == FAILED:
        told = [{"code": each.code, "description": each.message} for each in job.errors]
        _change_batches(space, job, {"status": batches.FAILED, "completed": at, "errors": told}, at)
        return job.errors[0].message
    elif status == SUCCEEDED and job.counts is None:
        obstacle = _obstacle(space, job.request, job.sources)
        if obstacle is not None:
            _fail(space, job, obstacle)
            return None
        profiles = len(job.sources) * len(space.population.fragments)
        find_out, succeed = partial(_selected, space, job, at), partial(_succeed, space, job, at)
        return events.Work(profiles, find_out, succeed, partial(_fail, space, job))
    return ""


def _change_batches(space: Space, job: ExportJob, members: Mapping[str, Any], at: int) -> None:
    for batch_id in job.batch_ids:
        if batch_id in space.batches:
            batches.change(space, batch_id, members, at)


def _fail(space: Space, job: ExportJob, reason: str) -> None:
    """Let a job fail that was to succeed."""
    KIND.fail(space, job, errors=_errors(reason))


class _Selection(Struct, frozen=True):
    """What an export selected: the evaluation before it, if it asked for one, its counts, its files by batch."""

    evaluated: evaluation.Outcome | None
    counts: ExportCounts
    files: Mapping[str, Sequence[row_files.Part]]


def _selected(space: Space, job: ExportJob, at: int) -> _Selection:
    evaluated = _evaluated(space, job, at) if job.request.evaluates_first else None
    if evaluated is not None:
        space = replace(space, memberships=space.memberships.fork())
        evaluation.write_down(space, evaluated)
    dataset = datasets.find(space, job.request.dataset_id)
    tally: Counter[tuple[str, ...]] = Counter()
    known: set[Identity] = set()
    files: dict[str, Sequence[row_files.Part]] = {}
    for position, batch_id in enumerate(job.batch_ids):
        found = profiles_with_rows(space, job.request, job.sources_of(position), at)
        files[batch_id] = dataset_content.files_of(dataset, batch_id, _counted(found, tally, known))
    counts = ExportCounts(tally.total(), evaluation.by_namespace_code(tally))
    return _Selection(evaluated, counts, files)


def _counted(
    found: Iterable[tuple[Profile, row_files.Row]], tally: Counter[tuple[str, ...]], known: set[Identity]
) -> Iterator[row_files.Row]:
    """Answer the rows found; their profiles, but for those ``known``, are added to ``tally`` by their namespaces."""
    for profile, row in found:
        if profile.key not in known:
            known.add(profile.key)
            tally[profile.namespaces] += 1
        yield row


def _succeed(space: Space, job: ExportJob, at: int, selection: _Selection) -> str:
    if selection.evaluated is not None:
        evaluation.write_down(space, selection.evaluated)
    dataset = datasets.find(space, job.request.dataset_id)
    began = job.timeline.began(PROCESSING)
    assert began is not None
    dataset_content.replace_content(space, dataset, selection.files, began, at)
    KIND.change(space, job, counts=selection.counts)
    written = sum(part.records for parts in selection.files.values() for part in parts)
    return f"{written} rows in dataset {dataset.id}"


def _evaluated(space: Space, job: ExportJob, at: int) -> evaluation.Outcome | None:
    filters = (each.filter for each in job.sources)
    asked = [each.segment_id for each in filters if each and each.namespace.casefold() == COMPUTED]
    known = [each for each in asked if each in space.definitions] if job.request.segments is not None else [ALL]
    if not known:
        return None
    segments = [segment_jobs.as_it_is(space, each) for each in segment_jobs.chosen(space, known)]
    return evaluation.evaluate(space, segments, at)


def _key(job_id: str) -> int | None:
    return int(job_id) if _ID.fullmatch(job_id) else None


KIND = JobKind("export", events.EXPORT_JOB, LIFECYCLE, lambda space: space.export_jobs, _come_to, _key)

find, cancel = KIND.find, KIND.cancel
