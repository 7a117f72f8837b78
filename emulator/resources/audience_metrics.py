"""Metrics of audiences: what jobs outside report of their size, in one call for many.

Source: Adobe's guide to the audiences endpoint, "Update multiple audiences".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from emulator.resources import audiences
from emulator.resources.audiences import Audience
from emulator.resources.refusals import Refusal, invalid, missing_field, required_text
from emulator.resources.space import Space

JOB_TYPES = ("export", "AO")

#: The pointers that an operation may have: the member of the audience, and the count that its value has to hold.
_POINTERS = {"/metrics/data": ("metrics", "totalProfiles"), "/recordMetrics/data": ("recordMetrics", "recordCount")}


class Report(Struct, frozen=True):
    """What a job reports of one audience: new content for ``metrics`` and ``recordMetrics``."""

    audience_id: str
    namespace: str
    content: Mapping[str, Mapping[str, Any]]


def record(space: Space, sent: Mapping[str, Any], at: int) -> list[tuple[Report, Refusal | None]]:
    """Keep the metrics of the audiences that ``sent`` lists, and answer each report with its refusal, None when kept.

    Raises ``Refusal`` (400) for a fault anywhere in ``sent``; then nothing is kept.
    """
    job_id = required_text(sent, "jobId")
    job_type = required_text(sent, "jobType")
    if job_type not in JOB_TYPES:
        raise invalid(f"`jobType` is one of {', '.join(JOB_TYPES)}, not {job_type!r}.")
    resources = sent.get("resources")
    if not isinstance(resources, list) or not resources:
        raise missing_field("resources", "a list of {audienceId, namespace, operations}")
    reports = [_report(resource, f"resources[{index}].") for index, resource in enumerate(resources)]
    ids = {}
    for audience in audiences.every(space):
        # The guide's text asks for the origin's id, its sample sends our own.
        for id in (audience.id, audience.audience_id):
            ids[id, audience.namespace.casefold()] = audience.id
    outcomes: list[tuple[Report, Refusal | None]] = []
    for report in reports:
        known_id = ids.get((report.audience_id, report.namespace.casefold()))
        if known_id is None:
            outcomes.append((report, audiences.unknown(report.audience_id)))
        else:
            audience = audiences.find(space, known_id)
            audiences.keep(space, _with_metrics(audience, report, {"type": job_type, "jobId": job_id}, at))
            outcomes.append((report, None))
    return outcomes


def _with_metrics(audience: Audience, report: Report, job: Mapping[str, str], at: int) -> Audience:
    metrics = dict(audience.metrics)
    for member, content in report.content.items():
        begun = metrics.get(member, {}).get("createEpoch", at // 1000)
        metrics[member] = {
            **job,
            "id": audience.id,
            "data": content,
            "createEpoch": begun,
            "updateEpoch": at // 1000,
        }
    return replace(audience, metrics=metrics)


def _report(resource: object, where: str) -> Report:
    if not isinstance(resource, Mapping):
        raise missing_field(where[:-1], "{audienceId, namespace, operations}")
    operations = resource.get("operations")
    if not isinstance(operations, list) or not operations:
        raise missing_field(f"{where}operations", "a list of {op, path, value}")
    content = {}
    for index, operation in enumerate(operations):
        member, value = _operation(operation, f"{where}operations[{index}]")
        content[member] = value
    return Report(required_text(resource, "audienceId", where), required_text(resource, "namespace", where), content)


def _operation(operation: object, where: str) -> tuple[str, Mapping[str, Any]]:
    if not isinstance(operation, Mapping) or operation.get("op") != "add":
        raise invalid(f"`{where}` is an operation whose op is add.")
    pointer = operation.get("path")
    if not isinstance(pointer, str) or pointer not in _POINTERS:
        raise invalid(f"`{where}.path` is one of {', '.join(_POINTERS)}, not {pointer!r}.")
    member, counted = _POINTERS[pointer]
    value = operation.get("value")
    count = value.get(counted) if isinstance(value, Mapping) else None
    if not isinstance(value, Mapping) or not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise invalid(f"`{where}.value` is an object with {counted}, a whole number from 0.")
    return member, value
