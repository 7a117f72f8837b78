"""Merging: the record that comes out, and who filled each field of it."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from emulator.resources.merging import merged_record, prevailing

VALUES = st.recursive(
    st.none() | st.integers(0, 9) | st.lists(st.integers(0, 9), max_size=2),
    lambda each: st.dictionaries(st.sampled_from("abc"), each, max_size=3),
    max_leaves=8,
)
RECORDS = st.lists(st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3), min_size=1, max_size=4)


def fields(record: dict[str, Any], at: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    found: dict[tuple[str, ...], Any] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            found |= fields(value, (*at, name))
        elif value is not None:
            found[*at, name] = value
    return found


@given(RECORDS)
def test_the_one_that_prevails_has_the_value_that_is_taken(records: list[dict[str, Any]]) -> None:
    merged = fields(merged_record(records))
    filled = prevailing(records)
    assert filled.keys() == merged.keys()
    for path, (winner, *others) in filled.items():
        assert fields(records[winner])[path] == merged[path]
        assert all(path in fields(records[other]) for other in others)
        assert [winner, *others] == sorted({winner, *others}, reverse=True)
