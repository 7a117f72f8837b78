"""One valid call of every operation, in the prepared state."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator.web.operations import OPERATIONS, Operation
from tests.contract.stage import IN_PORTLAND, PERSON, PROFILE, SEGMENT, UNION, export_request

Ids = Mapping[str, str]
_VARIABLE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Case:
    """A call. ``variables`` fill the path with ids by their names; ``body`` and ``query`` are made from the ids."""

    variables: Mapping[str, str] = field(default_factory=dict)
    query: Callable[[Ids], dict[str, Any]] = lambda ids: {}
    body: Callable[[Ids], Any] | None = None
    form: Mapping[str, str] | None = None

    def url(self, operation: Operation, ids: Ids, **instead: str) -> str:
        """Answer the path of the call; ``instead`` puts texts in the place of ids."""
        filled = {name: ids.get(thing, thing) for name, thing in self.variables.items()} | instead
        return _VARIABLE.sub(lambda match: filled[match[1]], operation.path)

    def options(self, ids: Ids) -> dict[str, Any]:
        """Answer what goes along: query, and body or form."""
        options: dict[str, Any] = {"query_string": self.query(ids)}
        if self.body is not None:
            options["json"] = self.body(ids)
        if self.form is not None:
            options["data"] = dict(self.form)
        return options


CREDENTIALS = {"client_id": "id", "client_secret": "secret"}
ACTIVATE = [{"op": "add", "path": "/state", "value": "inactive"}]
SEARCH = {"schema.name": "_xdm.context.segmentdefinition"}
NAMESPACE = {**SEARCH, "namespace": "AEPSegments"}
WHO = {"schema.name": "_xdm.context.profile", "entityId": PERSON, "entityIdNS": "email"}


def _definition(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "description": "Who lives there",
        "schema": PROFILE,
        "expression": IN_PORTLAND,
        "mergePolicyId": "mpid1",
        "evaluationInfo": {"batch": {"enabled": True}, "continuous": {"enabled": False}},
        "dataGovernancePolicy": {"excludeOptOut": True},
    }


def _audience(ids: Ids) -> dict[str, Any]:
    return {
        "name": "Uploaded",
        "audienceId": "uploaded-1",
        "namespace": "Uploads",
        "type": "ExternalSegment",
        "originName": "CUSTOM_UPLOAD",
        "description": "From a file",
        "labels": ["core/C1"],
        "datasetId": ids["dataset"],
        "linkedAudienceRef": {"flowId": "flow-1"},
    }


def _policy(ids: Ids) -> dict[str, Any]:
    return {
        "name": "Lines first",
        "schema": PROFILE,
        "identityGraph": {"type": "pdg"},
        "attributeMerge": {"type": "dataSetPrecedence", "order": [ids["dataset"]]},
        "default": False,
        "isActiveOnEdge": True,
    }


def _dataset(ids: Ids) -> dict[str, Any]:
    return {
        "name": "Segment Export",
        "description": "For results",
        "schemaRef": UNION,
        "fileDescription": {"persisted": True, "containerFormat": "parquet", "format": "parquet"},
        "tags": {"unifiedProfile": ["enabled:true"]},
    }


def _batch(ids: Ids) -> dict[str, Any]:
    return {
        "status": "loaded",
        "relatedObjects": [{"type": "dataSet", "id": ids["spare dataset"]}],
        "recordCount": 3,
        "tags": {"source": ["test"]},
    }


def _entities(ids: Ids) -> dict[str, Any]:
    return {
        "schema": PROFILE,
        "fields": ["personalEmail", "identityMap", "segmentMembership"],
        "identities": [{"entityId": PERSON, "entityIdNS": {"code": "email"}}],
        "mergePolicyId": "mpid1",
    }


def _metrics(ids: Ids) -> dict[str, Any]:
    operations = [{"op": "add", "path": "/metrics/data", "value": {"totalProfiles": 7}}]
    known = {"audienceId": ids["audience"], "namespace": "Letters", "operations": operations}
    unknown = {"audienceId": "nobody", "namespace": "Letters", "operations": operations}
    return {"jobId": "job-1", "jobType": "export", "resources": [known, unknown]}


def _bulk(*names: str) -> Case:
    """A call for some things by id, and one that is not there."""
    return Case(body=lambda ids: {"ids": [{"id": ids.get(name, name)} for name in (*names, "nothing")]})


#: The cases by method and path.
CASES: Mapping[tuple[str, str], Case] = {
    **{
        ("POST", f"/ims/token{version}"): Case(
            form={**CREDENTIALS, "grant_type": "client_credentials", "scope": "openid"}
        )
        for version in ("", "/v1", "/v2", "/v3")
    },
    ("POST", "/ims/exchange/jwt"): Case(form={**CREDENTIALS, "jwt_token": "a.b.c"}),
    **{
        (method, f"/data/core/ups{path}"): case
        for (method, path), case in {
            ("GET", "/segment/definitions"): Case(query=lambda ids: {"limit": 2}),
            ("POST", "/segment/definitions"): Case(body=lambda ids: _definition("Neighbours")),
            ("GET", "/segment/definitions/{SEGMENT_ID}"): Case({"SEGMENT_ID": "definition"}),
            ("PATCH", "/segment/definitions/{SEGMENT_ID}"): Case(
                {"SEGMENT_ID": "definition"}, body=lambda ids: _definition("Portlanders, renamed")
            ),
            ("DELETE", "/segment/definitions/{SEGMENT_ID}"): Case({"SEGMENT_ID": "definition"}),
            ("POST", "/segment/definitions/bulk-get"): _bulk("definition", "segment"),
            ("POST", "/segment/conversion"): Case(body=lambda ids: _definition("Converted")),
            ("GET", "/segment/jobs"): Case(query=lambda ids: {"limit": 2}),
            ("POST", "/segment/jobs"): Case(
                body=lambda ids: [{"segmentId": SEGMENT}, {"segmentId": ids["definition"]}]
            ),
            ("GET", "/segment/jobs/{SEGMENT_JOB_ID}"): Case({"SEGMENT_JOB_ID": "job"}),
            ("DELETE", "/segment/jobs/{SEGMENT_JOB_ID}"): Case({"SEGMENT_JOB_ID": "new job"}),
            ("POST", "/segment/jobs/bulk-get"): _bulk("job", "new job"),
            ("GET", "/config/schedules"): Case(),
            ("POST", "/config/schedules"): Case(
                body=lambda ids: {
                    "name": "mornings",
                    "type": "batch_segmentation",
                    "properties": {"segments": [ids["definition"]]},
                    "schedule": "0 15 10 * * ?",
                    "state": "inactive",
                }
            ),
            ("GET", "/config/schedules/{SCHEDULE_ID}"): Case({"SCHEDULE_ID": "schedule"}),
            ("PATCH", "/config/schedules/{SCHEDULE_ID}"): Case({"SCHEDULE_ID": "schedule"}, body=lambda ids: ACTIVATE),
            ("POST", "/config/schedules/{SCHEDULE_ID}"): Case({"SCHEDULE_ID": "schedule"}, body=lambda ids: ACTIVATE),
            ("DELETE", "/config/schedules/{SCHEDULE_ID}"): Case({"SCHEDULE_ID": "schedule"}),
            ("POST", "/config/schedules/trigger"): Case(body=lambda ids: {"id": ids["schedule"]}),
            ("GET", "/export/jobs"): Case(query=lambda ids: {"limit": 2}),
            ("POST", "/export/jobs"): Case(body=export_request),
            ("GET", "/export/jobs/{EXPORT_JOB_ID}"): Case({"EXPORT_JOB_ID": "export"}),
            ("DELETE", "/export/jobs/{EXPORT_JOB_ID}"): Case({"EXPORT_JOB_ID": "new export"}),
            ("POST", "/preview"): Case(
                body=lambda ids: {
                    "predicateExpression": IN_PORTLAND["value"],
                    "predicateType": "pql/text",
                    "predicateModel": "_xdm.context.profile",
                    "graphType": "none",
                }
            ),
            ("GET", "/preview/{PREVIEW_ID}"): Case({"PREVIEW_ID": "preview"}),
            ("DELETE", "/preview/{PREVIEW_ID}"): Case({"PREVIEW_ID": "preview"}),
            ("GET", "/estimate/{ESTIMATE_ID}"): Case({"ESTIMATE_ID": "preview"}),
            ("GET", "/audiences"): Case(query=lambda ids: {"limit": 5}),
            ("POST", "/audiences"): Case(body=_audience),
            ("GET", "/audiences/{AUDIENCE_ID}"): Case({"AUDIENCE_ID": "definition"}),
            ("PATCH", "/audiences/{AUDIENCE_ID}"): Case(
                {"AUDIENCE_ID": "definition"},
                body=lambda ids: [{"op": "add", "path": "/description", "value": "Who lives there"}],
            ),
            ("PUT", "/audiences/{AUDIENCE_ID}"): Case(
                {"AUDIENCE_ID": "audience"}, body=lambda ids: {"name": "Letter, second edition", "namespace": "Letters"}
            ),
            ("DELETE", "/audiences/{AUDIENCE_ID}"): Case({"AUDIENCE_ID": "audience"}),
            ("POST", "/audiences/bulk-get"): _bulk("audience", "definition"),
            ("POST", "/audiences/bulk-patch-metric"): Case(body=_metrics),
            ("GET", "/search/namespaces"): Case(query=lambda ids: SEARCH),
            ("GET", "/search/entities"): Case(query=lambda ids: NAMESPACE),
            ("GET", "/search/taxonomy"): Case(query=lambda ids: {**NAMESPACE, "entityId": ids["definition"]}),
            ("GET", "/config/mergePolicies"): Case(query=lambda ids: {"limit": 2}),
            ("POST", "/config/mergePolicies"): Case(body=_policy),
            ("GET", "/config/mergePolicies/{mergePolicyId}"): Case({"mergePolicyId": "policy"}),
            ("PUT", "/config/mergePolicies/{mergePolicyId}"): Case({"mergePolicyId": "policy"}, body=_policy),
            ("PATCH", "/config/mergePolicies/{mergePolicyId}"): Case(
                {"mergePolicyId": "policy"}, body=lambda ids: [{"op": "add", "path": "/name", "value": "Renamed"}]
            ),
            ("DELETE", "/config/mergePolicies/{mergePolicyId}"): Case({"mergePolicyId": "policy"}),
            ("POST", "/config/mergePolicies/bulk-get"): _bulk("policy", "mpid1"),
            ("GET", "/access/entities"): Case(query=lambda ids: WHO),
            ("POST", "/access/entities"): Case(body=_entities),
            ("DELETE", "/access/entities"): Case(query=lambda ids: WHO),
            ("GET", "/previewsamplestatus"): Case(),
            ("GET", "/previewsamplestatus/report/dataset"): Case(),
            ("GET", "/previewsamplestatus/report/namespace"): Case(),
        }.items()
    },
    **{
        (method, f"/data/foundation{path}"): case
        for (method, path), case in {
            ("GET", "/catalog/dataSets"): Case(query=lambda ids: {"limit": 2}),
            ("POST", "/catalog/dataSets"): Case(body=_dataset),
            ("GET", "/catalog/dataSets/{DATASET_ID}"): Case({"DATASET_ID": "dataset"}),
            ("PUT", "/catalog/dataSets/{DATASET_ID}"): Case({"DATASET_ID": "spare dataset"}, body=_dataset),
            ("PATCH", "/catalog/dataSets/{DATASET_ID}"): Case(
                {"DATASET_ID": "dataset"}, body=lambda ids: {"description": "Lines of JSON"}
            ),
            ("PATCH", "/catalog/v2/dataSets/{DATASET_ID}"): Case(
                {"DATASET_ID": "dataset"}, body=lambda ids: {"tags": {"source": ["test"]}}
            ),
            ("DELETE", "/catalog/dataSets/{DATASET_ID}"): Case({"DATASET_ID": "spare dataset"}),
            ("GET", "/catalog/dataSets/{DATASET_ID}/views/{VIEW_ID}/files"): Case(
                {"DATASET_ID": "dataset", "VIEW_ID": "view"}
            ),
            ("GET", "/catalog/batches"): Case(query=lambda ids: {"limit": 3}),
            ("POST", "/catalog/batches"): Case(body=_batch),
            ("GET", "/catalog/batches/{BATCH_ID}"): Case({"BATCH_ID": "export batch"}),
            ("POST", "/catalog/batches/{BATCH_ID}"): Case({"BATCH_ID": "chosen-by-the-client"}, body=_batch),
            ("PUT", "/catalog/batches/{BATCH_ID}"): Case({"BATCH_ID": "batch"}, body=_batch),
            ("PATCH", "/catalog/batches/{BATCH_ID}"): Case({"BATCH_ID": "batch"}, body=lambda ids: {"recordCount": 4}),
            ("DELETE", "/catalog/batches/{BATCH_ID}"): Case({"BATCH_ID": "batch"}),
            ("GET", "/catalog/batches/uniques/{FIELD}"): Case({"FIELD": "status"}),
            ("GET", "/catalog/lastBatches"): Case(),
            ("GET", "/export/batches/{batchId}/files"): Case({"batchId": "export batch"}),
            ("GET", "/export/batches/{batchId}/failed"): Case({"batchId": "failed batch"}),
            ("GET", "/export/batches/{batchId}/meta"): Case({"batchId": "export batch"}),
            ("GET", "/export/files/{dataSetFileId}"): Case({"dataSetFileId": "file"}),
            ("HEAD", "/export/files/{dataSetFileId}"): Case(
                {"dataSetFileId": "file"}, query=lambda ids: {"path": ids["file name"]}
            ),
            ("GET", "/export/datasets/{id}/preview"): Case({"id": "dataset"}),
            ("GET", "/sandbox-management/"): Case(),
            ("GET", "/sandbox-management/sandboxTypes"): Case(),
            ("GET", "/sandbox-management/sandboxes"): Case(),
            ("GET", "/sandbox-management/sandboxes/{sandboxName}"): Case({"sandboxName": "dev"}),
            ("POST", "/query/queries"): Case(
                body=lambda ids: {"dbName": "prod:all", "sql": "SELECT 1 AS one", "name": "One", "description": "One"}
            ),
            ("GET", "/query/queries"): Case(query=lambda ids: {"limit": 1}),
            ("GET", "/query/queries/{queryId}"): Case({"queryId": "query"}),
            ("PATCH", "/query/queries/{queryId}"): Case({"queryId": "new query"}, body=lambda ids: {"op": "cancel"}),
            ("GET", "/query/connection_parameters"): Case(),
            ("GET", "/schemaregistry/tenant/unions/{schemaId}"): Case({"schemaId": "_xdm.context.profile__union"}),
        }.items()
    },
    ("GET", "/data/core/idnamespace/identities"): Case(),
}

#: What is emulated.
EMULATED = [each for each in OPERATIONS if each.handler is not None]


def case_of(operation: Operation) -> Case:
    """Answer the case of an operation."""
    return CASES[operation.method, operation.path]


def named(operation: Operation) -> str:
    """Answer the name of an operation in a test's id."""
    return f"{operation.method} {operation.path}"
