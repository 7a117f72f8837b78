"""The laws of the two formats: text -> tree -> text, and tree -> json -> tree."""

from hypothesis import given

from emulator import pql
from emulator.pql.ast import Node
from emulator.pql.json_decode import parse_json
from emulator.pql.json_encode import to_json_text
from tests.pql.conformance import renamed
from tests.pql.strategies import trees


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
