"""The compiled form against a second evaluator that walks the tree."""

import json
from typing import Any

from hypothesis import given, reject
from hypothesis import strategies as st

from emulator import pql
from emulator.pql.ast import Node
from emulator.pql.compiled import Compiled
from emulator.pql.values import sorted_events, truth
from tests.pql.conformance import alike
from tests.pql.reference import evaluate
from tests.pql.strategies import events, profiles, trees

NOW = 1_718_193_600_000  # 2024-06-12T12:00:00Z
memberships = st.sampled_from(
    [{}, {"segmentMembership": {"ups": {"s1": {"status": "realized"}, "s2": {"status": "exited"}}}}]
)


@given(trees(odd=False), profiles, events, memberships)
def test_compiled_is_the_reference(
    tree: Node, profile: dict[str, Any], happened: list[dict[str, Any]], membership: dict[str, Any]
) -> None:
    profile |= membership
    try:
        expected = pql.to_wire(evaluate(tree, profile, sorted_events(happened), NOW))
    except OverflowError:
        reject()
    query = Compiled(tree)
    found = query.value(profile, happened, NOW)
    assert alike(pql.to_wire(found), expected)
    assert query.matches(profile, happened, NOW) is truth(found)
    explained = query.explain(profile, happened, NOW)
    assert explained["matches"] is truth(found)
    json.dumps(explained)
