"""The table of operations: what is answered, where, and by whom. Routing, docs, support matrix and tests read it.

An operation that is known but not emulated stays in the table with a reason, and answers 501 naming itself. Ids are Adobe's
operationId; where Adobe has none (IMS and the platform's smaller neighbours) they are ours in the same style.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from emulator.web.exchange import Call, Reply
from emulator.web.handlers import (
    segment_definitions,
    segment_jobs,
)

UPS = "/data/core/ups"
CATALOG = "/data/foundation/catalog"
DATA_ACCESS = "/data/foundation/export"
SANDBOXES = "/data/foundation/sandbox-management"
QUERY = "/data/foundation/query"

FLEXIBLE = (
    "Flexible Batch Schedules are a limited-availability extra that the documents behind this emulator only sketch"
)
LATER = "not emulated yet"


@dataclass(frozen=True, slots=True)
class Operation:
    """One row: ``path`` with variables in braces, ``status`` of success; without ``handler``, ``reason`` says why."""

    id: str
    method: str
    path: str
    handler: Callable[[Call], Reply] | None
    status: int
    reason: str = ""

    @property
    def is_guarded(self) -> bool:
        """Whether the gateway checks key, token and organisation first; it lets requests for a token pass."""
        return not self.path.startswith("/ims/")

    @property
    def needs_sandbox(self) -> bool:
        """Whether the call is about one sandbox, named by its header."""
        return self.is_guarded and not self.path.startswith(SANDBOXES)


OPERATIONS: tuple[Operation, ...] = (
    # IMS
    Operation("imsToken", "POST", "/ims/token/v3", None, 200, LATER),
    Operation("imsToken", "POST", "/ims/token", None, 200, LATER),
    Operation("imsToken", "POST", "/ims/token/v1", None, 200, LATER),
    Operation("imsToken", "POST", "/ims/token/v2", None, 200, LATER),
    Operation("imsExchangeJwt", "POST", "/ims/exchange/jwt", None, 200, LATER),
    # Segmentation Service: segment definitions
    Operation("listSegmentDefinitions", "GET", f"{UPS}/segment/definitions", segment_definitions.list_definitions, 200),
    Operation(
        "createSegmentDefinition", "POST", f"{UPS}/segment/definitions", segment_definitions.create_definition, 200
    ),
    Operation(
        "retrieveSegmentDefinitionById",
        "GET",
        f"{UPS}/segment/definitions/{{SEGMENT_ID}}",
        segment_definitions.retrieve_definition,
        200,
    ),
    Operation(
        "patchSegmentDefinition",
        "PATCH",
        f"{UPS}/segment/definitions/{{SEGMENT_ID}}",
        segment_definitions.overwrite_definition,
        200,
    ),
    Operation(
        "deleteSegmentDefinition",
        "DELETE",
        f"{UPS}/segment/definitions/{{SEGMENT_ID}}",
        segment_definitions.delete_definition,
        200,
    ),
    Operation(
        "bulkGetSegmentDefinitions", "POST", f"{UPS}/segment/definitions/bulk-get", segment_definitions.bulk_get, 207
    ),
    Operation("convertSegmentDefinition", "POST", f"{UPS}/segment/conversion", segment_definitions.convert, 200),
    # segment jobs
    Operation("listSegmentJobs", "GET", f"{UPS}/segment/jobs", segment_jobs.list_jobs, 200),
    Operation("createSegmentJob", "POST", f"{UPS}/segment/jobs", segment_jobs.create_job, 200),
    Operation("retrieveSegmentJob", "GET", f"{UPS}/segment/jobs/{{SEGMENT_JOB_ID}}", segment_jobs.retrieve_job, 200),
    Operation("deleteSegmentJob", "DELETE", f"{UPS}/segment/jobs/{{SEGMENT_JOB_ID}}", segment_jobs.delete_job, 204),
    Operation("bulkGetSegmentJobs", "POST", f"{UPS}/segment/jobs/bulk-get", segment_jobs.bulk_get, 207),
    # schedules
    Operation("listSchedules", "GET", f"{UPS}/config/schedules", None, 200, LATER),
    Operation("createSchedule", "POST", f"{UPS}/config/schedules", None, 200, LATER),
    Operation("retrieveSchedule", "GET", f"{UPS}/config/schedules/{{SCHEDULE_ID}}", None, 200, LATER),
    Operation("updateSchedule", "PATCH", f"{UPS}/config/schedules/{{SCHEDULE_ID}}", None, 204, LATER),
    Operation("updateSchedule", "POST", f"{UPS}/config/schedules/{{SCHEDULE_ID}}", None, 204, LATER),
    Operation("deleteSchedule", "DELETE", f"{UPS}/config/schedules/{{SCHEDULE_ID}}", None, 204, LATER),
    Operation("addAudiencesToSchedule", "POST", f"{UPS}/config/schedules/add-audiences", None, 200, FLEXIBLE),
    Operation("removeAudiencesFromSchedule", "POST", f"{UPS}/config/schedules/remove-audiences", None, 200, FLEXIBLE),
    Operation("mapAudiencesToSchedules", "POST", f"{UPS}/config/schedules/audience-map", None, 200, FLEXIBLE),
    Operation("triggerSchedule", "POST", f"{UPS}/config/schedules/trigger", None, 200, FLEXIBLE),
    # export jobs
    Operation("listExportJobs", "GET", f"{UPS}/export/jobs", None, 200, LATER),
    Operation("createExportJob", "POST", f"{UPS}/export/jobs", None, 200, LATER),
    Operation("retrieveExportJob", "GET", f"{UPS}/export/jobs/{{EXPORT_JOB_ID}}", None, 200, LATER),
    Operation("cancelExportJob", "DELETE", f"{UPS}/export/jobs/{{EXPORT_JOB_ID}}", None, 200, LATER),
    # preview and estimate
    Operation("createPreview", "POST", f"{UPS}/preview", None, 201, LATER),
    Operation("retrievePreview", "GET", f"{UPS}/preview/{{PREVIEW_ID}}", None, 200, LATER),
    Operation("deletePreview", "DELETE", f"{UPS}/preview/{{PREVIEW_ID}}", None, 200, LATER),
    Operation("retrieveEstimate", "GET", f"{UPS}/estimate/{{ESTIMATE_ID}}", None, 200, LATER),
    # audiences
    Operation("listAudiences", "GET", f"{UPS}/audiences", None, 200, LATER),
    Operation("createAudience", "POST", f"{UPS}/audiences", None, 201, LATER),
    Operation("getAudience", "GET", f"{UPS}/audiences/{{AUDIENCE_ID}}", None, 200, LATER),
    Operation("patchAudience", "PATCH", f"{UPS}/audiences/{{AUDIENCE_ID}}", None, 201, LATER),
    Operation("updateAudience", "PUT", f"{UPS}/audiences/{{AUDIENCE_ID}}", None, 201, LATER),
    Operation("deleteAudience", "DELETE", f"{UPS}/audiences/{{AUDIENCE_ID}}", None, 204, LATER),
    Operation("bulkGetAudiences", "POST", f"{UPS}/audiences/bulk-get", None, 207, LATER),
    Operation("bulkPatchAudienceMetrics", "POST", f"{UPS}/audiences/bulk-patch-metric", None, 207, LATER),
    # segment search
    Operation("listSearchCounts", "GET", f"{UPS}/search/namespaces", None, 200, LATER),
    Operation("listFullTextIndexedObjects", "GET", f"{UPS}/search/entities", None, 200, LATER),
    Operation("retrieveSearchObjectStructure", "GET", f"{UPS}/search/taxonomy", None, 200, LATER),
    # Real-Time Customer Profile: merge policies
    Operation("getMany", "GET", f"{UPS}/config/mergePolicies", None, 200, LATER),
    Operation("createMergePolicy", "POST", f"{UPS}/config/mergePolicies", None, 200, LATER),
    Operation("retrieveMergePolicy", "GET", f"{UPS}/config/mergePolicies/{{mergePolicyId}}", None, 200, LATER),
    Operation("updateMergePolicy", "PUT", f"{UPS}/config/mergePolicies/{{mergePolicyId}}", None, 200, LATER),
    Operation("patchMergePolicy", "PATCH", f"{UPS}/config/mergePolicies/{{mergePolicyId}}", None, 200, LATER),
    Operation("deleteMergePolicy", "DELETE", f"{UPS}/config/mergePolicies/{{mergePolicyId}}", None, 200, LATER),
    Operation("bulkGetMergePolicies", "POST", f"{UPS}/config/mergePolicies/bulk-get", None, 207, LATER),
    # profile access
    Operation("retrieveEntity", "GET", f"{UPS}/access/entities", None, 200, LATER),
    Operation("retrieveMultipleEntities", "POST", f"{UPS}/access/entities", None, 200, LATER),
    Operation("deleteEntity", "DELETE", f"{UPS}/access/entities", None, 202, LATER),
    # preview sample status
    Operation("previewSampleStatus", "GET", f"{UPS}/previewsamplestatus", None, 200, LATER),
    Operation("profileDatasetReport", "GET", f"{UPS}/previewsamplestatus/report/dataset", None, 200, LATER),
    Operation("profileNamespaceReport", "GET", f"{UPS}/previewsamplestatus/report/namespace", None, 200, LATER),
    # Catalog: datasets
    Operation("listDatasets", "GET", f"{CATALOG}/dataSets", None, 200, LATER),
    Operation("createDataset", "POST", f"{CATALOG}/dataSets", None, 201, LATER),
    Operation("retrieveDataset", "GET", f"{CATALOG}/dataSets/{{DATASET_ID}}", None, 200, LATER),
    Operation("putDataset", "PUT", f"{CATALOG}/dataSets/{{DATASET_ID}}", None, 200, LATER),
    Operation("patchDataset", "PATCH", f"{CATALOG}/dataSets/{{DATASET_ID}}", None, 200, LATER),
    Operation("patchDataSetV2", "PATCH", f"{CATALOG}/v2/dataSets/{{DATASET_ID}}", None, 200, LATER),
    Operation("deleteDataset", "DELETE", f"{CATALOG}/dataSets/{{DATASET_ID}}", None, 200, LATER),
    Operation(
        "listDatasetViewFiles", "GET", f"{CATALOG}/dataSets/{{DATASET_ID}}/views/{{VIEW_ID}}/files", None, 200, LATER
    ),
    # batches
    Operation("listBatches", "GET", f"{CATALOG}/batches", None, 200, LATER),
    Operation("createBatch", "POST", f"{CATALOG}/batches", None, 201, LATER),
    Operation("retrieveBatch", "GET", f"{CATALOG}/batches/{{BATCH_ID}}", None, 200, LATER),
    Operation("createBatchWithId", "POST", f"{CATALOG}/batches/{{BATCH_ID}}", None, 201, LATER),
    Operation("updateBatch", "PUT", f"{CATALOG}/batches/{{BATCH_ID}}", None, 200, LATER),
    Operation("patchBatch", "PATCH", f"{CATALOG}/batches/{{BATCH_ID}}", None, 200, LATER),
    Operation("deleteBatch", "DELETE", f"{CATALOG}/batches/{{BATCH_ID}}", None, 200, LATER),
    Operation("retrieveUniqueBatchValues", "GET", f"{CATALOG}/batches/uniques/{{FIELD}}", None, 200, LATER),
    Operation("listLastBatches", "GET", f"{CATALOG}/lastBatches", None, 200, LATER),
    # Data Access
    Operation("listDatasetFiles", "GET", f"{DATA_ACCESS}/batches/{{batchId}}/files", None, 200, LATER),
    Operation("retrieveFailedBatch", "GET", f"{DATA_ACCESS}/batches/{{batchId}}/failed", None, 200, LATER),
    Operation("retrieveBatchMeta", "GET", f"{DATA_ACCESS}/batches/{{batchId}}/meta", None, 200, LATER),
    Operation("retrieveDatasetFile", "GET", f"{DATA_ACCESS}/files/{{dataSetFileId}}", None, 200, LATER),
    Operation("retrieveDatasetFileHeaders", "HEAD", f"{DATA_ACCESS}/files/{{dataSetFileId}}", None, 200, LATER),
    Operation("retrieveDatasetPreview", "GET", f"{DATA_ACCESS}/datasets/{{id}}/preview", None, 200, LATER),
    # Sandbox management
    Operation("listAvailableSandboxes", "GET", f"{SANDBOXES}/", None, 200, LATER),
    Operation("listSandboxTypes", "GET", f"{SANDBOXES}/sandboxTypes", None, 200, LATER),
    Operation("listSandboxes", "GET", f"{SANDBOXES}/sandboxes", None, 200, LATER),
    Operation("retrieveSandbox", "GET", f"{SANDBOXES}/sandboxes/{{sandboxName}}", None, 200, LATER),
    # Query Service
    Operation("createQuery", "POST", f"{QUERY}/queries", None, 202, LATER),
    Operation("listQueries", "GET", f"{QUERY}/queries", None, 200, LATER),
    Operation("retrieveQuery", "GET", f"{QUERY}/queries/{{queryId}}", None, 200, LATER),
    Operation("updateQuery", "PATCH", f"{QUERY}/queries/{{queryId}}", None, 202, LATER),
    Operation("retrieveConnectionParameters", "GET", f"{QUERY}/connection_parameters", None, 200, LATER),
    # Schema Registry and Identity Service
    Operation(
        "retrieveUnionSchema", "GET", "/data/foundation/schemaregistry/tenant/unions/{schemaId}", None, 200, LATER
    ),
    Operation("listIdentityNamespaces", "GET", "/data/core/idnamespace/identities", None, 200, LATER),
)
