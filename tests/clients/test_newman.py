"""Adobe's Postman collections under newman: every request in scope, with the status that Adobe's documents give it.

The collections (tests/cases/postman/) are copies of the structure: method, URL, headers, kind of body. Their values
are variables, which the plan below fills. The emulator runs under ``strict_auth``, so the token that the first request
stores opens all others.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest

from emulator import Emulator
from tests.clients.conftest import SEGMENT_EXPORT, UPS, WORKS_IN_US, RunNode

pytestmark = pytest.mark.e2e

COLLECTIONS = sorted((Path(__file__).parents[1] / "cases" / "postman").glob("*.json"))

CATALOG = "/data/foundation/catalog"
ACCESS = "/data/foundation/export"
SANDBOXES = "/data/foundation/sandbox-management"

VARIABLES = {
    "API_KEY": "client",
    "CLIENT_SECRET": "secret",
    "SCOPES": "openid,AdobeID",
    "IMS_ORG": "POSTMAN@AdobeOrg",
    "SANDBOX_NAME": "prod",
    "JWT_TOKEN": "header.claims.signature",
    "x-request-id": "",
    "x-ups-search-version": "1.0",
}

PROFILE = {"name": "_xdm.context.profile"}
PQL = {"type": "PQL", "format": "pql/text", "value": 'homeAddress.country = "SE"'}
POLICY = {
    "name": "mine",
    "schema": PROFILE,
    "identityGraph": {"type": "none"},
    "attributeMerge": {"type": "timestampOrdered"},
}
SCHEDULE = {
    "name": "every night",
    "type": "batch_segmentation",
    "properties": {"segments": ["*"]},
    "schedule": "0 0 1 * * ?",
}
PREVIEW = {"predicateExpression": PQL["value"], "predicateType": "pql/text", "predicateModel": PROFILE["name"]}
EXPORT = {"destination": {"datasetId": SEGMENT_EXPORT}, "schema": PROFILE}
DATASET = {"name": "Mine", "schemaRef": {"id": "https://ns.adobe.com/xdm/context/profile"}}
BATCH = {"status": "loading", "relatedObjects": [{"type": "dataSet", "id": SEGMENT_EXPORT}]}
MARGUERITE = {
    "schema.name": PROFILE["name"],
    "entityId": "marguerite.ashdown@example.com",
    "entityIdNS": "email",
}


def body(value: Any) -> dict[str, str]:
    return {"body": json.dumps(value)}


def ids(variable: str) -> dict[str, str]:
    return body({"ids": [{"id": f"{{{{{variable}}}}}"}]})


@dataclass(frozen=True, slots=True)
class Step:
    """A request of the collections and the statuses it may have; the rest is for the runner, which explains it."""

    request: str
    statuses: tuple[int, ...] = (200,)
    given: Mapping[str, str] = field(default_factory=dict)
    keep: Mapping[str, str] = field(default_factory=dict)
    advance: float = 0


STEPS = (
    Step("POST /ims/exchange/jwt/"),
    Step("POST /ims/token/v2"),
    # Segmentation Service
    Step(f"GET {UPS}/segment/definitions", given={"limit": "5", "page": "1", "sort": "updateTime:desc"}),
    Step(
        f"POST {UPS}/segment/definitions",
        given=body({"name": "Swedes", "expression": PQL, "schema": PROFILE}),
        keep={"SEGMENT_ID": "id"},
    ),
    Step(f"GET {UPS}/segment/definitions/:SEGMENT_ID"),
    Step(
        f"PATCH {UPS}/segment/definitions/:SEGMENT_ID",
        given=body({"name": "Swedes again", "expression": PQL, "schema": PROFILE}),
    ),
    Step(f"POST {UPS}/segment/definitions/bulk-get", (207,), ids("SEGMENT_ID")),
    Step(f"POST {UPS}/segment/conversion", given=body({"name": "Swedes", "expression": PQL, "schema": PROFILE})),
    Step(
        f"POST {UPS}/segment/jobs",
        given=body([{"segmentId": "{{SEGMENT_ID}}"}, {"segmentId": WORKS_IN_US}]),
        keep={"SEGMENT_JOB_ID": "id"},
        advance=5,
    ),
    Step(f"GET {UPS}/segment/jobs", given={"status": "SUCCEEDED", "limit": "10", "snapshot.name": "segment-job"}),
    Step(f"GET {UPS}/segment/jobs/:SEGMENT_JOB_ID"),
    Step(f"POST {UPS}/segment/jobs/bulk-get", (207,), ids("SEGMENT_JOB_ID")),
    Step(f"DELETE {UPS}/segment/jobs/:SEGMENT_JOB_ID", (204, 200)),
    Step(
        f"POST {UPS}/preview",
        (201,),
        body(PREVIEW),
        {"PREVIEW_ID": "previewId", "ESTIMATE_ID": "previewId"},
        advance=60,
    ),
    Step(f"GET {UPS}/preview/:PREVIEW_ID", given={"offset": "0", "limit": "10"}),
    Step(f"GET {UPS}/estimate/:ESTIMATE_ID"),
    Step(f"DELETE {UPS}/preview/:PREVIEW_ID"),
    Step(f"POST {UPS}/config/schedules", given=body(SCHEDULE), keep={"SCHEDULE_ID": "id"}),
    Step(f"GET {UPS}/config/schedules", given={"start": "0", "limit": "10"}),
    Step(f"GET {UPS}/config/schedules/:SCHEDULE_ID"),
    Step(
        f"PATCH {UPS}/config/schedules/:SCHEDULE_ID",
        (204,),
        body([{"op": "add", "path": "/state", "value": "active"}]),
    ),
    Step(f"DELETE {UPS}/config/schedules/:SCHEDULE_ID", (204,)),
    Step(
        f"POST {UPS}/export/jobs",
        given=body(EXPORT),
        keep={"EXPORT_JOB_ID": "id", "batchId": "destination.batchId"},
        advance=10,
    ),
    Step(f"GET {UPS}/export/jobs", given={"limit": "10", "status": "SUCCEEDED"}),
    Step(f"GET {UPS}/export/jobs/:EXPORT_JOB_ID"),
    Step(f"DELETE {UPS}/export/jobs/:EXPORT_JOB_ID"),
    Step(f"GET {UPS}/search/namespaces", given={"schema.name": "_xdm.context.segmentdefinition", "s": "swedes"}),
    Step(
        f"GET {UPS}/search/entities",
        given={"schemaClass": "_xdm.context.segmentdefinition", "namespace": "AEPSegments", "s": "swedes"},
    ),
    Step(
        f"GET {UPS}/search/taxonomy",
        given={"schema.name": "_xdm.context.segmentdefinition", "namespace": "AEPSegments", "entityId": WORKS_IN_US},
    ),
    Step(f"DELETE {UPS}/segment/definitions/:SEGMENT_ID"),
    # Real-Time Customer Profile
    Step(f"GET {UPS}/config/mergePolicies", given={"limit": "2", "orderBy": "name", "schema.name": PROFILE["name"]}),
    Step(f"POST {UPS}/config/mergePolicies", given=body(POLICY), keep={"mergePolicyId": "id"}),
    Step(f"GET {UPS}/config/mergePolicies/:mergePolicyId"),
    Step(f"PUT {UPS}/config/mergePolicies/:mergePolicyId", given=body({**POLICY, "name": "replaced"})),
    Step(
        f"PATCH {UPS}/config/mergePolicies/:mergePolicyId",
        given=body([{"op": "add", "path": "/identityGraph.type", "value": "pdg"}]),
    ),
    Step(f"POST {UPS}/config/mergePolicies/bulk-get", (207,), ids("mergePolicyId")),
    Step(f"GET {UPS}/access/entities", given={**MARGUERITE, "fields": "person.name", "mergePolicyId": "mpid1"}),
    Step(
        f"POST {UPS}/access/entities",
        given=body(
            {
                "schema": PROFILE,
                "identities": [{"entityId": MARGUERITE["entityId"], "entityIdNS": {"code": "Email"}}],
            }
        ),
    ),
    Step(f"DELETE {UPS}/access/entities", (202,), MARGUERITE),
    Step(f"DELETE {UPS}/config/mergePolicies/:mergePolicyId"),
    Step(f"GET {UPS}/previewsamplestatus"),
    Step(f"GET {UPS}/previewsamplestatus/report/dataset"),
    Step(f"GET {UPS}/previewsamplestatus/report/namespace", given={"date": "2026-01-15"}),
    # Data Access
    Step(
        f"GET {ACCESS}/batches/:batchId/files",
        given={"start": "0", "limit": "10"},
        keep={"dataSetFileId": "data.0.dataSetFileId"},
    ),
    Step(f"GET {ACCESS}/batches/:batchId/failed"),
    Step(f"GET {ACCESS}/batches/:batchId/meta"),
    Step(f"GET {ACCESS}/files/:dataSetFileId", keep={"path": "data.0.name"}),
    Step(f"HEAD {ACCESS}/files/:dataSetFileId"),
    Step(f"GET {ACCESS}/files/:dataSetFileId"),
    Step(f"GET {ACCESS}/files/:dataSetFileId", (206,), {"Range": "bytes=0-3"}),
    Step(f"GET {ACCESS}/datasets/:id/preview", given={"id": SEGMENT_EXPORT}),
    # Catalog
    Step(f"POST {CATALOG}/dataSets", (201, 200), {"dataSet": json.dumps(DATASET)}, {"DATASET_ID": "0"}),
    Step(f"GET {CATALOG}/dataSets", given={"name": "Mine"}),
    Step(f"GET {CATALOG}/dataSets/:DATASET_ID", given={"properties": "name,schemaRef"}),
    Step(f"PUT {CATALOG}/dataSets/:DATASET_ID", given={"dataSet": json.dumps({**DATASET, "name": "Yours"})}),
    Step(f"PATCH {CATALOG}/dataSets/:DATASET_ID", given={"dataSet": json.dumps({"description": "patched"})}),
    Step(f"DELETE {CATALOG}/dataSets/:DATASET_ID"),
    Step(f"POST {CATALOG}/batches", (201,), {"batch": json.dumps(BATCH)}, {"BATCH_ID": "0"}),
    Step(f"GET {CATALOG}/batches", given={"dataSet": SEGMENT_EXPORT, "status": "loading"}),
    Step(f"GET {CATALOG}/batches/uniques/:FIELD", given={"FIELD": "status"}),
    Step(f"GET {CATALOG}/batches/:BATCH_ID"),
    Step(f"PUT {CATALOG}/batches/:BATCH_ID", given={"batch": json.dumps({**BATCH, "status": "loaded"})}),
    Step(f"PATCH {CATALOG}/batches/:BATCH_ID", given={"batch": json.dumps({"status": "success"})}),
    Step(f"DELETE {CATALOG}/batches/:BATCH_ID"),
    Step(f"POST {CATALOG}/batches/:BATCH_ID", (201,), {"batch": json.dumps(BATCH)}),
    # Sandbox management
    Step(f"GET {SANDBOXES}/"),
    Step(f"GET {SANDBOXES}/sandboxTypes"),
    Step(f"GET {SANDBOXES}/sandboxes", given={"property": "type==development", "orderBy": "name"}),
    Step(f"GET {SANDBOXES}/sandboxes/:sandboxName", given={"sandboxName": "dev"}),
)

#: Requests of the collections that are not emulated, by the reason.
NOT_EMULATED = {
    "computed attributes are another service": (
        f"GET {UPS}/config/computedAttributes",
        f"POST {UPS}/config/computedAttributes",
        f"GET {UPS}/config/computedAttributes/:ATTRIBUTE_ID",
        f"PATCH {UPS}/config/computedAttributes/:ATTRIBUTE_ID",
        f"DELETE {UPS}/config/computedAttributes/:ATTRIBUTE_ID",
    ),
    "edge projections have nothing to do with batch segmentation": (
        f"GET {UPS}/config/projections",
        f"POST {UPS}/config/projections",
        f"GET {UPS}/config/projections/:projectionid",
        f"PUT {UPS}/config/projections/:projectionid",
        f"DELETE {UPS}/config/projections/:projectionid",
        f"GET {UPS}/config/destinations",
        f"POST {UPS}/config/destinations",
        f"GET {UPS}/config/destinations/:destinationId",
        f"PUT {UPS}/config/destinations/:destinationId",
        f"DELETE {UPS}/config/destinations/:destinationId",
    ),
    "delete requests of whole datasets are not segmentation": (
        f"GET {UPS}/system/jobs",
        f"POST {UPS}/system/jobs",
        f"GET {UPS}/system/jobs/:ID",
        f"DELETE {UPS}/system/jobs/:ID",
    ),
    "of Catalog there are datasets and batches": (
        f"GET {CATALOG}/",
        f"POST {CATALOG}/",
        f"GET {CATALOG}/tags/:tagNamespace",
        f"GET {CATALOG}/dataSets/:id/credentials",
    ),
    "sandboxes are set up by fixtures": (
        f"POST {SANDBOXES}/sandboxes",
        f"PUT {SANDBOXES}/sandboxes/:sandboxName",
        f"PATCH {SANDBOXES}/sandboxes/:sandboxName",
        f"DELETE {SANDBOXES}/sandboxes/:sandboxName",
    ),
}

LEFT_OUT = [request for requests in NOT_EMULATED.values() for request in requests]


def collected() -> Iterator[str]:
    for path in COLLECTIONS:
        for folder in json.loads(path.read_text(encoding="utf-8"))["item"]:
            for item in folder["item"]:
                yield f"{item['request']['method']} /{'/'.join(item['request']['url']['path'])}"


def run(run_node: RunNode, steps: tuple[Step, ...]) -> list[dict[str, Any]]:
    with Emulator(strict_auth=True).serve() as url:
        plan = {
            "url": url,
            "collections": [str(path) for path in COLLECTIONS],
            "variables": VARIABLES,
            "steps": [asdict(step) for step in steps],
        }
        answers: list[dict[str, Any]] = run_node("newman.js", plan)
    return answers


@pytest.fixture(scope="module")
def answers(run_node: RunNode) -> list[dict[str, Any]]:
    return run(run_node, STEPS)


@pytest.fixture(scope="module")
def refusals(run_node: RunNode) -> list[dict[str, Any]]:
    filled = dict.fromkeys(("ATTRIBUTE_ID", "projectionid", "destinationId", "ID", "id", "tagNamespace"), "x")
    given = {**filled, "sandboxName": "dev", **body({}), "resources": "[]", "sandboxPayload": "{}", "action": "{}"}
    return run(run_node, (STEPS[1], *(Step(request, given=given) for request in LEFT_OUT)))[1:]


def test_every_request_of_the_collections_is_run_or_has_a_reason() -> None:
    assert {step.request for step in STEPS} | set(LEFT_OUT) == set(collected())
    assert {step.request for step in STEPS}.isdisjoint(LEFT_OUT)


@pytest.mark.parametrize("position", range(len(STEPS)), ids=[step.request for step in STEPS])
def test_a_request_has_the_status_that_adobe_documents(answers: list[dict[str, Any]], position: int) -> None:
    answer = answers[position]
    assert answer["status"] in STEPS[position].statuses, answer["body"]
    if answer["body"] and "/files/:dataSetFileId" not in STEPS[position].request:
        assert answer["type"] == "application/json"
        json.loads(answer["body"])


@pytest.mark.parametrize("position", range(len(LEFT_OUT)), ids=LEFT_OUT)
def test_what_is_not_emulated_is_refused_in_json(refusals: list[dict[str, Any]], position: int) -> None:
    answer = refusals[position]
    assert answer["status"] in (404, 405, 501), answer["body"]
    assert answer["type"] == "application/json"
    assert isinstance(json.loads(answer["body"]), dict)
