"""Queries of Query Service: SQL over what datasets hold, asked for now and answered later.

A query reads when it begins to run, and writes when it ends: CREATE TABLE AS makes a dataset, INSERT INTO gives one
another batch. Its rows are kept up to a number; the service itself hands them out over PostgreSQL's protocol, which is
not emulated.

Source: the queries endpoint of Adobe's Query Service API guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from emulator.formats import query_engine, sql_statements
from emulator.formats.query_engine import Row
from emulator.formats.row_files import INSTALL_PARQUET, can_write_parquet
from emulator.formats.sql_statements import DUPLICATE_TABLE, UNDEFINED_TABLE, QueryError, Statement
from emulator.resources import courses, dataset_content, datasets, events, query_tables
from emulator.resources.catalog import SERVICE
from emulator.resources.courses import JobKind
from emulator.resources.refusals import Refusal
from emulator.resources.space import Space
from emulator.simulation import randomness
from emulator.simulation.instants import format_instant
from emulator.simulation.timeline import Lifecycle, Timeline

SUBMITTED, IN_PROGRESS = "SUBMITTED", "IN_PROGRESS"
SUCCESS, FAILED, KILLED = "SUCCESS", "FAILED", "KILLED"

LIFECYCLE = Lifecycle(
    kind="query",
    initial=SUBMITTED,
    moves={
        SUBMITTED: frozenset((IN_PROGRESS, KILLED, FAILED)),  # FAILED before IN_PROGRESS only by a fault
        IN_PROGRESS: frozenset((SUCCESS, FAILED, KILLED)),
        SUCCESS: frozenset(),
        FAILED: frozenset(),
        KILLED: frozenset(),
    },
)

#: How many rows of a finished query are kept.
KEPT_ROWS = 10_000

_SYSTEM_ERROR = "58000"


class QueryResult(Struct, frozen=True):
    """What a query read: the first of its rows, or all while they wait to be written; ``count`` is how many there are.

    ``dataset_ids`` are the datasets it read.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    count: int
    dataset_ids: tuple[str, ...]


class Query(Struct, frozen=True):
    """A query. ``request`` is what was sent; times are epoch ms; ``errors`` are (SQLSTATE, message)."""

    id: str
    request: Mapping[str, Any]
    client_id: str
    created: int
    timeline: Timeline
    creates: bool
    inserts: bool
    is_deleted: bool = False
    result: QueryResult | None = None
    errors: tuple[tuple[str, str], ...] = ()


def create(space: Space, request: Mapping[str, Any], at: int, client_id: str = SERVICE) -> Query:
    """Make a query and plan its course. ``request`` has ``sql``; whether that is SQL shows when it runs."""
    try:
        statement = statement_of(request)
    except QueryError:
        statement = Statement("")
    id = space.mint.uuid("query")
    fault = space.faults.meet_job("query", space.sandbox.name, at)
    query = Query(
        id=id,
        request=request,
        client_id=client_id,
        created=at,
        timeline=KIND.plan(space, (SUBMITTED, IN_PROGRESS, SUCCESS), at, id, fault),
        errors=tuple((each.code, each.message) for each in courses.failure(fault)),
        creates=statement.creates,
        inserts=statement.target is not None and not statement.creates,
    )
    KIND.keep(space, query)
    return query


def statement_of(request: Mapping[str, Any]) -> Statement:
    """Answer the statement that a request means. Raises ``QueryError``.

    ``ctasParameters`` and ``insertIntoParameters`` make a SELECT one that writes to the dataset they name.
    """
    statement = sql_statements.read(request["sql"])
    for member, creates in (("ctasParameters", True), ("insertIntoParameters", False)):
        if member in request and statement.target is None:
            return replace(statement, target=request[member]["datasetName"], creates=creates)
    return statement


def rows(space: Space, query_id: str, now: int) -> list[Row]:
    """Answer the rows of a query that has ended well by ``now`` (epoch ms), 10,000 at most.

    Raises ``Refusal``: 404, and 409 for a query that has not, saying why.
    """
    query = find(space, query_id)
    state = query.timeline.status_at(now)
    if query.result is None or state != SUCCESS:
        why = "; ".join(message for _, message in query.errors) if state == FAILED else "it has rows once it is SUCCESS"
        raise Refusal(409, f"Query {query_id} is {state}: {why}.")
    return list(query.result.rows)


def cancel(space: Space, query_id: str, at: int) -> None:
    """Kill a query; one that was killed stays so. Raises ``Refusal``: 404, and 400 for one that has ended."""
    query = find(space, query_id)
    state = query.timeline.status_at(at)
    if state in (SUCCESS, FAILED):
        raise Refusal(400, f"Query {query_id} has ended ({state}) and cannot be cancelled.")
    if state != KILLED:
        timeline = query.timeline.cut(LIFECYCLE, at, [(KILLED, 0)])
        KIND.change(space, query, timeline=timeline, result=None)


