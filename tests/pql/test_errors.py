"""What is refused, with which words, and where the caret points."""

import json
from operator import itemgetter
from typing import Any

import pytest

from emulator import pql
from emulator.pql.ast import MAX_DEPTH
from tests.for_each import for_each

TEXTS: list[tuple[str, str, str]] = [
    # query, what the caret is under, what the message says
    ('name.startWith("J")', "startWith", "unknown function `startWith`; did you mean `startsWith`?"),
    ('name.STARTSWITH("J")', "STARTSWITH", "did you mean `startsWith`?"),
    ("count(orders)", "count", "`count` is written after a value: `value.count(...)`"),
    ("foo(1)", "foo", "unknown function `foo`"),
    ("name.and(x)", "and", "`and` is not written after a dot: `a and b`"),
    ("t.date(2024, 1, 1)", "date", "`date` is not written after a dot: `date(y, m, d)`"),
    ("orders.topN(price)", "orders.topN(price)", "`topN` takes 2 arguments, not 1: `a.topN(expr, n)`"),
    ("a.count(1)", "a.count(1)", "`count` takes 0 arguments, not 1"),
    ("a.equals()", "a.equals()", "`equals` takes at least 1 argument, not 0"),
    ("a.exists(x, y)", "a.exists(x, y)", "`exists` takes 0 to 1 arguments, not 2"),
    ("currentMonth(1)", "currentMonth(1)", "`currentMonth` takes 0 arguments, not 1"),
    ('a.contains("x", "y")', '"y"', "argument 2 of `contains` says whether case matters: `true` or `false`"),
    ("a.equals((x) => x)", "(", "`equals` takes no function here"),
    ("a.filter((x, y) => x)", "(x, y) => x", "argument 1 of `filter` must have one parameter, not 2"),
    ("[1, 2].map((k, v) => v)", "(k, v) => v", "only on a map"),
    ("xEvent.map((k, v) => v)", "(k, v) => v", "only on a map"),
    ('a.topN(x, "2")', '"2"', "argument 2 of `topN` must be a number"),
    ("date(2024, 1.5, 1)", "1.5", "argument 2 of `date` must be a whole number"),
    ("date(2023, 2, 29) = t", "date(2023, 2, 29)", "no such day"),
    ("inSegment(name)", "name", "must be the id of an audience in quotes"),
    ("a == 1", "==", "`==` is not an operator; use `=`"),
    ("a <> 1", "<>", "use `!=`"),
    ("a = 1 || b = 2", "||", "use `or`"),
    ("a # b", "#", "`#` has no meaning in PQL"),
    ("a =\u00a01", "\u00a0", "U+00A0 has no meaning in PQL"),
    ('name = "Ann', '"', 'the " opened here is never closed'),
    ("a = `b", "`", "the ` opened here is never closed"),
    ('a.matches("\\w")', "\\w", "`\\w` is not an escape; write `\\\\w` for a backslash"),
    ('a = "\\u12"', "\\u", "`\\u` needs four hexadecimal digits"),
    ("a = 5b", "5b", "a number cannot be followed by `b`"),
    ("a = 1E999", "1E999", "the number is too large"),
    ("$0.a", "$0", "parameters are counted from 1"),
    ("$.a", "$", "`$` must be followed by the number of a parameter"),
    ("a in [1, 2", "[", "the `[` opened here is never closed"),
    ("(a = 1", "(", "the `(` opened here is never closed"),
    ("a.equals(1", "(", "the `(` opened here is never closed"),
    ("a.equals(1 2)", "2", "expected an operator or the end, found `2`"),
    ("a = 1)", ")", "`)` closes nothing"),
    ("a < b < c", "<", "a comparison cannot be compared again"),
    ("a = not b", "not", "`not` needs brackets here"),
    ("^.a = 1", "^", "`^` goes above the profile"),
    ("orders[^^.a]", "^", "`^^` goes above the profile"),
    ("((x) => x)", "(", "a function can only be the whole query or an argument"),
    ("(x, x) => x", "x", "the parameter `x` is declared twice"),
    ("a and => b", "=>", "expected a value, found `=>`"),
    ("in = 5", "in", "`in` is a reserved word; a field of that name is written `$1.in`"),
    ("select from xEvent where a = 1", "from", "write `select X from list where condition`"),
    ("exists X where X.a", "X", "write `exists X from list where condition`"),
    ("select X from a, X from b", "X", "the variable `X` is declared twice"),
    ("sum X.a over X", "", "expected `from` and a list after `X`, found the end"),
    ("let S = 5", "", "expected `in` and an expression that uses `S`, found the end"),
    ("a = 1 and let x = 2 in x", "x", "write `let X = value in expression`"),
    ("t occurs <= 3 fortnights before now", "fortnights", "is not a unit of time; units are millisecond,"),
    ("t occurs <= 1.5 days before now", "1.5", "expected a whole number of units"),
    ("t occurs <= -3 days before now", "-", "expected a whole number of units"),
    ("t occurs <= 3 days now", "now", "expected `before`, `after` or `from`"),
    ("t occurs between today", "", "expected `and` and the end of the stretch"),
    ("t occurs before", "", "expected a time after `before`"),
    ("chain(xEvent, timestamp, [])", "]", "expected a label and a step, as in `A: WHAT(...)`"),
    ("chain(xEvent, timestamp, [A: WHEN(today)])", "WHEN", "a step starts with WHAT(...)"),
    ("chain(xEvent, timestamp, [A: WHAT(a), A: WHAT(b)])", "A", "the label `A` is used twice"),
    ("chain(xEvent, timestamp, [A: WHAT(a) COUNT(1) COUNT(2)])", "COUNT", "the step `A` has COUNT twice"),
    ("chain(xEvent, timestamp, [A: WHAT(a) WHAT(b)])", "WHAT", "the step `A` has WHAT twice"),
    ("chain(xEvent, timestamp, [A: WHAT(a) COUNT(0)])", "0", "COUNT takes a whole number of at least 1"),
    ('a.matches("a(?=b)")', '"a(?=b)"', "it uses lookahead (`(?=`), which matching in linear time does not have"),
    ('a.matches("(?<!b)a")', '"(?<!b)a"', "it uses lookbehind"),
    ('a.matches("(a)\\\\1")', '"(a)\\\\1"', "it uses a backreference (`\\1`)"),
    ('a.matches("(?<n>a)\\\\k<n>")', '"(?<n>a)\\\\k<n>"', "it uses a backreference"),
    ('a.matches("a++")', '"a++"', "it uses a possessive quantifier (`++`)"),
    ('a.matches("(?>a)")', '"(?>a)"', "it uses atomic groups"),
    ('a.matches("[a-z&&[^b]]")', '"[a-z&&[^b]]"', "it uses an intersection of character classes"),
    ('a.matches("[a[bc]]")', '"[a[bc]]"', "it uses a character class inside another"),
    ('a.matches("(a")', '"(a"', "missing ): (a"),
    ('a.regexGroup("a{2000}")', '"a{2000}"', "invalid repetition size: {2000}"),
    ("a.matches(5)", "5", "argument 1 of `matches` must be a regular expression in quotes"),
]


