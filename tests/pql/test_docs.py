"""docs/pql.md: its examples run, its readings hold, its grammar knows every word."""

import doctest
import re
from pathlib import Path
from typing import Any

import pytest

from emulator import pql
from emulator.pql.ast import MAX_DEPTH
from emulator.pql.compiler.core import BUILDERS
from emulator.pql.functions import FUNCTIONS
from emulator.pql.instants import PLURALS
from emulator.pql.json_decode import MAX_LENGTH as MAX_JSON
from emulator.pql.lexer import MAX_LENGTH as MAX_TEXT
from tests.for_each import for_each
from tests.pql.conformance import READINGS, alike

PAGE = Path(__file__).parents[2] / "docs" / "pql.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_examples_run() -> None:
    examples = doctest.DocTestParser().get_doctest(TEXT, {}, "pql.md", str(PAGE), 0)
    assert len(examples.examples) > 15
    results = doctest.DocTestRunner().run(examples)
    assert results.failed == 0


@for_each("case", READINGS, ids=lambda case: case["id"])
def test_reading(case: dict[str, Any]) -> None:
    expression, format = case["expression"], case.get("format", "pql/text")
    if "error" in case:
        with pytest.raises(pql.PQLError, match=re.escape(case["error"])):
            pql.compile(expression, format)
        return
    found = pql.compile(expression, format).value(case.get("profile", {}), case.get("events", ()), case.get("now"))
    assert alike(pql.to_wire(found), case["expected"])


def test_every_function_is_evaluated_and_every_form_is_in_the_grammar() -> None:
    assert set(BUILDERS) == {name for name, row in FUNCTIONS.items() if row.style != "form"}
    grammar = TEXT[TEXT.index("```ebnf") : TEXT.index("### Functions")]
    words = [name for name, row in FUNCTIONS.items() if row.style in ("form", "operator")]
    for word in [*words, *PLURALS]:
        assert f'"{word}"' in grammar


def test_limits_are_as_said() -> None:
    limits = READINGS[-1]["reading"]
    for limit in (MAX_TEXT, MAX_JSON, MAX_DEPTH):
        assert str(limit) in limits
