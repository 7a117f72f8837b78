"""How text is read: precedence, scopes, words that are also names, and the spelling it is printed in."""

from typing import Any

from emulator import pql
from emulator.pql.ast import Apply, Field, Function, Literal, Parameter, Select, Variable, literal
from tests.for_each import for_each

CANONICAL: list[tuple[str, str]] = [
    # as written, as printed
    ("(a = 1) and ((b = 2))", "a = 1 and b = 2"),
    ("(a or b) and c", "(a or b) and c"),
    ("(a and b) and c", "(a and b) and c"),
    ("a and b and c", "a and b and c"),
    ("a or b and c", "a or b and c"),
    ("(a - b) - c", "a - b - c"),
    ("a - (b - c)", "a - (b - c)"),
    ("a / b * c", "a / b * c"),
    ("a / (b * c)", "a / (b * c)"),
    ("(a + b) * -c", "(a + b) * -c"),
    ("-(a + b)", "-(a + b)"),
    ("-(5)", "-(5)"),
    ("- -5", "--5"),
    ("-5.isNull()", "-5.isNull()"),
    ("(-5).isNull()", "(-5).isNull()"),
    ("(a + b).isNull()", "(a + b).isNull()"),
    ("NOT a = 1", "not (a = 1)"),
    ("!(a) AND !b", "not (a) and not (b)"),
    ("(not a) = b", "(not (a)) = b"),
    ("(a = 1) = true", "(a = 1) = true"),
    ("a notin [1,2 , 'x']", 'a notIn [1, 2, "x"]'),
    ("2. isNull()", "2.isNull()"),
    ("1.5E2 + 2e16 + 2E-7", "150.0 + 2.0E16 + 2.0E-7"),
    ("$1.a.b = profile.c", "a.b = c"),
    ("$1", "$1"),
    ("$2.a", "$2.a"),
    ("profile", "$1.profile"),
    ("profile.profile", "$1.profile"),
    ("xEvent.a", "xEvent.a"),
    ("$1.today", "$1.today"),
    ("`today`", "$1.today"),
    ("a.today.in.`x-y`.`b``c`", "a.today.in.`x-y`.`b``c`"),
    ("`x-y`", "`x-y`"),
    ("count + sum", "$1.count + $1.sum"),
    ("(P, Q) => P.a = Q.a and P.xEvent", "a = $2.a and xEvent"),
    ("a[b = c]", "a.filter((_1) => _1.b = _1.c)"),
    ("a[b[x = ^y and $1.z = ^^.w]]", "a.filter((_1) => _1.b.filter((_2) => _2.x = _1.y and z = w))"),
    ("_1[_2 = 1]", "_1.filter((_3) => _3._2 = 1)"),
    ("a.map((x) => a.map((y) => x.a))", "a.map((x) => a.map((y) => x.a))"),
    ("select X from a : X.b , Y from X.c", "select X from a where X.b, Y from X.c"),
    ("(select X from a where X).count()", "(select X from a where X).count()"),
    ("a and (select X from b where X.c)", "a and select X from b where X.c"),
    ("(select X from b where X.c) and a", "(select X from b where X.c) and a"),
    ("some X from a", "exists X from a"),
    ("All X FROM a WHERE X = 1", "forall X from a where X = 1"),
    ("select a from a where a.b", "select a from a where a.b"),
    ("select X from a where $1.X = X", "select X from a where $1.X = X"),
    ("(sum X.a over X from b where X.c) > 1", "(sum X.a over X from b where X.c) > 1"),
    ("1 < sum X.a over X from b", "1 < sum X.a over X from b"),
    ("sum X.a + Y.b over X from a, Y from X.c", "sum X.a + Y.b over X from a, Y from X.c"),
    ("max -X.a over X from b", "max -X.a over X from b"),
    ("sum - 1 = max X.a over X from b", "$1.sum - 1 = max X.a over X from b"),
    ("[sum [1], max (X) over X from b]", "[$1.sum.filter((_1) => 1), max X over X from b]"),
    ("a.sum - max X.over over X from over", "a.sum - max X.over over X from $1.over"),
    ("count (X.a = 1) over X from b", "count (X.a = 1) over X from b"),
    ("let x = a in x in [1]", "let x = a in x in [1]"),
    ("let x = (a in [1]) in x", "let x = (a in [1]) in x"),
    ("(let x = 1 in x) + 1", "(let x = 1 in x) + 1"),
    ("IF(a, 1, 2)", "if(a, 1, 2)"),
    ("{a: 1, \"b c\": x}", '{"a": 1, "b c": x}'),
    ("t occurs on this week", "t occurs this week"),
    ("t occurs 'x'", 't occurs on "x"'),
    ("t occurs = 1 centuries from Now", "t occurs = 1 century from now"),
    ("t occurs <= 2 millennium before last Days", "t occurs <= 2 millennia before last day"),
    ("t occurs between a and b and c", "t occurs between a and b and c"),
    ("t occurs before.x", "t occurs on $1.before.x"),
    (
        "Chain(xEvent, timestamp, [A: what(a = $1.b) where(c) count(2) when(today), B: WHAT(a = A.a)])",
        "chain(xEvent, timestamp, [A: WHAT(a = $1.b) WHEN(today) COUNT(2) WHERE(c), B: WHAT(a = A.a)])",
    ),
    ("chain(x, (v) => v.t, [A: WHAT((v) => v)])", "chain(x, (v) => v.t, [A: WHAT((v) => v)])"),
    ("chain(x, t, [A: WHAT(`sum` = 1)])", "chain(x, t, [A: WHAT(`sum` = 1)])"),
    ('s = "q\\"\\\\\\n\\u0001é\\/"', 's = "q\\"\\\\\\n\\u0001é/"'),
]  # fmt: skip


