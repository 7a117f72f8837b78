"""Conformance: every vector in both formats, everything invalid, every pair, every published expression."""

import pytest

from emulator import pql
from emulator.pql.values import truth
from tests.for_each import for_each
from tests.pql.conformance import EXPRESSIONS, INVALID, PAIRS, VECTORS, Invalid, Pair, Vector, alike, renamed


@for_each("vector", VECTORS, ids=lambda vector: vector.id)
@for_each("converted", [False, True])
def test_vector(vector: Vector, converted: bool) -> None:
    value, format = vector.expression, vector.format
    if converted:
        value, format = pql.convert(value, format)
    query = pql.compile(value, format)
    now = vector.now or ("2024-06-12T12:00:00Z" if query.uses_time else None)
    matches = query.matches(vector.profile, vector.events, now)
    result = query.value(vector.profile, vector.events, now)
    assert matches is truth(result)
    assert (
        matches is vector.expected if isinstance(vector.expected, bool) else alike(pql.to_wire(result), vector.expected)
    )
    explained = query.explain(vector.profile, vector.events, now)
    assert explained["matches"] is matches


@for_each("case", INVALID, ids=lambda case: case.id)
def test_invalid(case: Invalid) -> None:
    with pytest.raises(pql.PQLError):
        pql.compile(case.expression, case.format)


@for_each("pair", PAIRS, ids=lambda pair: pair.id)
def test_pair(pair: Pair) -> None:
    from_text, from_json = pql.compile(pair.text), pql.compile(pair.json, "pql/json")
    assert renamed(from_text.json) == renamed(from_json.json)
    if pair.direction == "both":
        assert renamed(from_text.json) == renamed(pair.json)
        assert renamed(pql.compile(from_json.text).json) == renamed(pair.json)


@for_each("case", EXPRESSIONS, ids=lambda case: case["expression"][:60])
def test_published_expression(case: dict[str, str]) -> None:
    query = pql.compile(case["expression"])
    again = pql.compile(query.text)
    assert again.text == query.text
    assert renamed(again.json) == renamed(query.json)
    assert renamed(pql.compile(query.json, "pql/json").json) == renamed(query.json)
