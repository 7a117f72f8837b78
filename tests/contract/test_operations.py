"""Every operation of the table: what a valid call answers, and what wrong ids and methods come to.

That an answer is one our document describes, to the last member, is checked by the client of these tests.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from emulator.web.openapi.document import document
from emulator.web.operations import OPERATIONS, Operation
from emulator.web.problems import family
from tests.contract.cases import CASES, EMULATED, case_of, named
from tests.contract.conftest import ClientFor
from tests.contract.documents import OURS, faults
from tests.contract.stage import ContractClient, Stage, everything
from tests.for_each import for_each

ABOUT_ONE = [(each, variable) for each in EMULATED for variable in re.findall(r"\{(\w+)\}", each.path)]

#: What an id that is not there comes to where that is not 404.
NOT_REFUSED = {
    "deleteDataset": 200,  # an empty list (Adobe's guide)
    "createBatchWithId": 201,  # makes it
    "retrieveUniqueBatchValues": 200,  # a member that no batch has: no values
}


def test_every_operation_has_a_case() -> None:
    assert set(CASES) == {(each.method, each.path) for each in EMULATED}


@for_each("operation", EMULATED, ids=named)
def test_a_valid_call_succeeds(client_for: ClientFor, stage: Stage, operation: Operation) -> None:
    case, client = case_of(operation), client_for(operation.id)
    answer = client.request(operation.method, case.url(operation, stage.ids), **case.options(stage.ids))
    assert answer.status_code == operation.status, answer.text
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("/data/foundation/catalog/dataSets", "Dataset"),
        ("/data/foundation/catalog/batches", "Batch"),
        ("/data/foundation/catalog/lastBatches", "LastBatches"),
    ],
)
def test_without_a_projection_catalog_shows_whole_objects(client: ContractClient, path: str, schema: str) -> None:
    found = client.json("GET", path)
    assert len(found) > 1
    for wire in found.values():
        assert not faults(OURS, ("components", "schemas", schema), wire)


@pytest.mark.parametrize(
    ("path", "key", "schemas"),
    [
        ("/data/core/ups/segment/definitions", "segments", ["SegmentDefinition"]),
        ("/data/core/ups/audiences", "children", ["PlatformAudience", "ExternalAudience"]),
        ("/data/foundation/catalog/dataSets", None, ["Dataset"]),
        ("/data/foundation/catalog/batches", None, ["Batch"]),
    ],
)
def test_open_objects_show_what_is_documented_and_no_more(
    client: ContractClient, path: str, key: str | None, schemas: list[str]
) -> None:
    """Clients may give these members of their own, so their schemas are open; nobody here did."""
    found = client.json("GET", path)
    shown = {name for wire in (found.values() if key is None else found[key]) for name in wire}
    told = {name for schema in schemas for name in document()["components"]["schemas"][schema]["properties"]}
    assert shown - told == set()


@for_each("operation, variable", ABOUT_ONE, ids=lambda each: f"{each[0].id} {each[1]}")
def test_an_unknown_id_is_refused_and_changes_nothing(
    client_for: ClientFor, stage: Stage, untouched: list[Any], operation: Operation, variable: str
) -> None:
    case, client = case_of(operation), client_for((operation.id, variable))
    url = case.url(operation, stage.ids, **{variable: "nothing"})
    answer = client.request(operation.method, url, **case.options(stage.ids))
    assert answer.status_code == NOT_REFUSED.get(operation.id, 404), answer.text
    if answer.status_code != 201:
        assert everything(client) == untouched


@for_each(
    "path, name",
    [
        ("segment/definitions", "definition"),
        ("segment/jobs", "job"),
        ("audiences", "audience"),
        ("config/mergePolicies", "policy"),
    ],
)
def test_bulk_get_answers_each_id(client: ContractClient, stage: Stage, path: str, name: str) -> None:
    id, url = stage.ids[name], f"/data/core/ups/{path}"
    answer = client.request("POST", f"{url}/bulk-get", json={"ids": [{"id": id}, {"id": "nothing"}]})
    found = answer.json["results"]
    assert (answer.status_code, list(found)) == (207, [id, "nothing"])
    assert client.json("GET", f"{url}/{id}").items() <= found[id].items()
    assert found["nothing"]["errors"] == {"404": [{"code": "404", "message": "Not found."}]}
    assert client.request("POST", f"{url}/bulk-get", json={"ids": [{"id": "nothing"}]}).status_code == 404


def test_exports_are_not_listed_elsewhere(stage: Stage) -> None:
    """Their ids are numbers, which are anybody's: that they are not seen is not seen by their ids."""
    for client in (stage.client.within(org="ELSE@AdobeOrg"), stage.client.within(sandbox="dev")):
        assert client.json("GET", "/data/core/ups/export/jobs")["records"] == []


def _methods_at(url: str) -> set[str]:
    matching = [each for each in OPERATIONS if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", each.path), url)]
    methods = {each.method for each in matching}
    return methods | {"HEAD"} if "GET" in methods else methods


@for_each("path", list(dict.fromkeys(each.path for each in OPERATIONS)))
def test_another_method_is_405_in_the_shape_of_the_service(client: ContractClient, path: str) -> None:
    url = re.sub(r"\{\w+\}", "x", path)
    allowed = _methods_at(url)
    for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} - allowed:
        answer = client.request(method, url)
        assert answer.status_code == 405, method
        assert set(answer.headers["Allow"].split(", ")) == allowed
        if method != "HEAD":
            assert answer.content_type == "application/json"
            assert not faults(OURS, ("components", "schemas", family(path)), answer.json)
