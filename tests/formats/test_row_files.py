from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.formats import row_files
from emulator.formats.columns import MAX_DEPTH, Column, see_members
from emulator.formats.row_files import ROWS_PER_FILE, ROWS_PER_GROUP, parts
from tests.for_each import for_each
from tests.resources.export_cases import read_parquet

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
)
NAMES = st.sampled_from(["a", "b", "identityMap", "segmentMembership", "", "x.y"])
VALUES = st.recursive(SCALARS, lambda each: st.lists(each, max_size=3) | st.dictionaries(NAMES, each, max_size=3))
ROWS = st.lists(st.dictionaries(NAMES, VALUES, max_size=4), min_size=1, max_size=5)


def one_file(rows: list[dict[str, Any]], *, as_json: bool = False) -> bytes:
    (part,) = parts("b", rows, as_json=as_json)
    return part.content


def holds(read: Any, written: Any) -> bool:
    """Whether what was read is what was written: as it was or as JSON text, absent members of objects as null."""
    if isinstance(read, str) and read != written:
        return bool(json.loads(read) == written)
    if isinstance(read, dict) and isinstance(written, dict):
        return all(holds(read.get(name), written.get(name)) for name in {*read, *written})
    if isinstance(read, list) and isinstance(written, list):
        return len(read) == len(written) and all(map(holds, read, written))
    return bool(read == written)


@given(ROWS)
def test_what_is_written_as_parquet_is_read_back(rows: list[dict[str, Any]]) -> None:
    if any(rows):
        read = read_parquet(one_file(rows))
        assert len(read) == len(rows)
        assert all(map(holds, read, rows))


@given(ROWS)
def test_what_is_written_as_json_is_read_back(rows: list[dict[str, Any]]) -> None:
    assert [json.loads(line) for line in one_file(rows, as_json=True).splitlines()] == rows


@for_each(
    "values, form",
    [
        ([None], "text"),
        ([1, None], "int"),
        ([1, 2.5], "double"),
        ([1 << 60], "int"),
        ([1 << 60, 0.5], "json"),
        ([1 << 63], "json"),
        ([True, 1], "json"),
        (["a", 1], "json"),
        ([{}], "json"),
        ([{}, {"a": 1}], "struct"),
        ([[], None], "list"),
        ([[1], {"a": 1}], "json"),
    ],
)
def test_the_form_of_a_column_follows_its_values(values: list[Any], form: str) -> None:
    column = Column()
    column.see(values)
    assert column.form == form


@given(ROWS, st.integers(1, 5))
def test_what_is_seen_together_makes_no_difference(rows: list[dict[str, Any]], at_once: int) -> None:
    def types(size: int) -> list[tuple[str, Any]]:
        columns: dict[str, Column] = {}
        for start in range(0, len(rows), size):
            see_members(columns, rows[start : start + size], start)
        return [(name, column.arrow_type()) for name, column in columns.items()]

    assert types(at_once) == types(1)


def test_values_that_disagree_are_json_text_where_they_disagree_and_nowhere_else() -> None:
    rows: list[dict[str, Any]] = [
        {"loyalty": {"tier": "gold", "points": 3}},
        {"loyalty": {"tier": 2, "points": 4}},
    ]
    assert read_parquet(one_file(rows)) == [
        {"loyalty": {"tier": '"gold"', "points": 3}},
        {"loyalty": {"tier": "2", "points": 4}},
    ]


def test_open_maps_are_maps() -> None:
    import pyarrow

    rows: list[dict[str, Any]] = [
        {
            "identityMap": {"Email": [{"id": "a@example.com", "primary": True}]},
            "segmentMembership": {"ups": {"s": {"status": "realized"}}},
        }
    ]
    columns: dict[str, Column] = {}
    see_members(columns, rows, 0)
    schema = {name: column.arrow_type() for name, column in columns.items()}
    assert pyarrow.types.is_map(schema["identityMap"])
    assert pyarrow.types.is_map(schema["segmentMembership"])
    assert pyarrow.types.is_map(schema["segmentMembership"].item_type)
    assert read_parquet(one_file(rows)) == rows


def test_what_is_nested_too_deeply_for_readers_is_json_text() -> None:
    value: Any = 1
    for _ in range(90):
        value = {"a": value}
    (row,) = read_parquet(one_file([{"a": value}]))
    seen: Any = row["a"]
    for _ in range(MAX_DEPTH):
        seen = seen["a"]
    for _ in range(MAX_DEPTH):
        value = value["a"]
    assert json.loads(seen) == value


@pytest.mark.parametrize("as_json", [False, True])
def test_lone_surrogates_are_spelled_out(as_json: bool) -> None:
    content = one_file([{"name": "\ud83d!"}], as_json=as_json)
    rows = [json.loads(line) for line in content.splitlines()] if as_json else read_parquet(content)
    assert rows == [{"name": "\ud83d!" if as_json else "\\ud83d!"}]


@pytest.mark.parametrize("as_json", [False, True])
def test_a_large_batch_becomes_several_files_of_one_schema(as_json: bool) -> None:
    rows: list[Mapping[str, Any]] = [{"n": number} for number in range(ROWS_PER_FILE)] + [{"late": "x"}]
    first, second = parts("b" * 32, rows, as_json=as_json)
    assert (first.records, second.records) == (ROWS_PER_FILE, 1)
    ending = "json" if as_json else "parquet"
    assert (first.name[:11], second.name[:11]) == ("part-00000-", "part-00001-")
    assert first.name.endswith(f".{ending}")
    assert first.name != second.name
    if not as_json:
        assert read_parquet(first.content)[:1] == [{"n": 0, "late": None}]
        assert read_parquet(second.content) == [{"n": None, "late": "x"}]


def test_parquet_files_have_row_groups() -> None:
    from io import BytesIO

    import pyarrow.parquet

    content = one_file([{"n": number} for number in range(ROWS_PER_GROUP + 1)])
    assert pyarrow.parquet.ParquetFile(BytesIO(content)).num_row_groups == 2


def test_no_rows_make_no_file() -> None:
    assert list(parts("b", [], as_json=False)) == []


def test_the_same_rows_make_the_same_files() -> None:
    rows = [{"a": 1}]
    assert list(parts("b", rows, as_json=False)) == list(parts("b", rows, as_json=False))


def test_a_missing_library_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert row_files.can_write_parquet()
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    assert not row_files.can_write_parquet()


@given(ROWS, st.booleans(), st.integers(0, 6), st.integers(1, 6))
def test_a_page_of_a_file_is_a_page_of_its_rows(
    rows: list[dict[str, Any]], as_json: bool, start: int, limit: int
) -> None:
    if any(rows) or as_json:
        content = one_file(rows, as_json=as_json)
        whole = row_files.read_rows(content, as_json=as_json, start=0, limit=len(rows))
        assert len(whole) == len(rows)
        assert all(map(holds, whole, rows))
        page = row_files.read_rows(content, as_json=as_json, start=start, limit=limit)
        assert page == whole[start : start + limit]


def test_a_page_may_lie_across_row_groups() -> None:
    rows = [{"n": number} for number in range(ROWS_PER_FILE)]
    content = one_file(rows)
    start = ROWS_PER_GROUP - 2
    assert row_files.read_rows(content, as_json=False, start=start, limit=4) == rows[start : start + 4]
