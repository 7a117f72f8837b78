from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.web.byte_ranges import Unsatisfiable, wanted_range
from emulator.web.catalog_lists import wildcard
from tests.for_each import for_each
from tests.services.conftest import DATASETS, Client


@pytest.fixture
def three(client: Client) -> list[str]:
    """Three datasets of our own in an otherwise empty sandbox view: their ids, in the order of making."""
    made = [
        {"name": "Apples", "description": "red", "tags": {"shelf": ["fruit:low"]}},
        {"name": "Pears * ripe", "description": "green", "tags": {"shelf": ["fruit:high"], "sale": ["yes"]}},
        {"name": "Leeks", "schemaRef": {"id": "https://example.com/leek", "contentType": "a/b"}},
    ]
    return [client.post(DATASETS, json=each).json[0].rpartition("/")[2] for each in made]


def names(client: Client, **query: Any) -> list[str]:
    answer = client.get(DATASETS, query_string={"createdClient": "key", "orderBy": "name", **query})
    assert answer.status_code == 200, answer.text
    return [each["name"] for each in (answer.json or {}).values()]


@pytest.mark.usefixtures("three")
@for_each(
    "query, found",
    [
        ({"name": "Apples"}, "A"),
        ({"name": "!Apples"}, "LP"),
        ({"name": "Apples,Leeks"}, "AL"),
        ({"name": "*e*s"}, "AL"),
        ({"name": "Pears ** *"}, "P"),
        ({"name": "apples"}, ""),
        ({"description": "red,green"}, "AP"),
        ({"description": "r*"}, ""),
        ({"schemaRef.id": "https://example.com/leek"}, "L"),
        ({"nothing": "such"}, ""),
        ({"tags": "shelf:fruit:low"}, "A"),
        ({"tags": "shelf:*"}, "AP"),
        ({"tags": "shelf"}, "AP"),
        ({"tags": "shelf:fruit*,sale:yes"}, "P"),
        ({"property": "description"}, "AP"),
        ({"property": "!description"}, "L"),
        ({"property": "name==Le*"}, "L"),
        ({"property": "name!=Apples"}, "LP"),
        ({"property": "name~^[AL]"}, "AL"),
        ({"property": "name~s$"}, "AL"),
        ({"property": "version<1.0.1"}, "ALP"),
        ({"property": "version>=1.0.1"}, ""),
        ({"property": "created>1700000000000"}, "ALP"),
        ({"property": "created<=1700000000000"}, ""),
        ({"property": "name<B"}, "A"),
        ({"property": "created<B"}, ""),
        ({"property": ["description", "name~P"]}, "P"),
        ({"property": "description", "name": "Apples"}, "A"),
    ],
)
def test_filters(client: Client, query: dict[str, Any], found: str) -> None:
    assert "".join(each[0] for each in names(client, **query)) == found


@pytest.mark.usefixtures("three")
@for_each(
    "order, found",
    [
        ("name", "ALP"),
        ("asc:name", "ALP"),
        ("desc:name", "PLA"),
        ("desc:description,name", "APL"),
        ("asc:created,desc:name", "PLA"),
        ("desc:schemaRef.id,asc:name", "LAP"),
    ],
)
def test_orders(client: Client, order: str, found: str) -> None:
    assert "".join(each[0] for each in names(client, orderBy=order)) == found
    assert "".join(each[0] for each in names(client, orderBy="", sort=order)) == found


@pytest.mark.usefixtures("three")
def test_pages(client: Client) -> None:
    assert names(client, limit=2) == ["Apples", "Leeks"]
    assert names(client, limit=2, start=2) == ["Pears * ripe"]
    assert names(client, limit=2, start=4) == []


def test_the_newest_come_first(client: Client, three: list[str]) -> None:
    answer = client.get(DATASETS, query_string={"limit": 3})
    assert list(answer.json or {}) == three[::-1]


def test_properties_narrow_what_is_shown(client: Client, three: list[str]) -> None:
    query = {"createdClient": "key", "orderBy": "name", "properties": "description,schemaRef"}
    shown = client.get(DATASETS, query_string=query).json or {}
    assert shown[three[0]] == {"description": "red"}
    assert shown[three[1]] == {"description": "green"}
    assert set(shown[three[2]]) == {"schemaRef"}
    nothing = client.get(DATASETS, query_string={"createdClient": "key", "properties": "nothing"})
    assert nothing.json == {each: {} for each in three}