@for_each("text, under, message", TEXTS, ids=itemgetter(0))
def test_refused(text: str, under: str, message: str) -> None:
    with pytest.raises(pql.PQLError) as caught:
        pql.compile(text)
    error = caught.value
    assert message in error.message
    start, end = error.span
    assert text[start:end] == under
    assert (error.line, error.column) == (1, start + 1)
    shown, carets = error.picture.splitlines()
    assert carets == " " * (start + 2) + "^" * max(1, end - start)
    assert shown.rstrip() == f"  {text}".replace("\u00a0", " ").rstrip()


def test_the_picture_in_a_query_of_several_lines() -> None:
    with pytest.raises(pql.PQLSyntaxError) as caught:
        pql.compile('a = 1 and\n\tb = "x" "y"\nand c')
    assert str(caught.value) == (
        'expected an operator or the end, found `"y"` (line 2, column 10)\n   b = "x" "y"\n           ^^^'
    )


def test_the_picture_of_a_long_line_is_cut() -> None:
    with pytest.raises(pql.PQLSyntaxError) as caught:
        pql.compile("a = 1 and " * 1000 + "? and " + "b and " * 1000)
    assert len(caught.value.picture) < 300
    shown, carets = caught.value.picture.splitlines()
    assert shown[carets.index("^")] == "?"


