"""What is refused leaves no trace: not in any list, not on the agenda, not in the ids of what is made next.

The wrong requests are made from the valid ones: each member of a body missing, or of another type, and each parameter
of a query with a value that it cannot have. Whatever comes back, our document has to describe it; 500 is nowhere in it.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import cycle, islice
from typing import Any

import pytest

from emulator import create_app
from emulator.web.openapi.document import document
from emulator.web.operations import Operation
from tests.contract.cases import EMULATED, Case, case_of, named
from tests.contract.documents import described
from tests.contract.stage import ContractClient, Stage, everything
from tests.for_each import for_each

WITH_BODY = [each for each in EMULATED if case_of(each).body is not None]
OTHERS: tuple[Any, ...] = (None, True, -1.5, "", "a text", [], [None], {"a": 1})
NOT_JSON = (b"", b"{", b"[1,", b'"text"', b"17", b"null", b"\xff", b"[NaN]", b"[" * 200)

#: Parameters that a case is not about, so that it takes any value: those of events, and one that changes nothing here.
NOT_READ = {"retrieveEntity": {"startTime", "endTime", "limit"}, "createDataset": {"requestDataSource"}}

Request = dict[str, Any]


def variations(body: Any, others: int = len(OTHERS)) -> Iterator[Any]:
    """Answer ``body`` with each of its members taken away, and replaced by so many values of another type.

    The values go round, so that the members of a few bodies meet all of them.
    """
    values = cycle(OTHERS)
    for path in _paths(body):
        *way, last = path
        for value in islice(values, others):
            changed = copy.deepcopy(body)
            _at(changed, way)[last] = value
            yield changed
        changed = copy.deepcopy(body)
        del _at(changed, way)[last]
        yield changed


def _paths(value: Any) -> Iterator[list[Any]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        yield [key]
        yield from ([key, *rest] for rest in _paths(inner))


def _at(value: Any, path: list[Any]) -> Any:
    for key in path:
        value = value[key]
    return value


def doubtful(case: Case, ids: Mapping[str, str], others: int) -> Iterator[Request]:
    """Answer requests with bodies that may be wrong: what a member takes, and which it needs, is each service's own."""
    if case.body is not None:
        body = case.body(ids)
        for varied in (*OTHERS, *variations(body, others)):
            yield {"query_string": case.query(ids), "json": varied}
        yield {"query_string": case.query(ids), "data": json.dumps(body), "content_type": "text/plain"}


def without_json(case: Case, ids: Mapping[str, str]) -> Iterator[Request]:
    for raw in NOT_JSON if case.body is not None else ():
        yield {"query_string": case.query(ids), "data": raw, "content_type": "application/json"}


def wrong_queries(operation: Operation, case: Case, ids: Mapping[str, str]) -> Iterator[Request]:
    told = described(operation.method, case.url(operation, ids))
    assert told is not None
    for each in told.operation["parameters"]:
        parameter = document()["components"]["parameters"][each["$ref"].rpartition("/")[2]] if "$ref" in each else each
        if parameter["in"] == "query" and parameter["name"] not in NOT_READ.get(operation.id, ()):
            for value in no_values(parameter["schema"]):
                yield {**case.options(ids), "query_string": {**case.query(ids), parameter["name"]: value}}
            if parameter.get("required"):
                rest = {name: value for name, value in case.query(ids).items() if name != parameter["name"]}
                yield {**case.options(ids), "query_string": rest}


def no_values(schema: Mapping[str, Any]) -> Iterator[str]:
    """Answer values that no parameter of the schema has."""
    if schema.get("type") == "integer":
        yield from ("x", "1.5", "9" * 40, str(schema.get("minimum", 0) - 1))
        if "maximum" in schema:
            yield str(schema["maximum"] + 1)
    elif schema.get("type") == "boolean" or "enum" in schema:
        yield "maybe"


@pytest.fixture(scope="module")
def twins(stage: Stage) -> tuple[ContractClient, ContractClient]:
    """Clients of two emulators that are alike to the last id."""
    return ContractClient(create_app(stage.emulator())), ContractClient(create_app(stage.emulator()))


def turned_away(client: ContractClient, operation: Operation, url: str, requests: Iterable[Request]) -> list[Request]:
    """Answer the requests that are refused in the prepared state; one that is not gets nobody else into trouble."""
    found, number = [], 0
    trying = client
    for request in requests:
        if trying.request(operation.method, url, **request).status_code >= 400:
            found.append(request)
        else:
            number += 1
            trying = client.within(org=f"{number} of {client.headers['x-gw-ims-org-id']}")
    return found


@pytest.mark.parametrize("others", [2, pytest.param(len(OTHERS), marks=pytest.mark.slow)])
@pytest.mark.parametrize("operation", EMULATED, ids=named)
def test_a_refused_request_leaves_no_trace(
    client: ContractClient,
    twins: tuple[ContractClient, ContractClient],
    stage: Stage,
    untouched: list[Any],
    operation: Operation,
    others: int,
) -> None:
    case = case_of(operation)
    url = case.url(operation, stage.ids)
    refused, twin = (each.within(org=f"{operation.method}{operation.path} {others}@AdobeOrg") for each in twins)
    for each in (*wrong_queries(operation, case, stage.ids), *without_json(case, stage.ids)):
        assert refused.request(operation.method, url, **each).status_code == 400, each
    for each in turned_away(client, operation, url, doubtful(case, stage.ids, others)):
        assert refused.request(operation.method, url, **each).status_code >= 400, each
    assert everything(refused) == untouched
    valid = {**case.options(stage.ids), "headers": {"x-request-id": "the-same"}}
    answers = [each.request(operation.method, url, **valid) for each in (refused, twin)]
    assert answers[0].status_code == operation.status
    assert answers[0].data == answers[1].data


@for_each("operation", WITH_BODY, ids=named)
def test_what_our_document_requires_is_required(client: ContractClient, stage: Stage, operation: Operation) -> None:
    """A body without a member that is marked as required is refused."""
    case = case_of(operation)
    assert case.body is not None
    body = case.body(stage.ids)
    schema = _request_schema(operation)
    for name in schema.get("required", ()):
        rest = {each: value for each, value in body.items() if each != name}
        answer = client.request(operation.method, case.url(operation, stage.ids), json=rest)
        assert answer.status_code == 400, name


def _request_schema(operation: Operation) -> Mapping[str, Any]:
    told = document()["paths"][operation.path][operation.method.lower()]
    schema: Mapping[str, Any] = told["requestBody"]["content"]["application/json"]["schema"]
    if "$ref" in schema:
        schema = document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema
