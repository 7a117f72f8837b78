"""What the types of records do not say, and the code that handles them relies on.

Records made by the emulator keep these laws anyway. They are checked when a document is read, so that one written by
hand is refused at the member at fault, and not found out later by whoever meets it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from emulator.faults.rules import FaultRule, rule_of
from emulator.resources import (
    batches,
    datasets,
    events,
    export_jobs,
    merge_policies,
    previews,
    queries,
    schedules,
    segment_definitions,
    segment_jobs,
)
from emulator.resources.batches import Batch
from emulator.resources.datasets import Dataset
from emulator.resources.durations import DEFAULT_LENGTHS, Durations
from emulator.resources.events import Event
from emulator.resources.export_jobs import ExportJob
from emulator.resources.memberships import EXISTING, EXITED, REALIZED, Membership
from emulator.resources.merge_policies import MergePolicy
from emulator.resources.population import ExperienceEvent, Fragment
from emulator.resources.previews import Preview, PreviewResult
from emulator.resources.queries import Query
from emulator.resources.refusals import Refusal
from emulator.resources.schedules import Schedule
from emulator.resources.segment_definitions import SegmentDefinition
from emulator.resources.segment_jobs import JobSegment, SegmentJob
from emulator.simulation import quartz
from emulator.simulation.clock import ClockState, checked_rate
from emulator.simulation.timeline import Lifecycle
from emulator.snapshots.errors import SnapshotError

#: The types of events that an agenda may hold.
EVENT_TYPES = (events.SEGMENT_JOB, events.EXPORT_JOB, events.SCHEDULE, events.PREVIEW, events.QUERY)


@contextmanager
def _within(name: str) -> Iterator[None]:
    """Let whatever is refused inside be a fault of this member."""
    try:
        yield
    except SnapshotError as error:
        raise error.within(name) from None
    except ValueError as error:
        raise SnapshotError(str(error)).within(name) from None


def _one_of(choices: tuple[str, ...], value: object, name: str) -> None:
    if value not in choices:
        raise SnapshotError(f"this is one of {', '.join(choices)}, not {str(value)[:80]!r}").within(name)


def _texts(document: Any, names: tuple[str, ...], within: str) -> None:
    for name in names:
        if not isinstance(document, Mapping) or not isinstance(document.get(name), str):
            raise SnapshotError(f"an object with {', '.join(names)}, which are texts").within(within)


def _event(event: Event) -> None:
    _one_of(EVENT_TYPES, event.type, "type")


def _clock(state: ClockState) -> None:
    checked_rate(state.rate)


def _durations(durations: Durations) -> None:
    if durations.speed <= 0:
        raise SnapshotError(f"a number above 0, not {durations.speed}").within("speed")
    for kind, statuses in DEFAULT_LENGTHS.items():
        for status in statuses:
            try:
                is_length = durations.ms(kind, status, lambda: 1, "trial") >= 0
            except (ArithmeticError, LookupError, TypeError, ValueError):
                is_length = False
            if not is_length:
                raise SnapshotError(f"a length of {kind} {status} from 0 s").within("lengths")


def _rule(rule: FaultRule) -> None:
    with _within("document"):
        id = rule_of(rule.document, rule.id).id
    if id != rule.id:
        raise SnapshotError(f"the document names the rule {id!r}").within("id")


def _identified(stored: Fragment | ExperienceEvent) -> None:
    if not stored.identities:
        raise SnapshotError("at least one identity").within("identities")


def _membership(membership: Membership) -> None:
    _one_of((REALIZED, EXISTING, EXITED), membership.status, "0")


def _policy(policy: MergePolicy) -> None:
    _one_of(merge_policies.GRAPHS, policy.graph, "graph")
    _one_of(merge_policies.MERGES, policy.merge, "merge")


def _dataset(dataset: Dataset) -> None:
    _texts(dataset.document, ("name",), "document")
    tags = dataset.document.get("tags")
    names = tags.get(datasets.TABLE_TAG) if isinstance(tags, dict) else None
    if not isinstance(names, list) or not names or not isinstance(names[0], str):
        raise SnapshotError(f"tags with {datasets.TABLE_TAG}, a list of one name").within("tags").within("document")

    for name in ("schemaRef", "fileDescription"):
        if not isinstance(dataset.document.get(name, {}), dict):
            raise SnapshotError("an object").within(name).within("document")


def _batch(batch: Batch) -> None:
    try:
        batches.checked_document(batch.document)
    except Refusal as refusal:
        raise SnapshotError(refusal.reasons[0]).within("document") from None


def _definition(definition: SegmentDefinition) -> None:
    document = definition.document
    _texts(document, ("name", "mergePolicyId"), "document")
    modes = document.get("evaluationInfo")
    if not isinstance(modes, dict) or not all(isinstance(each, dict) for each in modes.values()):
        raise SnapshotError("an object of modes").within("evaluationInfo").within("document")
    with _within("document"):
        _expression(document.get("expression"))


def _expression(expression: Any) -> None:
    _texts(expression, ("format", "value"), "expression")
    _one_of(segment_definitions.FORMATS, expression["format"], "expression")


def _job_segment(segment: JobSegment) -> None:
    _expression(segment.expression)


def _schedule(schedule: Schedule) -> None:
    _one_of(schedules.TYPES, schedule.type, "type")
    _one_of(schedules.STATES, schedule.state, "state")
    segments = schedule.properties.get("segments")
    are_ids = isinstance(segments, list) and all(isinstance(each, str) for each in segments)
    if schedule.type == schedules.BATCH_SEGMENTATION and not are_ids:
        raise SnapshotError("an object with segments, a list of segment ids").within("properties")
    with _within("cron"):
        quartz.parse(schedule.cron)


_Job = SegmentJob | ExportJob | Preview | Query


def _course(lifecycle: Lifecycle, job: _Job) -> None:
    with _within("timeline"):
        for status in job.timeline.later:
            _one_of(tuple(lifecycle.moves), status, "later")
        with _within("phases"):
            if not job.timeline.phases:
                raise SnapshotError("at least one phase")
            lifecycle.check(job.timeline.phases)


def _preview(preview: Preview) -> None:
    _course(previews.LIFECYCLE, preview)
    _expression(preview.expression)


def _preview_result(result: PreviewResult) -> None:
    if len(result.progress) != previews.PARTS + 1:
        raise SnapshotError(f"{previews.PARTS + 1} counts, one before the first part too").within("progress")


def _query(query: Query) -> None:
    _course(queries.LIFECYCLE, query)
    _texts(query.request, ("dbName", "sql"), "request")


#: By type, what raises ``ValueError`` for a record that cannot be.
CHECKS: Mapping[type, Callable[[Any], None]] = {
    Batch: _batch,
    ClockState: _clock,
    Dataset: _dataset,
    Durations: _durations,
    Event: _event,
    ExperienceEvent: _identified,
    ExportJob: partial(_course, export_jobs.LIFECYCLE),
    FaultRule: _rule,
    Fragment: _identified,
    JobSegment: _job_segment,
    Membership: _membership,
    MergePolicy: _policy,
    Preview: _preview,
    PreviewResult: _preview_result,
    Query: _query,
    Schedule: _schedule,
    SegmentDefinition: _definition,
    SegmentJob: partial(_course, segment_jobs.LIFECYCLE),
}
