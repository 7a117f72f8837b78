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
    memberships,
    merge_policies,
    previews,
    queries,
    schedules,
    segment_definitions,
    segment_jobs,
)
from emulator.resources.courses import Job
from emulator.resources.durations import DEFAULT_LENGTHS, Durations
from emulator.resources.population import ExperienceEvent, Fragment
from emulator.resources.refusals import Refusal
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


def _event(event: events.Event) -> None:
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


def _membership(membership: memberships.Membership) -> None:
    _one_of((memberships.REALIZED, memberships.EXISTING, memberships.EXITED), membership.status, "0")


def _policy(policy: merge_policies.MergePolicy) -> None:
    _one_of(merge_policies.GRAPHS, policy.graph, "graph")
    _one_of(merge_policies.MERGES, policy.merge, "merge")


def _dataset(dataset: datasets.Dataset) -> None:
    _texts(dataset.document, ("name",), "document")
    tags = dataset.document.get("tags")
    names = tags.get(datasets.TABLE_TAG) if isinstance(tags, dict) else None
    if not isinstance(names, list) or not names or not isinstance(names[0], str):
        raise SnapshotError(f"tags with {datasets.TABLE_TAG}, a list of one name").within("tags").within("document")

    for name in ("schemaRef", "fileDescription"):
        if not isinstance(dataset.document.get(name, {}), dict):
            raise SnapshotError("an object").within(name).within("document")


def _batch(batch: batches.Batch) -> None:
    try:
        batches.checked_document(batch.document)
    except Refusal as refusal:
        raise SnapshotError(refusal.reasons[0]).within("document") from None


def _definition(definition: segment_definitions.SegmentDefinition) -> None:
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


def _job_segment(segment: segment_jobs.JobSegment) -> None:
    _expression(segment.expression)


def _schedule(schedule: schedules.Schedule) -> None:
    _one_of(schedules.TYPES, schedule.type, "type")
    _one_of(schedules.STATES, schedule.state, "state")
    segments = schedule.properties.get("segments")
    are_ids = isinstance(segments, list) and all(isinstance(each, str) for each in segments)
    if schedule.type == schedules.BATCH_SEGMENTATION and not are_ids:
        raise SnapshotError("an object with segments, a list of segment ids").within("properties")
    with _within("cron"):
        quartz.parse(schedule.cron)


def _course(lifecycle: Lifecycle, job: Job) -> None:
    with _within("timeline"):
        for status in job.timeline.later:
            _one_of(tuple(lifecycle.moves), status, "later")
        with _within("phases"):
            if not job.timeline.phases:
                raise SnapshotError("at least one phase")
            lifecycle.check(job.timeline.phases)


def _preview(preview: previews.Preview) -> None:
    _course(previews.LIFECYCLE, preview)
    _expression(preview.expression)


def _preview_result(result: previews.PreviewResult) -> None:
    if len(result.progress) != previews.PARTS + 1:
        raise SnapshotError(f"{previews.PARTS + 1} counts, one before the first part too").within("progress")


def _query(query: queries.Query) -> None:
    _course(queries.LIFECYCLE, query)
    _texts(query.request, ("dbName", "sql"), "request")


#: By type, what raises ``ValueError`` for a record that cannot be.
CHECKS: Mapping[type, Callable[[Any], None]] = {
    batches.Batch: _batch,
    ClockState: _clock,
    datasets.Dataset: _dataset,
    Durations: _durations,
    events.Event: _event,
    ExperienceEvent: _identified,
    export_jobs.ExportJob: partial(_course, export_jobs.LIFECYCLE),
    FaultRule: _rule,
    Fragment: _identified,
    segment_jobs.JobSegment: _job_segment,
    memberships.Membership: _membership,
    merge_policies.MergePolicy: _policy,
    previews.Preview: _preview,
    previews.PreviewResult: _preview_result,
    queries.Query: _query,
    schedules.Schedule: _schedule,
    segment_definitions.SegmentDefinition: _definition,
    segment_jobs.SegmentJob: partial(_course, segment_jobs.LIFECYCLE),
}
