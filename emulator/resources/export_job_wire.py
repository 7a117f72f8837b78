"""Export jobs on the wire: what a client sees grows with the job's phases (contract 2.4, 7.2)."""

from __future__ import annotations

from typing import Any

from emulator.resources.courses import begun, span_to_wire
from emulator.resources.export_jobs import FAILED, LIFECYCLE, PROCESSING, SUCCEEDED, ExportJob
from emulator.resources.merge_policies import PROFILE_SCHEMA
from emulator.resources.space import Space

#: How far into the processing phase profiles are exported, and when they are written into the dataset, in percent.
_EXPORTED, _WRITE_BEGINS, _WRITTEN = 70, 80, 95

#: Members of the request that are answered as they were sent.
_ECHOED = ("fields", "additionalFields")


def to_wire(job: ExportJob, space: Space, now: int) -> dict[str, Any]:
    """Answer the wire form at ``now`` (epoch ms)."""
    phase = job.timeline.phase_at(now)
    document = job.request.document
    wire: dict[str, Any] = {"profileInstanceId": job.profile_instance_id}
    if phase.status == FAILED:
        wire["errors"] = [each.to_wire() for each in job.errors]
    wire["jobType"] = "BATCH"
    wire.update({name: document[name] for name in _ECHOED if document.get(name) is not None})
    wire["filter"] = document.get("filter") or {}
    wire["id"] = job.id
    wire["schema"] = {"name": PROFILE_SCHEMA}
    if job.policy is not None:
        wire["mergePolicy"] = {"id": job.policy.id, "version": job.policy.version}
    wire["status"] = phase.status
    wire["requestId"] = job.request_id
    wire["computeGatewayJobId"] = _gateway_ids(job, now)
    wire["metrics"] = _metrics(job, now)
    wire["destination"] = _destination(job, space, phase.status == FAILED)
    wire["updateTime"] = phase.begins
    wire["imsOrgId"] = space.org
    wire["creationTime"] = job.created
    return wire


def _gateway_ids(job: ExportJob, now: int) -> dict[str, str]:
    if begun(job.timeline, PROCESSING, now) is None:
        return {}
    ids = {"exportJob": job.export_job_id}
    if job.timeline.status_at(now) == SUCCEEDED:
        ids["pushJob"] = job.push_job_id
    return ids


def _metrics(job: ExportJob, now: int) -> dict[str, Any]:
    status = job.timeline.status_at(now)
    end = job.timeline.ends if LIFECYCLE.is_terminal(status) else None
    began = begun(job.timeline, PROCESSING, now)
    metrics: dict[str, Any] = {"totalTime": span_to_wire(job.created, end)}
    if began is None:
        return metrics
    if end is None or status != SUCCEEDED:
        metrics["profileExportTime"] = span_to_wire(began, end)
        return metrics
    length = end - began
    metrics["profileExportTime"] = span_to_wire(began, began + length * _EXPORTED // 100)
    metrics["aCPDatasetWriteTime"] = span_to_wire(
        began + length * _WRITE_BEGINS // 100, began + length * _WRITTEN // 100
    )
    if job.counts is not None:
        metrics["totalExportedProfileCounter"] = job.counts.profiles
        metrics["exportedProfileByNamespaceCounter"] = dict(job.counts.by_namespace)
    return metrics


def _destination(job: ExportJob, space: Space, failed: bool) -> dict[str, Any]:
    request = job.request
    batch_ids = [""] * len(job.batch_ids) if failed else list(job.batch_ids)
    key = {
        "seed": ("dataSetId",) if request.segment_per_batch else ("datasetId",),
        "datasetId": ("datasetId",),
        "both": ("datasetId", "dataSetId"),
    }[space.settings.export_dataset_key]
    wire: dict[str, Any] = dict.fromkeys(key, request.dataset_id)
    wire["segmentPerBatch"] = request.segment_per_batch
    if request.segment_per_batch:
        filters = [{} if source.filter is None else source.filter.to_wire() for source in job.sources]
        wire["batches"] = [{**filter, "batchId": batch_id} for filter, batch_id in zip(filters, batch_ids, strict=True)]
    else:
        wire["batchId"] = batch_ids[0]
    return wire