PARAMETER: dict[str, Any] = {"nodeType": "parameterReference", "position": 1}
ONE = {"nodeType": "literal", "literalType": "Integer", "value": 1}


def apply(name: str, *params: Any) -> dict[str, Any]:
    return {"nodeType": "fnApply", "fnName": name, "params": list(params)}


def text(value: str) -> dict[str, Any]:
    return {"nodeType": "literal", "literalType": "String", "value": value}


def function(body: Any, *names: str) -> dict[str, Any]:
    return {"nodeType": "fnCreate", "params": [{"varName": name} for name in names or ("x",)], "body": body}


JSON: list[tuple[Any, str, str]] = [
    # document, pointer, what the message says
    ({}, "", "the key `nodeType` is missing"),
    ({"nodeType": 5}, "/nodeType", "`nodeType` must be a string, not 5"),
    ({"nodeType": "fnaply"}, "", "`fnaply` is not the nodeType of an expression; did you mean `fnApply`?"),
    ({"nodeType": "modelInstances"}, "", "is not the nodeType of an expression"),
    ({"nodeType": "set"}, "", "is not the nodeType of an expression"),
    (function(ONE), "", "a fnCreate cannot stand here"),
    (apply("=", ONE, 5), "/params/1", "expected a node, an object with a nodeType; found 5"),
    (apply("equal", ONE, ONE), "/fnName", "unknown function `equal`; did you mean `equals`?"),
    (apply("select", ONE), "/fnName", "unknown function `select`"),
    (apply("="), "", "`=` takes 2 arguments, not 0"),
    (apply("and"), "", "`and` takes at least 1 argument, not 0"),
    ({**apply("="), "params": {}}, "/params", "`params` must be an array, not an object"),
    (apply("filter", PARAMETER, ONE), "/params/1", "must be an expression about one element"),
    (apply("isNull", function(ONE)), "/params/0", "the receiver of `isNull` cannot be a function"),
    (apply("filter", PARAMETER, function(ONE, "x", "x")), "/params/1/params", "parameters with different names"),
    (
        apply("filter", PARAMETER, {"nodeType": "fnCreate", "params": ["x"], "body": ONE}),
        "/params/1/params/0",
        "varName",
    ),
    (
        apply("filter", PARAMETER, {"nodeType": "fnCreate", "params": [{"varName": "x"}]}),
        "/params/1",
        "`body` is missing",
    ),
    ({"nodeType": "literal", "literalType": "Text", "value": "x"}, "/literalType", "unknown literalType `Text`"),
    ({"nodeType": "literal", "literalType": "Integer", "value": 1.5}, "/value", "1.5 is not a value of type integer"),
    ({"nodeType": "literal", "literalType": "Integer", "value": "abc"}, "/value", '"abc" is not a value of type'),
    ({"nodeType": "literal", "literalType": "Integer", "value": True}, "/value", "is not a value of type integer"),
    ({"nodeType": "literal", "literalType": "Double", "value": 10**400}, "/value", "is not a value of type double"),
    ({"nodeType": "literal", "literalType": "Boolean", "value": "true"}, "/value", "is not a value of type boolean"),
    ({"nodeType": "literal", "literalType": "String", "value": 1}, "/value", "1 is not a value of type string"),
    ({"nodeType": "literal", "literalType": "List", "value": "x"}, "/value", "must be an array"),
    ({"nodeType": "literal", "literalType": "List", "value": [[1]]}, "/value/0", "an array is not a value"),
    (
        {"nodeType": "literal", "literalType": "XDMObject", "value": "event"},
        "/value",
        "the only XDMObject is `profile`",
    ),
    ({"nodeType": "literal", "literalType": "Date", "value": "2024-01-01"}, "/value", "a Date is `now`, `today`"),
    ({"nodeType": "parameterReference", "position": 0}, "/position", "at least 1"),
    ({"nodeType": "varRef", "varName": "x"}, "", "the variable `x` is not declared around this place"),
    ({"nodeType": "select", "variables": []}, "/variables", "`variables` is empty"),
    ({"nodeType": "select", "variables": [ONE]}, "/variables/0", "expected a node of type varDecl"),
    (
        {"nodeType": "quantification", "quantifier": "one", "variables": []},
        "/quantifier",
        "`quantifier` must be `some` or `all`",
    ),
    (apply("occurs", ONE, text("before")), "", "`occurs` takes an operand and a tail"),
    (apply("occurs", ONE, text("during"), ONE), "", "`during` with 1 more params is no tail of `occurs`"),
    (apply("occurs", ONE, text("<="), text("3"), text("day"), text("before"), ONE), "/params/2", "literal Integer"),
    (apply("occurs", ONE, text("<="), ONE, text("dog"), text("before"), ONE), "/params/3", "units of time are"),
    (apply("occurs", ONE, text("<="), ONE, text("day"), text("on"), ONE), "/params/4", "expected `before`"),
    (apply("occurs", ONE, ONE, ONE), "/params/1", "expected a literal of type String"),
    (apply("chain", PARAMETER, function(ONE)), "", "`chain` takes a list, a function for the time, and at least"),
    (apply("chain", PARAMETER, function(ONE), ONE), "/params/2", "expected a node of type chainStep"),
    (
        apply("chain", PARAMETER, function(ONE), {"nodeType": "chainStep", "label": "A"}),
        "/params/2",
        "the key `what` is missing",
    ),
    (
        apply(
            "chain",
            PARAMETER,
            function(ONE),
            {"nodeType": "chainStep", "label": "A", "what": function(ONE), "count": 0},
        ),
        "/params/2/count",
        "at least 1",
    ),
    (apply("object", text("a")), "", "`object` takes a key and a value in turn"),
]


