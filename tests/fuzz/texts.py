"""Documents and texts that people write: right ones with a change or two, and what nobody would write."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from time import thread_time
from typing import Any

from hypothesis import strategies as st

from emulator import Emulator
from emulator.fixtures import BUNDLED, FixtureError
from emulator.scenarios import read_scenario
from emulator.snapshots import Snapshot, SnapshotError
from tests.fuzz.targets import Target
from tests.pql.conformance import EXPRESSIONS, FRAGMENTS, PAIRS, answered
from tests.services.conftest import Client
from tests.snapshots.histories import eventful

CASES = Path(__file__).parents[1] / "cases"

_numbers = (
    st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([2**63, -(2**63), 10**400])
)
scalars = (
    st.none()
    | st.booleans()
    | _numbers
    | st.text(max_size=20)
    | st.sampled_from(
        [
            "*",
            "prod",
            "",
            " ",
            "\x00",
            "2026-01-15T09:00:00Z",
            "9999-12-31T23:59:59Z",
            "P1D",
            "0 0 1 * * ?",
            "@start-P3D",
        ]
    )
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def mutated(draw: st.DrawFn, documents: Sequence[Any]) -> Any:
    """One of ``documents`` with one to three changes, each anywhere: a value replaced, left out, added or doubled."""
    document = copy.deepcopy(draw(st.sampled_from(documents)))
    for _ in range(draw(st.integers(1, 3))):
        document = _changed(draw, document)
    return document


def _changed(draw: st.DrawFn, document: Any) -> Any:
    places = list(_places(document))
    path = draw(st.sampled_from(places))
    if not path:
        return draw(values)
    *way, last = path
    parent = document
    for step in way:
        parent = parent[step]
    change = draw(st.sampled_from(["replace", "replace", "remove", "add", "double"]))
    if change == "remove":
        del parent[last]
    elif change == "replace":
        parent[last] = draw(values)
    elif isinstance(parent, list):
        parent.insert(
            draw(st.integers(0, len(parent))), copy.deepcopy(parent[last]) if change == "double" else draw(values)
        )
    else:
        parent[draw(st.text(max_size=8))] = copy.deepcopy(parent[last]) if change == "double" else draw(values)
    return document


def _places(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    steps = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for step, inner in steps:
        yield from _places(inner, (*path, step))


@st.composite
def edited(draw: st.DrawFn, texts: Sequence[str], pieces: Sequence[str]) -> str:
    """One of ``texts`` with a part cut out, doubled, or replaced by one of ``pieces`` or by anything."""
    text = draw(st.sampled_from(texts))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 12)))
        text = (
            text[:start] + draw(st.sampled_from(["", text[start:end] * 2, *pieces]) | st.text(max_size=4)) + text[end:]
        )
    return text


# -- what is loaded: all of it or nothing


@cache
def _fixtures() -> list[dict[str, Any]]:
    """Answer small fixtures that are right."""
    folder = BUNDLED / "prod"
    found: dict[str, Any] = {"sandbox": "prod"}
    kinds = {
        "mergePolicies": "merge-policies",
        "datasets": "datasets",
        "audiences": "audiences",
        "segmentDefinitions": "segment-definitions",
    }
    for member, name in kinds.items():
        items = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))[:2]
        found[member] = [{**item, "id": f"fuzz-{index}"} for index, item in enumerate(items)]
    for index, dataset in enumerate(found["datasets"]):
        dataset["id"] = f"{index:024}"
    for policy in found["mergePolicies"]:
        policy |= {"default": False, "attributeMerge": {"type": "timestampOrdered"}}
    for definition in found["segmentDefinitions"]:
        definition["mergePolicyId"] = "fuzz-0"
    for member in ("profiles", "events"):
        (*_, file) = sorted((folder / member).glob("*.ndjson"))
        lines = file.read_text(encoding="utf-8").splitlines()[:2]
        found[member] = [{**json.loads(line), "datasetId": f"{0:024}"} for line in lines]
    for audience in found["audiences"]:
        audience["datasetId"] = f"{0:024}"
    schedule = {"name": "fuzz", "type": "batch_segmentation", "schedule": "0 0 1 * * ?", "state": "inactive"}
    found["schedules"] = [{**schedule, "id": "fuzz-0", "properties": {"segments": ["fuzz-0"]}}]
    return [found, *({"sandbox": "dev", member: found[member]} for member in ("profiles", "events"))]


def _load(emulator: Emulator, document: Any) -> None:
    before = emulator.snapshot()
    try:
        emulator.load(document if isinstance(document, dict) else {"sandbox": document})
    except FixtureError:
        assert not any(emulator.changes_since(before).values()), "something was loaded of what was refused"
    emulator.restore(before)


_SCENARIO: dict[str, Any] = {
    "start": "2026-01-15T09:00:00Z",
    "rate": 0,
    "seed": 3,
    "speed": 2,
    "durations": {
        "segment": {"NEW": 1, "PROCESSING": {"uniform": [1, 5]}},
        "export": {"PROCESSING": {"lognormal": {"median": 5, "sigma": 1}}},
    },
    "settings": {"sandboxes": "auto"},
    "faults": [
        {
            "id": "a",
            "operation": "createSegmentJob",
            "nth": 2,
            "respond": {"status": 429, "headers": {"Retry-After": "3"}},
        },
        {"job": "segment", "first": 2, "fail_at": "PROCESSING", "errors": [{"code": "1", "msg": "x", "callStack": ""}]},
        {
            "path": "/data/*",
            "between": ["2026-01-15T09:00:00Z", "2026-01-16T09:00:00Z"],
            "probability": 0.5,
            "drop": True,
        },
    ],
}


def _start(_: None, document: Any) -> None:
    try:
        scenario = read_scenario(document if isinstance(document, dict) else {"start": document})
    except FixtureError:
        return
    client = Client(Emulator({}, scenario=document))
    assert scenario is not None
    client.get("/data/core/ups/segment/jobs")


@cache
def _state() -> Any:
    return json.loads(eventful().snapshot().to_json())


def _put_back(emulator: Emulator, document: Any) -> None:
    before = emulator.snapshot()
    try:
        emulator.restore(Snapshot.from_json(json.dumps(document)))
    except SnapshotError:
        assert not any(emulator.changes_since(before).values()), "something was put back of what was refused"
        return
    again = emulator.snapshot().to_json()
    assert Snapshot.from_json(again).to_json() == again
    client = Client(emulator)
    for path in ("segment/jobs", "segment/definitions", "config/schedules", "export/jobs"):
        assert client.get(f"/data/core/ups/{path}").status_code in (200, 404, 503)
    emulator.restore(before)


# -- what is read


def _pql(_: None, expression: Any) -> None:
    begun = thread_time()
    answered(expression, "pql/text" if isinstance(expression, str) else "pql/json")
    assert thread_time() - begun < 1, f"slow: {expression!r}"


def _asking(path: str, body: Callable[[Any], Any], statuses: tuple[int, ...]) -> Callable[[Client, Any], None]:
    """Answer a check that posts what was drawn, lets time pass, and looks at the status."""

    def check(client: Client, drawn: Any) -> None:
        begun = thread_time()
        answer = client.post(path, json=body(drawn))
        assert answer.status_code in statuses, (drawn, answer.status_code, answer.text)
        assert isinstance(answer.json, dict), (drawn, answer.text)
        client.post("/_emulator/clock", json={"advance": 5})
        assert thread_time() - begun < 1, f"slow: {drawn!r}"

    return check


def _search(client: Client, text: str) -> None:
    begun = thread_time()
    query = {"schema.name": "_xdm.context.segmentdefinition", "namespace": "AEPSegments", "s": text}
    answer = client.get("/data/core/ups/search/entities", query_string=query)
    assert answer.status_code in (200, 400), (text, answer.status_code, answer.text)
    assert isinstance(answer.json, dict)
    assert thread_time() - begun < 1, f"slow: {text!r}"


def _patch(client: Client, operations: Any) -> None:
    for path in ("config/schedules/fuzz-0", "audiences/fuzz-0", "config/mergePolicies/fuzz-1"):
        url = f"/data/core/ups/{path}"
        before = client.get(url)
        answer = client.patch(url, json=operations)
        assert answer.status_code < 500, (operations, answer.status_code, answer.text)
        after = client.get(url)
        assert after.status_code == 200, (operations, answer.text, after.text)
        assert answer.status_code < 400 or after.json == before.json, (operations, answer.text)


_POINTERS = st.sampled_from(
    [
        *(
            "/state",
            "/schedule",
            "/name",
            "/properties/segments/0",
            "/properties/segments/-",
            "/description",
            "/labels",
        ),
        *("/", "", "/a/b", "/id", "/attributeMerge/type", "/expression/value", "/metrics/data", "/~1", "/~2", "state"),
        *("/properties/segments/01", "/createEpoch"),
    ]
)
_PATCHES = st.lists(
    st.fixed_dictionaries(
        {
            "op": st.sampled_from(["add", "replace", "remove", "move", "copy", "test", "none"]),
            "path": _POINTERS | st.text(max_size=6),
        },
        optional={
            "value": values | st.sampled_from(["active", "0 15 10 * * ?", ["*"]]),
            "from": _POINTERS,
            "more": values,
        },
    ),
    max_size=4,
)

_SQL = [
    "SELECT person.name.firstName FROM customers WHERE homeAddress.country = 'US' LIMIT 5",
    "SELECT count(*), homeAddress.city FROM customers GROUP BY homeAddress.city ORDER BY 1 DESC",
    "CREATE TABLE t AS SELECT * FROM customers",
    "SELECT a.id FROM customers a JOIN customers b ON a.id = b.id",
]
_SQL_PIECES = [
    "'",
    '"',
    ";",
    "--",
    "/*",
    "*/",
    "UNION SELECT",
    "PRAGMA",
    "ATTACH 'x' AS y",
    "load_extension('x')",
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM t) SELECT n FROM t",
    "randomblob(999999999)",
    "(",
    ")",
    "SELECT",
    "\x00",
    "sqlite_master",
    "printf('%999999999d', 1)",
]


def _client() -> Client:
    return Client(Emulator(_fixtures()[0]))


def _read(name: str) -> Any:
    return json.loads((CASES / name).read_text(encoding="utf-8"))


def targets() -> Iterator[Target]:
    """Answer the targets that are no requests of an OpenAPI document."""
    expressions = [each["expression"] for each in EXPRESSIONS]
    trees = [each.json for each in PAIRS]
    crons = [each["cron"] for each in _read("quartz.json")["vectors"]]
    searches = [each["query"] for each in _read("lucene.json")["found"]]
    cron_pieces = ["*", "?", "/", "-", ",", "L", "W", "#", "SUN", "FRIL", "2099", "0/0", "60", "C", " "]
    lucene_pieces = ["*", "?", "~", "^", "AND", "NOT", "(", ")", '"', "/(a+)+$/", "\\", ":", "[", "TO"]
    yield Target("PQL text", edited(expressions, FRAGMENTS) | st.text(), _pql, weight=8)
    yield Target("PQL JSON", mutated(trees) | values, _pql, weight=8)
    yield Target(
        "cron",
        edited(crons, cron_pieces) | st.text(max_size=30),
        _asking("/_emulator/cron", lambda text: {"schedule": text}, (200,)),
        _client,
        5,
    )
    yield Target(
        "SQL",
        edited(_SQL, _SQL_PIECES) | st.text(max_size=40),
        _asking("/data/foundation/query/queries", lambda text: {"dbName": "prod:all", "sql": text}, (202, 400)),
        _client,
        3,
    )
    yield Target("Lucene", edited(searches, lucene_pieces) | st.text(max_size=30), _search, _client, 3)
    yield Target(
        "JSON Patch", _PATCHES | mutated([[{"op": "add", "path": "/state", "value": "active"}]]), _patch, _client, 5
    )
    yield Target("fixtures", mutated(_fixtures()), _load, Emulator, 5)
    yield Target("scenarios", mutated([_SCENARIO]), _start, weight=4)
    yield Target("snapshots", mutated([_state()]), _put_back, lambda: Emulator({}), 3)
