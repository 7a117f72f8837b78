"""Segment jobs over HTTP: /segment/jobs."""

from __future__ import annotations

from functools import partial
from typing import Any

from emulator.resources import courses, segment_jobs
from emulator.resources.merge_policies import PROFILE_SCHEMA
from emulator.resources.refusals import Refusal, invalid, missing_field, unreadable
from emulator.resources.segment_jobs import LIFECYCLE, PROCESSING, SegmentJob
from emulator.web import bulk_get as bulk
from emulator.web.exchange import Call, Reply
from emulator.web.job_lists import wanted
from emulator.web.listing import Filter
from emulator.web.paging import page
from emulator.web.writing import to_json

#: The filter takes the single-L spellings of the older guides as well.
_SPELLINGS = {"CANCELING": "CANCELLING", "CANCELED": "CANCELLED"}


def list_jobs(call: Call) -> Reply:
    """Answer the jobs of the sandbox, newest first: ``status``, ``property``, ``sort``, ``start`` and ``limit``."""
    status, sort, properties = call.query.text("status"), call.query.text("sort"), call.query.all("property")
    call.query.text("snapshot.name")
    filters = [Filter.read(each) for each in properties]
    if status is not None:
        spelt = _SPELLINGS.get(status.upper(), status.upper())
        if spelt not in LIFECYCLE.moves:
            raise Refusal(400, f"`status` is one of {', '.join(LIFECYCLE.moves)}, not {status!r}.")
        filters.append(Filter("status", None, spelt))
    asked = [("status", status), ("sort", sort), *(("property", each) for each in properties)]
    keeping = [(name, value) for name, value in asked if value]
    ids = wanted(call.space.segment_jobs, filters, sort, call.now, partial(_wire, call))
    shown, about, links = page(call, ids, keeping=keeping)
    children = [_wire(call, segment_jobs.find(call.space, id)) for id in shown]
    return Reply(200, {"_page": about, "children": children, "_links": links})


def create_job(call: Call) -> Reply:
    """Make a job over a list of ``{"segmentId"}``, or over everything: ``{"segments": [{"segmentId": "*"}]}``."""
    job = segment_jobs.create(
        call.space,
        _segment_ids(call.body()),
        call.now,
        request_id=call.headers.get("x-request-id") or None,
        profile_instance_id=call.headers.get("x-profile-instance-id") or "ups",
    )
    wire = _wire(call, courses.as_made(job))
    if call.space.settings.initial_job_status == PROCESSING:
        wire["status"] = PROCESSING
        wire["computeJobId"] = job.compute_job_id
    return Reply(200, wire)


def _segment_ids(body: Any) -> list[str]:
    if isinstance(body, dict):
        if "segments" not in body:
            raise missing_field("segments", "a list of {segmentId}")
        schema = body.get("schema", {"name": PROFILE_SCHEMA})
        if not isinstance(schema, dict) or schema.get("name") != PROFILE_SCHEMA:
            raise invalid(f"`schema.name` is {PROFILE_SCHEMA}.")
        body = body["segments"]
    if not isinstance(body, list):
        raise unreadable('The body has to be a list such as [{"segmentId": "..."}].')
    ids = []
    for entry in body:
        if not isinstance(entry, dict) or not isinstance(entry.get("segmentId"), str) or not entry["segmentId"]:
            raise missing_field("segmentId")
        ids.append(entry["segmentId"])
    return ids


def retrieve_job(call: Call) -> Reply:
    """Answer one job."""
    return Reply(200, content=_written(call, call.job(segment_jobs.KIND)))


#: So many jobs are remembered as they were written last.
_REMEMBERED = 256


def _written(call: Call, job: SegmentJob) -> bytes:
    """Answer the wire form as JSON. A job that is polled is written once a phase: what it shows changes with that."""
    written, key = call.world.written, (call.space.sandbox.name, job.id)
    begins = job.timeline.phase_at(call.now).begins
    known = written.get(key)
    if known is None or known[0] is not job or known[1] != begins:
        if len(written) >= _REMEMBERED:
            written.clear()
        known = written[key] = job, begins, to_json(_wire(call, job))
    return known[2]


def delete_job(call: Call) -> Reply:
    """Mark a job for cancelling; the answer comes at once, the change later."""
    segment_jobs.cancel(call.space, call.id, call.now)
    if call.space.settings.segment_job_delete == "200-body":
        message = f"Segment job with id '{call.id}' has been marked for cancelling"
        return Reply(200, {"status": True, "message": message})
    return Reply(204)


def bulk_get(call: Call) -> Reply:
    """Answer several jobs by id."""
    return bulk.reply(call, call.space.segment_jobs.get, _wire)


def _wire(call: Call, job: SegmentJob) -> dict[str, Any]:
    return segment_jobs.to_wire(job, call.space, call.now)
