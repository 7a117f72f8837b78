"""aepp's QueryService class, unmodified: statements over the datasets of a sandbox."""

from __future__ import annotations

from typing import Any

import pytest
from aepp.queryservice import QueryService

from tests.clients.conftest import Connect, Served
from tests.for_each import for_each

COUNT = "SELECT count(*) AS people FROM customers"


@pytest.fixture
def service(connect: Connect) -> Any:
    return connect(QueryService)


def test_a_query_is_made_and_runs(served: Served, service: Any) -> None:
    made = service.createQuery(name="count", sql=COUNT, dbname="prod:all")
    assert made["state"] == "SUBMITTED"
    served.advance(seconds=60)
    assert service.getQuery(made["id"])["state"] == "SUCCESS"


def test_a_query_is_cancelled(served: Served, service: Any) -> None:
    made = service.postQueries({"dbName": "prod:all", "sql": COUNT})
    assert service.cancelQuery(made["id"])["statusCode"] == 202
    served.advance(seconds=60)
    assert service.getQuery(made["id"])["state"] == "KILLED"


@pytest.fixture
def made(served: Served, service: Any) -> list[str]:
    """The ids of five queries, made a second apart."""
    ids = []
    for number in range(5):
        ids.append(service.createQuery(name=f"query {number}", sql=COUNT)["id"])
        served.advance(seconds=1)
    return ids


@for_each("limit", [1, 2, 5, 1000])
@for_each("orderby", ["-created", "+created"])
def test_all_queries_are_listed_once(service: Any, made: list[str], limit: int, orderby: str) -> None:
    found = [each["id"] for each in service.getQueries(orderby=orderby, limit=limit)]
    assert found == (made if orderby.startswith("+") else made[::-1])


def test_queries_are_filtered(served: Served, service: Any) -> None:
    done = service.createQuery(name="done", sql=COUNT)["id"]
    served.advance(seconds=60)
    service.createQuery(name="new", sql=COUNT)
    assert [each["id"] for each in service.getQueries(property="state==SUCCESS")] == [done]


def test_the_coordinates_for_other_clients_are_this_server(served: Served, service: Any) -> None:
    found = service.connection()
    assert f"http://{found['host']}:{found['port']}" == served.url
    assert found["dbName"] == "prod:all"


def test_what_is_unknown_wrong_or_not_there_is_told_in_an_object(service: Any) -> None:
    assert service.getQuery("nothing")["status"] == 404
    assert service.cancelQuery("nothing")["status"] == 404
    assert service.postQueries({"sql": ""})["status"] == 400
    assert service.deleteQuery("nothing")["status"] == 405
    with pytest.raises(ValueError, match="Unable to retrieve schedules"):
        service.getSchedules()
