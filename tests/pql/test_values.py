"""Functions of values, exhaustively over values chosen to disagree, against the reference evaluator."""

import itertools
import re
from typing import Any

import pytest

from emulator import pql
from emulator.pql.compiled import Compiled
from emulator.pql.functions import FUNCTIONS
from emulator.pql.instants import Timestamp
from tests.for_each import for_each
from tests.pql.conformance import alike
from tests.pql.reference import evaluate

DATE = "2024-06-12"
SCALARS: list[Any] = [
    None, True, False, 0, 1, 2.5, -3, 1e16, "", "a", "A", "ab", "1", "2.5", "-3", "1e16", "true", "nan", " 1",
    DATE, "2024-06-12T00:00:00Z", "2024-06-12T02:00:00+02:00", "2024-13-01", 1_718_150_400_000,
]  # fmt: skip
COMPOUND: list[Any] = [
    [], [None], [1], ["1"], ["a", "b"], ["b", "a"], ["a", "a", "b"], [1, 2.5], [[1], 2], {}, {"a": 1},
    {"a": "1", "b": None}, {"timestamp": DATE}, [{"a": 1}], [DATE, "x"], [True],
]  # fmt: skip
VALUES = SCALARS + COMPOUND
INFIX = ["=", "!=", "<", "<=", ">", ">=", "in", "notIn", "+", "-", "*", "/", "%", "like"]
TWO = ["intersects", "intersection", "subsetOf", "supersetOf", "includes", "get"]
TESTS = [name for name, row in FUNCTIONS.items() if row.parameters[:2] in (("text", "text"), ("text", "text+"))]
ONE = ["distinct", "head", "count", "exists", "sum", "average", "min", "max", "keys", "values", "isNull", "isNotNull"]
ONE += ["getMonth", "getYear", "getDayOfMonth"]

EXPRESSIONS = [
    *(f"a {operator} b" for operator in INFIX),
    *(f"a.{name}(b)" for name in [*TWO, *TESTS] if name != "like"),
    "date(2024, 6, 12) = a", "a != date(2024, 6, 12)", "a < date(2024, 6, 12)", "date(2024, 6, 12) >= a",
    "a.topN((x) => x, b)", "a.bottomN((x) => x.a, b)", "a.map((K, V) => mapEntry(V, K))", "a.groupBy((x) => x)",
    "a.regexGroup(b)", "date(2024, a, b)", "a.map((x) => x.a)", "{\"a\": a, \"b\": b} = {\"b\": b, \"a\": 1}",
]  # fmt: skip

#: Values that differ in case, in what text they are, and in whether they are one.
CASED: list[Any] = [None, True, 1, "", "a", "A", "ab", "true", [], [None], ["a", "b"], ["A", None, 1], {"a": 1}]
FLAGGED = [f"a.{name}(b, {flag})" for name in TESTS if name != "like" for flag in ("false", "c")]


def agree(query: Compiled, profile: dict[str, Any]) -> None:
    expected = pql.to_wire(evaluate(query.tree, profile))
    assert alike(pql.to_wire(query.value(profile)), expected), (profile, expected)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_two_values(expression: str) -> None:
    query = pql.compile(expression)
    for a, b in itertools.product(VALUES, VALUES if re.search(r"\bb\b", expression) else (None,)):
        if "regexGroup" in expression and not isinstance(b, str):
            continue  # patterns that are not strings differ in nothing that matters
        agree(query, {"a": a, "b": b})


@pytest.mark.parametrize("expression", FLAGGED)
def test_two_values_and_whether_case_matters(expression: str) -> None:
    query = pql.compile(expression)
    for a, b, c in itertools.product(CASED, CASED, (False, None)):
        agree(query, {"a": a, "b": b, "c": c})


@pytest.mark.parametrize("name", ONE)
def test_one_value(name: str) -> None:
    query = pql.compile(f"a.{name}()")
    within_pythons_calendar = [value for value in VALUES if value != 1e16]
    pairs = ([x, y] for x, y in itertools.product(within_pythons_calendar, repeat=2))
    for a in [*within_pythons_calendar, *pairs, [3, "2", 1], [5, "3", "!"], [DATE, "2024-01-01", 5]]:
        agree(query, {"a": a})