@for_each("limit", ["0", "-1", "101", "many", "1.5"])
def test_a_limit_outside_1_to_100_is_refused(client: Client, limit: str) -> None:
    answer = client.get(DATASETS, query_string={"limit": limit})
    assert answer.status_code == 400
    assert answer.json
    assert answer.json["title"] == "BadRequestError"
    assert "limit" in answer.json["detail"]


def test_at_most_twenty_are_shown_unless_more_are_asked_for(client: Client) -> None:
    for number in range(25):
        client.post(DATASETS, json={"name": f"Dataset {number}"})
    assert len(client.get(DATASETS).json or {}) == 20
    assert len(names(client, limit=100)) == 25


@for_each(
    "query", [{"property": "name~("}, {"property": "==x"}, {"orderBy": "up:name"}, {"orderBy": ","}, {"start": "-1"}]
)
def test_what_is_no_filter_and_no_order_is_refused(client: Client, query: dict[str, str]) -> None:
    assert client.get(DATASETS, query_string=query).status_code == 400


@pytest.mark.parametrize("pattern", ["(a*)*" * 8 + "b", "(.{1,50}){1,50}" * 8])
def test_a_hostile_regular_expression_costs_little(client: Client, pattern: str) -> None:
    client.post(DATASETS, json={"name": "a" * 5000})
    assert client.get(DATASETS, query_string={"property": f"name~{pattern}"}).status_code in (200, 400)


@given(st.lists(st.text("ab", min_size=1, max_size=3), min_size=1, max_size=4), st.text("ab*", max_size=3))
def test_a_pattern_matches_what_its_asterisks_are_filled_with(parts: list[str], filling: str) -> None:
    assert wildcard("*".join(parts))(filling.join(parts))


@given(st.text("ab*", max_size=8), st.text("ab*", max_size=8))
def test_a_pattern_of_doubled_asterisks_matches_itself_only(text: str, other: str) -> None:
    assert wildcard(text.replace("*", "**"))(other) is (text == other)


@for_each(
    "pattern, text, matches",
    [
        ("a*a", "a", False),
        ("a*a", "aa", True),
        ("*", "", True),
        ("te*st", "test", True),
        ("a**b", "a*b", True),
        ("a**b", "axb", False),
        ("ab*bc*cd", "abcd", False),
        ("", "", True),
    ],
)
def test_wildcards(pattern: str, text: str, matches: bool) -> None:
    assert wildcard(pattern)(text) is matches


@for_each(
    "text, span",
    [
        (None, None),
        ("bytes=0-99", (0, 100)),
        ("0-99", (0, 100)),
        ("Bytes = 5-5", (5, 6)),
        ("bytes=100-", (100, 200)),
        ("bytes=150-999", (150, 200)),
        ("bytes=-50", (150, 200)),
        ("bytes=-500", (0, 200)),
        ("bytes=9-3", None),
        ("bytes=0-1,5-6", None),
        ("lines=0-1", None),
        ("bytes=-", None),
        ("bytes=x-y", None),
    ],
)
def test_ranges(text: str | None, span: tuple[int, int] | None) -> None:
    assert wanted_range(text, 200) == span


@pytest.mark.parametrize(("text", "size"), [("bytes=200-", 200), ("bytes=-0", 200), ("bytes=0-0", 0), ("bytes=-1", 0)])
def test_ranges_that_lie_outside(text: str, size: int) -> None:
    with pytest.raises(Unsatisfiable):
        wanted_range(text, size)


@given(st.binary(min_size=1, max_size=50), st.integers(0, 60), st.integers(0, 60))
def test_a_range_is_the_slice_that_it_names(content: bytes, first: int, last: int) -> None:
    if first >= len(content) and last >= first:
        with pytest.raises(Unsatisfiable):
            wanted_range(f"bytes={first}-{last}", len(content))
    elif last >= first:
        span = wanted_range(f"bytes={first}-{last}", len(content))
        assert span is not None
        assert content[span[0] : span[1]] == content[first : last + 1]
