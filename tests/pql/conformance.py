"""The cases of tests/cases as objects: what goes in, what must come out, and the page it comes from."""

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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


def renamed(node: Any, names: dict[str, str] | None = None) -> Any:
    """A pql/json tree whose generated variables (``_1``, ``_2``, ...) are numbered in the order they are bound."""
    names = {} if names is None else names
    match node:
        case {"nodeType": "fnCreate"}:
            for param in node["params"]:
                name = param["varName"]
                if name[:1] == "_" and name[1:].isdigit():
                    names[name] = f"generated {len(names) + 1}"
            params = [{"varName": names.get(param["varName"], param["varName"])} for param in node["params"]]
            return {**node, "params": params, "body": renamed(node["body"], names)}
        case {"nodeType": "varRef"}:
            return {**node, "varName": names.get(node["varName"], node["varName"])}
        case dict():
            return {key: renamed(value, names) for key, value in node.items()}
        case list():
            return [renamed(item, names) for item in node]
        case _:
            return node
