"""Hypothesis strategies: trees that are valid by construction, and profiles their paths find something in."""

from collections.abc import Callable
from typing import Any, TypeVar

from hypothesis import strategies as st

from emulator.pql.ast import (
    Apply,
    Between,
    Chain,
    Declaration,
    Field,
    Function,
    Let,
    ListOf,
    Node,
    ObjectOf,
    Occurs,
    Parameter,
    Quantified,
    Relation,
    Select,
    Step,
    Tail,
    TimeWord,
    Variable,
    Window,
    literal,
)
from emulator.pql.instants import PLURALS

KEYS = ["a", "n", "tags", "orders", "price", "when", "timestamp", "sku"]
ODD_NAMES = ["profile", "count", "today", "x-y", "xEvent", "xdm:a", "from", "_1", "In", "sum", "`", "é", "this", ""]
VARIABLES = ["x", "Y", "_2", "_8", "profile", "a", "over", "null", "x y", "if", "xEvent", "where"]
WORDS = ["", "a", "Ab", "ab", "b%", "_", "2", "2.0", "true", "2024-06-10", "2024-06-11T10:00:00Z", 'q"\\', "é\n"]
COMPARISONS = ["=", "!=", "<", "<=", ">", ">="]
TEXT_TESTS = ["startsWith", "doesNotStartWith", "endsWith", "doesNotEndWith", "contains", "doesNotContain"]
PATTERNS = ["a", "(?i)^AB$", "(a)|(b)", "[a-z]+", "\\d", "(2)(\\.0)?"]

numbers = st.sampled_from([0, 1, 2, -3, 10, 2.0, 0.5, -1.5, 1e16, 2.5e-7])
scalars = st.one_of(st.none(), st.booleans(), numbers, st.sampled_from(WORDS))
units = st.sampled_from([unit for unit in PLURALS if unit not in ("century", "millennium")])
words = st.one_of(
    st.sampled_from(["now", "today", "yesterday", "tomorrow"]),
    st.builds("{} {}".format, st.sampled_from(["this", "last", "next"]), units),
)
documents: st.SearchStrategy[Any] = st.recursive(
    scalars | st.integers(-9, 9) | st.integers(1_717_000_000_000, 1_719_000_000_000),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)
profiles = st.dictionaries(st.sampled_from(KEYS), documents, max_size=6)
events = st.lists(
    st.fixed_dictionaries(
        {"timestamp": st.sampled_from(["2024-06-10T00:00:00Z", "2024-06-11T10:00:00Z", "2024-06-12", None, "soon"])},
        optional={key: documents for key in KEYS if key != "timestamp"},
    ),
    max_size=4,
)


T = TypeVar("T")


