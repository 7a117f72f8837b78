"""The laws of the two formats: text -> tree -> text, tree -> json -> tree, and the two joined."""

import json

from hypothesis import given

from emulator import pql
from emulator.pql.ast import Node
from emulator.pql.check import check
from emulator.pql.json_decode import parse_json
from emulator.pql.json_encode import to_json_text
from tests.pql.conformance import renamed
from tests.pql.strategies import trees


@given(trees())
def test_generated_trees_are_valid(tree: Node) -> None:
    check(tree)


@given(trees())
def test_text_gives_the_tree_again(tree: Node) -> None:
    text = pql.to_text(tree)
    again = pql.parse(text)
    assert renamed(pql.to_json(again)) == renamed(pql.to_json(tree))
    assert pql.to_text(again) == text


@given(trees())
def test_json_gives_the_tree_again(tree: Node) -> None:
    assert parse_json(pql.to_json(tree)) == tree
    assert parse_json(to_json_text(tree)) == tree


@given(trees())
def test_conversion_there_and_back(tree: Node) -> None:
    text, format = pql.convert(to_json_text(tree), "pql/json")
    assert format == "pql/text"
    value, format = pql.convert(text, "pql/text")
    assert format == "pql/json"
    assert renamed(json.loads(value)) == renamed(pql.to_json(tree))
