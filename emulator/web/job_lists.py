"""Which segment jobs a list shows, and in which order: from the table's indexes as far as they go."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emulator.resources import segment_jobs
from emulator.resources.job_table import JobTable
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

#: Attributes of a job that lists are sorted by without its whole wire form.
_PLAIN: Mapping[str, Callable[[SegmentJob, int], Any]] = {
    "id": lambda job, now: job.id,
    "source": lambda job, now: job.source,
    "status": lambda job, now: job.status_at(now),
    "profileInstanceId": lambda job, now: job.profile_instance_id,
    "requestId": lambda job, now: job.request_id,
    "creationTime": lambda job, now: job.created,
    "updateTime": lambda job, now: segment_jobs.updated(job, now) * 1000,
    "updateEpoch": lambda job, now: segment_jobs.updated(job, now),
}


def wanted(jobs: Jobs, filters: Sequence[Filter], sort: str | None, now: int, wire: Wire) -> list[str]:
    """Answer the ids of the jobs that all filters admit at ``now`` (epoch ms), sorted, newest first where nobody asks.

    ``wire`` makes the wire form of a job, for what no index and no attribute tells. Raises ``Refusal`` (400) for a
    ``sort`` that is none.
    """
    in_order((), sort)
    parts = sort.split(",") if sort else []
    order = _ORDERS[parts.pop()] if parts and parts[-1] in _ORDERS else ("creationTime", True)
    ids, rest = _indexed(jobs, filters, order, now)
    for each in rest:
        ids = [job.id for _, job in matching([(wire(job), job) for job in _of(jobs, ids)], [each])]
    for part in reversed(parts):
        ids = _sorted(jobs, ids, part, now, wire)
    return ids


def _indexed(
    jobs: Jobs, filters: Sequence[Filter], order: tuple[str, bool], now: int
) -> tuple[list[str], list[Filter]]:
    """Answer the jobs that indexes find, in an order of the table, and the filters for which there is no index."""
    found = [(each, _found(jobs, each, now)) for each in filters]
    lists = sorted((ids for _, ids in found if ids is not None and len(ids) < len(jobs)), key=len, reverse=True)
    attribute, latest_first = order
    if attribute == "updateTime":
        lists.insert(0, jobs.by_update(now))
    ids, *others = lists or [jobs.all_keys()]
    for other in map(set, others):
        ids = [id for id in ids if id in other]
    if not latest_first:
        ids.reverse()
    return ids, [each for each, known in found if known is None]


def _found(jobs: Jobs, asked: Filter, now: int) -> list[str] | None:
    """Answer the ids of the jobs that a filter admits, newest first; None where the table has no index for it."""
    match asked:
        case Filter("status", None, status):
            return jobs.with_status(status, now)
        case Filter("segments", "segmentId", segment_id):
            return jobs.with_mark("segmentId", segment_id)
        case Filter("source" | "profileInstanceId" | "requestId" as attribute, None, value):
            return jobs.with_mark(attribute, value)
        case Filter("id", None, id):
            return [id] if id in jobs else []
        case Filter("creationTime" | "updateTime" | "updateEpoch" as attribute, None, text):
            return _dated(jobs, attribute, int(text), now) if _INSTANT.fullmatch(text) else []
    return None


def _dated(jobs: Jobs, attribute: str, instant: int, now: int) -> list[str]:
    if attribute == "creationTime":
        return jobs.created_at(instant)
    second, left = (instant, 0) if attribute == "updateEpoch" else divmod(instant, 1000)
    return [] if left else jobs.updated_at(second * 1000, 1000, now)


def _of(jobs: Jobs, ids: Sequence[str]) -> list[SegmentJob]:
    return [job for id in ids if (job := jobs.get(id)) is not None]


def _sorted(jobs: Jobs, ids: list[str], part: str, now: int, wire: Wire) -> list[str]:
    name, _, direction = part.partition(":")
    if name == "status":
        return _by_status(jobs, ids, now, descends=direction == "desc")
    read = _PLAIN.get(name)
    if read is None:
        return [job.id for _, job in in_order([(wire(job), job) for job in _of(jobs, ids)], part)]
    values = [(read(job, now), job.id) for job in _of(jobs, ids)]
    values.sort(key=lambda pair: pair[0], reverse=direction == "desc")
    return [id for _, id in values]


def _by_status(jobs: Jobs, ids: list[str], now: int, *, descends: bool) -> list[str]:
    found: list[str] = []
    all_ids = jobs.all_keys()
    step = 1 if ids == all_ids else -1 if ids == all_ids[::-1] else None  # the orders that the table's answers have
    for status in sorted(LIFECYCLE.moves, reverse=descends):
        having = jobs.with_status(status, now)
        if len(having) == len(jobs):
            return ids
        if step is not None:
            found += having[::step]
            continue
        kept = set(having)
        found += [id for id in ids if id in kept]
    return found