def delete(space: Space, query_id: str) -> None:
    """Leave a query out of lists from now on; it goes on as planned. Raises ``Refusal`` (404)."""
    KIND.change(space, find(space, query_id), is_deleted=True)


def _come_to(space: Space, query: Query, state: str, at: int) -> str:
    try:
        if state == IN_PROGRESS:
            return _read(space, query, at)
        if state == SUCCESS:
            return _write(space, query, at)
    except QueryError as error:
        return _fail(space, query, error)
    except Exception as error:
        return _fail(space, query, QueryError(_SYSTEM_ERROR, events.logged(error)))
    return "; ".join(message for _, message in query.errors)


def _fail(space: Space, query: Query, error: QueryError) -> str:
    KIND.fail(space, query, errors=((error.code, error.message),), result=None)
    return f"fails: {error.message}"


def _read(space: Space, query: Query, at: int) -> str:
    statement = statement_of(query.request)
    tables = query_tables.named(space, sql_statements.names_in(statement.select))
    answer = query_engine.run(statement.select, list(tables.values()), at)
    kept = answer.rows if statement.target is not None else answer.rows[:KEPT_ROWS]
    result = QueryResult(answer.columns, kept, len(answer.rows), tuple(tables))
    KIND.change(space, query, result=result)
    return f"{result.count} rows read"


def _write(space: Space, query: Query, at: int) -> str:
    statement, result = statement_of(query.request), query.result
    assert result is not None
    if statement.target is None:
        return f"{result.count} rows"
    dataset = query_tables.find(space, statement.target)
    if statement.creates and dataset is not None:
        if not statement.if_not_exists:
            raise QueryError(DUPLICATE_TABLE, f"table {statement.target} already exists")
        written = replace(result, rows=(), count=0)
    else:
        if dataset is None and not statement.creates:
            raise QueryError(UNDEFINED_TABLE, f"no such table: {statement.target}")
        if not (can_write_parquet() or (dataset is not None and dataset.is_json)):
            raise QueryError(_SYSTEM_ERROR, f"writing Parquet needs a library: {INSTALL_PARQUET}")
        if dataset is None:
            dataset = datasets.create(space, _document(query, statement.target), at)
        began = query.timeline.began(IN_PROGRESS) or at
        batch_id = randomness.hexadecimal(32, query.id, "batch")
        dataset_content.add_content(space, dataset, batch_id, result.rows, began, at)
        written = replace(result, rows=result.rows[:KEPT_ROWS])
    KIND.change(space, query, result=written)
    return f"{written.count} rows written to {statement.target}"


def _document(query: Query, name: str) -> dict[str, Any]:
    """Answer the dataset that a query makes."""
    description = query.request.get("ctasParameters", {}).get("description", f"Made by query {query.id}")
    return {
        "name": name,
        "description": description,
        "fileDescription": {"persisted": True, "containerFormat": "parquet", "format": "parquet"},
        "tags": {datasets.TABLE_TAG: [name]},
    }


def _missing(query_id: str) -> Refusal:
    return Refusal(404, f"Query {query_id} not found.")


KIND = JobKind("query", events.QUERY, LIFECYCLE, lambda space: space.queries, _come_to, missing=_missing)

find = KIND.find  # a query that was deleted is found, too


def to_wire(query: Query, space: Space, now: int, origin: str) -> dict[str, Any]:
    """Answer the wire form at ``now`` (epoch ms); links begin with ``origin``."""
    phase = query.timeline.phase_at(now)
    href = f"{origin}/data/foundation/query/queries/{query.id}"

    def link(op: str) -> dict[str, str]:
        return {"href": href, "method": "PATCH", "body": f'{{ "op": "{op}"}}'}

    links: dict[str, Any] = {"self": {"href": href, "method": "GET"}, "soft_delete": link("soft_delete")}
    if not LIFECYCLE.is_terminal(phase.status):
        links["cancel"] = link("cancel")
    count = 0
    if query.result is not None and phase.status == SUCCESS:
        count = query.result.count
        links["referenced_datasets"] = [
            {"id": id, "href": f"{origin}/data/foundation/catalog/dataSets/{id}"} for id in query.result.dataset_ids
        ]
    return {
        "id": query.id,
        "state": phase.status,
        "dbName": query.request["dbName"],
        "sql": query.request["sql"],
        "request": dict(query.request),
        "isCTAS": query.creates,
        "isInsertInto": query.inserts,
        "rowCount": count,
        "errors": [{"code": code, "message": message} for code, message in query.errors if phase.status == FAILED],
        "version": 1,
        "elapsedTime": phase.begins - query.created,
        "created": format_instant(query.created),
        "updated": format_instant(phase.begins),
        "client": "API",
        "clientId": query.client_id,
        "userId": f"{query.client_id}@techacct.adobe.com",
        "_links": links,
    }