@for_each("document, pointer, message", JSON, ids=itemgetter(2))
@for_each("as_text", [False, True])
def test_refused_json(document: Any, pointer: str, message: str, as_text: bool) -> None:
    with pytest.raises(pql.PQLError) as caught:
        pql.compile(json.dumps(document) if as_text else document, "pql/json")
    assert message in caught.value.message
    assert caught.value.pointer == pointer


@pytest.mark.parametrize("value", ["[]", "5", "null", '"a"'])
def test_json_that_is_no_object(value: str) -> None:
    with pytest.raises(pql.PQLSyntaxError, match="expected a node"):
        pql.compile(value, "pql/json")


def test_text_that_is_no_json() -> None:
    with pytest.raises(pql.PQLSyntaxError, match="this is not JSON") as caught:
        pql.compile('{"nodeType":\n oops}', "pql/json")
    assert (caught.value.line, caught.value.column) == (2, 2)
    for broken in ['{"value": NaN}', '{"a": ' + "9" * 5000 + "}", "\ud800", "{"]:
        with pytest.raises(pql.PQLSyntaxError, match="not JSON"):
            pql.compile(broken, "pql/json")


def test_depth_is_bounded_alike_in_both_formats() -> None:
    document: dict[str, Any] = PARAMETER
    for _ in range(MAX_DEPTH - 1):
        document = apply("not", document)
    deepest = pql.compile(document, "pql/json")
    assert pql.compile(deepest.text).tree == deepest.tree
    with pytest.raises(pql.PQLSyntaxError, match="nested too deeply"):
        pql.compile(apply("not", document), "pql/json")
    with pytest.raises(pql.PQLSyntaxError, match="nested too deeply"):
        pql.compile(f"not ({deepest.text})")
