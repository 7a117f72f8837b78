"""Answers against Adobe's own OpenAPI documents, but for what is wrong there.

tests/cases/adobe holds the structure of the documents: names, types and statuses, without their texts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from emulator.web.operations import Operation
from tests.contract.cases import EMULATED, case_of, named
from tests.contract.conftest import ClientFor
from tests.contract.documents import ADOBE, faults
from tests.contract.stage import Stage
from tests.contract.test_operations import ABOUT_ONE, NOT_REFUSED
from tests.for_each import for_each

METHODS = ("get", "head", "post", "put", "patch", "delete")


class Told(NamedTuple):
    """Where Adobe describes an operation: which document, under which path and method, and how."""

    uri: str
    path: str
    method: str
    operation: dict[str, Any]


def _told() -> Iterator[tuple[str, Told]]:
    for file in sorted(ADOBE.iterdir()):
        for path, item in json.loads(file.read_text(encoding="utf-8"))["paths"].items():
            for method in METHODS:
                if method in item:
                    yield item[method]["operationId"], Told(f"urn:adobe:{file.name}", path, method, item[method])


TOLD = dict(_told())

#: What Adobe does not describe in these documents, and where the operation is known from instead.
ELSEWHERE = {
    "imsToken": "developer documentation",
    "imsExchangeJwt": "Postman collection",
    "triggerSchedule": "guide to schedules",
    "bulkPatchAudienceMetrics": "guide to audiences",
    "listDatasetViewFiles": "guide to datasets",
    "createQuery": "document of Query Service",
    "listQueries": "document of Query Service",
    "retrieveQuery": "document of Query Service",
    "updateQuery": "document of Query Service",
    "retrieveConnectionParameters": "document of Query Service",
    "retrieveUnionSchema": "Schema Registry",
    "listIdentityNamespaces": "document of Identity Service",
}

#: Where an answer rightly differs from Adobe's schema: the operation, the path of the fault, and the reason.
_ONE_DEFINITION = "the schema is that of one definition, not of the list in the example"
_METRICS = "a new job has no metrics: so all samples, and the guide's table"
_BATCHES = "a list in the tutorial: one entry a segment"
_EXTERNAL = "the enums know neither the samples' `ExternalSegment` nor the namespaces that clients choose"
_BOTH = "`oneOf`, and the schema of external audiences admits platform audiences as well"
_TEXT = "a text in every sample"

DIFFERENT: dict[str, list[tuple[str, str]]] = {
    "listSegmentDefinitions": [('^: "(expression|name|schema)" is a required property', _ONE_DEFINITION)],
    "createSegmentJob": [('^: "metrics" is a required property', _METRICS)],
    "listSegmentJobs": [('^children/[0-9]+: "metrics" is a required property', _METRICS)],
    "createExportJob": [('^destination/batches: .* is not of type "object"', _BATCHES)],
    "retrieveExportJob": [('^destination/batches: .* is not of type "object"', _BATCHES)],
    "listExportJobs": [('^records/[0-9]+/destination/batches: .* is not of type "object"', _BATCHES)],
    "createAudience": [("^: .* is not valid under any of the schemas", _EXTERNAL)],
    "updateAudience": [("^: .* is not valid under any of the schemas", _EXTERNAL)],
    "listAudiences": [
        ("^children/[0-9]+: .* is not valid under any of the schemas", _EXTERNAL),
        ("^children/[0-9]+: .* is valid under more than one of the schemas", _BOTH),
    ],
    "listSearchCounts": [
        ('^namespaces/[0-9]+/namespace: .* is not of type "array"', _TEXT),
        ('^totalCount: .* is not of type "string"', "a number in the guide, and in the lists beside it"),
    ],
    "listFullTextIndexedObjects": [('^entities/[0-9]+/sourceId: .* is not of type "object"', _TEXT)],
    "listAvailableSandboxes": [('^_links/page/templated: null is not of type "boolean"', "null in the guide")],
    "listSandboxes": [('^_links/page/templated: null is not of type "boolean"', "null in the guide")],
}

#: Operations about one thing of which Adobe's documents list no 404; it is the nearest there is.
WITHOUT_404 = {
    "deleteSegmentDefinition",
    "patchSegmentDefinition",
    "updateSchedule",
    "updateMergePolicy",
    "patchMergePolicy",
    "putDataset",
    "listDatasetFiles",
    "retrieveFailedBatch",
    "retrieveSandbox",
}


def test_only_these_are_not_in_adobes_documents() -> None:
    assert {each.id for each in EMULATED} - set(TOLD) == set(ELSEWHERE)


@for_each("operation", [each for each in EMULATED if each.id in TOLD], ids=named)
def test_a_success_is_as_adobe_describes_it(client_for: ClientFor, stage: Stage, operation: Operation) -> None:
    case, told, client = case_of(operation), TOLD[operation.id], client_for(operation.id)
    answer = client.request(operation.method, case.url(operation, stage.ids), **case.options(stage.ids))
    response = told.operation["responses"].get(str(answer.status_code))
    assert response is not None, f"{answer.status_code} is not among {list(told.operation['responses'])}"
    found = []
    if "application/json" in response.get("content", {}) and answer.data:
        pointer = ("paths", told.path, told.method, "responses", str(answer.status_code))
        found = faults(told.uri, (*pointer, "content", "application/json", "schema"), answer.json)
    expected = DIFFERENT.get(operation.id, [])
    assert [each for each in found if not any(re.search(pattern, each) for pattern, _ in expected)] == []
    assert [pattern for pattern, _ in expected if not any(re.search(pattern, each) for each in found)] == []


def test_404_is_listed_by_adobe_but_for_these() -> None:
    refused = {each.id for each, _ in ABOUT_ONE if each.id not in NOT_REFUSED and each.id in TOLD}
    assert {id for id in refused if "404" not in TOLD[id].operation["responses"]} == WITHOUT_404
