"""Explanation: values at the nodes, what was not evaluated, and which elements decided."""

import json
from typing import Any

from emulator import pql
from emulator.pql.explain import DETAILED, SHOWN
from tests.for_each import for_each

PROFILE = {
    "country": "US",
    "tags": ["a", "bb", "c"],
    "times": ["2024-01-01", "2024-06-12T10:00:00Z"],
    "orders": [{"price": 10, "items": ["x"]}, {"price": 60, "items": ["y", "z"]}, {"price": 70, "items": []}],
}
NOW = "2024-06-12T12:00:00Z"


def explain(expression: str) -> dict[str, Any]:
    explained = pql.compile(expression).explain(PROFILE, now=NOW)
    assert json.loads(json.dumps(explained)) == explained
    return explained


def test_every_node_has_its_text_span_and_value() -> None:
    explained = explain('(country = "US") and 1 + 2 > 4')
    assert explained == {
        "matches": False,
        "text": '(country = "US") and 1 + 2 > 4',
        "span": [0, 30],
        "value": False,
        "children": [
            {
                "text": 'country = "US"',
                "span": [1, 15],
                "value": True,
                "children": [
                    {"text": "country", "span": [1, 8], "value": "US"},
                    {"text": '"US"', "span": [11, 15], "value": "US"},
                ],
            },
            {
                "text": "1 + 2 > 4",
                "span": [21, 30],
                "value": False,
                "children": [
                    {
                        "text": "1 + 2",
                        "span": [21, 26],
                        "value": 3,
                        "children": [
                            {"text": "1", "span": [21, 22], "value": 1},
                            {"text": "2", "span": [25, 26], "value": 2},
                        ],
                    },
                    {"text": "4", "span": [29, 30], "value": 4},
                ],
            },
        ],
    }


def test_what_was_not_needed_was_not_evaluated() -> None:
    explained = explain('country = "DE" and tags.count() > 1')
    assert explained["children"][1] == {"text": "tags.count() > 1", "span": [19, 35], "evaluated": False}
    chosen = explain("if(country.isNull(), tags, country)")["children"]
    assert [child.get("value", child.get("evaluated")) for child in chosen] == [False, False, "US"]


@for_each(
    "expression, decided",
    [
        ('tags = "bb"', 1),
        ('tags != "a"', 1),
        ('tags.startsWith("c")', 2),
        ('tags.doesNotContain("b")', 1),
        ('tags.doesNotContain("z")', None),
        ('tags.equals("z", "c")', 2),
        ('tags like "%b"', 1),
        ('tags.matches("^c$")', 2),
        ('tags in ["c", "bb"]', 1),
        ('tags notIn ["c", "bb"]', 1),
        ('"bb" in tags', 1),
        ("orders.price > 50", 1),
        ("50 < orders.price", 1),
        ("orders.price > 100", None),
        ("times occurs today", 1),
        ("times occurs before country", None),
        ("times occurs between date(2024, 1, 1) and last month", 0),
        ('tags = ["c", "a", "bb"]', None),
        ('let T = tags in T = "c"', None),
    ],
)
def test_which_element_of_a_list_decided(expression: str, decided: int | None) -> None:
    assert explain(expression).get("decided") == decided


@for_each(
    "expression, outcome",
    [
        ("orders.exists(price > 50)", {"count": 2, "decided": 1}),
        ("orders.exists(price > 500)", {"count": 3}),
        ("orders.forall(price > 50)", {"count": 1, "decided": 0}),
        ("orders.forall(price > 5)", {"count": 3}),
        ("orders[price > 50]", {"count": 3, "kept": [1, 2]}),
        ("select O from orders where O.price > 50", {"count": 3, "kept": [1, 2]}),
        ("exists O from orders where O.price > 50", {"count": 2, "decided": 1}),
        ("forall O from orders where O.price > 5", {"count": 3}),
        ("orders.max(price)", {"count": 3, "decided": 2}),
        ("orders.min(price)", {"count": 3, "decided": 0}),
        ("orders.sum(price)", {"count": 3}),
    ],
)
def test_which_iteration_decided(expression: str, outcome: dict[str, Any]) -> None:
    (loop,) = explain(expression)["iterations"]
    assert {key: loop[key] for key in ("count", "decided", "kept") if key in loop} == outcome
    assert [element["index"] for element in loop["elements"]] == list(range(loop["count"]))


def test_clauses_nest() -> None:
    explained = explain('select O from orders where O.price > 20, I from O.items where I = "z"')
    assert explained["value"] == [{"O": PROFILE["orders"][1], "I": "z"}]
    (outer,) = explained["iterations"]
    assert outer["text"] == "O from orders where O.price > 20"
    first, second, third = outer["elements"]
    assert (first["value"], second["value"], third["value"]) == (False, True, False)
    assert first["children"][1] == {"text": "O.items", "span": [48, 55], "evaluated": False}
    (inner,) = second["iterations"]
    assert (inner["count"], inner["kept"]) == (2, [1])


def test_chain_tells_what_was_tried_for_each_step() -> None:
    query = pql.compile('chain(xEvent, timestamp, [A: WHAT(k = "a"), B: WHAT(k = "b") WHEN(after A)])')
    happened = [{"timestamp": f"2024-01-0{day}", "k": kind} for day, kind in enumerate("bab", start=1)]
    explained = query.explain({}, happened)
    assert explained["matches"] is True
    tried = {loop["text"]: [element["value"] for element in loop["elements"]] for loop in explained["iterations"]}
    assert tried == {'k = "a"': [False, True, False], 'k = "b"': [True]}


def test_long_lists_are_cut() -> None:
    many = {"n": list(range(1000))}
    explained = pql.compile("n[a = 1 or $1.n.count() > 0].count()").explain(many)
    (filtered,) = explained["children"]
    assert (len(filtered["value"]), filtered["length"]) == (SHOWN, 1000)
    (loop,) = filtered["iterations"]
    assert (loop["count"], loop["kept"]) == (1000, list(range(SHOWN)))
    assert [element["index"] for element in loop["elements"]] == [*range(DETAILED), 999]


def test_a_query_in_json_is_told_in_text() -> None:
    explained = pql.compile(pql.compile("tags[$1.country = 'US']").json, "pql/json").explain(PROFILE)
    assert explained["text"] == 'tags.filter((_1) => country = "US")'
    assert "span" not in explained
