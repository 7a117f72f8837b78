"""The cases of tests/cases as objects: what goes in, what must come out, and the page it comes from."""

import json
import math
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from emulator import pql
from emulator.pql.functions import FUNCTIONS

CASES = Path(__file__).parents[1] / "cases"


@dataclass(frozen=True)
class Vector:
    id: str
    expression: str
    expected: Any
    source: str
    format: str = "pql/text"
    profile: dict[str, Any] = field(default_factory=dict)
    events: tuple[dict[str, Any], ...] = ()
    now: str | None = None


@dataclass(frozen=True)
class Invalid:
    id: str
    expression: str
    error: str
    format: str = "pql/text"


@dataclass(frozen=True)
class Pair:
    id: str
    text: str
    json: dict[str, Any]
    direction: str
    basis: str


def _load(name: str) -> Any:
    return json.loads((CASES / name).read_text(encoding="utf-8"))


_PQL = _load("pql.json")
VECTORS = [Vector(**case) for case in _PQL["vectors"]]
INVALID = [Invalid(**case) for case in _PQL["invalid"]]
PAIRS = [Pair(**case) for case in _PQL["json_pairs"]]
EXPRESSIONS: list[dict[str, str]] = _load("pql_expressions.json")
READINGS: list[dict[str, Any]] = _load("pql_readings.json")

_WORDS = """
and or not in notIn like occurs true null now today last week this let if chain select exists forall sum over X Y from
where before after between on 3 days WHAT( WHEN( COUNT( WHERE( xEvent a b.c profile ( ) [ ] { } , . : ^ + - * / % = !=
< <= ! => $1 $0 "s" 'q' `n` "(a+)+$" 1.5 99999999999999999999 date( (x)=> .map( .count() ?
"""

#: What queries are made of.
FRAGMENTS = [*_WORDS.split(), *(f".{name}(" for name in FUNCTIONS)]


def answered(expression: Any, format: str = "pql/text") -> bool:
    """Whether it compiles; if so, it can also be printed, evaluated and explained."""
    try:
        query = pql.compile(expression, format)
    except pql.PQLError as error:
        return not str(error)
    assert pql.compile(query.text).text == query.text
    json.dumps(query.json)
    profile = {"a": [1, {"b": "x"}], "b": {"c": 2}}
    assert query.matches(profile, (), 0) is query.explain(profile, (), 0)["matches"]
    return True


def alike(found: Any, expected: Any) -> bool:
    """Equality of JSON values: numbers to a relative tolerance of 1e-9, and a boolean is never a number."""
    match found, expected:
        case (bool(), _) | (_, bool()):
            return found is expected
        case (int() | float(), int() | float()):
            return math.isclose(found, expected, rel_tol=1e-9)
        case list(), list():
            return len(found) == len(expected) and all(map(alike, found, expected))
        case dict(), dict():
            return found.keys() == expected.keys() and all(alike(found[key], expected[key]) for key in found)
        case _:
            return bool(found == expected)


def renamed(node: Any) -> Any:
    """A pql/json tree whose generated variables (``_1``, ``_2``, ...) are numbered in the order they are bound."""
    return _renamed(node, {}, count(1))


def _renamed(node: Any, names: dict[str, str], numbers: "count[int]") -> Any:
    match node:
        case {"nodeType": "fnCreate"}:
            params = [param["varName"] for param in node["params"]]
            new = {name: f"generated {next(numbers)}" if _is_generated(name) else name for name in params}
            body = _renamed(node["body"], {**names, **new}, numbers)
            return {**node, "params": [{"varName": new[name]} for name in params], "body": body}
        case {"nodeType": "varRef"}:
            return {**node, "varName": names.get(node["varName"], node["varName"])}
        case dict():
            return {key: _renamed(value, names, numbers) for key, value in node.items()}
        case list():
            return [_renamed(item, names, numbers) for item in node]
        case _:
            return node


def _is_generated(name: str) -> bool:
    return name[:1] == "_" and name[1:].isdigit()