@for_each("operator", ["=", "!=", "<", "<=", ">", ">=", "like"])
@for_each("literal", ["1", "2.5", "-3", '"a"', '"1"', "true", "null", f'"{DATE}"', "now"])
def test_literal_operands_mean_what_values_mean(operator: str, literal: str) -> None:
    query = pql.compile(f"a {operator} {literal}")
    nested = pql.compile(f"n.a {operator} {literal}")
    turned = pql.compile(f"{literal} {operator} a")
    now = 1_718_150_400_000
    for a in VALUES:
        profile = {"a": a, "n": {"a": a}}
        expected = evaluate(query.tree, profile, (), now)
        assert query.value(profile, now=now) is expected, a
        assert nested.value(profile, now=now) is expected, a
        assert turned.value(profile, now=now) is evaluate(turned.tree, profile, (), now), a


@pytest.mark.parametrize("expression", ['a in [1, "a", true, 2.5]', 'a notIn [1, "a", "-3"]', '[1, "a"] = a'])
def test_literal_lists_mean_what_values_mean(expression: str) -> None:
    query = pql.compile(expression)
    for a in VALUES:
        assert query.value({"a": a}) is evaluate(query.tree, {"a": a}), a


@for_each(
    "text, pattern, matches",
    [
        ("", "", True),
        ("", "%", True),
        ("a", "", False),
        ("ab", "ab%b", False),
        ("b", "%bb", False),
        ("aba", "ab%ba", False),
        ("abba", "ab%ba", True),
        ("abc", "a%b%bc", False),
        ("abxbc", "a%b%bc", True),
        ("ab", "_b", True),
        ("ab", "_", False),
        ("aXbYc", "a_b_c", True),
        ("xaXbx", "%a_b%", True),
        ("a\nb", "a_b", True),
        ("a.c", "a.c", True),
        ("a*", "a*", True),
        ("A", "a", False),
        ("😀", "_", True),
    ],
)
def test_like(text: str, pattern: str, matches: bool) -> None:
    assert pql.compile("s like p").value({"s": text, "p": pattern}) is matches


def test_results_beyond_a_double_are_null() -> None:
    assert pql.compile("a * a").value({"a": 10**200}) is None
    assert pql.compile("a * a").value({"a": 1e200}) is None
    assert pql.compile("a + 0.5").value({"a": 10**400}) is None
    assert pql.compile("a.sum()").value({"a": [10**400, 0.5]}) is None
    assert pql.compile("a.sum()").value({"a": [1e308, 1e308]}) is None


def test_not_a_number_in_a_profile_breaks_nothing() -> None:
    for number in (float("nan"), float("inf")):
        profile = {"a": number, "l": [{"n": number}, {"n": 1}]}
        for expression in [
            "a = a",
            "a + 1",
            "a.getYear()",
            "date(a, 1, 1)",
            "l.topN(n, a)",
            "l.topN(n, 1)",
            "l.sum(n)",
        ]:
            pql.compile(expression).value(profile)
        assert pql.compile('s.regexGroup("(a)", a)').value({**profile, "s": "a"}) is None


def test_to_wire() -> None:
    assert pql.to_wire(Timestamp(0)) == "1970-01-01T00:00:00Z"
    assert pql.to_wire([Timestamp(1), {"a": Timestamp(-1)}]) == [
        "1970-01-01T00:00:00.001Z",
        {"a": "1969-12-31T23:59:59.999Z"},
    ]
    assert pql.to_wire(pql.MapEntry("k", Timestamp(0))) == {"key": "k", "value": "1970-01-01T00:00:00Z"}
    assert pql.to_wire((1, None, True)) == [1, None, True]


def test_events_are_sorted_with_ties_in_storage_order_and_unreadable_times_first() -> None:
    late, early = {"timestamp": "2024-02-01"}, {"timestamp": "2024-01-01T00:00:00Z"}
    tie, none, odd = {"timestamp": "2024-01-01", "n": 2}, {"n": 3}, {"timestamp": "soon"}
    assert pql.sorted_events([late, early, none, tie, odd]) == [none, odd, early, tie, late]
    query = pql.compile("xEvent.map(timestamp).head()")
    assert query.value({}, [late, early]) == "2024-01-01T00:00:00Z"
