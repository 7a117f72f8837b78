"""Many profiles at once, in columns: the same truths as of each by itself."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator import pql
from emulator.pql.ast import Node
from emulator.pql.compiled import Compiled
from tests.pql.strategies import events, profiles, trees

NOW = 1_718_193_600_000  # 2024-06-12T12:00:00Z

memberships = st.sampled_from(
    [
        {},
        {},
        {"segmentMembership": {"ups": {"s1": {"status": "realized"}, "s2": {"status": "exited"}}}},
        {"segmentMembership": {"ups": {"s2": {"status": "existing"}, "s1": {}}, "x": None}},
        {"segmentMembership": [1]},
    ]
)
people = st.lists(st.tuples(profiles, memberships, events, st.booleans()), max_size=6)


def agree(query: Compiled, population: list[tuple[Any, Any, Any, bool]]) -> None:
    records = [{**record, **membership} for record, membership, _, _ in population]
    happened = [pql.sorted_events(each) for _, _, each, _ in population]
    members = {"s1": bytes([each for _, _, _, each in population])}
    (found,) = pql.truths([query], pql.Profiles(records, happened), NOW, members)
    expected = [
        query.predicate(record, each, NOW, lambda segment, is_member=is_member: segment == "s1" and is_member)  # type: ignore[misc]
        for record, each, (_, _, _, is_member) in zip(records, happened, population, strict=True)
    ]
    assert list(found) == expected


@given(trees(odd=False), people)
def test_columns_say_what_is_said_of_each(tree: Node, population: list[tuple[Any, Any, Any, bool]]) -> None:
    agree(Compiled(tree), population)


#: Parts of conditions on an element: of what its members are, and when it happened.
ELEMENT = [
    'kind = "a"',
    'kind in ["a", "b"]',
    'kind != "b"',
    "n > 1",
    "n * 2 > count",
    'tags.exists(t = "x")',
    "timestamp occurs <= 3 days before now",
    "timestamp occurs != 1 day before now",
    "timestamp occurs today",
    "timestamp < now",
    "kind.isNull()",
    '`xdm:kind` = "a"',
    "items.forall(price > 1)",
    "items[price > 1].count() = 1",
    "items.sum(price) >= 2",
    "items.head().price > 1",
    "true",
]
LISTS = ["xEvent", "visits", "xEvent[{0}]", "visits[{0}]", "(select E from xEvent where {1})", "xEvent.items", "tags"]
ABOUT_LISTS = [
    "{2}.exists({0})",
    "{2}.forall({0})",
    "{2}.exists()",
    "{2}[{0}].count() >= 2",
    "{2}.count() = 0",
    "exists E from {2} where {1}, I from E.items where I.price > 1",
    "forall E from {2} where {1}",
    "forall E from {2}, I from E.items where I.price > 1",
    "select E from {2} where {1}, I from E.items where I.price = E.n",
    "(sum E.n over E from {2} where {1}) > 1",
    "(max E.items.head().price over E from {2}) > 1",
    "(average E.n over E from {2}) <= 2",
    "(count E.n over E from {2} where {1}) > 0",
    "(max 5 over E from {2}) = 5",
    "(sum 1 over E from {2}) = 2",
    "(average E.items.sum(price) over E from {2}) > 2",
    "(min E.items.average(price) over E from {2} where {1}) < 3",
    '{2}.topN(n, 1).head().kind.equals("a")',
    "{2}.groupBy(kind).map((K, G) => mapEntry(K, G.count())).values().max() >= 2",
    "{2}.head().n > 1",
    "let found = {2}[{0}].count() in (found = 1 or found > 2)",
    "chain({2}, timestamp, [A: WHAT({0}) WHEN(<= 3 days before now)])",
    "chain({2}, timestamp, [A: WHAT({0}), B: WHAT({3}) COUNT(2)])",
    "chain({2}, timestamp, [A: WHAT({0}), B: WHAT({3}) WHEN(<= 1 day after A), C: WHAT(true) WHEN(<= 1 day after B)])",
    "chain({2}, timestamp, [A: WHAT({0}) COUNT(2), B: WHAT({3}) WHEN(<= 2 days after A)])",
    "chain({2}, timestamp, [A: WHAT({0}), B: WHAT({3}), C: WHAT(n = A.n)])",
    "chain({2}, timestamp, [A: WHAT({0}) WHERE({3}), B: WHAT(true) WHEN(after A)])",
]
ABOUT_ONE = [
    'kind = "a"',
    "n > 1",
    "n = 1",
    "n = limit",
    'kind.startsWith("A", false)',
    'kind in ["a", "b"]',
    'tags.intersects(["x", "y"])',
    'inSegment("s1")',
    "born.getMonth() = currentMonth()",
    "born occurs <= 1 month before now",
    "kind.isNotNull()",
    "`xdm:kind`.isNull()",
    "limit",
    "now > today",
    "$2.a = 1",
]

whens = st.sampled_from(
    [
        "2024-06-10T00:00:00Z",
        "2024-06-11T10:00:00Z",
        "2024-06-11T12:00:00.5+02:00",
        "2024-06-12",
        1718193600000,
        None,
        "x",
    ]
)
kinds = st.sampled_from(["a", "b", "A", None, 1, ["a", "b"], {"a": 1}, True])
amounts = st.sampled_from([0, 1, 2, 3, 1.0, 2.5, "2", None, True, [1, 5], (3,), {"timestamp": 5}])
items = st.sampled_from(
    [None, [], [{"price": 1}], [{"price": 2}, None, {"price": "3"}], {"price": 5}, "x", [[{"price": 2}]]]
)
tags = st.sampled_from([None, [], ["x"], ["y", None, "x"], "x", ("x", 1)])
happenings: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "kind": kinds,
        "xdm:kind": kinds,
        "n": amounts,
        "count": amounts,
        "items": items,
        "tags": tags,
        "timestamp": whens | st.just(["2024-06-11", "2024-01-01"]),
    },
)
odd_lists = st.sampled_from(
    [None, {"kind": "a", "n": 1}, 5, [None, 1, "a", ["a"], {"kind": "a", "timestamp": "2024-06-11"}]]
)
records: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "kind": kinds,
        "n": amounts,
        "limit": amounts,
        "tags": tags,
        "born": whens | amounts,
        "visits": st.lists(happenings, max_size=3) | odd_lists,
    },
)
crowds = st.lists(
    st.tuples(records, memberships, st.lists(happenings, max_size=5), st.booleans()), min_size=1, max_size=8
)


@st.composite
def conditions(draw: st.DrawFn, depth: int = 2) -> str:
    kind = draw(st.sampled_from(["one", "list", "list", "list", "and", "or", "not", "both"]))
    if kind in ("one", "list") or depth == 0:
        if kind == "one":
            return draw(st.sampled_from(ABOUT_ONE))
        first, second, inner = (draw(st.sampled_from(ELEMENT)) for _ in range(3))
        source = draw(st.sampled_from(LISTS)).format(inner, "E.n > 0")
        return draw(st.sampled_from(ABOUT_LISTS)).format(first, "E.n >= 1", source, second)
    first_part, second_part = draw(conditions(depth - 1)), draw(conditions(depth - 1))
    if kind == "not":
        return f"not ({first_part})"
    if kind == "both":
        return f"(({first_part}) and ({second_part})) = (n = 1)"
    return f"({first_part}) {kind} ({second_part})"


#: Three people, whose visits are well formed, odd, and none.
CROWD: list[tuple[Any, Any, Any, bool]] = [
    (
        {"kind": "a", "n": 1, "visits": [{"kind": "a", "n": 3, "items": [{"price": 2}, {"price": 5}]}, {"n": 1}]},
        {},
        [
            {"kind": "a", "n": 2, "timestamp": "2024-06-11T10:00:00Z", "items": [{"price": 1}, {"price": 3}]},
            {"kind": "b", "n": 4, "timestamp": "2024-06-12T09:00:00Z", "items": [{"price": 9}], "tags": ["x"]},
        ],
        True,
    ),
    ({"visits": {"kind": "a", "n": "2"}, "tags": ["x"]}, {}, [{"kind": ["a", "b"], "items": {"price": 2}}], False),
    ({}, {}, [], False),
]


def test_each_shape_by_itself() -> None:
    for shape in ABOUT_LISTS:
        for source in LISTS:
            about = source.format('kind = "a"', "E.n > 0")
            agree(pql.compile(shape.format("n > 1", "E.n >= 1", about, 'kind = "b"')), CROWD)


def test_of_more_profiles_than_are_asked_together() -> None:
    """Whose answers stand where they do, also those of inSegment."""
    for query in ('inSegment("s1") or visits.exists(n > 2)', "xEvent.count() = 2", "visits.head().n >= 1"):
        agree(pql.compile(query), CROWD * 1500)


@pytest.mark.slow
@settings(max_examples=600)
@given(trees(odd=False), people)
def test_of_many_more_trees(tree: Node, population: list[tuple[Any, Any, Any, bool]]) -> None:
    agree(Compiled(tree), population)


@pytest.mark.slow
@settings(max_examples=2000)
@given(conditions(), crowds)
def test_of_many_more_shapes(condition: str, population: list[tuple[Any, Any, Any, bool]]) -> None:
    agree(pql.compile(condition), population)
