"""Query Service over HTTP."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from emulator import Emulator
from tests.for_each import for_each
from tests.services.conftest import CATALOG, HEADERS, QUERIES, Client

ACCESS = "/data/foundation/export"

IN_PORTLAND = "SELECT person.name.firstName AS first FROM customers WHERE homeAddress.city = 'Portland' ORDER BY first"


def create(client: Client, sql: str = "SELECT 1 AS one", **members: Any) -> Any:
    answer = client.post(QUERIES, json={"dbName": "prod:all", "sql": sql, **members})
    assert answer.status_code == 202, answer.json
    return answer.json


def finished(client: Client, emulator: Emulator, sql: str, **members: Any) -> Any:
    query = create(client, sql, **members)
    emulator.clock.advance(seconds=2)
    return client.get(f"{QUERIES}/{query['id']}").json


def rows_of(client: Client, dataset_id: str) -> list[Any]:
    rows: list[Any] = client.get(f"{ACCESS}/datasets/{dataset_id}/preview").json["data"]
    return rows


def test_a_query_is_accepted_as_submitted(client: Client) -> None:
    query = create(client, "SELECT * FROM customers", name="Everybody", description="All of them")
    href = f"http://localhost{QUERIES}/{query['id']}"
    assert query == {
        "id": query["id"],
        "state": "SUBMITTED",
        "dbName": "prod:all",
        "sql": "SELECT * FROM customers",
        "request": {
            "dbName": "prod:all",
            "sql": "SELECT * FROM customers",
            "name": "Everybody",
            "description": "All of them",
        },
        "isCTAS": False,
        "isInsertInto": False,
        "rowCount": 0,
        "errors": [],
        "version": 1,
        "elapsedTime": 0,
        "created": "2026-01-15T09:00:00Z",
        "updated": "2026-01-15T09:00:00Z",
        "client": "API",
        "clientId": HEADERS["x-api-key"],
        "userId": f"{HEADERS['x-api-key']}@techacct.adobe.com",
        "_links": {
            "self": {"href": href, "method": "GET"},
            "soft_delete": {"href": href, "method": "PATCH", "body": '{ "op": "soft_delete"}'},
            "cancel": {"href": href, "method": "PATCH", "body": '{ "op": "cancel"}'},
        },
    }


def test_a_query_over_ingested_data_succeeds_with_a_count(client: Client, emulator: Emulator) -> None:
    query = create(client, IN_PORTLAND)
    states = []
    for _ in range(3):
        states.append(client.get(f"{QUERIES}/{query['id']}").json["state"])
        emulator.clock.advance(seconds=1)
    assert states == ["SUBMITTED", "IN_PROGRESS", "SUCCESS"]
    done = client.get(f"{QUERIES}/{query['id']}").json
    assert done["rowCount"] > 0
    assert (done["elapsedTime"], done["updated"]) == (2000, "2026-01-15T09:00:02Z")
    assert "cancel" not in done["_links"]
    (referenced,) = done["_links"]["referenced_datasets"]
    dataset = client.get(urlsplit(referenced["href"]).path).json[referenced["id"]]
    assert dataset["name"] == "Customers"


def test_ctas_makes_a_dataset_that_data_access_serves(client: Client, emulator: Emulator) -> None:
    query = finished(client, emulator, f"CREATE TABLE portland AS {IN_PORTLAND}")
    assert (query["state"], query["isCTAS"], query["isInsertInto"]) == ("SUCCESS", True, False)
    ((dataset_id, dataset),) = client.get(f"{CATALOG}/dataSets?name=portland").json.items()
    assert dataset["tags"]["adobe/pqs/table"] == ["portland"]
    rows = rows_of(client, dataset_id)
    assert len(rows) == query["rowCount"]
    assert [row["first"] for row in rows] == sorted(row["first"] for row in rows)
    (file,) = client.get(f"{ACCESS}/batches/{dataset['lastSuccessfulBatch']}/files").json["data"]
    (part,) = client.get(f"{ACCESS}/files/{file['dataSetFileId']}").json["data"]
    link = urlsplit(part["_links"]["self"]["href"])
    assert client.get(f"{link.path}?{link.query}").data[:4] == b"PAR1"
    again = finished(client, emulator, "INSERT INTO portland SELECT 'Zoe' AS first")
    assert (again["state"], again["isInsertInto"], again["rowCount"]) == ("SUCCESS", True, 1)
    assert rows_of(client, dataset_id) == [*rows, {"first": "Zoe"}]


@for_each(
    "body, named",
    [
        ({"sql": "SELECT 1"}, "dbName"),
        ({"dbName": "prod:all"}, "sql"),
        ({"dbName": "prod:all", "sql": " "}, "sql"),
        ({"dbName": "prod:all", "sql": 1}, "sql"),
        ({"dbName": "prod:all", "sql": "SELECT 1", "name": 1}, "name"),
        ({"dbName": "prod:all", "sql": "SELECT 1", "templateId": "x"}, "templateId"),
        ({"dbName": "prod:all", "sql": "SELECT 1", "ctasParameters": {}}, "ctasParameters.datasetName"),
        ({"dbName": "prod:all", "sql": "SELECT 1", "insertIntoParameters": "x"}, "insertIntoParameters.datasetName"),
    ],
)
def test_a_request_that_is_not_right_is_refused(client: Client, body: dict[str, Any], named: str) -> None:
    answer = client.post(QUERIES, json=body)
    assert answer.status_code == 400
    assert f"`{named}`" in answer.json["detail"]


def test_a_query_can_be_cancelled(client: Client, emulator: Emulator) -> None:
    query = create(client)
    for _ in range(2):
        answer = client.patch(f"{QUERIES}/{query['id']}", json={"op": "cancel"})
        assert answer.status_code == 202
        assert answer.json == {"message": "Query cancel request received", "statusCode": 202}
    emulator.clock.advance(seconds=2)
    assert client.get(f"{QUERIES}/{query['id']}").json["state"] == "KILLED"
    done = finished(client, emulator, "SELECT 1")
    assert client.patch(f"{QUERIES}/{done['id']}", json={"op": "cancel"}).status_code == 400


def test_a_query_can_be_deleted_softly(client: Client) -> None:
    gone, kept = create(client), create(client)
    assert client.patch(f"{QUERIES}/{gone['id']}", json={"op": "soft_delete"}).status_code == 202
    assert [each["id"] for each in client.get(QUERIES).json["queries"]] == [kept["id"]]
    everything = client.get(f"{QUERIES}?excludeSoftDeleted=false").json["queries"]
    assert [each["id"] for each in everything] == [kept["id"], gone["id"]]


def test_an_update_of_another_kind_is_refused(client: Client) -> None:
    query = create(client)
    assert client.patch(f"{QUERIES}/{query['id']}", json={"op": "delete"}).status_code == 400


def test_queries_are_listed_newest_first_in_pages(client: Client, emulator: Emulator) -> None:
    created = []
    for number in range(5):
        created.append(create(client, f"SELECT {number}")["id"])
        emulator.clock.advance(seconds=0 if number == 2 else 60)
    page = client.get(f"{QUERIES}?limit=2").json
    assert page["_page"] == {"orderby": "-created", "start": 0, "count": 2, "next": 2}
    assert page["version"] == 1
    last = client.get(f"{QUERIES}?limit=2&start=4").json
    assert ([each["id"] for each in last["queries"]], "next" in last["_page"]) == (created[:1], False)
    back = urlsplit(last["_links"]["prev"]["href"])
    assert [each["id"] for each in client.get(f"{back.path}?{back.query}").json["queries"]] == created[1:3][::-1]
    oldest = client.get(f"{QUERIES}?orderby=%2Bcreated&start=2026-01-15T09:02:00Z").json["queries"]
    assert [each["id"] for each in oldest] == created[2:]
    newest = client.get(f"{QUERIES}?start=2026-01-15T09:01:00Z").json["queries"]
    assert [each["id"] for each in newest] == created[:2][::-1]


def test_queries_are_filtered(client: Client, emulator: Emulator) -> None:
    good = finished(client, emulator, "SELECT 1")["id"]
    bad = finished(client, emulator, "SELECT x")["id"]
    new = create(client)["id"]

    def found(*properties: str) -> list[str]:
        answer = client.get(QUERIES, query_string=[("property", each) for each in properties])
        assert answer.status_code == 200, answer.json
        return [each["id"] for each in answer.json["queries"]]

    assert found("state==SUCCESS") == [good]
    assert found("state!=SUCCESS") == [new, bad]
    assert found(f"id=={bad}") == [bad]
    assert found(f"id~{new[4:20]}") == [new]
    assert found("created>2026-01-15T09:00:00Z") == [new, bad]
    assert found("created>=2026-01-15T09:00:02Z,created<2026-01-15T09:00:04Z") == [bad]
    assert found("created>2026-01-15T09:00:00Z", "state==FAILED") == [bad]
    assert found("updated~09:00:02") == [good]


@pytest.mark.parametrize("query", ["orderby=sql", "property=sql==1", "property=created>soon", "start=x"])
def test_a_list_asked_for_wrongly_is_refused(client: Client, query: str) -> None:
    assert client.get(f"{QUERIES}?{query}").status_code == 400


def test_connection_parameters_are_those_of_the_server_called(client: Client) -> None:
    answer = client.get(
        "/data/foundation/query/connection_parameters",
        base_url="http://emulator.test:8080",
        headers={"x-sandbox-name": "dev"},
    )
    assert answer.status_code == 200
    parameters = answer.json
    assert (parameters["host"], parameters["port"]) == ("emulator.test", 8080)
    assert (parameters["username"], parameters["dbName"]) == (HEADERS["x-gw-ims-org-id"], "dev:all")
    assert parameters["token"] != HEADERS["Authorization"].removeprefix("Bearer ")
    assert set(parameters) >= {"version", "token", "compressedToken", "websocketHost"}