@for_each("written, printed", CANONICAL)
def test_canonical_text(written: str, printed: str) -> None:
    query = pql.compile(written)
    assert query.text == printed
    assert pql.compile(printed).tree == query.tree


WORDS = [
    *["let", "if", "chain", "select", "exists", "forall", "some", "all", "sum", "average", "min", "max", "count"],
    *["from", "where", "over", "between", "on", "before", "after", "this", "last", "next", "what", "when"],
    *["day", "days", "week", "date", "map", "filter", "inSegment", "profile"],
]


#: Where a name may stand.
PLACES = [
    "{0}",
    "{0} = 1",
    "{0} - 1",
    "{0}.a",
    "({0})",
    "[{0}, 1]",
    "a.{0}",
    "{0}[a = 1]",
    "a in {0}",
    "t occurs on {0}",
    "select X from {0} where X",
    "select {0} from a where {0}.b",
    "let {0} = 1 in {0} + 1",
    "a.map(({0}) => {0}.{0})",
    "sum X.a over X from {0}",
    "chain(xEvent, {0}, [{0}: WHAT({0} = 1)])",
]


@for_each("word", WORDS)
def test_words_of_the_grammar_are_names_too(word: str) -> None:
    for place in PLACES:
        tree = pql.parse(place.format(word))
        assert pql.parse(pql.to_text(tree)) == tree, place
        assert pql.compile(pql.to_json(tree), "pql/json").tree == tree, place


def test_spans_are_those_of_the_text() -> None:
    text = "  (a.b = 1)  and  not ( c.count( ) > 2 )"
    tree = pql.parse(text)
    spans: dict[type, list[str]] = {}

    def collect(node: Any) -> None:
        if hasattr(node, "at"):
            start, end = node.at or (0, 0)
            spans.setdefault(type(node), []).append(text[start:end])
            for name in ("params", "object"):
                children = getattr(node, name, ())
                for child in children if isinstance(children, tuple) else [children]:
                    collect(child)

    collect(tree)
    assert spans[Apply] == [
        "(a.b = 1)  and  not ( c.count( ) > 2 )",
        "a.b = 1",
        "not ( c.count( ) > 2 )",
        "c.count( ) > 2",
        "c.count( )",
    ]
    assert spans[Field] == ["a.b", "a", "c"]
    assert spans[Literal] == ["1", "2"]


def test_literals_keep_their_types_apart() -> None:
    assert literal(1) != literal(1.0) != literal(True)
    assert pql.parse("1") != pql.parse("1.0")
    assert pql.compile("1").json["literalType"] == "Integer"
    assert pql.compile("1.0").json["literalType"] == "Double"
    assert pql.compile("-1").json == {"nodeType": "literal", "literalType": "Integer", "value": -1}


def test_an_aggregate_over_clauses_is_a_function_of_a_select() -> None:
    clauses = pql.parse("select X from a")
    assert isinstance(clauses, Select)
    assert pql.parse("sum X.b over X from a") == Apply("sum", (clauses, Function(("X",), Field(Variable("X"), "b"))))
    nested = pql.compile("max (min Y.n over Y from X.b) over X from a")
    assert nested.value({"a": [{"b": [{"n": 3}, {"n": 2}]}, {"b": [{"n": 9}, {"n": 5}]}, {"b": []}]}) == 5
    assert (
        pql.compile("sum max Y.n over Y from X.b over X from a").value({"a": [{"b": [{"n": 3}]}, {"b": [{"n": 4}]}]})
        == 7
    )


def test_the_innermost_name_wins() -> None:
    assert pql.compile("let a = 1 in a.map((a) => a)").value({}) == [1]
    assert pql.compile("select X from a where (exists X from b where X = 2)").value({"a": [1], "b": [2]}) == [1]
    assert pql.compile("let xEvent = 5 in xEvent").value({}, []) == 5
    assert pql.compile("(a) => a.a").tree == Field(Parameter(1), "a")


@for_each(
    "tolerated",
    [
        {"nodeType": "literal", "literalType": "integer", "value": "6"},
        {"nodeType": "literal", "literalType": "INTEGER", "value": 6.0},
        {"nodeType": "literal", "literalType": "Number", "value": 6},
        {"value": 6, "literalType": "Integer", "comment": "ignored", "nodeType": "literal"},
        {
            "nodeType": "fnApply",
            "fnName": "or",
            "params": [{"nodeType": "literal", "literalType": "Number", "value": "6"}],
        },
    ],
)
def test_tolerances_of_json(tolerated: dict[str, Any]) -> None:
    assert pql.compile(tolerated, "pql/json").tree == literal(6)


def test_words_of_json() -> None:
    text = {"nodeType": "literal", "literalType": "double", "value": "6"}
    assert pql.compile(text, "pql/json").value({}) == 6.0
    date = {"nodeType": "literal", "literalType": "Date", "value": "Last  Weeks"}
    assert pql.compile(date, "pql/json").text == "last week"
    listed = {
        "nodeType": "fnApply",
        "fnName": "list",
        "params": [text, {"nodeType": "parameterReference", "position": 1}],
    }
    assert pql.compile(listed, "pql/json").text == "[6.0, $1]"
    empty = {"nodeType": "fnApply", "fnName": "list", "params": []}
    assert pql.compile(empty, "pql/json").json == {"nodeType": "literal", "literalType": "List", "value": []}
