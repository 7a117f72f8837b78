"""The table of operations: what is answered, where, and by whom. Routing, docs, support matrix and tests read it.

An operation that is known but not emulated stays in the table with a reason, and answers 501 naming itself. Ids are
Adobe's operationId; where Adobe has none (IMS and the platform's smaller neighbours) they are ours in the same style.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from emulator.web.exchange import Call, Reply
from emulator.web.handlers import (
    audiences,
    batches,
    data_access,
    datasets,
    entities,
    export_jobs,
    ims,
    merge_policies,
    namespaces,
    previews,
    queries,
    sample_status,
    sandboxes,
    schedules,
    schemas,
    search,
    segment_definitions,
    segment_jobs,
)

UPS = "/data/core/ups"
CATALOG = "/data/foundation/catalog"
DATA_ACCESS = "/data/foundation/export"
SANDBOXES = "/data/foundation/sandbox-management"
QUERY = "/data/foundation/query"

FLEXIBLE = "Flexible Batch Schedules are a limited-availability extra"


class Operation(Struct, frozen=True):
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


# fmt: off
OPERATIONS: tuple[Operation, ...] = (
    # IMS
    Operation("imsToken", "POST", "/ims/token/v3", ims.token, 200),
    Operation("imsToken", "POST", "/ims/token", ims.token, 200),
    Operation("imsToken", "POST", "/ims/token/v1", ims.token, 200),
    Operation("imsToken", "POST", "/ims/token/v2", ims.token, 200),
    Operation("imsExchangeJwt", "POST", "/ims/exchange/jwt", ims.exchange_jwt, 200),
    # Segmentation Service: segment definitions
    Operation("listSegmentDefinitions", "GET", UPS + "/segment/definitions", segment_definitions.list_definitions, 200),
    Operation("createSegmentDefinition", "POST", UPS + "/segment/definitions", segment_definitions.create_definition, 200),
    Operation("retrieveSegmentDefinitionById", "GET", UPS + "/segment/definitions/{SEGMENT_ID}", segment_definitions.retrieve_definition, 200),
    Operation("patchSegmentDefinition", "PATCH", UPS + "/segment/definitions/{SEGMENT_ID}", segment_definitions.overwrite_definition, 200),
    Operation("deleteSegmentDefinition", "DELETE", UPS + "/segment/definitions/{SEGMENT_ID}", segment_definitions.delete_definition, 200),
    Operation("bulkGetSegmentDefinitions", "POST", UPS + "/segment/definitions/bulk-get", segment_definitions.bulk_get, 207),
    Operation("convertSegmentDefinition", "POST", UPS + "/segment/conversion", segment_definitions.convert, 200),
    # segment jobs
    Operation("listSegmentJobs", "GET", UPS + "/segment/jobs", segment_jobs.list_jobs, 200),
    Operation("createSegmentJob", "POST", UPS + "/segment/jobs", segment_jobs.create_job, 200),
    Operation("retrieveSegmentJob", "GET", UPS + "/segment/jobs/{SEGMENT_JOB_ID}", segment_jobs.retrieve_job, 200),
    Operation("deleteSegmentJob", "DELETE", UPS + "/segment/jobs/{SEGMENT_JOB_ID}", segment_jobs.delete_job, 204),
    Operation("bulkGetSegmentJobs", "POST", UPS + "/segment/jobs/bulk-get", segment_jobs.bulk_get, 207),
    # schedules
    Operation("listSchedules", "GET", UPS + "/config/schedules", schedules.list_schedules, 200),
    Operation("createSchedule", "POST", UPS + "/config/schedules", schedules.create_schedule, 200),
    Operation("retrieveSchedule", "GET", UPS + "/config/schedules/{SCHEDULE_ID}", schedules.retrieve_schedule, 200),
    Operation("updateSchedule", "PATCH", UPS + "/config/schedules/{SCHEDULE_ID}", schedules.update_schedule, 204),
    Operation("updateSchedule", "POST", UPS + "/config/schedules/{SCHEDULE_ID}", schedules.update_schedule, 204),
    Operation("deleteSchedule", "DELETE", UPS + "/config/schedules/{SCHEDULE_ID}", schedules.delete_schedule, 204),
    Operation("addAudiencesToSchedule", "POST", UPS + "/config/schedules/add-audiences", None, 200, FLEXIBLE),
    Operation("removeAudiencesFromSchedule", "POST", UPS + "/config/schedules/remove-audiences", None, 200, FLEXIBLE),
    Operation("mapAudiencesToSchedules", "POST", UPS + "/config/schedules/audience-map", None, 200, FLEXIBLE),
    Operation("triggerSchedule", "POST", UPS + "/config/schedules/trigger", schedules.trigger_schedule, 200),
    # export jobs
    Operation("listExportJobs", "GET", UPS + "/export/jobs", export_jobs.list_jobs, 200),
    Operation("createExportJob", "POST", UPS + "/export/jobs", export_jobs.create_job, 200),
    Operation("retrieveExportJob", "GET", UPS + "/export/jobs/{EXPORT_JOB_ID}", export_jobs.retrieve_job, 200),
    Operation("cancelExportJob", "DELETE", UPS + "/export/jobs/{EXPORT_JOB_ID}", export_jobs.cancel_job, 200),
    # preview and estimate
    Operation("createPreview", "POST", UPS + "/preview", previews.create_preview, 201),
    Operation("retrievePreview", "GET", UPS + "/preview/{PREVIEW_ID}", previews.retrieve_preview, 200),
    Operation("deletePreview", "DELETE", UPS + "/preview/{PREVIEW_ID}", previews.delete_preview, 200),
    Operation("retrieveEstimate", "GET", UPS + "/estimate/{ESTIMATE_ID}", previews.retrieve_estimate, 200),
    # audiences
    Operation("listAudiences", "GET", UPS + "/audiences", audiences.list_audiences, 200),
    Operation("createAudience", "POST", UPS + "/audiences", audiences.create_audience, 201),
    Operation("getAudience", "GET", UPS + "/audiences/{AUDIENCE_ID}", audiences.retrieve_audience, 200),
    Operation("patchAudience", "PATCH", UPS + "/audiences/{AUDIENCE_ID}", audiences.patch_audience, 201),
    Operation("updateAudience", "PUT", UPS + "/audiences/{AUDIENCE_ID}", audiences.replace_audience, 201),
    Operation("deleteAudience", "DELETE", UPS + "/audiences/{AUDIENCE_ID}", audiences.delete_audience, 204),
    Operation("bulkGetAudiences", "POST", UPS + "/audiences/bulk-get", audiences.bulk_get, 207),
    Operation("bulkPatchAudienceMetrics", "POST", UPS + "/audiences/bulk-patch-metric", audiences.bulk_patch_metric, 207),
    # segment search
    Operation("listSearchCounts", "GET", UPS + "/search/namespaces", search.list_namespaces, 200),
    Operation("listFullTextIndexedObjects", "GET", UPS + "/search/entities", search.list_entities, 200),
    Operation("retrieveSearchObjectStructure", "GET", UPS + "/search/taxonomy", search.retrieve_taxonomy, 200),
    # Real-Time Customer Profile: merge policies
    Operation("getMany", "GET", UPS + "/config/mergePolicies", merge_policies.list_policies, 200),
    Operation("createMergePolicy", "POST", UPS + "/config/mergePolicies", merge_policies.create_policy, 200),
    Operation("retrieveMergePolicy", "GET", UPS + "/config/mergePolicies/{mergePolicyId}", merge_policies.retrieve_policy, 200),
    Operation("updateMergePolicy", "PUT", UPS + "/config/mergePolicies/{mergePolicyId}", merge_policies.replace_policy, 200),
    Operation("patchMergePolicy", "PATCH", UPS + "/config/mergePolicies/{mergePolicyId}", merge_policies.patch_policy, 200),
    Operation("deleteMergePolicy", "DELETE", UPS + "/config/mergePolicies/{mergePolicyId}", merge_policies.delete_policy, 200),
    Operation("bulkGetMergePolicies", "POST", UPS + "/config/mergePolicies/bulk-get", merge_policies.bulk_get, 207),
    # profile access
    Operation("retrieveEntity", "GET", UPS + "/access/entities", entities.retrieve, 200),
    Operation("retrieveMultipleEntities", "POST", UPS + "/access/entities", entities.retrieve_many, 200),
    Operation("deleteEntity", "DELETE", UPS + "/access/entities", entities.erase, 202),
    # preview sample status
    Operation("previewSampleStatus", "GET", UPS + "/previewsamplestatus", sample_status.retrieve_status, 200),
    Operation("profileDatasetReport", "GET", UPS + "/previewsamplestatus/report/dataset", sample_status.report_by_dataset, 200),
    Operation("profileNamespaceReport", "GET", UPS + "/previewsamplestatus/report/namespace", sample_status.report_by_namespace, 200),
    # Catalog: datasets
    Operation("listDatasets", "GET", CATALOG + "/dataSets", datasets.list_datasets, 200),
    Operation("createDataset", "POST", CATALOG + "/dataSets", datasets.create_dataset, 201),
    Operation("retrieveDataset", "GET", CATALOG + "/dataSets/{DATASET_ID}", datasets.retrieve_dataset, 200),
    Operation("putDataset", "PUT", CATALOG + "/dataSets/{DATASET_ID}", datasets.put_dataset, 200),
    Operation("patchDataset", "PATCH", CATALOG + "/dataSets/{DATASET_ID}", datasets.patch_dataset, 200),
    Operation("patchDataSetV2", "PATCH", CATALOG + "/v2/dataSets/{DATASET_ID}", datasets.patch_dataset_v2, 200),
    Operation("deleteDataset", "DELETE", CATALOG + "/dataSets/{DATASET_ID}", datasets.delete_dataset, 200),
    Operation("listDatasetViewFiles", "GET", CATALOG + "/dataSets/{DATASET_ID}/views/{VIEW_ID}/files", datasets.list_view_files, 200),
    # batches
    Operation("listBatches", "GET", CATALOG + "/batches", batches.list_batches, 200),
    Operation("createBatch", "POST", CATALOG + "/batches", batches.create_batch, 201),
    Operation("retrieveBatch", "GET", CATALOG + "/batches/{BATCH_ID}", batches.retrieve_batch, 200),
    Operation("createBatchWithId", "POST", CATALOG + "/batches/{BATCH_ID}", batches.create_batch_with_id, 201),
    Operation("updateBatch", "PUT", CATALOG + "/batches/{BATCH_ID}", batches.update_batch, 200),
    Operation("patchBatch", "PATCH", CATALOG + "/batches/{BATCH_ID}", batches.patch_batch, 200),
    Operation("deleteBatch", "DELETE", CATALOG + "/batches/{BATCH_ID}", batches.delete_batch, 200),
    Operation("retrieveUniqueBatchValues", "GET", CATALOG + "/batches/uniques/{FIELD}", batches.unique_values, 200),
    Operation("listLastBatches", "GET", CATALOG + "/lastBatches", batches.list_last_batches, 200),
    # Data Access
    Operation("listDatasetFiles", "GET", DATA_ACCESS + "/batches/{batchId}/files", data_access.list_batch_files, 200),
    Operation("retrieveFailedBatch", "GET", DATA_ACCESS + "/batches/{batchId}/failed", data_access.list_failed, 200),
    Operation("retrieveBatchMeta", "GET", DATA_ACCESS + "/batches/{batchId}/meta", data_access.retrieve_meta, 200),
    Operation("retrieveDatasetFileHeaders", "HEAD", DATA_ACCESS + "/files/{dataSetFileId}", data_access.retrieve_file_headers, 200),
    Operation("retrieveDatasetFile", "GET", DATA_ACCESS + "/files/{dataSetFileId}", data_access.retrieve_file, 200),
    Operation("retrieveDatasetPreview", "GET", DATA_ACCESS + "/datasets/{id}/preview", data_access.preview_dataset, 200),
    # Sandbox management
    Operation("listAvailableSandboxes", "GET", SANDBOXES + "/", sandboxes.list_available, 200),
    Operation("listSandboxTypes", "GET", SANDBOXES + "/sandboxTypes", sandboxes.list_types, 200),
    Operation("listSandboxes", "GET", SANDBOXES + "/sandboxes", sandboxes.list_sandboxes, 200),
    Operation("retrieveSandbox", "GET", SANDBOXES + "/sandboxes/{sandboxName}", sandboxes.retrieve_sandbox, 200),
    # Query Service
    Operation("createQuery", "POST", QUERY + "/queries", queries.create_query, 202),
    Operation("listQueries", "GET", QUERY + "/queries", queries.list_queries, 200),
    Operation("retrieveQuery", "GET", QUERY + "/queries/{queryId}", queries.retrieve_query, 200),
    Operation("updateQuery", "PATCH", QUERY + "/queries/{queryId}", queries.update_query, 202),
    Operation("retrieveConnectionParameters", "GET", QUERY + "/connection_parameters", queries.connection_parameters, 200),
    # Schema Registry and Identity Service
    Operation("retrieveUnionSchema", "GET", "/data/foundation/schemaregistry/tenant/unions/{schemaId}", schemas.retrieve_union, 200),
    Operation("listIdentityNamespaces", "GET", "/data/core/idnamespace/identities", namespaces.list_namespaces, 200),
)
# fmt: on
