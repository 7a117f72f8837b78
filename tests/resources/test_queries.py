"""Queries: datasets as tables, what becomes of a query, and what it writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from emulator.resources import batches, dataset_content, datasets, queries, query_tables
from emulator.resources.datasets import Dataset
from emulator.resources.population import Population
from emulator.resources.queries import FAILED, IN_PROGRESS, KILLED, SUBMITTED, SUCCESS, Query
from emulator.resources.refusals import Refusal
from emulator.resources.space import Space
from tests.resources.export_cases import replace_rows
from tests.resources.population_cases import START, email, event, fragment, make_space, settled

# -- datasets as tables


def space_of(**rows_by_name: list[dict[str, Any]]) -> Space:
    """Answer a sandbox with a JSON dataset of each name that holds the rows."""
    space = make_space()
    for name, rows in rows_by_name.items():
        dataset_content.add_content(space, add_dataset(space, name), f"batch-{name}", rows, START, START)
    return space


def add_dataset(space: Space, name: str, format: str = "json") -> Dataset:
    return datasets.create(space, {"name": name, "fileDescription": {"format": format}}, START)


def table(space: Space, name: str) -> list[Mapping[str, Any]]:
    dataset = query_tables.find(space, name)
    assert dataset is not None
    return list(query_tables.rows(space, dataset))


def test_a_dataset_goes_by_its_table_and_by_its_name() -> None:
    space = make_space()
    first, second, third = (add_dataset(space, name) for name in ("My Data", "Twin", "Twin"))
    assert query_tables.find(space, "MY_DATA") == query_tables.find(space, "my data") == first
    assert query_tables.find(space, "twin") == second
    assert query_tables.find(space, "twin_1") == third
    assert set(query_tables.named(space, frozenset({"my data", "twin_1"}))) == {first.id, third.id}
    assert query_tables.find(space, "other") is None


@pytest.mark.parametrize("format", ["json", "parquet"])
def test_rows_of_files_are_read_back_whole(format: str) -> None:
    space = make_space()
    dataset = add_dataset(space, "big", format)
    rows = [
        {
            "n": number,
            "identityMap": {"Email": [{"id": f"{number}@x", "primary": True}]},
            "segmentMembership": {"ups": {"s": {"status": "realized"}}},
            **({"address": {"city": "Os\u2028lo\x85", "zips": [1, 2]}} if number % 2 else {}),
        }
        for number in range(150)
    ]
    dataset_content.add_content(space, dataset, "batch", rows, START, START)
    assert table(space, "big") == rows


def test_only_current_batches_are_in_a_table() -> None:
    space = space_of(t=[{"a": 1}])
    dataset = query_tables.find(space, "t")
    assert dataset is not None
    replace_rows(space, dataset, {"second": [{"a": 2}]}, START, START)
    assert table(space, "t") == [{"a": 2}]


def test_ingested_records_and_events_are_in_their_datasets_tables() -> None:
    space = make_space()
    dataset = add_dataset(space, "crm")
    space.population = Population((fragment(dataset.id, START, email("ann"), age=41), fragment("x", START, email("b"))))
    identity_map = {"Email": [{"id": "ann@example.com", "primary": True}]}
    assert table(space, "crm") == [{"identityMap": identity_map, "age": 41}]
    datasets.from_fixture(space, {"id": "events", "name": "web"}, START)
    space.population = Population((), (event("1", START, email("ann"), eventType="visit"),))
    (row,) = table(space, "web")
    assert (row["_id"], row["eventType"], row["identityMap"]) == ("1", "visit", identity_map)


# -- queries


def make(space: Space, sql: str, **members: Any) -> Query:
    return queries.create(space, {"dbName": "prod:all", "sql": sql, **members}, START)


def settle(space: Space, now: int) -> list[str]:
    return settled(space, now, queries.KIND.settle)


def ended(space: Space, sql: str, **members: Any) -> Query:
    query = make(space, sql, **members)
    settle(space, START + 2000)
    return queries.find(space, query.id)


def test_a_query_is_submitted_runs_and_succeeds() -> None:
    space = space_of(t=[{"a": 1}, {"a": 2}])
    query = make(space, "SELECT a FROM t WHERE a > 1")
    states = [query.timeline.status_at(START + elapsed) for elapsed in (0, 500, 1999, 2000)]
    assert states == [SUBMITTED, IN_PROGRESS, IN_PROGRESS, SUCCESS]
    settle(space, START + 1999)
    with pytest.raises(Refusal) as refusal:
        queries.rows(space, query.id, START + 1999)
    assert refusal.value.status == 409
    settle(space, START + 2000)
    assert queries.rows(space, query.id, START + 2000) == [{"a": 2}]


def test_a_query_reads_what_is_there_when_it_begins_to_run() -> None:
    space = space_of(t=[{"a": 1}])
    dataset = query_tables.find(space, "t")
    assert dataset is not None
    query = make(space, "SELECT a FROM t")
    settle(space, START + 500)
    dataset_content.add_content(space, dataset, "late", [{"a": 2}], START, START)
    settle(space, START + 2000)
    assert queries.rows(space, query.id, START + 2000) == [{"a": 1}]


@pytest.mark.parametrize(
    ("sql", "code"), [("SELECT * FROM nobody", "42P01"), ("DROP TABLE t", "0A000"), ("SELECT", "42601")]
)
def test_a_query_that_cannot_be_run_fails_at_its_end(sql: str, code: str) -> None:
    space = space_of(t=[{"a": 1}])
    query = make(space, sql)
    settle(space, START + 1999)
    assert queries.find(space, query.id).timeline.status_at(START + 1999) == IN_PROGRESS
    assert not queries.KIND.still_holds(space, query.id, SUCCESS, START + 2000)
    assert queries.KIND.still_holds(space, query.id, FAILED, START + 2000)
    settle(space, START + 2000)
    failed = queries.find(space, query.id)
    assert failed.timeline.status_at(START + 2000) == FAILED
    assert failed.errors[0][0] == code
    wire = queries.to_wire(failed, space, START + 2000, "http://host")
    assert wire["errors"] == [{"code": code, "message": failed.errors[0][1]}]
    with pytest.raises(Refusal, match="FAILED"):
        queries.rows(space, query.id, START + 2000)


@pytest.mark.parametrize("sql", ["CREATE TABLE adults AS SELECT * FROM t WHERE a > 17", "SELECT * FROM t WHERE a > 17"])
def test_ctas_makes_a_dataset_when_it_ends(sql: str) -> None:
    space = space_of(t=[{"a": 17}, {"a": 18, "b": {"c": [1]}}])
    members = {} if sql.startswith("CREATE") else {"ctasParameters": {"datasetName": "adults", "description": "Old"}}
    query = make(space, sql, **members)
    assert query.creates
    assert not query.inserts
    settle(space, START + 1999)
    assert query_tables.find(space, "adults") is None
    settle(space, START + 2000)
    dataset = query_tables.find(space, "adults")
    assert dataset is not None
    assert dataset.table == dataset.name == "adults"
    (batch,) = batches.of_dataset(space, dataset.id)
    assert batch.status == "success"
    assert batch.document["recordCount"] == 1
    assert dataset_content.preview(space, dataset.id) == [{"a": 18, "b": {"c": [1]}}]
    assert queries.rows(space, query.id, START + 2000) == [{"a": 18, "b": {"c": [1]}}]


def test_ctas_of_a_table_that_exists_fails_or_is_passed_over() -> None:
    space = space_of(t=[{"a": 1}])
    assert ended(space, "CREATE TABLE T AS SELECT 2 AS a").errors[0][0] == "42P07"
    passed = ended(space, "CREATE TABLE IF NOT EXISTS t AS SELECT 2 AS a")
    assert passed.timeline.status_at(START + 2000) == SUCCESS
    assert passed.result is not None
    assert passed.result.count == 0
    assert table(space, "t") == [{"a": 1}]


@pytest.mark.parametrize("sql", ["INSERT INTO t SELECT a + 1 AS a FROM t", "SELECT a + 1 AS a FROM t"])
def test_insert_into_adds_a_batch(sql: str) -> None:
    space = space_of(t=[{"a": 1}, {"a": 2}])
    query = ended(space, sql, **({} if sql.startswith("INSERT") else {"insertIntoParameters": {"datasetName": "t"}}))
    assert query.inserts
    assert not query.creates
    assert [row["a"] for row in table(space, "t")] == [1, 2, 2, 3]
    dataset = query_tables.find(space, "t")
    assert dataset is not None
    assert [batch.is_current for batch in batches.of_dataset(space, dataset.id)] == [True, True]
    assert ended(space, "INSERT INTO nobody SELECT 1").errors[0][0] == "42P01"


def test_a_dataset_that_goes_while_a_query_runs_makes_it_fail() -> None:
    space = space_of(t=[{"a": 1}])
    query = make(space, "INSERT INTO t SELECT 2 AS a")
    settle(space, START + 500)
    dataset = query_tables.find(space, "t")
    assert dataset is not None
    datasets.delete(space, dataset.id, START + 600)
    settle(space, START + 2000)
    assert queries.find(space, query.id).timeline.status_at(START + 2000) == FAILED


def test_parquet_without_its_library_fails_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "can_write_parquet", lambda: False)
    space = space_of(t=[{"a": 1}])
    failed = ended(space, "CREATE TABLE x AS SELECT * FROM t")
    assert "pip install" in failed.errors[0][1]
    assert query_tables.find(space, "x") is None
    assert not ended(space, "INSERT INTO t SELECT * FROM t").errors


def test_a_cancelled_query_is_killed_and_writes_nothing() -> None:
    space = space_of(t=[{"a": 1}])
    query = make(space, "CREATE TABLE x AS SELECT * FROM t")
    settle(space, START + 1000)
    queries.cancel(space, query.id, START + 1000)
    queries.cancel(space, query.id, START + 1001)
    assert settle(space, START + 2000) == []
    assert queries.find(space, query.id).timeline.status_at(START + 2000) == KILLED
    assert query_tables.find(space, "x") is None
    done = ended(space, "SELECT 1")
    with pytest.raises(Refusal) as refusal:
        queries.cancel(space, done.id, START + 2000)
    assert refusal.value.status == 400


def test_rows_are_kept_up_to_a_number_and_counted_beyond(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "KEPT_ROWS", 2)
    space = space_of(t=[{"a": number} for number in range(5)])
    for sql in ("SELECT * FROM t", "CREATE TABLE x AS SELECT * FROM t"):
        query = ended(space, sql)
        assert query.result is not None
        assert (len(query.result.rows), query.result.count) == (2, 5)
    assert len(table(space, "x")) == 5


def test_phases_of_no_length_come_true_at_once() -> None:
    space = space_of(t=[{"a": 1}])
    space.durations = space.durations.with_lengths({"query": {"SUBMITTED": 0, "IN_PROGRESS": 0}}, 1)
    good, bad = make(space, "SELECT a FROM t"), make(space, "SELECT b FROM t")
    settle(space, START)
    assert queries.rows(space, good.id, START) == [{"a": 1}]
    assert queries.find(space, bad.id).timeline.status_at(START) == FAILED
