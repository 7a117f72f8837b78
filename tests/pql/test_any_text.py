"""Any text and any JSON is a query or one of our errors, and hostile ones are answered at little cost."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator import pql
from emulator.pql import json_decode
from emulator.pql.functions import FUNCTIONS
from tests.fuzz.texts import edited
from tests.pql.conformance import EXPRESSIONS, FRAGMENTS, PAIRS, answered
from tests.pql.strategies import documents

fragments = st.lists(st.sampled_from(FRAGMENTS), max_size=20).map(" ".join)
damaged = edited([case["expression"] for case in EXPRESSIONS], FRAGMENTS)


@given(st.text() | fragments | damaged)
def test_any_text(text: str) -> None:
    answered(text)


@given(st.text())
def test_any_string_is_carried_by_a_literal(text: str) -> None:
    tree = pql.compile({"nodeType": "literal", "literalType": "String", "value": text}, "pql/json")
    assert pql.compile(tree.text).value({}) == text


@given(st.text())
def test_any_name_is_carried_by_a_path(name: str) -> None:
    query = pql.compile({"nodeType": "fieldLookup", "fieldName": name}, "pql/json")
    again = pql.compile(query.text)
    assert again.tree == query.tree
    if name != "xEvent":
        assert again.value({name: 1}) == 1


nodes = st.recursive(
    documents | st.sampled_from([pair.json for pair in PAIRS]),
    lambda inner: st.fixed_dictionaries(
        {"nodeType": st.sampled_from([*json_decode._EXPRESSIONS, *json_decode._PARTS])},
        optional={
            "params": st.lists(inner, max_size=4),
            "fnName": st.sampled_from([*FUNCTIONS, "list", "object", "x"]),
            "object": inner,
            "fieldName": st.text(max_size=2) | inner,
            "literalType": st.sampled_from(["String", "integer", "Double", "LIST", "Date", "XDMObject"]) | inner,
            "value": inner,
            "variables": st.lists(inner, max_size=2),
            "varName": st.sampled_from(["x", "y"]) | inner,
            "body": inner,
            "from": inner,
            "where": inner,
        },
    ),
    max_leaves=8,
)


@given(nodes)
def test_any_json(document: Any) -> None:
    answered(document if isinstance(document, dict) else json.dumps(document), "pql/json")


@contextmanager
def seconds(limit: float) -> Iterator[None]:
    """Processor time a block may take: many times what it needs, far less than what a wrong complexity would."""
    start = process_time()
    yield
    assert process_time() - start < limit


HOSTILE: list[tuple[str, bool]] = [
    ("(" * 10_000, False),
    ("(" * 10_000 + "1" + ")" * 10_000, False),
    ("[" * 10_000, False),
    ('{"a":' * 10_000, False),
    ("a[" * 10_000, False),
    ("not " * 10_000 + "a", False),
    ("-" * 10_000 + "a", False),
    ("!" * 10_000, False),
    ("^" * 10_000, False),
    ("if(" * 10_000, False),
    ("a.map(" * 10_000, False),
    ("let x = 1 in " * 10_000 + "x", False),
    ("select x from a where " * 10_000 + "x", False),
    ("select " + ", ".join(f"v{n} from a" for n in range(5_000)), False),
    ("sum " * 10_000 + "a" + " over x from y" * 100, False),
    ("sum - " * 20_000 + "1", False),
    ("sum (" * 10_000, False),
    ("(a, " * 20_000, False),
    ("a" + "+a" * 60_000, False),
    ("a" + ".a" * 60_000, False),
    ("a" + "[a]" * 40_000, False),
    ("a" + ".count()" * 16_000, False),
    ("chain(a, t, [" + ", ".join(f"A{n}: WHAT(true)" for n in range(5_000)) + "])", False),
    ("a = " + "9" * 100_000, False),
    ("a = " + "0" * 100_000, True),
    ("a" + " and a" * 8_000, True),
    ("a in [" + "1, " * 15_000 + "1]", True),
    ("x" * 130_000, True),
    ('"' + "x" * 130_000 + '"', True),
    ('"' + "\\\\" * 60_000, False),
    ("`" * 100_001, False),
    ('"' + "x" * 1_000_000 + '"', False),
    (" " * 1_000_000, False),
    ("a like '" + "%a_" * 20_000 + "'", True),
]


@pytest.mark.slow
@pytest.mark.parametrize(("text", "accepted"), HOSTILE, ids=[f"{text[:12]}… {len(text)}" for text, _ in HOSTILE])
def test_hostile_text(text: str, accepted: bool) -> None:
    with seconds(5):
        assert answered(text) is accepted


def nested(times: int, wrap: Callable[[Any], Any]) -> Any:
    document: Any = {"nodeType": "parameterReference", "position": 1}
    for _ in range(times):
        document = wrap(document)
    return document


WRAPS: list[Callable[[Any], Any]] = [
    lambda inner: {"nodeType": "fieldLookup", "fieldName": "a", "object": inner},
    lambda inner: {"nodeType": "fnApply", "fnName": "not", "params": [inner]},
    lambda inner: {"nodeType": "let", "varName": "x", "value": inner, "body": inner},
    lambda inner: {"nodeType": "select", "variables": [{"nodeType": "varDecl", "varName": "x", "from": inner}]},
]


@pytest.mark.parametrize("wrap", WRAPS)
def test_hostile_json(wrap: Callable[[Any], Any]) -> None:
    with seconds(5):
        assert not answered(nested(2_000, wrap), "pql/json")


def test_json_text_nested_beyond_the_json_parser() -> None:
    assert not answered('{"nodeType":"fieldLookup","object":' * 100_000, "pql/json")
    assert not answered("[" * 100_000, "pql/json")
    assert not answered(" " * (json_decode.MAX_LENGTH + 1), "pql/json")


def test_a_document_that_holds_itself() -> None:
    document: dict[str, Any] = {"nodeType": "fieldLookup", "fieldName": "a"}
    document["object"] = document
    assert not answered(document, "pql/json")


def test_a_full_stack_is_an_error_of_ours() -> None:
    """Even with next to no stack left, a query is answered by a tree or a PQLError."""

    def deep(levels: int) -> bool:
        if levels:
            return deep(levels - 1)
        try:
            return pql.compile("(" * 60 + "a" + ")" * 60).text == "a"
        except pql.PQLSyntaxError:
            return False

    outcomes: set[str] = set()
    for levels in range(sys.getrecursionlimit() - 500, sys.getrecursionlimit(), 5):
        try:
            outcomes.add(str(deep(levels)))
        except RecursionError:
            outcomes.add("no room even for the call")
            break
    assert outcomes == {"True", "False", "no room even for the call"}


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a*)*b", "(a|aa)+$", "(.*)(.*)(.*)(.*)(.*)x", "((a{1,50}){1,20})$"])
def test_catastrophic_patterns_are_searched_in_linear_time(pattern: str) -> None:
    with seconds(5):
        query = pql.compile(f'a.matches("{pattern}")')
        query.matches({"a": "a" * 40 + "!"})
        query.matches({"a": "a" * 100_000 + "!"})


def test_catastrophic_like() -> None:
    with seconds(5):
        assert not pql.compile(f'a like "{"%a" * 50}%b"').matches({"a": "a" * 20_000})
        assert not pql.compile(f'a like "{"%a_" * 50}%b"').matches({"a": "a" * 20_000})


def test_patterns_that_would_take_too_much_memory_are_refused(capfd: pytest.CaptureFixture[str]) -> None:
    assert not answered('a.matches("' + "(x{1,900})" * 200 + '")')
    assert not answered('a.matches("((((a{30}){30}){30}){30})")')
    assert not answered('a.matches("' + "(" * 5_000 + '")')
    assert capfd.readouterr() == ("", "")


def test_computed_patterns_that_do_not_compile_give_null_or_false(capfd: pytest.CaptureFixture[str]) -> None:
    for pattern in ("(", "a++", "(?=a)", "[a&&b]", "\ud800", "(((a{30}){30}){30}){30}"):
        assert pql.compile("a.matches(p)").value({"a": "a", "p": pattern}) is False
        assert pql.compile("a.regexGroup(p)").value({"a": "a", "p": pattern}) is None
    assert pql.compile('a.matches("a")').matches({"a": "\ud800a"})
    assert capfd.readouterr() == ("", "")


INJECTIONS = [
    '"); import os; os.system("x"); ("',
    "__import__('os').system('x')",
    "{0.__class__}",
    "%s%n",
    "\\",
    "a\nb\r\x00",
    "lambda frame: frame",
    "${jndi:ldap://x}",
]


@pytest.mark.parametrize("hostile", INJECTIONS)
def test_nothing_in_an_expression_becomes_program_text(hostile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever stands in names and strings is looked up and compared as it is; nothing is built into code."""

    def forbidden(*arguments: object, **named: object) -> None:
        raise AssertionError("program text was made")

    name = {"nodeType": "fieldLookup", "fieldName": hostile}
    text = {"nodeType": "literal", "literalType": "String", "value": hostile}
    variable = {"nodeType": "varRef", "varName": hostile}
    source = {"nodeType": "fieldLookup", "fieldName": "list"}
    clause = {
        "nodeType": "varDecl",
        "varName": hostile,
        "from": source,
        "where": {"nodeType": "fnApply", "fnName": "=", "params": [variable, text]},
    }
    both = {
        "nodeType": "fnApply",
        "fnName": "and",
        "params": [
            {"nodeType": "fnApply", "fnName": "=", "params": [name, text]},
            {"nodeType": "select", "variables": [clause]},
            {"nodeType": "fnApply", "fnName": "inSegment", "params": [text]},
        ],
    }
    pql.compile(both, "pql/json")  # modules are loaded now, so that only our own calls would be caught
    for builtin in ("exec", "eval", "compile", "__import__"):
        monkeypatch.setattr(f"builtins.{builtin}", forbidden)
    query = pql.compile(both, "pql/json")
    again = pql.compile(query.text)
    monkeypatch.undo()
    profile = {hostile: hostile, "list": [hostile, 1]}
    for each in (query, again):
        assert each.matches(profile, in_segment=lambda segment: segment == hostile)
        assert not each.matches({**profile, hostile: "x"}, in_segment=lambda segment: True)
    assert again.tree == query.tree
