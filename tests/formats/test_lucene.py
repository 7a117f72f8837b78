"""The query syntax of segment search."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.formats import lucene
from emulator.formats.lucene import MAX_DEPTH, Document, LuceneError
from tests.for_each import for_each

CASES: dict[str, Any] = json.loads((Path(__file__).parents[1] / "cases" / "lucene.json").read_text("utf-8"))
DOCUMENTS: dict[str, Document] = {
    id: {field: lucene.words(text) for field, text in fields.items()} for id, fields in CASES["documents"].items()
}

WORDS = st.sampled_from(["blue", "umbrella", "run", "cam?", "nothing", "segmentName:rain", '"blue umbrella"'])
SOME = st.dictionaries(
    st.sampled_from(["segmentName", "segmentDescription"]),
    st.lists(st.sampled_from(["blue", "umbrella", "run", "camp", "rain"]), max_size=4).map(tuple),
)


def found(query: str, document: Document) -> bool:
    return lucene.parse(query).matches(document)


@for_each("case", CASES["found"], ids=lambda case: case["query"])
def test_a_query_finds(case: dict[str, Any]) -> None:
    query = lucene.parse(case["query"])
    assert [id for id, document in DOCUMENTS.items() if query.matches(document)] == case["found"]


@for_each("case", CASES["refused"], ids=lambda case: case["query"])
def test_what_cannot_be_read_is_refused_where_it_stands(case: dict[str, Any]) -> None:
    with pytest.raises(LuceneError, match=case["named"]) as refused:
        lucene.parse(case["query"])
    assert refused.value.position == case["position"]


def test_groups_may_be_nested_only_so_deep() -> None:
    assert found("(" * MAX_DEPTH + "blue" + ")" * MAX_DEPTH, DOCUMENTS["boots"])
    with pytest.raises(LuceneError, match="deeper"):
        lucene.parse("(" * 100_000 + "blue")


def test_many_prohibitions_are_no_depth() -> None:
    assert found("NOT " * 10_000 + "blue", DOCUMENTS["boots"])


def test_wildcards_take_no_exponential_time() -> None:
    words = lucene.words("a" * 5000)
    assert not found("a*" * 200 + "b", {"segmentName": words})


@given(st.text(alphabet='ab:"()*?+-!~^\\/[]&| \n', max_size=30) | st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(LuceneError):
        assert lucene.parse(text).matches(DOCUMENTS["boots"]) in (True, False)


@given(WORDS, WORDS, SOME)
def test_the_booleans_are_those_of_logic(left: str, right: str, document: Document) -> None:
    one, other = found(f"({left})", document), found(f"({right})", document)
    assert found(f"({left}) AND ({right})", document) == (one and other)
    assert found(f"({left}) OR ({right})", document) == (one or other)
    assert found(f"({left}) ({right})", document) == (one or other)
    assert found(f"({left}) NOT ({right})", document) == (one and not other)
    assert found(f"NOT ({left})", document) == (not one)
    assert found(f"NOT (({left}) AND ({right}))", document) == found(f"(NOT ({left})) OR (NOT ({right}))", document)


@given(st.lists(st.sampled_from(["Blue", "umbrella", "run-up"]), min_size=1, max_size=5))
def test_a_phrase_of_all_its_words_finds_a_text(words: list[str]) -> None:
    text = " ".join(words)
    assert found(f'"{text}"', {"segmentName": lucene.words(text)})
