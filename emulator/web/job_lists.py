"""Which segment jobs a list shows, and in which order: from the table's indexes as far as they go."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from emulator.resources import segment_jobs
from emulator.resources.job_table import JobTable, Mark
from emulator.resources.keys import Keys
from emulator.resources.segment_jobs import LIFECYCLE, SegmentJob
from emulator.web.listing import Filter, in_order, matching

#: How an instant is written: as text it is equal to no other number.
_INSTANT = re.compile("[1-9][0-9]{0,15}")

Jobs = JobTable[str, SegmentJob]
Wire = Callable[[SegmentJob], Mapping[str, Any]]

#: Orders that the table has: by what they go, and whether the latest comes first.
_ORDERS = {
    f"{attribute}{direction}": (attribute, direction == ":desc")
    for attribute in ("creationTime", "updateTime")
    for direction in ("", ":asc", ":desc")
}

#: Parts of ``sort`` that go by status, and the statuses in their order.
_BY_STATUS = {
    f"status{direction}": sorted(LIFECYCLE.moves, reverse=direction == ":desc") for direction in ("", ":asc", ":desc")
}

#: Attributes of a job that lists are sorted by without its whole wire form.
_PLAIN: Mapping[str, Callable[[SegmentJob, int], Any]] = {
    "id": lambda job, now: job.id,
    "source": lambda job, now: job.source,
    "status": lambda job, now: job.timeline.status_at(now),
    "profileInstanceId": lambda job, now: job.profile_instance_id,
    "requestId": lambda job, now: job.request_id,
    "creationTime": lambda job, now: job.created,
    "updateTime": lambda job, now: segment_jobs.updated(job, now) * 1000,
    "updateEpoch": lambda job, now: segment_jobs.updated(job, now),
}


class _Asked(Struct, frozen=True):
    """What filters say: of the indexes, of the few jobs that alone may pass (None: of any), and else."""

    marks: list[Mark]
    status: str | None
    few: Sequence[str] | None
    rest: list[Filter]


def wanted(jobs: Jobs, filters: Sequence[Filter], sort: str | None, now: int, wire: Wire) -> Sequence[str]:
    """Answer the ids of the jobs that all filters admit at ``now`` (epoch ms), sorted, newest first where nobody asks.

    ``wire`` makes the wire form of a job, for what no index and no attribute tells. The answer is good until the next
    write. Raises ``Refusal`` (400) for a ``sort`` that is none.
    """
    in_order((), sort)
    parts = sort.split(",") if sort else []
    attribute, latest_first = _ORDERS[parts.pop()] if parts and parts[-1] in _ORDERS else ("creationTime", True)
    asked = _read(jobs, filters, now)
    listed = jobs.by_update if attribute == "updateTime" else jobs.having
    step = 1 if latest_first else -1
    ids: Sequence[str]
    if asked.few is not None:
        ids = [id for id in asked.few if jobs.has(id, asked.marks, asked.status, now)]
        ids = (jobs.latest_first(ids, now) if attribute == "updateTime" else ids)[::step]
    elif parts and parts[-1] in _BY_STATUS:
        statuses = [each for each in _BY_STATUS[parts.pop()] if asked.status in (None, each)]
        ids = sum((listed(asked.marks, each, now)[::step] for each in statuses), Keys())
    else:
        ids = listed(asked.marks, asked.status, now)[::step]
    if asked.rest:
        ids = [each["id"] for each in matching(map(wire, _of(jobs, ids)), asked.rest)]
    for part in reversed(parts):
        ids = _sorted(jobs, ids, part, now, wire)
    return ids


def _read(jobs: Jobs, filters: Sequence[Filter], now: int) -> _Asked:
    marks: list[Mark] = []
    statuses: set[str] = set()
    few: list[Sequence[str]] = []
    rest = []
    for each in filters:
        match each:
            case Filter("status", None, status):
                statuses.add(status)
            case Filter("segments", "segmentId", segment_id):
                marks.append(("segmentId", segment_id))
            case Filter("source" | "profileInstanceId" | "requestId" as attribute, None, value):
                marks.append((attribute, value))
            case Filter("id", None, id):
                few.append([id] if id in jobs else [])
            case Filter("creationTime" | "updateTime" | "updateEpoch" as attribute, None, text):
                few.append(_dated(jobs, attribute, int(text), now) if _INSTANT.fullmatch(text) else [])
            case _:
                rest.append(each)
    if len(statuses) > 1:
        few.append([])
    only: Sequence[str] | None = None
    for ids in few:
        if len(ids) < len(jobs):
            only = ids if only is None else [*filter(set(only).__contains__, ids)]
    return _Asked(marks, next(iter(statuses), None), only, rest)


def _dated(jobs: Jobs, attribute: str, instant: int, now: int) -> Sequence[str]:
    if attribute == "creationTime":
        return jobs.created_at(instant)
    second, left = (instant, 0) if attribute == "updateEpoch" else divmod(instant, 1000)
    return [] if left else jobs.updated_at(second * 1000, 1000, now)


def _of(jobs: Jobs, ids: Sequence[str]) -> list[SegmentJob]:
    return [job for id in ids if (job := jobs.get(id)) is not None]


def _sorted(jobs: Jobs, ids: Sequence[str], part: str, now: int, wire: Wire) -> list[str]:
    name, _, direction = part.partition(":")
    read = _PLAIN.get(name)
    if read is None:
        return [each["id"] for each in in_order([wire(job) for job in _of(jobs, ids)], part)]
    values = [(read(job, now), job.id) for job in _of(jobs, ids)]
    values.sort(key=lambda pair: pair[0], reverse=direction == "desc")
    return [id for _, id in values]
