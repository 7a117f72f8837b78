"""Export jobs over HTTP: /export/jobs."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from emulator.resources import courses, export_jobs
from emulator.resources.export_job_wire import to_wire
from emulator.resources.export_jobs import LIFECYCLE, ExportJob
from emulator.resources.refusals import invalid
from emulator.resources.space import Space
from emulator.web.exchange import Call, Reply

DEFAULT_LIMIT = 100

_CURSOR = re.compile(r"(\d{1,18})_(\d{1,18})", re.ASCII)
_NUMBER = re.compile(r"\d{1,18}", re.ASCII)


def list_jobs(call: Call) -> Reply:
    """Answer the jobs of the sandbox, newest first: ``status``, ``limit`` and ``offset``.

    ``offset`` is a number of records, or a cursor ``{creationTime}_{id}``: the last record of the page before. The
    other spellings, ``start`` (records) and ``page`` (pages), are understood where there is no ``offset``.
    """
    jobs = call.space.export_jobs
    status = call.query.text("status")
    if status is not None and status.upper() not in LIFECYCLE.moves:
        raise invalid(f"`status` is one of {', '.join(LIFECYCLE.moves)}, not {status!r}.")
    ids = jobs.having((), status and status.upper(), call.now)
    limit = call.query.number("limit", DEFAULT_LIMIT, least=1)
    rest = _after_offset(call, ids, limit)
    shown = [export_jobs.find(call.space, str(id)) for id in rest[:limit]]
    cursor = f"{shown[-1].created}_{shown[-1].id}" if shown else ""
    filter = f"&status={status.upper()}" if status else ""  # before the offset: clients cut the text after `offset=`
    more = f"/export/jobs/?limit={limit}{filter}&offset={cursor}" if len(rest) > limit else ""
    return Reply(
        200,
        {
            "records": [to_wire(job, call.space, call.now) for job in shown],
            "page": {"sortField": "createdTime", "sort": "desc", "pageOffset": cursor, "pageSize": len(shown)},
            "link": {"next": more},
        },
    )


def _after_offset(call: Call, ids: Sequence[int], limit: int) -> Sequence[int]:
    start, page = call.query.number("start", 0), call.query.number("page", 0)
    offset = call.query.text("offset")
    if offset is None:
        return ids[start or page * limit :]
    cursor = _CURSOR.fullmatch(offset)
    if cursor:
        created, number = int(cursor[1]), int(cursor[2])
        return ids[bisect_right(ids, (-created, -number), key=lambda id: _depth(call.space, id)) :]
    if not _NUMBER.fullmatch(offset):
        raise invalid(
            "`offset` is a number of records, or the `page.pageOffset` of the page before such as 1538573416687_722, "
            f"not {offset[:40]!r}."
        )
    return ids[int(offset) :]


def _depth(space: Space, id: int) -> tuple[int, int]:
    """Answer how far down the list a job stands."""
    job = export_jobs.find(space, str(id))
    return -job.created, -job.id


def create_job(call: Call) -> Reply:
    """Make an export job."""
    job = export_jobs.create(
        call.space,
        call.object(),
        call.now,
        request_id=call.headers.get("x-request-id") or None,
        profile_instance_id=call.headers.get("x-profile-instance-id") or "ups",
    )
    location = f"{call.origin}/data/core/ups/export/jobs/{job.id}"
    return Reply(200, _wire(call, courses.as_made(job)), {"X-Location": location})


def retrieve_job(call: Call) -> Reply:
    """Answer one job."""
    return Reply(200, _wire(call, call.job(export_jobs.KIND)))


def cancel_job(call: Call) -> Reply:
    """Mark a job for cancelling; the answer comes at once, the change later."""
    export_jobs.cancel(call.space, call.id, call.now)
    if call.space.settings.export_job_delete == "204-empty":
        return Reply(204)
    return Reply(200, {"status": True, "message": "Export job has been marked for cancelling"})


def _wire(call: Call, job: ExportJob) -> dict[str, Any]:
    return to_wire(job, call.space, call.now)
