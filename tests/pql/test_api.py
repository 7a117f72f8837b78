"""The face of the package: arguments, analysis, conversion, and what importing it costs."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any

import pytest

from emulator import pql
from tests.for_each import for_each

EVENTS = [{"timestamp": "2024-06-02", "n": 2}, {"timestamp": "2024-06-01", "n": 1}]


@for_each(
    "now",
    [
        1_718_193_600_000,
        "2024-06-12T12:00:00Z",
        "2024-06-12T14:00:00+02:00",
        datetime(2024, 6, 12, 12, tzinfo=UTC),
        datetime(2024, 6, 12, 14, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_now_in_every_form(now: int | str | datetime) -> None:
    assert pql.compile("now = date(2024, 6, 12)").matches({}, now="2024-06-12") is True
    assert pql.compile("t = now").matches({"t": "2024-06-12T12:00:00Z"}, now=now) is True


@pytest.mark.parametrize("now", ["noon", True, 1.5, datetime(2024, 6, 12)])  # noqa: DTZ001  # naive is the point
def test_now_that_names_no_instant(now: Any) -> None:
    with pytest.raises(pql.PQLTypeError, match="now must be"):
        pql.compile("now").matches({}, now=now)


def test_now_is_asked_for_only_where_it_matters() -> None:
    query = pql.compile("a = 1 or t occurs today")
    with pytest.raises(pql.PQLTypeError, match="pass `now`") as caught:
        query.matches({"a": 1})
    assert caught.value.span == (18, 23)
    assert pql.compile("a = 1").matches({"a": 1})


def test_events_may_be_any_iterable_in_any_order() -> None:
    query = pql.compile("xEvent.map(n)")
    assert query.value({}, iter(EVENTS)) == [1, 2]
    assert query.value({}, tuple(EVENTS)) == [1, 2]
    assert query.value({"xEvent": [{"n": 9}]}) == []
    assert pql.compile("$1.xEvent.n").value({}, EVENTS) == [1, 2]
    assert pql.compile("profile.xEvent.n").value({}, EVENTS) == [1, 2]
    assert pql.compile("orders[xEvent.count() = n]").value({"orders": [{"n": 2}]}, EVENTS) == [{"n": 2}]


def test_predicate_takes_prepared_arguments() -> None:
    predicate = pql.compile('xEvent[n = 2].count() = 1 and t occurs today and inSegment("s")').predicate
    asked: list[str] = []

    def member(segment: str) -> bool:
        asked.append(segment)
        return True

    assert predicate({"t": 5}, pql.sorted_events(EVENTS), 5, member) is True
    assert asked == ["s"]
    assert pql.compile("a").predicate({"a": 0}, (), 0, None) is True


@for_each("expression", ["a", "not (b)", "a and b", "a or b", "[a][b]", "if(a, b, c)", "1", "null", "$1"])
def test_predicates_answer_booleans(expression: str) -> None:
    assert type(pql.compile(expression).predicate({"a": 1, "b": [2]}, (), 0, None)) is bool


@for_each(
    "stored, resolved, member",
    [
        ({"ups": {"s": {"status": "realized"}}}, None, True),
        ({"ups": {"s": {"status": "existing"}}}, False, True),
        ({"ups": {"s": {"status": "entered"}}}, None, True),
        ({"ups": {"s": {"status": "exited"}}}, True, False),
        ({"ups": {"s": {"status": "exited"}}, "other": {"s": {"status": "realized"}}}, None, True),
        ({"ups": {"t": {"status": "realized"}}}, None, False),
        ({"ups": {"t": {"status": "realized"}}}, True, True),
        (None, True, True),
        ("nonsense", None, False),
        ({"ups": ["s"]}, None, False),
        ({"ups": {"s": "realized"}}, None, False),
    ],
)
def test_membership(stored: Any, resolved: bool | None, member: bool) -> None:
    resolver = None if resolved is None else (lambda segment: resolved)
    assert pql.compile('inSegment("s")').matches({"segmentMembership": stored}, in_segment=resolver) is member


@for_each(
    "expression, time, events, membership, ids",
    [
        ("a = 1", False, False, False, set()),
        ("t occurs < 3 days before u", False, False, False, set()),
        ("t occurs last week", True, False, False, set()),
        ("currentMonth()", True, False, False, set()),
        ("xEvent", False, True, False, set()),
        ("profile.xEvent.n", False, True, False, set()),
        ("a.xEvent", False, False, False, set()),
        ('inSegment("x") or inSegment("y")', False, False, True, {"x", "y"}),
        ("segmentMembership.ups", False, False, True, set()),
        ("$1.get(a)", False, False, True, set()),
        ("let P = $1 in P.segmentMembership", False, False, True, set()),
    ],
)
def test_what_a_query_depends_on(expression: str, time: bool, events: bool, membership: bool, ids: set[str]) -> None:
    query = pql.compile(expression)
    assert (query.uses_time, query.uses_events, query.uses_membership) == (time, events, membership)
    assert query.segment_ids == ids


def test_both_forms_of_a_query() -> None:
    query = pql.compile('country="US"')
    assert query.text == 'country = "US"'
    assert pql.compile(query.json, "pql/json").text == query.text
    assert pql.to_text(query.tree) == query.text
    assert pql.to_json(query.tree) == query.json
    assert pql.parse('country = "US"') == query.tree
    assert repr(query) == '<Compiled country = "US">'


def test_the_documented_conversion() -> None:
    text = 'workAddress.country = "US"'
    value = (
        '{"nodeType":"fnApply","fnName":"=","params":[{"nodeType":"fieldLookup","fieldName":"country","object":'
        '{"nodeType":"fieldLookup","fieldName":"workAddress","object":{"nodeType":"parameterReference","position":1}}},'
        '{"nodeType":"literal","literalType":"String","value":"US"}]}'
    )
    assert pql.convert(text, "pql/text") == (value, "pql/json")
    assert pql.convert(value, "pql/json") == (text, "pql/text")


def test_json_text_carries_any_string() -> None:
    assert pql.convert('a = "é"', "pql/text")[0].endswith('"é"}]}')
    lone = pql.convert('a = "\\ud800"', "pql/text")[0]
    assert lone.isascii()
    assert pql.convert(lone, "pql/json")[0] == 'a = "\\ud800"'
    assert pql.compile('"\\ud83d\\ude00"').value({}) == "😀"


@pytest.mark.parametrize("format", ["text", "", "PQL/TEXT", None])
def test_unknown_formats(format: Any) -> None:
    with pytest.raises(pql.PQLTypeError, match="format"):
        pql.compile("a", format)


@pytest.mark.parametrize(("expression", "format"), [(None, "pql/text"), ({}, "pql/text"), (["a"], "pql/json")])
def test_expressions_of_the_wrong_type(expression: Any, format: str) -> None:
    with pytest.raises(pql.PQLTypeError, match="cannot be a"):
        pql.compile(expression, format)


def test_profiles_may_be_any_mappings_and_stay_as_they_are() -> None:
    frozen = MappingProxyType({"a": MappingProxyType({"b": 1}), "l": (MappingProxyType({"b": 2}),)})
    for expression in [
        "a.b = 1",
        "l.exists(b = 2)",
        "l[b > 1].count() = 1",
        "a.count() = 1",
        'a.keys() = ["b"]',
        "a = a",
    ]:
        assert pql.compile(expression).matches(frozen)
    profile = {"l": [3, 1, 2]}
    query = pql.compile("[1, 2].intersection(l)")
    query.value(profile).append(4)  # type: ignore[attr-defined]  # the result is the caller's
    assert query.value(profile) == [1, 2]
    assert profile == {"l": [3, 1, 2]}


def test_data_nested_beyond_the_stack_is_an_error_of_ours() -> None:
    nested: list[Any] = []
    for _ in range(2_000):
        nested = [nested]
    for evaluate in ("matches", "value", "explain"):
        with pytest.raises(pql.PQLTypeError, match="nested too deeply"):
            getattr(pql.compile("a = 1"), evaluate)({"a": nested})


def printed(script: str) -> list[str]:
    """The lines a script prints in an interpreter of its own."""
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.splitlines()


def test_importing_loads_nothing_heavy() -> None:
    loaded = printed("import sys; from emulator import pql; print(*sys.modules, sep='\\n')")
    assert [name for name in loaded if name.startswith("emulator.pql")] == ["emulator.pql"]
    assert "re2" not in loaded


def test_re2_is_loaded_by_the_first_regular_expression() -> None:
    first = "import sys; from emulator import pql; pql.compile('a like \"%x\"'); print('re2' in sys.modules)"
    assert printed(first + "; pql.compile('a.matches(\"x\")'); print('re2' in sys.modules)") == ["False", "True"]


def test_unknown_names() -> None:
    with pytest.raises(AttributeError, match="no attribute 'evaluate'"):
        pql.evaluate  # noqa: B018
    assert set(pql.__all__) <= set(dir(pql))