class Trees:
    """One tree being drawn. ``odd`` also draws names that are hard to print."""

    def __init__(self, draw: st.DrawFn, odd: bool) -> None:
        self.draw = draw
        self.names = KEYS + ODD_NAMES if odd else KEYS
        self.variables = VARIABLES if odd else ["x", "Y", "_2"]

    def of(self, *choices: T) -> T:
        return self.draw(st.sampled_from(choices))

    def node(self, depth: int, scope: tuple[str, ...] = ()) -> Node:
        if depth == 0:
            return self.leaf(0, scope)
        kinds: list[Callable[[int, tuple[str, ...]], Node]] = [
            self.leaf,
            self.logic,
            self.comparison,
            self.arithmetic,
            self.text,
            self.list_function,
            self.element,
        ]
        kinds += [self.aggregate, self.clauses, self.let, self.occurs, self.chain, self.date, self.map, self.collection]
        return self.of(*kinds)(depth - 1, scope)

    def leaf(self, depth: int, scope: tuple[str, ...]) -> Node:
        kind = self.of("literal", "path", "path", "path", "word", "events")
        if kind == "literal":
            return literal(self.draw(scalars))
        if kind == "word":
            return TimeWord(self.draw(words))
        if kind == "events":
            return Field(Parameter(1), "xEvent")
        heads: list[Node] = [Parameter(1), *(Variable(name) for name in scope)]
        path = self.of(*heads)
        for _ in range(self.of(0, 1, 1, 2)):
            path = Field(path, self.of(*self.names))
        return path

    def several(self, depth: int, scope: tuple[str, ...], least: int, most: int) -> tuple[Node, ...]:
        return tuple(self.node(depth, scope) for _ in range(self.of(*range(least, most + 1))))

    def logic(self, depth: int, scope: tuple[str, ...]) -> Node:
        name = self.of("and", "or", "not", "if", "isNull", "isNotNull")
        count = {"and": self.of(2, 3), "or": self.of(2, 3), "if": 3}.get(name, 1)
        return Apply(name, self.several(depth, scope, count, count))

    def comparison(self, depth: int, scope: tuple[str, ...]) -> Node:
        return Apply(self.of(*COMPARISONS, "in", "notIn"), self.several(depth, scope, 2, 2))

    def arithmetic(self, depth: int, scope: tuple[str, ...]) -> Node:
        name = self.of("+", "-", "*", "/", "%", "negative")
        if name == "negative":
            return Apply("-", self.several(depth, scope, 1, 1))
        return Apply(name, self.several(depth, scope, 2, 2))

    def text(self, depth: int, scope: tuple[str, ...]) -> Node:
        kind = self.of("test", "equals", "like", "regex")
        receiver = self.node(depth, scope)
        if kind == "test":
            flag = self.of((), (literal(True),), (literal(False),), (literal(None),), (self.leaf_path(scope),))
            return Apply(self.of(*TEXT_TESTS), (receiver, self.node(depth, scope), *flag))
        if kind == "equals":
            flag = self.of((), (literal(True),), (literal(False),))
            return Apply(self.of("equals", "notEqualTo"), (receiver, *self.several(depth, scope, 1, 3), *flag))
        if kind == "like":
            return Apply("like", (receiver, literal(self.of("%a%", "_", "a%b", "", "%", "2%"))))
        pattern = literal(self.of(*PATTERNS))
        group = self.of((), (literal(0),), (literal(2),))
        return self.of(Apply("matches", (receiver, pattern)), Apply("regexGroup", (receiver, pattern, *group)))

    def leaf_path(self, scope: tuple[str, ...]) -> Node:
        heads: list[Node] = [Parameter(1), *(Variable(name) for name in scope)]
        return Field(self.of(*heads), self.of(*KEYS))

    def list_function(self, depth: int, scope: tuple[str, ...]) -> Node:
        two = ["intersects", "intersection", "subsetOf", "supersetOf", "includes", "get"]
        name = self.of(*two, "distinct", "head", "count", "sum", "average", "min", "max", "keys", "values", "exists")
        count = 2 if name in two else 1
        return Apply(name, self.several(depth, scope, count, count))

    def function(self, depth: int, scope: tuple[str, ...], *names: str) -> Function:
        return Function(names, self.node(depth, (*scope, *names)))

    def element(self, depth: int, scope: tuple[str, ...]) -> Node:
        name = self.of(
            "filter", "map", "exists", "forall", "groupBy", "topN", "bottomN", "sum", "max", "min", "average"
        )
        function = self.function(depth, scope, self.of(*self.variables))
        count = (literal(self.of(-1, 0, 1, 2, 2.0)),) if name in ("topN", "bottomN") else ()
        return Apply(name, (self.node(depth, scope), function, *count))

    def map(self, depth: int, scope: tuple[str, ...]) -> Node:
        body = self.node(depth, (*scope, "K", "V"))
        if self.of(True, False):
            body = Apply("mapEntry", (self.leaf(0, (*scope, "K", "V")), body))
        return Apply("map", (self.leaf_path(scope), Function(("K", "V"), body)))

    def declarations(self, depth: int, scope: tuple[str, ...]) -> tuple[tuple[Declaration, ...], tuple[str, ...]]:
        found: list[Declaration] = []
        for name in self.draw(st.lists(st.sampled_from(self.variables), min_size=1, max_size=2, unique=True)):
            source = self.node(depth, scope)
            scope = (*scope, name)
            found.append(Declaration(name, source, self.node(depth, scope) if self.of(True, False) else None))
        return tuple(found), scope

    def clauses(self, depth: int, scope: tuple[str, ...]) -> Node:
        variables, _ = self.declarations(depth, scope)
        found: list[Node] = [Select(variables), Quantified("some", variables), Quantified("all", variables)]
        return self.of(*found)

    def aggregate(self, depth: int, scope: tuple[str, ...]) -> Node:
        variables, inner = self.declarations(depth, scope)
        function = Function(tuple(declaration.name for declaration in variables), self.node(depth, inner))
        return Apply(self.of("sum", "average", "min", "max", "count"), (Select(variables), function))

    def let(self, depth: int, scope: tuple[str, ...]) -> Node:
        name = self.of(*self.variables)
        return Let(name, self.node(depth, scope), self.node(depth, (*scope, name)))

    def collection(self, depth: int, scope: tuple[str, ...]) -> Node:
        if self.of(True, False):
            return ListOf(self.several(depth, scope, 0, 3))
        keys = self.draw(st.lists(st.sampled_from(self.names), max_size=2, unique=True))
        return ObjectOf(tuple((key, self.node(depth, scope)) for key in keys))

    def date(self, depth: int, scope: tuple[str, ...]) -> Node:
        kind = self.of("part", "current", "date", "computed", "segment")
        if kind == "part":
            return Apply(self.of("getMonth", "getYear", "getDayOfMonth"), (self.node(depth, scope),))
        if kind == "current":
            return Apply(self.of("currentMonth", "currentYear", "currentDayOfMonth"), ())
        if kind == "segment":
            return Apply("inSegment", (literal(self.of("s1", "s2")),))
        parts = tuple(literal(part) for part in (self.of(2023, 2024), self.of(2, 6), self.of(10, 28)))
        return Apply("date", parts if kind == "date" else (*parts[:2], self.leaf_path(scope)))

    def tail(self, depth: int, scope: tuple[str, ...]) -> Tail:
        kind = self.of("window", "relation", "between")
        if kind == "between":
            return Between(self.node(depth, scope), self.node(depth, scope))
        if kind == "relation":
            return Relation(self.of("before", "after", "from", "on"), self.node(depth, scope))
        direction = self.of("before", "after", "from")
        amount = self.of(0, 1, 2, 3)
        return Window(self.of(*COMPARISONS), amount, self.draw(units), direction, self.node(depth, scope))

    def occurs(self, depth: int, scope: tuple[str, ...]) -> Node:
        return Occurs(self.node(depth, scope), self.tail(depth, scope))

    def chain(self, depth: int, scope: tuple[str, ...]) -> Node:
        source = self.of(Field(Parameter(1), "xEvent"), self.leaf_path(scope))
        element = Variable("_7")
        time = Function(("_7",), Field(element, "timestamp") if self.of(True, False) else element)
        steps: list[Step] = []
        for label in self.draw(st.lists(st.sampled_from(["A", "B", "x", "from"]), min_size=1, max_size=3, unique=True)):
            what = self.function(depth, scope, self.of("_8", *self.variables))
            where = self.function(depth, scope, "_9") if self.of(True, False, False) else None
            when = self.tail(0, scope) if self.of(True, False) else None
            steps.append(Step(label, what, when, self.of(None, None, 1, 2), where))
            scope = (*scope, label)
        return Chain(source, time, tuple(steps))


@st.composite
def trees(draw: st.DrawFn, odd: bool = True, depth: int = 3) -> Node:
    """Valid trees of up to a depth; with names that are hard to print, or only names that find something."""
    return Trees(draw, odd).node(draw(st.integers(0, depth)))
