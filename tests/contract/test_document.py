"""Our OpenAPI document: valid, complete, served and printed, and true about parameters."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import Any

import pytest
from flask import Flask
from jsonschema_rs import meta

from emulator import Emulator, create_app
from emulator.cli import main
from emulator.web import pipeline
from emulator.web.exchange import Query
from emulator.web.openapi.document import document
from emulator.web.operations import OPERATIONS, Operation
from tests.contract.cases import CREDENTIALS, EMULATED, case_of, named
from tests.contract.conftest import ClientFor
from tests.contract.documents import OURS, described, validator
from tests.contract.stage import Stage
from tests.for_each import for_each

#: Parameters that are asked for only where others are: what makes their operation ask for them.
MAKE_ASK: dict[str, list[dict[str, Any]]] = {
    "retrieveEntity": [
        {"schema.name": "_xdm.context.experienceevent", "relatedEntityId": "nobody", "relatedEntityIdNS": "email"}
    ],
    "retrieveFailedBatch": [{"path": "errors.json"}],
    "imsToken": [{**CREDENTIALS, "grant_type": "client_credentials", "scope": "openid"}],
    "imsExchangeJwt": [{**CREDENTIALS, "jwt_token": "a.b.c"}],
}


@pytest.fixture(scope="module")
def app() -> Flask:
    return create_app(Emulator())


@pytest.mark.slow
def test_the_document_is_valid() -> None:
    from openapi_spec_validator import OpenAPIV31SpecValidator

    assert list(OpenAPIV31SpecValidator(document()).iter_errors()) == []


def test_every_schema_is_one_and_all_that_it_refers_to_is_there() -> None:
    for name, schema in document()["components"]["schemas"].items():
        meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
        validator(OURS, "components", "schemas", name)  # which looks up all references


def test_it_is_served_and_printed(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    answer = app.test_client().get("/openapi.json")
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert answer.get_json() == document()
    assert main(["openapi"]) == 0
    assert json.loads(capsys.readouterr().out) == document()


def test_it_has_every_route_of_the_application_and_no_other(app: Flask) -> None:
    routed = {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
    }
    told = {(method, path) for path, item in document()["paths"].items() for method in item if method != "parameters"}
    of_gets = {("head", path) for method, path in routed if method == "get"}
    assert told - routed == set()
    assert routed - told - of_gets == set()


def test_every_schema_and_parameter_is_used() -> None:
    text = json.dumps(document())
    for kind in ("schemas", "parameters"):
        for name in document()["components"][kind]:
            assert f'"#/components/{kind}/{name}"' in text, name


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if each.handler is None], ids=named)
def test_what_is_not_emulated_is_marked(operation: Operation) -> None:
    told = document()["paths"][operation.path][operation.method.lower()]
    assert told["x-not-emulated"] == operation.reason
    assert "501" in told["responses"]
    assert all(status >= "400" for status in told["responses"])


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of the query parameters that handlers ask for."""
    asked: set[str] = set()

    class Listening(Query):
        def text(self, name: str) -> str | None:
            asked.add(name)
            return super().text(name)

        def all(self, name: str) -> list[str]:
            asked.add(name)
            return super().all(name)

    monkeypatch.setattr(pipeline, "Query", Listening)
    return asked


@for_each("operation", EMULATED, ids=named)
def test_the_query_parameters_are_those_that_are_asked_for(
    client_for: ClientFor, stage: Stage, asked: set[str], operation: Operation
) -> None:
    """By the document a client knows what is understood, by the handler what is read: both are the same names."""
    asked.clear()
    case, client = case_of(operation), client_for(operation.id)
    url = case.url(operation, stage.ids)
    client.request(operation.method, url, **case.options(stage.ids))
    for query in MAKE_ASK.get(operation.id, []):
        client.request(operation.method, url, query_string=query)
    if "{" in operation.path or operation.path.endswith(("dataSets", "atches")):
        asked.update(_filters(operation))
    told = _query_parameters(operation)
    assert asked - told == set(), "asked for, not in the document"
    assert told - asked == set(), "in the document, not asked for"


def _filters(operation: Operation) -> set[str]:
    """The parameters of Catalog's lists that are read as what they are: filters by a member."""
    every = _query_parameters(operation)
    return every - {"limit", "start", "properties", "orderBy", "sort"} if "filter" in every else set()


def _query_parameters(operation: Operation) -> set[str]:
    told = described(operation.method, re.sub(r"\{\w+\}", "x", operation.path))
    assert told is not None
    components = document()["components"]["parameters"]
    resolved = [
        components[each["$ref"].rpartition("/")[2]] if "$ref" in each else each for each in told.operation["parameters"]
    ]
    return {each["name"] for each in resolved if each["in"] == "query"}


def test_ids_are_unique_and_adobes() -> None:
    ids = [
        each["operationId"] for item in document()["paths"].values() for each in item.values() if "operationId" in each
    ]
    assert len(ids) == len(set(ids)) == len(OPERATIONS)
    rows: dict[str, int] = defaultdict(int)
    for operation in OPERATIONS:
        rows[operation.id] += 1
        number = rows[operation.id]
        told = document()["paths"][operation.path][operation.method.lower()]["operationId"]
        assert told == (operation.id if number == 1 else f"{operation.id}_{number}")
